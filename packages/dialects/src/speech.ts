import type { Warning } from "@sluice/core";

/** OpenAI's voices: names that no other vendor knows. */
const voices: ReadonlySet<string> = new Set([
  "alloy",
  "ash",
  "ballad",
  "cedar",
  "coral",
  "echo",
  "fable",
  "marin",
  "nova",
  "onyx",
  "sage",
  "shimmer",
  "verse",
]);

/** Whether OpenAI has the voice. */
export function isVoice(name: string): boolean {
  return voices.has(name);
}

export function unknownVoice(name: string): Warning {
  const message = `The upstream has no voice "${name.slice(0, 64)}"; it speaks with one of its own.`;
  return { code: "changed_parameter", message, field: "audio.voice" };
}

/** Raw samples as OpenAI and Gemini give them: 24 000 a second, 16 bits, one channel, little-endian. */
const rawType = "audio/L16;codec=pcm;rate=24000";
const rawRate = 24_000;

/** The media type of a format of OpenAI's. */
export function audioTypeOf(format: string): string {
  if (format === "pcm16") return rawType;
  return format === "mp3" ? "audio/mpeg" : `audio/${format}`;
}

/** Whether the type is that of samples without a header. */
export function isRawAudio(mediaType: string): boolean {
  return /^audio\/(l16|pcm)\b/i.test(mediaType);
}

/** Raw samples in base64 as a WAV file in base64. */
export function toWav(data: string, mediaType: string): string {
  const samples = atob(data);
  const rate = Number(/rate=(\d+)/i.exec(mediaType)?.[1] ?? rawRate);
  return btoa(headerOf(samples.length, rate) + samples);
}

function headerOf(bytes: number, rate: number): string {
  const number = (value: number, size: 2 | 4) =>
    String.fromCharCode(...Array.from({ length: size }, (_byte, at) => (value >>> (8 * at)) & 0xff));
  const format = number(1, 2) + number(1, 2) + number(rate, 4) + number(rate * 2, 4) + number(2, 2) + number(16, 2);
  return `RIFF${number(36 + bytes, 4)}WAVEfmt ${number(16, 4)}${format}data${number(bytes, 4)}`;
}
