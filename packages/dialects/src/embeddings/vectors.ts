import { AttemptError } from "@sluice/core";
import type { Json, Vector } from "@sluice/core";

/** A vector as its client wants it: numbers, or 32-bit floats, little-endian, in base64. */
export function toFormat(vector: Vector, format: "float" | "base64"): number[] | string {
  if (format === "base64") return typeof vector === "string" ? vector : toBase64(vector);
  return typeof vector === "string" ? fromBase64(vector) : [...vector];
}

/** Throws `AttemptError` for what is no vector: a client would decode it blindly. */
export function decodeVector(value: Json | undefined): Vector {
  if (typeof value === "string" && isBase64(value)) return value;
  if (Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "number")) {
    return value as number[];
  }
  throw new AttemptError({ class: "protocol", message: "an embedding is no vector" });
}

/** Whether a vector came in that format. */
export function isFormat(vector: Vector, format: "float" | "base64"): boolean {
  return (typeof vector === "string") === (format === "base64");
}

const bytesPerFloat = 4;

function isBase64(text: string): boolean {
  return (
    text !== "" &&
    /^[A-Za-z0-9+/]+={0,2}$/.test(text) &&
    Math.floor((text.replace(/=+$/, "").length * 3) / 4) % bytesPerFloat === 0
  );
}

function toBase64(numbers: readonly number[]): string {
  const view = new DataView(new ArrayBuffer(numbers.length * bytesPerFloat));
  for (const [index, number] of numbers.entries()) view.setFloat32(index * bytesPerFloat, number, true);
  let binary = "";
  for (const byte of new Uint8Array(view.buffer)) binary += String.fromCharCode(byte);
  return btoa(binary);
}

function fromBase64(text: string): number[] {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Array.from({ length: bytes.length / bytesPerFloat }, (_, index) =>
    view.getFloat32(index * bytesPerFloat, true),
  );
}
