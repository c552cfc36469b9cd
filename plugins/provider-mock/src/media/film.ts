import { joined } from "./picture.ts";

/** A film that has a length and nothing to see: the boxes by which programs know an MP4 and how long it is. */
export function film(seconds: number): Uint8Array {
  const brand = box("ftyp", joined([text("isom"), word(512), text("isommp41")]));
  const unit = [0x00010000, 0, 0, 0, 0x00010000, 0, 0, 0, 0x40000000].map(word);
  const header = joined([
    ...[0, 0, 0, 1_000, Math.round(seconds * 1_000), 0x00010000].map(word),
    Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    ...unit,
    ...Array.from({ length: 6 }, () => word(0)),
    word(1),
  ]);
  return joined([brand, box("moov", box("mvhd", header)), box("mdat", new Uint8Array(0))]);
}

function box(name: string, data: Uint8Array): Uint8Array {
  return joined([word(8 + data.length), text(name), data]);
}

function word(value: number): Uint8Array {
  return Uint8Array.of((value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}
