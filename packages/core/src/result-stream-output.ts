import type { OperationAnswer } from "./answer.ts";
import { ClientStream } from "./client-stream.ts";
import { endingOf } from "./deadline.ts";
import type { StreamWriter } from "./dialect.ts";
import { errors, isGatewayError } from "./errors.ts";
import type { GatewayError } from "./errors.ts";
import type { Outgoing } from "./incoming.ts";
import type { EventOf, OperationName, OperationRequest } from "./operation.ts";
import type { ResultFrame, ResultStreaming } from "./operation-dialect.ts";
import { receiptHeaders } from "./receipt-headers.ts";
import { clientOf, resultContextOf } from "./result-writing.ts";
import { settleGone } from "./stream-output.ts";
import { resultOf, verdictFor } from "./writing.ts";
import type { Writing } from "./writing.ts";

/** How one streamed answer is written: frames as they are, or their events translated. */
interface Output {
  mediaType: string;
  frames: AsyncIterable<ResultFrame[]>;
  writer: StreamWriter<never>;
  write(frame: ResultFrame): (string | Uint8Array)[];
}

/** An answer that goes out as it comes: pulled by the client, settled before its last byte. */
export function writeResultStream(writing: Writing, answer: OperationAnswer): Outgoing {
  const { exchange, timeouts } = writing;
  const output = openOutput(writing, answer);
  const chunks = chunksOf(writing, output);
  const body = new ClientStream({
    chunks,
    stallMs: timeouts.writeStallMs,
    ports: exchange.ports,
    async onLeave() {
      exchange.abandon();
      await chunks.return(undefined);
      // A generator that was never asked for anything does not run its `finally`.
      await settleGone(writing);
    },
    watch: (cut) => exchange.life.onOverdue(timeouts.stageMs, () => void cutOff(writing, output, cut)),
  });
  const headers = receiptHeaders(exchange.record.toReceipt());
  headers["content-type"] = output.mediaType;
  headers["x-accel-buffering"] = "no";
  return { status: 200, headers, body };
}

function openOutput({ exchange }: Writing, answer: OperationAnswer): Output {
  const { stream } = clientOf(exchange);
  if (!stream) throw errors.INTERNAL().because(new TypeError(`${exchange.speaker.id} has no streamed answers`));
  const byte = answer.kind === "result-stream" && answer.relayable && answer.dialect === exchange.speaker.id;
  exchange.record.path = byte ? "byte" : "codec";
  const frames = answer.kind === "result-stream" ? answer.frames : replayed(stream, answer.result);
  const context = resultContextOf(exchange);
  if (byte) {
    const writer = stream.createRelay(context);
    return { mediaType: answer.mediaType, frames, writer, write: (frame) => [writer.write(frame)] };
  }
  const writer = stream.createEncoder(context);
  const isFinal = ({ type }: EventOf<OperationName>) => type === "end" || type === "error";
  const write = ({ events }: ResultFrame) =>
    events.filter((event) => !isFinal(event)).map((event) => writer.write(event));
  const mediaType = stream.type(exchange.request as OperationRequest, answer.mediaType);
  return { mediaType, frames, writer, write };
}

async function* replayed(
  stream: ResultStreaming<OperationName>,
  result: Parameters<typeof stream.replay>[0],
): AsyncGenerator<ResultFrame[]> {
  const none = new Uint8Array(0);
  const end = { raw: none, events: [{ type: "usage" as const, usage: result.usage }, { type: "end" as const }] };
  yield [{ raw: none, events: [...stream.replay(result)] }, end];
}

async function* chunksOf(writing: Writing, output: Output): AsyncGenerator<string | Uint8Array> {
  const { exchange } = writing;
  const { writer } = output;
  try {
    for await (const batch of output.frames) {
      for (const frame of batch) {
        observe(writing, frame);
        for (const chunk of output.write(frame)) if (chunk.length > 0) yield chunk;
      }
    }
    if (!exchange.record.complete) throw errors.INTERNAL();
    const receipt = await exchange.settle("success", null);
    const tail = writer.end(writing.inBody ? receipt : null);
    writing.onDone(200, receipt, null);
    if (tail.length > 0) yield tail;
  } catch (thrown) {
    const error = isGatewayError(thrown) ? thrown : errors.INTERNAL().because(thrown);
    if (error !== thrown)
      exchange.ports.logger.error("a streamed answer broke", { requestId: exchange.id, error: String(thrown) });
    const tail = await failed(writing, output, error);
    if (tail.length > 0) yield tail;
    // Bytes have no error of their own: a body that ends without its end is the honest way to say so.
    else throw error;
  } finally {
    await settleGone(writing);
  }
}

/** Notes what the receipt needs. Throws the verdict on an answer that broke. */
function observe({ exchange }: Writing, { events }: ResultFrame): void {
  const { record } = exchange;
  for (const event of events) {
    if (event.type === "usage") record.addUsage(event.usage);
    else if (event.type === "warning") record.addDecodingWarnings([event.warning]);
    else if (event.type === "end") record.complete = true;
    else if (event.type === "error") throw verdictFor(exchange, event.failure);
    else record.firstContent();
  }
}

/** Settles as a failure. Returns the honest end of the stream; empty where the format has none. */
async function failed(writing: Writing, { writer }: Output, error: GatewayError): Promise<string | Uint8Array> {
  const { exchange } = writing;
  exchange.record.complete = false;
  const receipt = await exchange.settle(resultOf(error), error);
  writing.onDone(200, receipt, error);
  return writer.fail(error, writing.inBody ? receipt : null);
}

/** Ends a stream in which a plugin hangs: whoever reads it is told, and whoever left is settled. */
async function cutOff(writing: Writing, output: Output, cut: (tail: string | Uint8Array) => void): Promise<void> {
  const { exchange } = writing;
  if (exchange.settled) return;
  const error = endingOf(exchange.life.reason);
  if (error.reason === "client_disconnected") await settleGone(writing);
  else cut(await failed(writing, output, error));
}
