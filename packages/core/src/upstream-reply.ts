import type { ReplyAnswer } from "./answer.ts";
import type { Lifetime } from "./deadline.ts";
import type { UpstreamDialect } from "./dialect.ts";
import { AttemptError, classOfStatus } from "./failure.ts";
import type { Failure } from "./failure.ts";
import { parseJson } from "./json-text.ts";
import { isObject } from "./json.ts";
import type { JsonObject } from "./json.ts";
import type { TransportResponse } from "./ports.ts";
import type { Soon } from "./soon.ts";
import { concat, joined } from "./splice.ts";
import { TappedReply } from "./tapped-reply.ts";
import { isRelayable, mayStayUnread } from "./upstream-call.ts";
import type { Reading, UpstreamCall } from "./upstream-call.ts";

const refusalBytes = 64 * 1024;

/** What reading an error answer needs, of whatever operation. */
interface Refused {
  call: Pick<UpstreamCall, "policy" | "target">;
  upstream: Pick<UpstreamDialect, "decodeError">;
  response: TransportResponse;
  life: Lifetime;
}

export async function readRefusal({ call, upstream, response, life }: Refused): Promise<AttemptError> {
  const { status, headers } = response;
  if (status >= 300 && status < 400) {
    await discard(response);
    return new AttemptError({
      class: "protocol",
      status,
      message: `redirected with status ${status}, which is not followed`,
    });
  }
  const message = `status ${status} with a body that did not end within ${call.policy.bodyMs} ms`;
  life.watch(call.policy.bodyMs, { class: classOfStatus(status), status, message });
  const text = await readText(response.body, refusalBytes);
  life.unwatch();
  const failure = upstream.decodeError(status, headers, parseLenient(text), call.target.quirks);
  return new AttemptError(call.target.channel.provider.classify?.(failure) ?? failure);
}

async function discard(response: TransportResponse): Promise<void> {
  await response.body[Symbol.asyncIterator]().return?.();
}

async function readText(body: AsyncIterable<Uint8Array>, limit: number): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const piece of body) {
      pieces.push(piece.subarray(0, limit - size));
      size += piece.length;
      if (size >= limit) break;
    }
  } catch {
    // What arrived of an error answer is still the best explanation there is.
  }
  return new TextDecoder().decode(concat(pieces));
}

export function parseLenient(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}

export function typeOf(response: TransportResponse): string {
  return response.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
}

export function isJson(response: TransportResponse): boolean {
  const type = typeOf(response);
  return type === "application/json" || type.endsWith("+json");
}

export function streamTypeOf({ streamType = "text/event-stream" }: UpstreamDialect): string {
  return streamType;
}

export function assertEventStream(response: TransportResponse, upstream: UpstreamDialect): void {
  const type = typeOf(response);
  if (type === streamTypeOf(upstream) || type === "") return;
  throw new AttemptError({
    class: "protocol",
    status: response.status,
    message: `status 200 with content type ${type || "none"}`,
  });
}

/** 200 is not success: the body must be one JSON object with the root of its dialect. */
export function readReply(reading: Reading): Soon<ReplyAnswer> {
  const { call, response, life } = reading;
  const here = wholeOf(response.arrived?.() ?? null, call);
  return here ? toReply(reading, here) : readWhole(call, response, life).then((bytes) => toReply(reading, bytes));
}

function toReply(reading: Reading, bytes: Uint8Array): ReplyAnswer {
  const { upstream, dialect, response, context } = reading;
  if (bytes.length === 0)
    throw new AttemptError({ class: "protocol", status: response.status, message: "status 200 with an empty body" });
  const json = parse(response, bytes);
  const usage = mayStayUnread(reading) ? (upstream.tapReply?.(json, context) ?? null) : null;
  // What the upstream did not count is estimated by the size of the answer.
  if (usage !== null && usage.inputTokens !== null && usage.outputTokens !== null)
    return new TappedReply(dialect, bytes, usage, () => upstream.decodeReply(json, context));
  const reply = upstream.decodeReply(json, context);
  return { kind: "reply", source: "upstream", dialect, reply, bytes: isRelayable(reading) ? bytes : null };
}

const text = new TextDecoder();

function parse(response: TransportResponse, bytes: Uint8Array): JsonObject {
  const json = parseLenient(text.decode(bytes));
  if (!isObject(json)) {
    const type = typeOf(response) || "no content type";
    throw new AttemptError({
      class: "protocol",
      status: response.status,
      message: `status 200 with a body that is no JSON object (${type})`,
    });
  }
  return json;
}

/** The body in one piece, if all of it is there. */
function wholeOf(pieces: Uint8Array[] | null, { limits }: UpstreamCall): Uint8Array | null {
  if (pieces === null) return null;
  const bytes = joined(pieces);
  if (bytes.length > limits.replyBytes) throw tooLarge(limits.replyBytes);
  return bytes;
}

function tooLarge(limit: number): AttemptError {
  return new AttemptError({ class: "protocol", message: `the answer is larger than ${limit} bytes` });
}

export async function readWhole(
  call: Pick<UpstreamCall, "policy" | "limits">,
  response: TransportResponse,
  life: Lifetime,
): Promise<Uint8Array> {
  const { policy, limits } = call;
  const stuck: Failure = { class: "protocol", message: `the body brought less than 1 KiB in ${policy.bodyMs} ms` };
  const pieces: Uint8Array[] = [];
  let size = 0;
  let mark = 0;
  life.watch(policy.bodyMs, stuck);
  for await (const piece of response.body) {
    pieces.push(piece);
    size += piece.length;
    if (size > limits.replyBytes) throw tooLarge(limits.replyBytes);
    if (size - mark >= 1024) {
      mark = size;
      life.watch(policy.bodyMs, stuck);
    }
  }
  life.unwatch();
  return joined(pieces);
}
