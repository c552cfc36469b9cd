/** Bytes as base64. */
export function toBase64(bytes: Uint8Array): string {
  // Larger pieces overflow the stack of some engines.
  const size = 0x8000;
  let binary = "";
  for (let start = 0; start < bytes.length; start += size) {
    binary += String.fromCharCode(...bytes.subarray(start, start + size));
  }
  return btoa(binary);
}

/** The bytes of base64. */
export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** JSON of what a package has made: bytes become base64, addresses and dates their text. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, key, written: unknown) {
    // A `Buffer` writes itself as an object of numbers before anybody is asked.
    const own = this[key];
    return own instanceof Uint8Array ? toBase64(own) : written;
  });
}
