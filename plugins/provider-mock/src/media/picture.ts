/** Pictures made of nothing but a seed: a PNG whose colours run from corner to corner. No compressor is needed. */
export function drawPicture(seed: number, side = 64): Uint8Array {
  const row = 1 + side * 3;
  const pixels = new Uint8Array(side * row);
  for (let y = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1) {
      const at = y * row + 1 + x * 3;
      pixels.set([(seed + x * 4) & 255, ((seed >>> 8) + y * 4) & 255, ((seed >>> 16) + x + y) & 255], at);
    }
  }
  return joined([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk("IHDR", joined([word(side), word(side), Uint8Array.of(8, 2, 0, 0, 0)])),
    chunk("IDAT", stored(pixels)),
    chunk("IEND", new Uint8Array(0)),
  ]);
}

/** A zlib stream of one block that is stored as it is: at most 65,535 bytes. */
function stored(data: Uint8Array): Uint8Array {
  const size = data.length;
  const head = Uint8Array.of(0x78, 0x01, 1, size & 255, size >>> 8, ~size & 255, (~size >>> 8) & 255);
  return joined([head, data, word(adler(data))]);
}

function chunk(name: string, data: Uint8Array): Uint8Array {
  const body = joined([new TextEncoder().encode(name), data]);
  return joined([word(data.length), body, word(checksum(body))]);
}

function word(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
}

function adler(data: Uint8Array): number {
  let [low, high] = [1, 0];
  for (const byte of data) {
    low = (low + byte) % 65_521;
    high = (high + low) % 65_521;
  }
  return ((high << 16) | low) >>> 0;
}

/** CRC-32 as PNG has it. */
function checksum(data: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of data) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A number that a text always comes to. */
export function seedOf(text: string): number {
  let seed = 2_166_136_261;
  for (const byte of new TextEncoder().encode(text)) seed = Math.imul(seed ^ byte, 16_777_619);
  return seed >>> 0;
}
