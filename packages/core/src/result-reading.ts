import type { ResultAnswer, ResultStreamAnswer } from "./answer.ts";
import { AttemptError } from "./failure.ts";
import type { Failure } from "./failure.ts";
import { ends, follow, lastOf } from "./follow.ts";
import { parseJson } from "./json-text.ts";
import { isObject } from "./json.ts";
import type { Json } from "./json.ts";
import type { OperationCall } from "./operation-sending.ts";
import type {
  OperationDialect,
  OperationUpstream,
  ResultBody,
  ResultDecodeContext,
  ResultDecoder,
  ResultFrame,
} from "./operation-dialect.ts";
import type { OperationName } from "./operation.ts";
import type { Lifetime } from "./deadline.ts";
import type { TransportResponse } from "./ports.ts";
import type { CallNotes } from "./upstream-call.ts";
import { beforeContent } from "./upstream-failure.ts";
import { readWhole } from "./upstream-reply.ts";

/** One answer that is being read, of any operation but chat. */
export interface ResultReading {
  call: OperationCall;
  dialect: OperationDialect;
  upstream: OperationUpstream<OperationName>;
  response: TransportResponse;
  context: ResultDecodeContext;
  /** Of the call. */
  life: Lifetime;
  notes: CallNotes;
  onContent: () => void;
  /** How many bytes the answer may have. */
  left: number;
}

/** The body of an answer that is not passed on as it comes. */
export async function readBody({ call, response, life, left }: ResultReading): Promise<ResultBody> {
  const bytes = await readWhole({ policy: call.policy, limits: { ...call.limits, replyBytes: left } }, response, life);
  const json = parse(bytes);
  const told = response.headers.get("content-type") ?? "application/octet-stream";
  // Some vendors call an object a text, and clients read only as JSON what is called so.
  return { bytes, mediaType: isObject(json) ? "application/json" : told, json };
}

/** A whole answer. 200 is not success: the dialect says whether the body is one of its own. */
export function toResult(reading: ResultReading, body: ResultBody): ResultAnswer {
  const { dialect, upstream, context } = reading;
  const result = upstream.decodeResult(body, context);
  reading.onContent();
  const relayable = context.memo === undefined && (upstream.relayable?.(result, context) ?? true);
  return {
    kind: "result",
    source: "upstream",
    dialect: dialect.id,
    result,
    bytes: relayable ? body.bytes : null,
    mediaType: body.mediaType,
  };
}

function parse(bytes: Uint8Array): Json | undefined {
  try {
    return parseJson(new TextDecoder().decode(bytes)) as Json;
  } catch {
    return undefined;
  }
}

/** A streamed answer, up to its first content. A failure before that is thrown, one after it is its last event. */
export async function readResultStream(reading: ResultReading, decoder: ResultDecoder): Promise<ResultStreamAnswer> {
  const { call, dialect, response, context } = reading;
  const frames = decodeFrames(reading, decoder);
  const head = await commit(frames, call.limits.eventBytes);
  return {
    kind: "result-stream",
    source: "upstream",
    dialect: dialect.id,
    relayable: context.memo === undefined,
    mediaType: response.headers.get("content-type") ?? "application/octet-stream",
    frames: follow(head, frames, reading, failed),
  };
}

const ownEvents = new Set(["usage", "warning", "error", "end"]);

function hasContent({ events }: ResultFrame): boolean {
  return events.some(({ type }) => !ownEvents.has(type));
}

async function* decodeFrames(
  { call, response, life, onContent }: ResultReading,
  decoder: ResultDecoder,
): AsyncGenerator<ResultFrame[]> {
  const { policy } = call;
  const silent: Failure = { class: "truncated", message: `silent for ${policy.idleMs} ms in the middle of the answer` };
  life.watch(policy.firstTokenMs, { class: "stalled", message: `no content within ${policy.firstTokenMs} ms` });
  let content = false;
  for await (const piece of response.body) {
    const batch = decoder.push(piece);
    if (batch.length === 0) continue;
    if (!content && batch.some(hasContent)) {
      content = true;
      onContent();
    }
    // Silence is measured while we wait for the upstream, not while a slow client makes us wait.
    if (content) life.unwatch();
    yield batch;
    if (ends(batch)) return;
    if (content) life.watch(policy.idleMs, silent);
  }
  life.unwatch();
  const tail = decoder.end();
  if (tail.length > 0) yield tail;
}

async function commit(batches: AsyncGenerator<ResultFrame[]>, mostBytes: number): Promise<ResultFrame[]> {
  const head: ResultFrame[] = [];
  let kept = 0;
  for (;;) {
    const { done, value } = await batches.next();
    if (done) throw new AttemptError({ class: "protocol", message: "the answer ended before any content" });
    head.push(...value);
    kept += value.reduce((sum, { raw }) => sum + raw.length, 0);
    const last = lastOf(value);
    if (head.some(hasContent)) return head;
    if (last?.type === "error") throw new AttemptError(beforeContent(last.failure));
    if (last?.type === "end")
      throw new AttemptError({ class: "protocol", message: "the answer ended before any content" });
    if (kept > mostBytes)
      throw new AttemptError({ class: "protocol", message: `more than ${mostBytes} bytes before any content` });
  }
}

function failed(failure: Failure): ResultFrame {
  return { raw: new Uint8Array(0), events: [{ type: "error", failure }] };
}
