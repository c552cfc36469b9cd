/** A short name for a text by its content: two 32-bit hashes as hexadecimal digits. For identity, not for secrets. */
export function fingerprint(text: string): string {
  let left = 0x811c9dc5;
  let right = 0x9e3779b9;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    left = Math.imul(left ^ unit, 0x01000193);
    right = Math.imul(right ^ unit, 0x85ebca6b);
    right ^= right >>> 13;
  }
  return hexOf(left ^ (right >>> 16)) + hexOf(right ^ Math.imul(left, 0xc2b2ae35));
}

function hexOf(hash: number): string {
  return (hash >>> 0).toString(16).padStart(8, "0");
}
