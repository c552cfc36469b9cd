import { joined } from "./picture.ts";

const rate = 8_000;
const perWord = rate / 4;

/** Words as a tone for each, in a WAV that carries the words as its comment: so the mock can hear what it has said. */
export function speak(text: string): Uint8Array {
  const words = text.split(/\s+/).filter(Boolean);
  const samples = new DataView(new ArrayBuffer(words.length * perWord * 2));
  for (const [index, word] of words.entries()) {
    const step = ((200 + word.length * 40) * 2 * Math.PI) / rate;
    for (let at = 0; at < perWord; at += 1) {
      const fade = Math.sin((at / perWord) * Math.PI);
      samples.setInt16((index * perWord + at) * 2, Math.round(Math.sin(at * step) * fade * 8_000), true);
    }
  }
  const comment = chunk("LIST", joined([bytesOf("INFO"), chunk("ICMT", new TextEncoder().encode(text))]));
  const body = joined([
    bytesOf("WAVE"),
    chunk("fmt ", format()),
    comment,
    chunk("data", new Uint8Array(samples.buffer)),
  ]);
  return chunk("RIFF", body);
}

/** What the mock once said in this sound; null for any other. */
export function heardIn(sound: Uint8Array): string | null {
  const view = new DataView(sound.buffer, sound.byteOffset, sound.byteLength);
  const mark = bytesOf("ICMT");
  for (let at = 12; at + 8 <= sound.length && at < 128; at += 1) {
    if (!mark.every((byte, index) => sound[at + index] === byte)) continue;
    const size = view.getUint32(at + 4, true);
    return new TextDecoder().decode(sound.subarray(at + 8, at + 8 + size));
  }
  return null;
}

/** Seconds of a sound of the mock's own. */
export function secondsOf(text: string): number {
  return (text.split(/\s+/).filter(Boolean).length * perWord) / rate;
}

function format(): Uint8Array {
  const view = new DataView(new ArrayBuffer(16));
  view.setUint16(0, 1, true);
  view.setUint16(2, 1, true);
  view.setUint32(4, rate, true);
  view.setUint32(8, rate * 2, true);
  view.setUint16(12, 2, true);
  view.setUint16(14, 16, true);
  return new Uint8Array(view.buffer);
}

/** A chunk of RIFF; an odd one is followed by a byte of nothing. */
function chunk(name: string, data: Uint8Array): Uint8Array {
  const size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, data.length, true);
  return joined([bytesOf(name), size, data, new Uint8Array(data.length % 2)]);
}

function bytesOf(name: string): Uint8Array {
  return new TextEncoder().encode(name);
}
