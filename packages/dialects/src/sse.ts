import { AttemptError } from "@sluice/core";
import type { FrameLimits, FrameReader, QuietEnd, WireFrame } from "@sluice/core";

const LF = 10;
const CR = 13;
const COLON = 58;
const SPACE = 32;

/**
 * Cuts an event stream into frames; concatenated, the raw bytes of the frames are the body, its last block closed.
 *
 * Follows the SSE standard (https://html.spec.whatwg.org/multipage/server-sent-events.html, read 2026-08) with one
 * addition: a last block without its blank line counts if its data is whole JSON or `[DONE]`. A block without data, such
 * as a keep-alive comment, is a frame with empty `data`, so that whoever measures silence sees it; decoders skip it. A last
 * block that is cut is left out: its half line would corrupt what the gateway writes after it.
 *
 * Throws `AttemptError` (`protocol`) as soon as one block exceeds `maxEventBytes`. Work is linear in the bytes.
 */
export function createSseReader(limits: FrameLimits): FrameReader {
  return new FrameSplitter(limits.maxEventBytes);
}

/** Writes one event. Every line of `data` becomes a `data` line. */
export function sseEvent(data: string, event?: string): string {
  const name = event === undefined ? "" : `event: ${event}\n`;
  return `${name}data: ${data.includes("\n") ? data.replaceAll("\n", "\ndata: ") : data}\n\n`;
}

// A BOM inside the data is text, so the decoder must not swallow it; the one at the start of the body is cut by hand.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

class FrameSplitter implements FrameReader {
  // Bytes are written once and never moved while a frame points at them, so frames are views, not copies.
  #buffer: Uint8Array = new Uint8Array(0);
  #length = 0;
  #frameStart = 0;
  #lineStart = 0;
  #scanned = 0;
  #afterCr = false;
  #firstLine = true;
  #event: string | null = null;
  #data: string | null = null;
  #maxEventBytes: number;
  /** What was read last as text, where its places are those of the bytes: one call for all its lines. */
  #read: ReadText | null = null;

  constructor(maxEventBytes: number) {
    this.#maxEventBytes = maxEventBytes;
  }

  *push(chunk: Uint8Array, quietEnd?: QuietEnd): Generator<WireFrame, void, void> {
    if (chunk.length === 0) return;
    this.#append(chunk);
    let whole = quietEnd === undefined ? null : this.#wholeBlocks();
    this.#read = quietEnd === undefined ? readText(chunk, this.#length - chunk.length) : null;
    // A read often begins inside a block; once that is taken there is another chance.
    let isFirst = true;
    this.#skipLf();
    for (;;) {
      const quiet = quietEnd === undefined || whole === null ? null : this.#takeQuiet(whole, quietEnd);
      if (quiet !== null) yield quiet;
      const end = this.#lineEnd();
      if (end === -1) break;
      this.#scanned = end + 1;
      this.#afterCr = this.#buffer[end] === CR;
      const blank = this.#endLine();
      // The LF of a CRLF belongs here if it has come already; if not, waiting for it would delay the event.
      this.#skipLf();
      if (!blank) continue;
      yield this.#takeFrame();
      if (isFirst && quietEnd !== undefined) whole ??= this.#wholeBlocks();
      isFirst = false;
    }
    this.#guard(this.#length - this.#frameStart);
  }

  end(): WireFrame[] {
    const halfLine = this.#lineStart < this.#length;
    if (halfLine) {
      this.#scanned = this.#length + 1;
      this.#endLine();
      this.#scanned = this.#length;
    }
    if (this.#frameStart === this.#length) return [];
    if (this.#data === null) return this.#event === null && !halfLine ? [this.#takeFrame()] : [];
    if (!isWhole(this.#data)) return [];
    const frame = this.#takeFrame();
    return [{ ...frame, raw: closed(frame.raw) }];
  }

  /** The blocks that are whole with this read, where quiet ones may be. Only from the start of a block, and without CR. */
  #wholeBlocks(): WholeBlocks | null {
    if (this.#lineStart !== this.#frameStart || this.#afterCr) return null;
    // What was scanned before has no line end, so every byte is looked at once, in however small pieces they come.
    const fresh = this.#buffer.subarray(this.#scanned, this.#length);
    let end = fresh.lastIndexOf(LF);
    while (end > 0 && fresh[end - 1] !== LF) end = fresh.lastIndexOf(LF, end - 1);
    if (end <= 0 || fresh.includes(CR)) return null;
    const bytes = this.#buffer.subarray(this.#frameStart, this.#scanned + end + 1);
    const text = decoder.decode(bytes);
    return { text, start: this.#frameStart, isAscii: text.length === bytes.length };
  }

  #takeQuiet({ text, start, isAscii }: WholeBlocks, quietEnd: QuietEnd): WireFrame | null {
    const from = this.#frameStart - start;
    // Behind other characters than ASCII, places in the text are no longer places in the bytes.
    if (this.#lineStart !== this.#frameStart || (from > 0 && !isAscii)) return null;
    const to = quietEnd(text, from);
    if (to <= from) return null;
    const next = isAscii ? start + to : this.#afterLines(linesIn(text, to));
    if (next - this.#frameStart > this.#maxEventBytes) return null;
    const raw = this.#buffer.subarray(this.#frameStart, next);
    this.#frameStart = this.#lineStart = this.#scanned = next;
    return { raw, event: null, data: "" };
  }

  #afterLines(count: number): number {
    let at = this.#frameStart;
    for (let line = 0; line < count; line++) at = this.#buffer.indexOf(LF, at) + 1;
    return at;
  }

  /** Where the open line ends, or -1 if its end has not come. No byte is looked at twice. */
  #lineEnd(): number {
    const buffer = this.#buffer;
    const length = this.#length;
    const read = this.#read;
    if (read !== null && read.isPlain && this.#scanned >= read.start) {
      const at = read.text.indexOf("\n", this.#scanned - read.start);
      if (at === -1) this.#scanned = length;
      return at === -1 ? -1 : read.start + at;
    }
    for (let at = this.#scanned; at < length; at++) {
      const byte = buffer[at];
      if (byte === LF || byte === CR) return at;
    }
    this.#scanned = length;
    return -1;
  }

  #skipLf(): void {
    if (!this.#afterCr || this.#scanned === this.#length) return;
    this.#afterCr = false;
    if (this.#buffer[this.#scanned] === LF) this.#lineStart = ++this.#scanned;
  }

  /** Reads the line before the line end that was just scanned. True if it was blank: the block is complete. */
  #endLine(): boolean {
    let start = this.#lineStart;
    const end = this.#scanned - 1;
    this.#lineStart = this.#scanned;
    if (this.#firstLine) {
      this.#firstLine = false;
      if (hasBom(this.#buffer, start, end)) start += 3;
    }
    if (start === end) return true;
    this.#readField(start, end);
    return false;
  }

  #readField(start: number, end: number): void {
    const isData = this.#hasName(start, end, "data");
    if (!isData && !this.#hasName(start, end, "event")) return;
    const nameEnd = start + (isData ? 4 : 5);
    let valueStart = Math.min(nameEnd + 1, end);
    if (valueStart < end && this.#buffer[valueStart] === SPACE) valueStart++;
    const value = this.#textAt(valueStart, end);
    if (!isData) this.#event = value;
    else this.#data = this.#data === null ? value : `${this.#data}\n${value}`;
  }

  #textAt(start: number, end: number): string {
    const read = this.#read;
    if (read !== null && start >= read.start) return read.text.slice(start - read.start, end - read.start);
    return decoder.decode(this.#buffer.subarray(start, end));
  }

  // Names are compared as bytes: every line of every stream passes here.
  #hasName(start: number, end: number, name: string): boolean {
    const nameEnd = start + name.length;
    if (nameEnd > end || (nameEnd < end && this.#buffer[nameEnd] !== COLON)) return false;
    for (let at = 0; at < name.length; at++) {
      if (this.#buffer[start + at] !== name.charCodeAt(at)) return false;
    }
    return true;
  }

  #takeFrame(): WireFrame {
    this.#guard(this.#scanned - this.#frameStart);
    const raw = this.#buffer.subarray(this.#frameStart, this.#scanned);
    const frame = { raw, event: this.#data === null ? null : this.#event || null, data: this.#data ?? "" };
    this.#frameStart = this.#scanned;
    this.#event = null;
    this.#data = null;
    return frame;
  }

  #guard(bytes: number): void {
    if (bytes <= this.#maxEventBytes) return;
    throw new AttemptError({ class: "protocol", message: `an event is larger than ${this.#maxEventBytes} bytes` });
  }

  #append(chunk: Uint8Array): void {
    if (this.#frameStart === this.#length) {
      this.#rebase(chunk, chunk.length);
      return;
    }
    const needed = this.#length + chunk.length;
    if (needed > this.#buffer.length) {
      const open = this.#buffer.subarray(this.#frameStart, this.#length);
      // Doubling keeps the copying linear however small the reads are; of a large one it would keep as much again.
      const grown = new Uint8Array(Math.max(1024, 2 * open.length, open.length + chunk.length));
      grown.set(open);
      this.#rebase(grown, open.length);
    }
    this.#buffer.set(chunk, this.#length);
    this.#length += chunk.length;
  }

  #rebase(buffer: Uint8Array, length: number): void {
    this.#buffer = buffer;
    this.#length = length;
    this.#lineStart -= this.#frameStart;
    this.#scanned -= this.#frameStart;
    this.#frameStart = 0;
  }
}

/** Whole blocks as text, and where they begin in the buffer. */
interface WholeBlocks {
  text: string;
  start: number;
  isAscii: boolean;
}

/** A read as text, and where it begins in the buffer. */
interface ReadText {
  text: string;
  start: number;
  /** Whether its lines end with LF alone. */
  isPlain: boolean;
}

/** Null where characters are not bytes. Only a line that begins in the read may be cut out: the end of a character is none. */
function readText(chunk: Uint8Array, start: number): ReadText | null {
  const text = decoder.decode(chunk);
  return text.length === chunk.length ? { text, start, isPlain: !text.includes("\r") } : null;
}

function linesIn(text: string, end: number): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < end; at = text.indexOf("\n", at + 1)) count++;
  return count;
}

function hasBom(buffer: Uint8Array, start: number, end: number): boolean {
  return end - start >= 3 && buffer[start] === 0xef && buffer[start + 1] === 0xbb && buffer[start + 2] === 0xbf;
}

/** A last block without its blank line gets one, so that what a gateway writes next cannot run into it. */
function closed(raw: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(raw.length + 2).fill(LF);
  bytes.set(raw);
  return bytes;
}

function isWhole(data: string): boolean {
  if (data === "[DONE]") return true;
  try {
    JSON.parse(data);
    return true;
  } catch {
    return false;
  }
}
