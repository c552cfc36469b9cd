export const usualDimensions = 64;

/**
 * A vector of length 1 in which texts that share words are near to each other: every word adds to one dimension.
 */
export function embed(text: string, dimensions: number): number[] {
  const vector = Array.from<number>({ length: dimensions }).fill(0);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+|\S/gu) ?? [text]) {
    const place = hash(word) % dimensions;
    vector[place] = (vector[place] ?? 0) + 1;
  }
  const length = Math.hypot(...vector);
  // As single precision has it, so that numbers and base64 say the same.
  return vector.map((value) => Math.fround(value / length));
}

/** As 32-bit floats in base64, little-endian. */
export function base64Of(vector: readonly number[]): string {
  const view = new DataView(new ArrayBuffer(vector.length * 4));
  for (const [index, value] of vector.entries()) view.setFloat32(index * 4, value, true);
  return btoa(String.fromCharCode(...new Uint8Array(view.buffer)));
}

/** FNV-1a, 32 bits. */
function hash(word: string): number {
  let value = 0x811c9dc5;
  for (const character of word) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return value;
}
