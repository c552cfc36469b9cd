import { AttemptError } from "./failure.ts";
import { parseJson } from "./json-text.ts";
import { isObject, stringOf } from "./json.ts";
import type { JsonObject } from "./json.ts";
import type { Ports, Transport } from "./ports.ts";

/** A token that proves who calls until it expires. */
export interface AccessToken {
  value: string;
  /** Unix milliseconds. */
  expiresAt: number;
}

/** The token of one channel, obtained when it is first needed and anew before it expires. */
export interface TokenCache {
  /** At once while the token is fresh. */
  get: () => string | Promise<string>;
  /** The token is not to be used again. */
  forget: () => void;
}

/** New tokens are asked for this long before the old one ends, or when a tenth of its life is left. */
const earlyMs = 5 * 60_000;
/** A token that ends sooner than this may end on the way. */
const leastMs = 10_000;

/** Keeps a token. However many calls wait, one `obtain` is under way; one that fails is tried again by the next call. */
export function createTokenCache(obtain: () => Promise<AccessToken>, clock: Ports["clock"]): TokenCache {
  let token: (AccessToken & { refreshAt: number }) | null = null;
  let pending: Promise<string> | null = null;

  async function renew(): Promise<string> {
    const { value, expiresAt } = await obtain();
    const life = expiresAt - clock.now();
    token = { value, expiresAt, refreshAt: expiresAt - Math.min(earlyMs, life / 10) };
    return value;
  }

  return {
    get() {
      const now = clock.now();
      if (token !== null && now < token.refreshAt) return token.value;
      pending ??= renew().finally(() => (pending = null));
      if (token === null || now >= token.expiresAt - leastMs) return pending;
      // The old one still serves; if the new one fails, the calls after its end say so.
      pending.catch(() => {});
      return token.value;
    },
    forget: () => void (token = null),
  };
}

const requestMs = 10_000;
const answerBytes = 64 * 1024;

export interface TokenRequest {
  /** The token endpoint. https, or http to this machine. */
  url: string;
  /** Form fields; what is secret among them goes nowhere else. */
  form: Readonly<Record<string, string>>;
  /** Outbound proxy URL. @default none */
  proxy?: string | null;
}

/**
 * Asks an OAuth 2 token endpoint (RFC 6749 §5).
 *
 * Throws `AttemptError` of class `credential`, which names the endpoint's error code and neither secret nor token.
 */
export async function requestToken(
  request: TokenRequest,
  { transport, timers, clock }: Pick<Ports, "transport" | "timers" | "clock">,
): Promise<AccessToken> {
  const over = new AbortController();
  const cancel = timers.set(requestMs, () => over.abort());
  try {
    const { status, body } = await ask(transport, request, over.signal);
    const value = stringOf(body["access_token"]);
    if (status !== 200 || !value) throw refused(`answered ${status}${codeOf(body)}`);
    const seconds = Number(body["expires_in"]);
    return { value, expiresAt: clock.now() + (Number.isFinite(seconds) && seconds > 0 ? seconds : 300) * 1000 };
  } catch (cause) {
    if (cause instanceof AttemptError) throw cause;
    throw refused(over.signal.aborted ? `did not answer within ${requestMs} ms` : "could not be reached");
  } finally {
    cancel();
  }
}

async function ask(transport: Transport, { url, form, proxy = null }: TokenRequest, signal: AbortSignal) {
  const response = await transport.send({
    method: "POST",
    url,
    headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
    body: new TextEncoder().encode(new URLSearchParams(form).toString()),
    credential: null,
    signal,
    connectTimeoutMs: requestMs,
    ...(proxy === null ? {} : { proxy }),
  });
  let text = "";
  const decoder = new TextDecoder();
  for await (const piece of response.body) {
    text += decoder.decode(piece, { stream: true });
    if (text.length > answerBytes) throw refused("sent an answer that is too large");
  }
  return { status: response.status, body: parsed(text) };
}

function parsed(text: string): JsonObject {
  try {
    const json = parseJson(text);
    return isObject(json) ? json : {};
  } catch {
    return {};
  }
}

/** Only the fixed code of the specification: descriptions may quote what was sent. */
function codeOf(body: JsonObject): string {
  const code = stringOf(body["error"]);
  return code !== undefined && /^[a-z_]{1,40}$/.test(code) ? ` (${code})` : "";
}

function refused(what: string): AttemptError {
  return new AttemptError({ class: "credential", message: `the token endpoint ${what}` });
}
