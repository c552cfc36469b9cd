import { concat } from "./splice.ts";

const encoder = new TextEncoder();

/** Bytes that are to leave together. Pieces that lie side by side in one buffer are one piece again, without a copy. */
export class ByteRun {
  readonly #pieces: Uint8Array[] = [];

  add(piece: string | Uint8Array): void {
    if (piece.length === 0) return;
    const bytes = typeof piece === "string" ? encoder.encode(piece) : piece;
    const last = this.#pieces.at(-1);
    if (last && last.buffer === bytes.buffer && last.byteOffset + last.byteLength === bytes.byteOffset) {
      const length = last.byteLength + bytes.byteLength;
      this.#pieces[this.#pieces.length - 1] = new Uint8Array(last.buffer, last.byteOffset, length);
    } else {
      this.#pieces.push(bytes);
    }
  }

  /** All of it in one piece, if there is any. */
  *take(): Generator<Uint8Array> {
    const [only] = this.#pieces;
    if (only) yield this.#pieces.length === 1 ? only : concat(this.#pieces);
  }
}
