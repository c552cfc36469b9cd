/**
 * Short texts that a dialect's codecs look for in large bodies. The scan of a body notes which of them stand in a member as
 * a whole string, so that nobody has to parse it to find none.
 */
export class Watch {
  readonly #bits = new Map<string, number>();
  /** By length. */
  readonly #texts: { text: string; bit: number }[][] = [];

  /** At most 31 texts of visible ASCII. */
  constructor(texts: readonly string[]) {
    if (texts.length > 31) throw new TypeError("a watch has room for 31 texts");
    for (const [index, text] of texts.entries()) {
      this.#bits.set(text, 1 << index);
      (this.#texts[text.length] ??= []).push({ text, bit: 1 << index });
    }
  }

  /** The bit of the watched text that stands between the offsets, or 0. */
  bitAt(bytes: Uint8Array, start: number, end: number): number {
    const candidates = this.#texts[end - start];
    if (candidates === undefined) return 0;
    for (const { text, bit } of candidates) if (stands(text, bytes, start)) return bit;
    return 0;
  }

  /** The bit of a text; all of them for one that is not watched, of which nothing is known. */
  bitOf(text: string): number {
    return this.#bits.get(text) ?? -1;
  }

  /** Strings of more bytes are no watched text, even with every letter written as an escape. */
  get longestEscaped(): number {
    return 6 * (this.#texts.length - 1);
  }
}

function stands(text: string, bytes: Uint8Array, start: number): boolean {
  for (let at = 0; at < text.length; at++) if (bytes[start + at] !== text.charCodeAt(at)) return false;
  return true;
}
