import { isObject, receiptJson } from "@sluice/core";
import type { AnswerContext, Frame, GatewayError, Receipt, StreamWriter } from "@sluice/core";
import { formOf } from "./answer.ts";
import { ChunkWriter } from "./chunk-writer.ts";
import type { Preferences } from "./decode-request.ts";
import { encodeError } from "./errors.ts";

const nothing = new Uint8Array(0);
const CR = 13;

/**
 * Passes frames as they came; for a client who wants an array, their chunks. From the first finish reason on the latest
 * chunk waits, because the last one carries the receipt.
 */
export class GeminiRelay implements StreamWriter<Frame> {
  readonly #context: AnswerContext;
  readonly #form: Preferences["stream"];
  readonly #writer: ChunkWriter;
  #finished = false;
  /** The last byte that passed is the CR of a CRLF whose LF has not come yet. */
  #splitLine = false;
  #held: Frame | null = null;

  constructor(context: AnswerContext) {
    this.#context = context;
    this.#form = formOf(context.request);
    this.#writer = new ChunkWriter(this.#form);
  }

  write(frame: Frame): string | Uint8Array {
    if (frame.data === "") return this.#form === "sse" && isEvents(frame) ? this.#raw(frame) : nothing;
    if (frame.events.some((event) => event.type === "error")) return nothing;
    this.#finished ||= frame.events.some((event) => event.type === "finish");
    if (!this.#finished) return this.#pass(frame);
    const before = this.#held;
    this.#held = frame;
    return before === null ? nothing : this.#pass(before);
  }

  end(receipt: Receipt | null): string {
    const frame = this.#held;
    this.#held = null;
    const last = frame === null ? "" : this.#writer.write(withReceipt(frame.data, receipt));
    return this.#lineEnd() + last + this.#writer.end();
  }

  /** What was held is dropped: it has a finish reason, and this is no finish. */
  fail(error: GatewayError, receipt: Receipt | null): string {
    this.#held = null;
    return this.#lineEnd() + this.#writer.fail(encodeError(error, this.#context.requestId, receipt));
  }

  #pass(frame: Frame): string | Uint8Array {
    return this.#form === "sse" && isEvents(frame) ? this.#raw(frame) : this.#writer.write(oneLine(frame.data));
  }

  #raw(frame: Frame): Uint8Array {
    this.#splitLine = frame.raw.at(-1) === CR;
    return frame.raw;
  }

  /** A read can end between CR and LF, and some clients of this wire know no event that ends in half a line end. */
  #lineEnd(): string {
    const rest = this.#splitLine ? "\n" : "";
    this.#splitLine = false;
    return rest;
  }
}

const arrayBytes = new Set("[],{}".split("").map((character) => character.charCodeAt(0)));
const blanks = new Set([9, 10, 13, 32]);

/** Whether the frame's bytes are an event, not an element of an array. */
function isEvents(frame: Frame): boolean {
  const first = frame.raw.find((byte) => !blanks.has(byte));
  return first === undefined || !arrayBytes.has(first);
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
  const value: unknown = JSON.parse(data);
  return isObject(value) ? JSON.stringify(value) : data;
}
