import { errors } from "@sluice/core";
import type { ClientCall, FormPart, Json, JsonObject, RequestInput, TranscriptionRequest } from "@sluice/core";
import { need, oneOf, take, text } from "../fields.ts";
import { defined } from "../members.ts";

export const dialectId = "openai-transcription";

const formats = ["json", "text", "srt", "vtt", "verbose_json", "diarized_json"] as const;
const granularities = ["word", "segment"] as const;

const understood = [
  "model",
  "language",
  "prompt",
  "response_format",
  "temperature",
  "timestamp_granularities",
  "stream",
  "file",
] as const;
export const fields: ReadonlySet<string> = new Set<string>(understood);

/** OpenAI's form: <https://platform.openai.com/docs/api-reference/audio/createTranscription> (read 2026-11) */
export function decodeRequest({ fields: form, files }: RequestInput, call: ClientCall): TranscriptionRequest {
  const file = files.find(({ name }) => name === "file");
  if (file === undefined) throw errors.REQUEST_INVALID("file", "is missing: send the sound as a file of a form");
  if (file.bytes.length === 0) throw errors.REQUEST_INVALID("file", "is empty");
  return defined({
    operation: "transcription" as const,
    action: call.path.endsWith("/translations") ? ("translate" as const) : ("transcribe" as const),
    model: need(form, "model", text),
    stream: switchOf(form["stream"]),
    audio: { bytes: file.bytes, mediaType: mediaTypeOf(file), filename: file.filename ?? "audio" },
    language: take(form, "language", text),
    prompt: take(form, "prompt", text),
    temperature: amountOf(form["temperature"]),
    format: take(form, "response_format", oneOf(formats)) ?? "json",
    timestamps: granularitiesOf(form["timestamp_granularities"]),
    origin: { dialect: dialectId, rest: restOf(form), prefers: {} },
  });
}

const byEnding: Readonly<Record<string, string>> = {
  mp3: "audio/mpeg",
  mpeg: "audio/mpeg",
  mpga: "audio/mpeg",
  m4a: "audio/mp4",
  mp4: "audio/mp4",
  ogg: "audio/ogg",
  oga: "audio/ogg",
  flac: "audio/flac",
  wav: "audio/wav",
  webm: "audio/webm",
};

/** Many clients send no type, or one that says nothing. */
function mediaTypeOf({ mediaType, filename }: FormPart): string {
  if (mediaType !== null && mediaType !== "application/octet-stream") return mediaType;
  const ending = /\.(\w+)$/.exec(filename ?? "")?.[1]?.toLowerCase() ?? "";
  return byEnding[ending] ?? "application/octet-stream";
}

function switchOf(value: Json | undefined): boolean {
  if (value === undefined || value === "false" || value === false) return false;
  if (value === "true" || value === true) return true;
  throw errors.REQUEST_INVALID("stream", "must be true or false");
}

function amountOf(value: Json | undefined): number | undefined {
  if (value === undefined || value === "") return undefined;
  const amount = Number(value);
  if (Number.isFinite(amount)) return amount;
  throw errors.REQUEST_INVALID("temperature", "must be a number");
}

function granularitiesOf(value: Json | undefined): ("word" | "segment")[] {
  const names = value === undefined ? [] : Array.isArray(value) ? value : [value];
  return names.map((name) => {
    const known = granularities.find((granularity) => granularity === name);
    if (known === undefined) throw errors.REQUEST_INVALID("timestamp_granularities", "must be word or segment");
    return known;
  });
}

function restOf(form: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(form).filter(([name]) => !fields.has(name)));
}
