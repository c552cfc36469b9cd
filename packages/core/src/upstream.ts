import { replayAnswer } from "./answer.ts";
import type { Answer } from "./answer.ts";
import type { Body } from "./body.ts";
import type { Target } from "./channel.ts";
import type { DecodeContext, Dialect, Frame, UpstreamDialect, WireFrame } from "./dialect.ts";
import { Lifetime } from "./deadline.ts";
import { isContent } from "./event.ts";
import type { StreamEvent, Warning } from "./event.ts";
import { errors, isGatewayError } from "./errors.ts";
import { AttemptError, classOfStatus } from "./failure.ts";
import type { Failure } from "./failure.ts";
import { isObject } from "./json.ts";
import type { TakenExtras } from "./extras-reader.ts";
import type { Policy } from "./plan.ts";
import { TransportError } from "./ports.ts";
import type { Ports, TransportResponse } from "./ports.ts";
import type { ChatRequest } from "./request.ts";
import { concat, joined, spliceMembers } from "./splice.ts";

/** What one call to an upstream needs. */
export interface UpstreamCall {
  target: Target;
  request: ChatRequest;
  /** The client's body, and what takes the extras off it, when no stage has changed the request. */
  original: { body: Body; taken: TakenExtras } | null;
  clientHeaders: ReadonlyMap<string, string>;
  policy: Policy;
  limits: { replyBytes: number; eventBytes: number };
  /** Of the request: what ends it ends the call. */
  life: Lifetime;
  ports: Ports;
  requireParameters: boolean;
  /** Nobody reads the content of a stream in this dialect but the client: quiet runs may pass unparsed. */
  isTap: boolean;
}

/** What is known of a call beside its answer. Filled as it becomes known, also when the call fails. */
export interface CallNotes {
  dialect: string;
  status: number | null;
  upstreamRequestId: string | null;
  ttftMs: number | null;
  warnings: Warning[];
  /** Called when nothing of the call goes on: with its failure or null. The first call counts. */
  onEnd: (failure: Failure | null) => void;
}

/**
 * Makes one call and returns its answer once it is committed: a unary answer when it is complete and valid, a stream
 * with its first content event. Throws `AttemptError` before that; afterwards a failure is the stream's last event.
 */
export async function callUpstream(call: UpstreamCall, open: (dialect: string) => CallNotes): Promise<Answer> {
  const { target, request, ports } = call;
  const dialect = dialectFor(target, request.origin.dialect);
  const upstream = dialect.upstream as UpstreamDialect;
  const { body, memo, warnings } = encodeBody(call, dialect, upstream);
  const notes = open(dialect.id);
  notes.warnings.push(...warnings);
  const life = new Lifetime(ports, call.life);
  // Also ends a call whose stream nobody ever began to read.
  life.onAbort(() => notes.onEnd(failureOf(life.reason, life, target)));
  const started = ports.clock.monotonic();
  const onContent = () => {
    notes.ttftMs ??= Math.round(ports.clock.monotonic() - started);
  };
  try {
    const response = await send(call, dialect, upstream, body, life);
    notes.status = response.status;
    notes.upstreamRequestId = requestIdOf(response.headers);
    if (response.status < 200 || response.status > 299) throw await refusal(call, upstream, response, life);

    const context: DecodeContext = { target: codecTarget(target), request, memo };
    if (!request.stream || isJson(response)) {
      const answer = await readReply(call, dialect, upstream, response, context, life);
      onContent();
      life.end();
      notes.onEnd(null);
      return request.stream ? replayAnswer(answer) : answer;
    }
    assertEventStream(response);
    const frames = readFrames(call, upstream, response, context, life, onContent);
    const committed = await commit(frames, call.limits.eventBytes);
    return {
      kind: "stream",
      source: "upstream",
      dialect: dialect.id,
      relayable: upstream.relayable(target.quirks) && memo === undefined,
      frames: follow(committed, frames, life, notes),
    };
  } catch (thrown) {
    const failure = seenFrom(notes.status, failureOf(thrown, life, target));
    life.abort(new AttemptError(failure));
    life.end();
    notes.onEnd(failure);
    throw new AttemptError(failure);
  }
}

/** The client's own dialect if the channel speaks it, else the channel's first. */
export function dialectFor(target: Target, client: string): Dialect {
  const { speaks, provider } = target.channel;
  const id = speaks.includes(client) ? client : speaks[0];
  const dialect = provider.dialects.find((known) => known.id === id);
  if (!dialect?.upstream) throw new TypeError(`${target.channel.id} speaks no dialect that it brought`);
  return dialect;
}

function codecTarget({ model, quirks, info, channel }: Target): DecodeContext["target"] {
  return { model, quirks, info, stateDomain: channel.provider.stateDomain ?? channel.provider.id };
}

const encoder = new TextEncoder();

/** Throws a verdict when the request cannot be said to this target; nothing has been sent then. */
function encodeBody(
  call: UpstreamCall,
  dialect: Dialect,
  upstream: UpstreamDialect,
): { body: Uint8Array; memo?: unknown; warnings: readonly Warning[] } {
  const target = codecTarget(call.target);
  const { original, request } = call;
  if (original && dialect.id === request.origin.dialect) {
    const { body, taken } = original;
    const patch = upstream.patchRequest(taken.json, request, target);
    assertKept(call, patch.warnings);
    const set = { ...taken.edits.set, ...patch.set };
    const remove = [...taken.edits.remove, ...patch.remove];
    return { body: spliceMembers(body.bytes, body.scan, set, remove), warnings: patch.warnings };
  }
  const encoded = upstream.encodeRequest(request, target);
  assertKept(call, encoded.warnings);
  return { body: encoder.encode(JSON.stringify(encoded.body)), memo: encoded.memo, warnings: encoded.warnings };
}

/** With `require_parameters` a parameter that would be dropped refuses the target. */
function assertKept(call: UpstreamCall, warnings: readonly Warning[]): void {
  const dropped = warnings.find((warning) => warning.field !== undefined);
  if (call.requireParameters && dropped?.field !== undefined) {
    throw errors.REQUEST_UNSUPPORTED(dropped.field, call.target.id);
  }
}

async function send(
  call: UpstreamCall,
  dialect: Dialect,
  upstream: UpstreamDialect,
  body: Uint8Array,
  life: Lifetime,
): Promise<TransportResponse> {
  const { target, policy, request } = call;
  const { channel } = target;
  if (request.stream) {
    life.watch(policy.firstByteMs, {
      class: "unknown",
      message: `no response headers within ${policy.firstByteMs} ms`,
    });
  }
  const response = await channel.transport.send({
    method: "POST",
    url: channel.baseURL(dialect.id) + upstream.path(codecTarget(target), request.stream),
    headers: headersFor(call, dialect, upstream),
    body,
    credential: channel.credential(dialect.id),
    signal: life.signal,
    connectTimeoutMs: policy.connectMs,
    ...(channel.options.proxy === undefined ? {} : { proxy: channel.options.proxy }),
  });
  life.unwatch();
  return response;
}

// Allow-list: nothing of the caller's headers passes but what the dialect names.
function headersFor(call: UpstreamCall, dialect: Dialect, upstream: UpstreamDialect): Record<string, string> {
  const { channel } = call.target;
  const headers: Record<string, string> = {
    "content-type": "application/json",
    accept: call.request.stream ? "text/event-stream" : "application/json",
    "user-agent": "sluice",
    ...upstream.headers,
    ...channel.provider.headers,
  };
  if (dialect.id === call.request.origin.dialect) {
    for (const name of upstream.passHeaders) {
      const value = call.clientHeaders.get(name);
      if (value !== undefined) headers[name] = value;
    }
  }
  for (const [name, value] of Object.entries(channel.options.headers ?? {})) headers[name.toLowerCase()] = value;
  return headers;
}

function requestIdOf(headers: ReadonlyMap<string, string>): string | null {
  return headers.get("x-request-id") ?? headers.get("request-id") ?? null;
}

const refusalBytes = 64 * 1024;

async function refusal(
  call: UpstreamCall,
  upstream: UpstreamDialect,
  response: TransportResponse,
  life: Lifetime,
): Promise<AttemptError> {
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

function parseLenient(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function typeOf(response: TransportResponse): string {
  return response.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
}

function isJson(response: TransportResponse): boolean {
  const type = typeOf(response);
  return type === "application/json" || type.endsWith("+json");
}

function assertEventStream(response: TransportResponse): void {
  const type = typeOf(response);
  if (type === "text/event-stream" || type === "") return;
  throw new AttemptError({
    class: "protocol",
    status: response.status,
    message: `status 200 with content type ${type || "none"}`,
  });
}

/** 200 is not success: the body must be one JSON object with the root of its dialect. */
async function readReply(
  call: UpstreamCall,
  dialect: Dialect,
  upstream: UpstreamDialect,
  response: TransportResponse,
  context: DecodeContext,
  life: Lifetime,
): Promise<Extract<Answer, { kind: "reply" }>> {
  const bytes = await readWhole(call, response, life);
  if (bytes.length === 0)
    throw new AttemptError({ class: "protocol", status: response.status, message: "status 200 with an empty body" });
  const json = parseLenient(new TextDecoder().decode(bytes));
  if (!isObject(json)) {
    const type = typeOf(response) || "no content type";
    throw new AttemptError({
      class: "protocol",
      status: response.status,
      message: `status 200 with a body that is no JSON object (${type})`,
    });
  }
  const reply = upstream.decodeReply(json, context);
  const untouched = upstream.relayable(call.target.quirks) && context.memo === undefined;
  return { kind: "reply", source: "upstream", dialect: dialect.id, reply, bytes: untouched ? bytes : null };
}

async function readWhole(call: UpstreamCall, response: TransportResponse, life: Lifetime): Promise<Uint8Array> {
  const { policy, limits } = call;
  const stuck: Failure = { class: "protocol", message: `the body brought less than 1 KiB in ${policy.bodyMs} ms` };
  const pieces: Uint8Array[] = [];
  let size = 0;
  let mark = 0;
  life.watch(policy.bodyMs, stuck);
  for await (const piece of response.body) {
    pieces.push(piece);
    size += piece.length;
    if (size > limits.replyBytes)
      throw new AttemptError({ class: "protocol", message: `the answer is larger than ${limits.replyBytes} bytes` });
    if (size - mark >= 1024) {
      mark = size;
      life.watch(policy.bodyMs, stuck);
    }
  }
  life.unwatch();
  return joined(pieces);
}

/** Frames in the batches in which they arrived: what comes in one read is handled in one turn. */
async function* readFrames(
  call: UpstreamCall,
  upstream: UpstreamDialect,
  response: TransportResponse,
  context: DecodeContext,
  life: Lifetime,
  onContent: () => void,
): AsyncGenerator<Frame[]> {
  const { policy, limits } = call;
  const state = upstream.decoder.initial(context);
  const reader = upstream.createFrameReader({ maxEventBytes: limits.eventBytes });
  const silent: Failure = { class: "truncated", message: `silent for ${policy.idleMs} ms in the middle of the answer` };
  let content = false;
  // Pings and role-only events do not restart this one.
  life.watch(policy.firstTokenMs, { class: "stalled", message: `no content within ${policy.firstTokenMs} ms` });
  for await (const piece of response.body) {
    const batch = decodeAll(upstream, state, reader.push(piece, content && call.isTap ? upstream.isQuiet : undefined));
    // Idle is measured between whole events, so that a trickle cannot keep a stream alive.
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
  const batch = decodeAll(upstream, state, reader.end());
  if (batch.length > 0) yield batch;
  if (ends(batch)) return;
  const tail = upstream.decoder.end(state);
  if (tail.length > 0) yield [toFrame(emptyWire, tail)];
}

const none: StreamEvent[] = [];

function decodeAll(upstream: UpstreamDialect, state: unknown, wires: readonly WireFrame[]): Frame[] {
  const frames: Frame[] = [];
  for (const wire of wires) {
    // A frame without data is a comment, or a quiet run: nothing to decode.
    const frame = toFrame(wire, wire.data === "" ? none : upstream.decoder.step(state, wire));
    frames.push(frame);
    if (endsFrame(frame)) break;
  }
  return frames;
}

const emptyWire: WireFrame = { raw: new Uint8Array(0), event: null, data: "" };

function toFrame(wire: WireFrame, events: StreamEvent[]): Frame {
  return { raw: wire.raw, event: wire.event, data: wire.data, events };
}

function hasContent({ events }: Frame): boolean {
  return events.some(isContent);
}

function endsFrame({ events }: Frame): boolean {
  const last = events.at(-1);
  return last !== undefined && (last.type === "end" || last.type === "error");
}

function ends(batch: readonly Frame[]): boolean {
  const last = batch.at(-1);
  return last !== undefined && endsFrame(last);
}

/** Reads up to the commit point. A failure before it is an attempt that can be replaced without a trace. */
async function commit(batches: AsyncGenerator<Frame[]>, mostBytes: number): Promise<Frame[]> {
  const head: Frame[] = [];
  let kept = 0;
  for (;;) {
    const { done, value } = await batches.next();
    if (done) throw new AttemptError({ class: "protocol", message: "the stream ended before any content" });
    for (const frame of value) {
      const failed = frame.events.find((event) => event.type === "error");
      if (failed && !head.some(hasContent) && !hasContent(frame)) throw new AttemptError(beforeContent(failed.failure));
      head.push(frame);
      kept += frame.raw.length;
    }
    if (head.some(hasContent) || ends(value)) return head;
    // What is no content is kept until some comes, so there is an end to it.
    if (kept > mostBytes)
      throw new AttemptError({ class: "protocol", message: `more than ${mostBytes} bytes before any content` });
  }
}

/** A connection that breaks after the headers has answered: what came is no answer, and nothing about it is unknown. */
function seenFrom(status: number | null, failure: Failure): Failure {
  return status !== null && failure.class === "unknown" ? { ...failure, class: "protocol", status } : failure;
}

function beforeContent(failure: Failure): Failure {
  return failure.class === "truncated" ? { ...failure, class: "protocol" } : failure;
}

/** The committed part, then the rest. Whatever breaks becomes the last event; whoever stops reading cancels the call. */
async function* follow(
  head: Frame[],
  rest: AsyncGenerator<Frame[]>,
  life: Lifetime,
  notes: CallNotes,
): AsyncGenerator<Frame[]> {
  let failure: Failure | null = { class: "abort", message: "the reader stopped" };
  // Known before the last event is handed on: whoever reads an end or an error need not read further.
  const passed = (batch: Frame[]): Frame[] => {
    const final = batch.at(-1)?.events.at(-1);
    if (final?.type === "end") failure = null;
    if (final?.type === "error") failure = final.failure;
    return batch;
  };
  try {
    let last = head;
    yield passed(head);
    while (!ends(last)) {
      const { done, value } = await rest.next();
      last = done ? [toFrame(emptyWire, [{ type: "error", failure: cut }])] : value;
      yield passed(last);
    }
  } catch (thrown) {
    failure = afterContent(failureOf(thrown, life, null));
    yield [toFrame(emptyWire, [{ type: "error", failure }])];
  } finally {
    if (failure) life.abort(new AttemptError(failure));
    life.end();
    notes.onEnd(failure);
    await rest.return(undefined).catch(() => {});
  }
}

const cut: Failure = { class: "truncated", message: "the stream ended without its terminator" };

function afterContent(failure: Failure): Failure {
  const cutOff = failure.class === "unknown" || failure.class === "stalled" || failure.class === "connect";
  return cutOff ? { ...failure, class: "truncated" } : failure;
}

/** What was thrown, as a failure. An aborted call fails with the reason of the abort, whatever the transport says. */
function failureOf(thrown: unknown, life: Lifetime, target: Target | null): Failure {
  const cause = life.aborted && life.reason instanceof AttemptError ? life.reason : thrown;
  if (cause instanceof AttemptError) return cause.failure;
  if (cause instanceof TransportError) return failureOfTransport(cause);
  if (isGatewayError(cause)) return { class: "local", message: cause.message, code: cause.code, cause };
  const name = target ? `the attempt at ${target.id}` : "the attempt";
  return {
    class: "protocol",
    message: `${name} failed: ${cause instanceof Error ? cause.message : String(cause)}`,
    cause,
  };
}

function failureOfTransport(error: TransportError): Failure {
  const { message, cause } = error;
  if (error.phase === "connect" || error.phase === "connect-timeout") {
    return { class: "connect", code: error.phase, message, cause };
  }
  if (error.phase === "refused") return { class: "local", message, cause };
  return { class: "unknown", message, cause };
}
