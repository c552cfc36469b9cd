import { isObject, parseJson, receiptJson } from "@sluice/core";
import type { AnswerContext, Frame, GatewayError, Receipt, StreamWriter } from "@sluice/core";
import { formOf } from "./answer.ts";
import { RelayTail, textOf } from "../relay-tail.ts";
import { ChunkWriter } from "./chunk-writer.ts";
import type { Preferences } from "./decode-request.ts";
import { encodeError } from "./errors.ts";

const nothing = new Uint8Array(0);
const colon = 58;

/**
 * Passes frames as they came; their chunks alone, where a client of this wire could not read the frame. From the first finish reason on they wait,
 * because the last one carries the receipt.
 */
export class GeminiRelay implements StreamWriter<Frame> {
  readonly #context: AnswerContext;
  readonly #form: Preferences["stream"];
  readonly #writer: ChunkWriter;
  readonly #tail = new RelayTail();

  constructor(context: AnswerContext) {
    this.#context = context;
    this.#form = formOf(context.request);
    this.#writer = new ChunkWriter(this.#form);
  }

  write(frame: Frame): string | Uint8Array {
    if (frame.data === "") return this.#keepAlive(frame);
    if (frame.events.some((event) => event.type === "error")) return nothing;
    return this.#pass(this.#tail.take(frame));
  }

  end(receipt: Receipt | null): string {
    const frames = this.#tail.held();
    const before = textOf(this.#pass(frames.slice(0, -1)));
    const last = frames.slice(-1).map((frame) => this.#writer.write(withReceipt(frame.data, receipt)));
    return before + this.#tail.close([], last.join("") + this.#writer.end());
  }

  /** What was held is dropped: it has a finish reason, and this is no finish. */
  fail(error: GatewayError, receipt: Receipt | null): string {
    this.#tail.held();
    return this.#tail.close([], this.#writer.fail(encodeError(error, this.#context.requestId, receipt)));
  }

  #pass(frames: readonly Frame[]): string | Uint8Array {
    if (frames.every((frame) => this.#isRaw(frame))) return this.#tail.pass(frames);
    return this.#tail.close([], frames.map((frame) => this.#text(frame)).join(""));
  }

  #text(frame: Frame): string {
    return this.#isRaw(frame) ? textOf(frame.raw) : this.#writer.write(oneLine(frame.data));
  }

  /** A comment of the upstream's keeps a stream of events awake as an empty event. */
  #keepAlive(frame: Frame): string | Uint8Array {
    if (this.#isRaw(frame)) return this.#tail.pass([frame]);
    const isComment = this.#form === "sse" && frame.raw.includes(colon);
    return isComment ? this.#tail.close([], "\n\n") : nothing;
  }

  #isRaw(frame: Frame): boolean {
    return this.#form === "sse" && isPlain(frame);
  }
}

const blanks = new Set([9, 10, 13, 32]);
const plainStart = [...new TextEncoder().encode("data: ")];

/** Whether the frame is one `data` line: clients of this wire know no comments, no other fields, and no second line. */
function isPlain({ raw }: Frame): boolean {
  const start = raw.findIndex((byte) => !blanks.has(byte));
  if (start < 0) return true;
  if (!plainStart.every((byte, at) => raw[start + at] === byte)) return false;
  const ends = [raw.indexOf(10, start), raw.indexOf(13, start)].filter((at) => at >= 0);
  return raw.subarray(Math.min(...ends, raw.length)).every((byte) => blanks.has(byte));
}

/** The chunk's own text, with one member more at its end. */
function withReceipt(data: string, receipt: Receipt | null): string {
  const chunk = oneLine(data);
  if (receipt === null) return chunk;
  const end = chunk.lastIndexOf("}");
  const before = chunk.slice(0, end).trimEnd();
  const comma = before.endsWith("{") ? "" : ",";
  return `${before}${comma}"sluice":${JSON.stringify(receiptJson(receipt))}}`;
}

/** Clients of this wire read one line for each event. */
function oneLine(data: string): string {
  if (!/[\r\n]/.test(data)) return data.trim();
  const value: unknown = parseJson(data);
  return isObject(value) ? JSON.stringify(value) : data;
}
