/** The effects that the core is given by its host. With virtual ports a whole gateway runs under a seed. */
export interface Ports {
  clock: Clock;
  /** Uniform in [0, 1). */
  random: () => number;
  /** A new unique, sortable id with the prefix, e.g. `req_01k…`. */
  id: (prefix: string) => string;
  timers: Timers;
  transport: Transport;
  logger: Logger;
  /** Keys and settings by variable name: the process environment, or the bindings of an edge runtime. */
  env: Readonly<Record<string, string | undefined>>;
}

export interface Clock {
  /** Wall time, Unix milliseconds. */
  now(): number;
  /** Milliseconds from an arbitrary point, never backwards. For durations. */
  monotonic(): number;
}

export interface Timers {
  /** Calls back once after the delay; the returned function cancels. A pending timer does not keep a process alive. */
  set(delayMs: number, callback: () => void): () => void;
}

export interface Logger {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

/**
 * A secret bound to the origins that it may be sent to. Only a transport opens it, as its last step.
 *
 * `JSON.stringify`, string conversion and inspection show the name of the secret alone.
 */
export class Credential {
  readonly name: string;
  readonly origins: readonly string[];
  readonly #headers: Readonly<Record<string, string>>;
  #secrets: readonly string[] | null = null;

  constructor(name: string, origins: readonly string[], headers: Readonly<Record<string, string>>) {
    this.name = name;
    this.origins = origins;
    this.#headers = headers;
  }

  /** The headers to add for a call to `url`. Throws when the origin is not one of the credential's own. */
  headersFor(url: string): Readonly<Record<string, string>> {
    if (!this.origins.some((origin) => startsWithOrigin(url, origin)) && !this.origins.includes(new URL(url).origin)) {
      throw new TransportError("refused", `The credential ${this.name} is not for this origin and was not sent.`);
    }
    return this.#headers;
  }

  /** Every secret value in every form in which a text may hold it, for redaction at a sink. */
  secrets(): readonly string[] {
    return (this.#secrets ??= Object.values(this.#headers).flatMap((value) =>
      formsOf(value.slice(value.lastIndexOf(" ") + 1)),
    ));
  }

  toJSON(): string {
    return `[credential ${this.name}]`;
  }
  toString(): string {
    return this.toJSON();
  }
}

/** The usual case without parsing: what follows the origin must end it, so that no longer host or port passes for a shorter one. */
function startsWithOrigin(url: string, origin: string): boolean {
  return url.startsWith(origin) && url.charAt(origin.length) === "/";
}

/** A secret in every form in which a text may hold it: plain, URL-encoded, JSON-escaped and base64; the latter without the padding that depends on what follows. */
export function formsOf(secret: string): string[] {
  const base64 = btoa(String.fromCharCode(...new TextEncoder().encode(secret))).replace(/=+$/, "");
  return [secret, encodeURIComponent(secret.toWellFormed()), JSON.stringify(secret).slice(1, -1), base64];
}

/**
 * One HTTP call. A transport around another passes it on as it is, or as a `copyRequest`: its signal is made when it is asked
 * for, and a spread would leave it behind.
 */
export interface TransportRequest {
  method: "GET" | "POST" | "DELETE";
  url: string;
  /** Lower-case names, without the credential. */
  headers: Record<string, string>;
  /** A large one may come in pieces, to be sent one after the other. */
  body: Uint8Array | readonly Uint8Array[] | null;
  credential: Credential | null;
  /** Aborting cancels the call and closes its connection, at any time until the body has ended. */
  readonly signal: AbortSignal;
  /**
   * The same without the cost of a signal, where the caller has it: calls back once, at once if it is aborted already.
   * Returns what stops listening.
   */
  onAbort?(callback: (reason: unknown) => void): () => void;
  /** Dial, TLS included. Enforced where the runtime can. */
  connectTimeoutMs: number;
  /** Outbound proxy URL, where the runtime has it. */
  proxy?: string;
  /**
   * The address was named by an answer and not by the config: no address in numbers, and where the runtime tells what a name
   * resolves to, none that leads into a private network.
   */
  isForeign?: true;
}

/** The request with changes, its signal and all. */
export function copyRequest(request: TransportRequest, changes: Partial<TransportRequest>): TransportRequest {
  const { method, url, headers, body, credential, connectTimeoutMs, proxy, isForeign } = request;
  return {
    method,
    url,
    headers,
    body,
    credential,
    connectTimeoutMs,
    signal: request.signal,
    ...(proxy === undefined ? {} : { proxy }),
    ...(isForeign ? { isForeign } : {}),
    ...changes,
  };
}

export interface TransportResponse {
  status: number;
  /** Lower-case names; repeated headers are joined with a comma. */
  headers: ReadonlyMap<string, string>;
  /**
   * Decoded bytes (content-encoding undone), 64 KiB at most in a piece. Pulled: nothing is read ahead of the consumer beyond
   * one buffer.
   */
  body: AsyncIterable<Uint8Array>;
  /** All that is left of the body, if it has arrived to its end; then `body` is empty. Null while more may come. */
  arrived?: () => Uint8Array[] | null;
}

/**
 * Carries one HTTP call. Never follows a redirect. Rejects with `TransportError`.
 */
export interface Transport {
  send(request: TransportRequest): Promise<TransportResponse>;
  close(): Promise<void>;
}

/**
 * Why a call did not give an answer. `connect`: nothing was sent · `connect-timeout` · `sent`: lost after sending ·
 * `refused`: our own rule, e.g. credential and origin do not match.
 */
export type TransportPhase = "connect" | "connect-timeout" | "sent" | "refused";

export class TransportError extends Error {
  readonly phase: TransportPhase;
  constructor(phase: TransportPhase, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "TransportError";
    this.phase = phase;
  }
}
