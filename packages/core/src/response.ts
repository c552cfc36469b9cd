import type { Answer, ReplyAnswer, StreamAnswer } from "./answer.ts";
import { openBody } from "./client-stream.ts";
import type { Settings } from "./config.ts";
import { endingOf } from "./deadline.ts";
import type { AnswerContext, Frame, StreamWriter } from "./dialect.ts";
import { errors, isGatewayError } from "./errors.ts";
import type { GatewayError } from "./errors.ts";
import { isContent } from "./event.ts";
import type { StreamEvent } from "./event.ts";
import type { Exchange } from "./exchange.ts";
import type { Receipt } from "./receipt.ts";
import { foldEvents, replay } from "./reply.ts";
import type { Reply } from "./reply.ts";
import type { ChatRequest } from "./request.ts";
import { appendMembers } from "./splice.ts";
import type { Stages } from "./stages.ts";
import { verdictOf } from "./verdict.ts";

/** What writing an answer needs beside the exchange. */
export interface Writing {
  exchange: Exchange;
  stages: Stages;
  timeouts: Pick<Settings["timeouts"], "keepAliveMs" | "stageMs" | "writeStallMs">;
  /** Whether receipts go into bodies. */
  inBody: boolean;
  /** Called when the last byte is out, with the status that the client saw. */
  onDone: (status: number, receipt: Receipt, error: GatewayError | null) => void;
}

const encoder = new TextEncoder();

/** A unary answer: settled, then written with its receipt. */
export async function writeReply(writing: Writing, answer: Answer): Promise<Response> {
  const { exchange, timeouts } = writing;
  const { whole, reply } = await exchange.inTime(timeouts.stageMs, finalReply(writing, answer));
  note(exchange, answer);
  exchange.record.addUsage(reply.usage);
  exchange.record.complete = true;

  const client = exchange.dialect.client;
  const untouched = reply === whole.reply && whole.bytes !== null && whole.dialect === exchange.dialect.id;
  exchange.record.path = untouched ? "byte" : "codec";
  exchange.record.addDecodingWarnings(reply.warnings);
  const body = untouched && whole.bytes ? whole.bytes : encode(client.encodeReply(reply, contextOf(exchange)));
  const receipt = await exchange.settle("success", null);
  const withReceipt = writing.inBody ? appendMembers(body, client.receiptMembers(receipt)) : body;
  writing.onDone(200, receipt, null);
  return new Response(withReceipt as BodyInit, {
    status: 200,
    headers: { ...receiptHeaders(receipt), ...costHeader(receipt), "content-type": "application/json" },
  });
}

function encode(json: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(json));
}

/** The answer as it came, and its reply as the stages leave it. */
async function finalReply(writing: Writing, answer: Answer): Promise<{ whole: ReplyAnswer; reply: Reply }> {
  const whole = await wholeReply(answer);
  return { whole, reply: await throughStages(writing, whole.reply) };
}

async function wholeReply(answer: Answer): Promise<ReplyAnswer> {
  if (answer.kind === "reply") return answer;
  const events: StreamEvent[] = [];
  for await (const frame of answer.frames) events.push(...frame.events);
  const fold = foldEvents(events);
  if (!fold.complete) throw errors.INTERNAL().because(fold.failure);
  return { kind: "reply", source: answer.source, dialect: null, reply: fold.reply, bytes: null };
}

async function throughStages({ stages, exchange }: Writing, reply: Reply): Promise<Reply> {
  if (!stages.hasStream) return reply;
  const events = iterate(replay(reply));
  const out = stages.stream(events, exchange.view);
  if (out === events) return reply;
  const collected: StreamEvent[] = [];
  for await (const event of out) collected.push(event);
  const { reply: changed, complete, failure } = foldEvents(collected);
  if (failure) throw verdictFor(exchange, failure);
  if (!complete) throw withoutEnd();
  return changed;
}

async function* iterate<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}

/** The answer of a stream, or the promise of one that is still before its commit point. */
export type Pending = { answer: StreamAnswer } | { waiting: Promise<StreamAnswer> };

/** A streamed answer: pulled by the client, one event a turn, settled before its last byte. */
export function writeStream(writing: Writing, pending: Pending): Response {
  const { exchange, timeouts } = writing;
  const written: Written = { writer: null };
  const chunks = streamChunks(writing, pending, written);
  const leave = async () => {
    exchange.abandon();
    await chunks.return(undefined);
    // A generator that was never asked for anything does not run its `finally`.
    await settleGone(writing);
  };
  const body = openBody({
    chunks,
    stallMs: timeouts.writeStallMs,
    ports: exchange.ports,
    onLeave: leave,
    watch: (cut) => exchange.life.onOverdue(timeouts.stageMs, () => void cutOff(writing, written, cut)),
  });
  const request = exchange.request as ChatRequest;
  return new Response(body, {
    status: 200,
    headers: {
      ...receiptHeaders(exchange.record.toReceipt()),
      "content-type": exchange.dialect.client.streamType(request),
      "x-accel-buffering": "no",
    },
  });
}

/** The writer of a stream, once its answer is known: an end that comes from outside must fit what was written. */
interface Written {
  writer: StreamWriter<never> | null;
}

async function* streamChunks(writing: Writing, pending: Pending, written: Written): AsyncGenerator<Uint8Array> {
  const { exchange } = writing;
  try {
    const answer = "answer" in pending ? pending.answer : yield* awake(writing, pending.waiting);
    note(exchange, answer);
    const output = openOutput(writing, answer);
    written.writer = output.writer;
    for await (const chunk of output.chunks) if (chunk.length > 0) yield bytesOf(chunk);
    if (!exchange.record.complete) throw errors.INTERNAL();
    const receipt = await exchange.settle("success", null);
    const tail = output.writer.end(writing.inBody ? receipt : null);
    writing.onDone(200, receipt, null);
    yield bytesOf(tail);
  } catch (thrown) {
    const error = isGatewayError(thrown) ? thrown : errors.INTERNAL().because(thrown);
    if (!isGatewayError(thrown))
      exchange.ports.logger.error("a stream broke", { requestId: exchange.id, error: String(thrown) });
    yield await failed(writing, written, error);
  } finally {
    await settleGone(writing);
  }
}

/** Settles as a failure. Returns the honest end of the stream. */
async function failed(writing: Writing, { writer }: Written, error: GatewayError): Promise<Uint8Array> {
  const { exchange } = writing;
  exchange.record.complete = false;
  const receipt = await exchange.settle(resultOf(error), error);
  writing.onDone(200, receipt, error);
  const own = writer ?? exchange.dialect.client.createEncoder(contextOf(exchange));
  return bytesOf(own.fail(error, writing.inBody ? receipt : null));
}

/** Ends a stream in which a plugin hangs: whoever reads it is told, and whoever left is settled. */
async function cutOff(writing: Writing, written: Written, cut: (tail: Uint8Array) => void): Promise<void> {
  const { exchange } = writing;
  if (exchange.settled) return;
  const error = endingOf(exchange.life.signal);
  if (error.reason === "client_disconnected") await settleGone(writing);
  else cut(await failed(writing, written, error));
}

/** Settles a stream whose reader left before its end. */
async function settleGone({ exchange, onDone }: Writing): Promise<void> {
  if (exchange.settled) return;
  const gone = errors.CLIENT_GONE();
  exchange.record.complete = false;
  exchange.abandon();
  onDone(499, await exchange.settle("abort", gone), gone);
}

function bytesOf(chunk: string | Uint8Array): Uint8Array {
  return typeof chunk === "string" ? encoder.encode(chunk) : chunk;
}

export function resultOf(error: GatewayError): "refusal" | "failure" | "abort" {
  if (error.reason === "client_disconnected") return "abort";
  return error.code.includes("_UPSTREAM_") || error.status >= 500 ? "failure" : "refusal";
}

/** Comments until the answer is there: the status is out, fallback stays possible. */
async function* awake(writing: Writing, waiting: Promise<StreamAnswer>): AsyncGenerator<Uint8Array, StreamAnswer> {
  const { exchange, timeouts } = writing;
  const keepAlive = encoder.encode(exchange.dialect.client.keepAlive(exchange.request as ChatRequest));
  for (;;) {
    yield keepAlive;
    const answer = await within(exchange, timeouts.keepAliveMs, waiting);
    if (answer) return answer;
  }
}

/** The value, or null when it takes longer. A rejection is passed on. */
export function within<T>(exchange: Exchange, milliseconds: number, promise: Promise<T>): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const cancel = exchange.ports.timers.set(milliseconds, () => resolve(null));
    promise.then(resolve, reject).finally(cancel);
  });
}

interface Output {
  writer: StreamWriter<never>;
  chunks: AsyncGenerator<string | Uint8Array>;
}

/** The byte path when the dialects match and no stage is active: that the fold is the identity is the test for it. */
function openOutput({ exchange, stages }: Writing, answer: StreamAnswer): Output {
  const client = exchange.dialect.client;
  const events = eventsOf(exchange, answer.frames);
  const staged = stages.stream(events, exchange.view);
  const byte = staged === events && answer.relayable && answer.dialect === exchange.dialect.id;
  exchange.record.path = byte ? "byte" : "codec";
  if (byte) {
    const writer = client.createRelay(contextOf(exchange));
    return { writer, chunks: relay(exchange, answer.frames, writer) };
  }
  const writer = client.createEncoder(contextOf(exchange));
  return { writer, chunks: translate(exchange, staged, writer) };
}

async function* relay(
  exchange: Exchange,
  frames: AsyncIterable<Frame>,
  writer: StreamWriter<Frame>,
): AsyncGenerator<string | Uint8Array> {
  for await (const frame of frames) {
    observe(exchange, frame.events);
    const failed = frame.events.find((event) => event.type === "error");
    if (failed) throw verdictFor(exchange, failed.failure);
    yield writer.write(frame);
  }
}

async function* eventsOf(exchange: Exchange, frames: AsyncIterable<Frame>): AsyncGenerator<StreamEvent> {
  for await (const frame of frames) {
    observe(exchange, frame.events);
    yield* frame.events;
  }
}

async function* translate(
  exchange: Exchange,
  events: AsyncIterable<StreamEvent>,
  writer: StreamWriter<StreamEvent>,
): AsyncGenerator<string | Uint8Array> {
  let ended = false;
  for await (const event of events) {
    if (event.type === "error") throw verdictFor(exchange, event.failure);
    ended ||= event.type === "end";
    yield writer.write(event);
  }
  if (!ended) throw withoutEnd();
}

/** Stages that rewrite an answer keep its end: without it nobody can tell a whole answer from a cut one. */
function withoutEnd(): GatewayError {
  return errors.INTERNAL().because(new Error("a stream stage left out the end of the answer"));
}

function observe(exchange: Exchange, events: readonly StreamEvent[]): void {
  exchange.record.observe(events);
  if (events.some(isContent)) exchange.record.firstContent();
}

function verdictFor(exchange: Exchange, failure: Parameters<typeof verdictOf>[0]): GatewayError {
  const { target } = exchange.record;
  return target ? verdictOf(failure, target, false) : errors.INTERNAL().because(failure);
}

function note(exchange: Exchange, answer: Answer): void {
  exchange.record.source = answer.source;
}

function contextOf(exchange: Exchange): AnswerContext {
  const { record, ports } = exchange;
  const request = exchange.request as ChatRequest;
  return {
    requestId: exchange.id,
    created: Math.floor(ports.clock.now() / 1000),
    model: record.target?.model ?? request.model,
    request,
    warn: (warning) => record.warn(warning),
  };
}

/** What every answer carries in its headers: known before the body. */
export function receiptHeaders(receipt: Receipt): Record<string, string> {
  const codes = [...new Set(receipt.warnings.map(({ code }) => code))].slice(0, 8);
  const upstream = receipt.attempts.at(-1);
  const headers: Record<string, string | null> = {
    ...baseHeaders(receipt.request_id),
    "x-sluice-model": receipt.actual_model,
    "x-sluice-provider": receipt.provider,
    "x-sluice-route": receipt.route,
    "x-sluice-attempts": String(receipt.attempts.length),
    "x-sluice-cache": receipt.source === null ? null : receipt.cache_hit ? "hit" : "miss",
    "x-sluice-warnings": codes.length > 0 ? codes.join(",") : null,
    "x-sluice-upstream-status": upstream?.status === null || !upstream ? null : String(upstream.status),
    "x-sluice-upstream-request-id": upstream?.upstream_request_id ?? null,
    "server-timing": serverTiming(receipt),
  };
  const known = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== null);
  return Object.fromEntries(known.map(([name, value]) => [name, headerSafe(value)]));
}

export function baseHeaders(requestId: string): Record<string, string> {
  return { "x-request-id": requestId, "request-id": requestId, "cache-control": "no-store", vary: "Authorization" };
}

function costHeader(receipt: Receipt): Record<string, string> {
  return receipt.cost_usd === null ? {} : { "x-sluice-cost-usd": String(receipt.cost_usd) };
}

function serverTiming(receipt: Receipt): string {
  const attempts = receipt.attempts.map(({ ms, ttft_ms }, index) => `attempt${index + 1};dur=${ms || (ttft_ms ?? 0)}`);
  return [`total;dur=${receipt.total_ms}`, ...attempts].join(", ");
}

// Header values are Latin-1 without control characters; everything else is percent-encoded.
function headerSafe(value: string): string {
  return value.toWellFormed().replace(/[^\u0020-\u007e]/gu, (character) => encodeURIComponent(character));
}
