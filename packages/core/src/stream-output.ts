import type { StreamAnswer } from "./answer.ts";
import { ClientStream } from "./client-stream.ts";
import { endingOf } from "./deadline.ts";
import type { Frame, StreamWriter } from "./dialect.ts";
import { errors, isGatewayError } from "./errors.ts";
import type { GatewayError } from "./errors.ts";
import { isContent } from "./event.ts";
import type { StreamEvent } from "./event.ts";
import type { Exchange } from "./exchange.ts";
import type { Outgoing } from "./incoming.ts";
import { receiptHeaders } from "./receipt-headers.ts";
import type { ChatRequest } from "./request.ts";
import { ByteRun } from "./byte-run.ts";
import { UpstreamFrames } from "./upstream-stream.ts";
import { contextOf, note, resultOf, verdictFor } from "./writing.ts";
import type { Writing } from "./writing.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The answer of a stream, or the promise of one that is still before its commit point. */
export type Pending = { answer: StreamAnswer } | { waiting: Promise<StreamAnswer> };

/** A streamed answer: pulled by the client, one event a turn, settled before its last byte. */
export function writeStream(writing: Writing, pending: Pending): Outgoing {
  const { exchange, timeouts } = writing;
  const written: Written = { writer: null };
  const chunks = streamChunks(writing, pending, written);
  const leave = async () => {
    exchange.abandon();
    await chunks.return(undefined);
    // A generator that was never asked for anything does not run its `finally`.
    await settleGone(writing);
  };
  const body = new ClientStream({
    chunks,
    stallMs: timeouts.writeStallMs,
    ports: exchange.ports,
    onLeave: leave,
    watch: (cut) => exchange.life.onOverdue(timeouts.stageMs, () => void cutOff(writing, written, cut)),
  });
  const headers = receiptHeaders(exchange.record.toReceipt());
  headers["content-type"] = exchange.dialect.client.streamType(exchange.request as ChatRequest);
  headers["x-accel-buffering"] = "no";
  return { status: 200, headers, body };
}

/** The writer of a stream, once its answer is known: an end that comes from outside must fit what was written. */
interface Written {
  writer: StreamWriter<never> | null;
}

async function* streamChunks(
  writing: Writing,
  pending: Pending,
  written: Written,
): AsyncGenerator<string | Uint8Array> {
  const { exchange } = writing;
  try {
    const answer = "answer" in pending ? pending.answer : yield* awake(writing, pending.waiting);
    note(exchange, answer);
    const output = openOutput(writing, answer);
    written.writer = output.writer;
    for await (const chunk of output.chunks) if (chunk.length > 0) yield chunk;
    if (!exchange.record.complete) throw errors.INTERNAL();
    const receipt = await exchange.settle("success", null);
    const tail = output.writer.end(writing.inBody ? receipt : null);
    writing.onDone(200, receipt, null);
    yield tail;
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
async function failed(writing: Writing, { writer }: Written, error: GatewayError): Promise<string | Uint8Array> {
  const { exchange } = writing;
  exchange.record.complete = false;
  const receipt = await exchange.settle(resultOf(error), error);
  writing.onDone(200, receipt, error);
  const own = writer ?? exchange.dialect.client.createEncoder(contextOf(exchange));
  return own.fail(error, writing.inBody ? receipt : null);
}

/** Ends a stream in which a plugin hangs: whoever reads it is told, and whoever left is settled. */
async function cutOff(writing: Writing, written: Written, cut: (tail: string | Uint8Array) => void): Promise<void> {
  const { exchange } = writing;
  if (exchange.settled) return;
  const error = endingOf(exchange.life.reason);
  if (error.reason === "client_disconnected") await settleGone(writing);
  else cut(await failed(writing, written, error));
}

/** Settles a stream whose reader left before its end. */
export async function settleGone({ exchange, onDone }: Writing): Promise<void> {
  if (exchange.settled) return;
  const gone = errors.CLIENT_GONE();
  exchange.record.complete = false;
  exchange.abandon();
  onDone(499, await exchange.settle("abort", gone), gone);
}

/** Comments until the answer is there: the status is out, fallback stays possible. */
async function* awake(writing: Writing, waiting: Promise<StreamAnswer>): AsyncGenerator<string, StreamAnswer> {
  const { exchange, timeouts } = writing;
  const keepAlive = exchange.dialect.client.keepAlive(exchange.request as ChatRequest);
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
    if (answer.frames instanceof UpstreamFrames) answer.frames.tap();
    const writer = client.createRelay(contextOf(exchange));
    return { writer, chunks: relay(exchange, answer.frames, writer) };
  }
  const writer = client.createEncoder(contextOf(exchange));
  const chunks =
    staged === events ? translateBatches(exchange, answer.frames, writer) : translate(exchange, staged, writer);
  return { writer, chunks };
}

/** What one read brought leaves as one chunk. */
async function* relay(
  exchange: Exchange,
  batches: AsyncIterable<readonly Frame[]>,
  writer: StreamWriter<Frame>,
): AsyncGenerator<Uint8Array> {
  for await (const batch of batches) {
    const run = new ByteRun();
    for (const frame of batch) {
      if (frame.events.length > 0) observe(exchange, frame.events, frame.raw.length);
      else exchange.record.passed(frame.raw.length);
      const failed = frame.events.find((event) => event.type === "error");
      if (failed) {
        yield* run.take();
        throw verdictFor(exchange, failed.failure);
      }
      run.add(writer.write(frame));
    }
    yield* run.take();
  }
}

async function* eventsOf(exchange: Exchange, batches: AsyncIterable<readonly Frame[]>): AsyncGenerator<StreamEvent> {
  for await (const batch of batches) {
    for (const frame of batch) {
      observe(exchange, frame.events);
      yield* frame.events;
    }
  }
}

/** Canonical events of a batch, translated in one go. */
async function* translateBatches(
  exchange: Exchange,
  batches: AsyncIterable<readonly Frame[]>,
  writer: StreamWriter<StreamEvent>,
): AsyncGenerator<string> {
  for await (const batch of batches) {
    let text = "";
    for (const { events } of batch) {
      observe(exchange, events);
      for (const event of events) {
        if (event.type === "error") {
          if (text !== "") yield text;
          throw verdictFor(exchange, event.failure);
        }
        text += textOf(told(exchange, writer, event));
      }
    }
    if (text !== "") yield text;
  }
}

async function* translate(
  exchange: Exchange,
  events: AsyncIterable<StreamEvent>,
  writer: StreamWriter<StreamEvent>,
): AsyncGenerator<string> {
  let ended = false;
  for await (const event of events) {
    if (event.type === "error") throw verdictFor(exchange, event.failure);
    ended ||= event.type === "end";
    yield textOf(told(exchange, writer, event));
  }
  if (!ended) throw withoutEnd();
}

/** Stages that rewrite an answer keep its end: without it nobody can tell a whole answer from a cut one. */
export function withoutEnd(): GatewayError {
  return errors.INTERNAL().because(new Error("a stream stage left out the end of the answer"));
}

/** Usage that the upstream left out is told before the end, where every dialect still can. */
function told(exchange: Exchange, writer: StreamWriter<StreamEvent>, event: StreamEvent): string | Uint8Array {
  if (event.type !== "end") return writer.write(event);
  const usage = exchange.record.estimate(exchange.request as ChatRequest);
  return (usage ? textOf(writer.write({ type: "usage", usage })) : "") + textOf(writer.write(event));
}

function textOf(chunk: string | Uint8Array): string {
  return typeof chunk === "string" ? chunk : decoder.decode(chunk);
}

function observe(exchange: Exchange, events: readonly StreamEvent[], frameBytes = 0): void {
  exchange.record.observe(events, frameBytes);
  if (events.some(isContent)) exchange.record.firstContent();
}
