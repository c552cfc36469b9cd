import { AttemptError } from "@sluice/core";
import type { FrameLimits, FrameReader, WireFrame } from "@sluice/core";

const QUOTE = 34;
const BACKSLASH = 92;
const OPEN = new Set([91, 123]);
const CLOSE = new Set([93, 125]);
const BLANK = new Set([9, 10, 13, 32]);

/**
 * Cuts a body that is one JSON array into frames, one for each element; concatenated, their raw bytes are the body.
 *
 * Brackets and commas belong to the frame that they stand before; what follows the last element is a frame without data.
 * Throws `AttemptError`: `protocol` when an element exceeds `maxEventBytes` or the body is no array, `truncated` when it
 * ends before its `]`. Work is linear in the bytes.
 */
export function createArrayReader(limits: FrameLimits): FrameReader {
  return new ArraySplitter(limits.maxEventBytes);
}

/** Whether a body begins with `[`; null while only white space and a byte order mark were seen. */
export function startsArray(bytes: Uint8Array): boolean | null {
  const byte = bytes.find((candidate) => !BLANK.has(candidate) && !BOM.has(candidate));
  return byte === undefined ? null : byte === 91;
}

const BOM = new Set([0xef, 0xbb, 0xbf]);
const decoder = new TextDecoder();

class ArraySplitter implements FrameReader {
  readonly #maxBytes: number;
  #kept: Uint8Array[] = [];
  #keptBytes = 0;
  /** Where the element begins within the kept bytes; -1 between elements. */
  #elementStart = -1;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #ended = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  push(chunk: Uint8Array): WireFrame[] {
    const frames: WireFrame[] = [];
    let taken = 0;
    for (let index = 0; index < chunk.length; index++) {
      if (!this.#endsElement(chunk[index] ?? 0, this.#keptBytes + index - taken)) continue;
      this.#keep(chunk.subarray(taken, index + 1));
      taken = index + 1;
      frames.push(this.#take());
    }
    this.#keep(chunk.subarray(taken));
    return frames;
  }

  end(): WireFrame[] {
    if (!this.#ended) throw new AttemptError({ class: "truncated", message: "the answer ended before its array did" });
    return this.#keptBytes > 0 ? [{ raw: this.#joined(), event: null, data: "" }] : [];
  }

  /** Reads one byte at its place within the kept bytes; true if it is the last of an element. */
  #endsElement(byte: number, place: number): boolean {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) this.#inString = false;
      return false;
    }
    if (BLANK.has(byte) || (this.#depth === 0 && BOM.has(byte))) return false;
    if (this.#depth === 0) return this.#openArray(byte);
    if (this.#depth === 1 && this.#elementStart === -1 && OPEN.has(byte)) this.#elementStart = place;
    if (byte === QUOTE) this.#inString = true;
    else if (OPEN.has(byte)) this.#depth++;
    else if (CLOSE.has(byte)) return this.#close();
    return false;
  }

  #openArray(byte: number): false {
    if (byte !== 91 || this.#ended)
      throw new AttemptError({ class: "protocol", message: "the answer is no JSON array" });
    this.#depth = 1;
    return false;
  }

  #close(): boolean {
    this.#depth--;
    if (this.#depth === 0) this.#ended = true;
    return this.#depth === 1 && this.#elementStart !== -1;
  }

  #keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#kept.push(bytes);
    this.#keptBytes += bytes.length;
    if (this.#keptBytes <= this.#maxBytes) return;
    throw new AttemptError({ class: "protocol", message: `an event is larger than ${this.#maxBytes} bytes` });
  }

  #take(): WireFrame {
    const start = this.#elementStart;
    const raw = this.#joined();
    this.#elementStart = -1;
    return { raw, event: null, data: decoder.decode(raw.subarray(start)) };
  }

  #joined(): Uint8Array {
    const [first] = this.#kept;
    const raw = this.#kept.length === 1 && first ? first : concatenated(this.#kept, this.#keptBytes);
    this.#kept = [];
    this.#keptBytes = 0;
    return raw;
  }
}

function concatenated(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}
