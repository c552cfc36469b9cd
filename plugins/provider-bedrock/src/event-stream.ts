import { AttemptError } from "@sluice/core";
import type { FrameLimits } from "@sluice/core";
import { crc32 } from "./crc32.ts";

/** One message of an AWS event stream. */
export interface EventStreamMessage {
  /** Headers of the type string, which are all that a message is told by. */
  headers: ReadonlyMap<string, string>;
  payload: Uint8Array;
  /** The whole message as it came. */
  raw: Uint8Array;
}

/** Total length, headers length, and the checksum of both. */
const preludeBytes = 12;
/** A prelude and the checksum of the whole. */
const leastBytes = 16;
/** The most that the encoding allows. */
const mostHeaderBytes = 128 * 1024;

/**
 * Cuts an AWS event stream into messages, in whatever pieces it comes.
 *
 * Both checksums are verified, and lengths are believed only after the first: nothing is kept for a length above the limit.
 * Throws `AttemptError` (`protocol`). https://docs.aws.amazon.com/lexv2/latest/dg/event-stream-encoding.html (read 2026-11)
 */
export class EventStreamSplitter {
  readonly #most: number;
  #kept = new Uint8Array(leastBytes);
  #length = 0;
  /** How long the open message is; 0 until its prelude is whole. */
  #total = 0;

  constructor({ maxEventBytes }: FrameLimits) {
    this.#most = maxEventBytes;
  }

  /** Whether a message has begun and not ended. */
  get isOpen(): boolean {
    return this.#length > 0;
  }

  *push(piece: Uint8Array): Generator<EventStreamMessage, void, void> {
    let at = 0;
    while (at < piece.length) {
      const wanted = this.#total === 0 ? preludeBytes : this.#total;
      const taken = Math.min(wanted - this.#length, piece.length - at);
      this.#kept.set(piece.subarray(at, at + taken), this.#length);
      this.#length += taken;
      at += taken;
      if (this.#length < wanted) return;
      if (this.#total === 0) this.#open();
      else yield this.#close();
    }
  }

  #open(): void {
    const view = viewOf(this.#kept);
    if (view.getUint32(8) !== crc32(this.#kept.subarray(0, 8))) throw malformed("the checksum of a prelude is wrong");
    const total = view.getUint32(0);
    const headers = view.getUint32(4);
    if (total < leastBytes || headers > total - leastBytes || headers > mostHeaderBytes) {
      throw malformed("the lengths of a message cannot be");
    }
    if (total > this.#most) throw malformed(`an event is larger than ${this.#most} bytes`);
    const message = new Uint8Array(total);
    message.set(this.#kept.subarray(0, preludeBytes));
    this.#kept = message;
    this.#total = total;
  }

  #close(): EventStreamMessage {
    const raw = this.#kept;
    const view = viewOf(raw);
    const end = raw.length - 4;
    if (view.getUint32(end) !== crc32(raw.subarray(0, end))) throw malformed("the checksum of a message is wrong");
    const payloadAt = preludeBytes + view.getUint32(4);
    this.#kept = new Uint8Array(leastBytes);
    this.#length = this.#total = 0;
    return { headers: readHeaders(raw.subarray(preludeBytes, payloadAt)), payload: raw.subarray(payloadAt, end), raw };
  }
}

/** Bytes of a value by its type: booleans have none, then byte, short, integer, long; timestamp and uuid. */
const fixedSizes: Readonly<Record<number, number>> = { 0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16 };
const byteArrayType = 6;
const stringType = 7;
const decoder = new TextDecoder();

function readHeaders(bytes: Uint8Array): Map<string, string> {
  const headers = new Map<string, string>();
  const view = viewOf(bytes);
  try {
    for (let at = 0; at < bytes.length;) {
      const nameEnd = at + 1 + view.getUint8(at);
      const type = view.getUint8(nameEnd);
      const hasLength = type === stringType || type === byteArrayType;
      const size = hasLength ? view.getUint16(nameEnd + 1) : fixedSizes[type];
      const valueAt = nameEnd + (hasLength ? 3 : 1);
      if (size === undefined || valueAt + size > bytes.length) throw malformed("the headers of a message are broken");
      if (type === stringType) {
        const name = decoder.decode(bytes.subarray(at + 1, nameEnd));
        headers.set(name, decoder.decode(bytes.subarray(valueAt, valueAt + size)));
      }
      at = valueAt + size;
    }
  } catch (cause) {
    if (cause instanceof AttemptError) throw cause;
    throw malformed("the headers of a message are broken");
  }
  return headers;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function malformed(what: string): AttemptError {
  return new AttemptError({ class: "protocol", message: `the event stream is malformed: ${what}` });
}
