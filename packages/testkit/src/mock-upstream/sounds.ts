import type { JsonObject } from "@sluice/core";
import { must } from "./endpoints.ts";
import { isRecord, unknownField, words } from "./fields.ts";
import { fieldsIn, partsIn } from "./form.ts";
import { gemini } from "./gemini.ts";
import { silence } from "./media-bytes.ts";
import { openai } from "./openai.ts";
import { VendorError } from "./vendor-error.ts";
import type { Vendor, VendorAnswer, VendorCall, VendorEvent } from "./vendor.ts";

const heard = "The gate opens. Boats go through.";
const sse = { contentType: "text/event-stream; charset=utf-8", framing: "sse" as const, lineEnd: "\n" as const };
const told = (json: JsonObject): VendorAnswer => ({ type: "json", json });

function known(fields: JsonObject, names: readonly string[]): void {
  const strange = unknownField(fields, new Set(names));
  if (strange !== undefined) throw new VendorError(400, `Unknown parameter: '${strange}'.`, { param: strange });
}

function eventOf(data: JsonObject): VendorEvent {
  return { name: null, data: JSON.stringify(data), content: true, role: "content" };
}

const types: Readonly<Record<string, string>> = {
  mp3: "audio/mpeg",
  wav: "audio/wav",
  opus: "audio/opus",
  pcm: "audio/pcm",
};

/** https://platform.openai.com/docs/api-reference/audio/createSpeech (read 2026-11). */
const openaiSpeech: Vendor = {
  ...openai,
  dialect: "openai-speech",
  owns: ({ method, path }) => method === "POST" && path.endsWith("/v1/audio/speech"),
  list: () => null,
  serve(_call, body) {
    must(isRecord(body), "body");
    const fields = body as JsonObject;
    known(fields, ["model", "input", "voice", "instructions", "response_format", "speed", "stream_format"]);
    must(words(fields["input"]) !== "" && words(fields["input"]).length <= 4096, "input");
    must(fields["voice"] !== undefined, "voice");
    if (fields["stream_format"] === "sse") {
      const audio = Buffer.from(silence).toString("base64");
      const usage = { input_tokens: 14, output_tokens: 101, total_tokens: 115 };
      const events = [eventOf({ type: "speech.audio.delta", audio }), eventOf({ type: "speech.audio.done", usage })];
      return { type: "events", events, form: sse, json: {} };
    }
    const mediaType = types[words(fields["response_format"]) || "mp3"] ?? "application/octet-stream";
    return { type: "bytes", mediaType, bytes: silence, json: {} };
  },
};

function formOf(call: VendorCall): JsonObject {
  const parts = partsIn(call.body, call.headers["content-type"] ?? "");
  if (parts === null) throw new VendorError(400, "We expected a form.");
  const file = parts.find(({ name, filename }) => name === "file" && filename !== null);
  must(file !== undefined && file.bytes.length > 0, "file");
  return fieldsIn(parts);
}

/** https://platform.openai.com/docs/api-reference/audio/createTranscription (read 2026-11). */
const openaiTranscription: Vendor = {
  ...openai,
  dialect: "openai-transcription",
  owns: ({ method, path }) => method === "POST" && /\/v1\/audio\/trans(?:criptions|lations)$/.test(path),
  list: () => null,
  modelOf: (call) => words(fieldsIn(partsIn(call.body, call.headers["content-type"] ?? "") ?? [])["model"]),
  serve(call) {
    const fields = formOf(call);
    known(fields, [
      "model",
      "language",
      "prompt",
      "response_format",
      "temperature",
      "timestamp_granularities",
      "stream",
      "chunking_strategy",
    ]);
    const usage = { type: "duration", seconds: 3 };
    const segments = [
      { id: 0, start: 0, end: 1.5, text: "The gate opens." },
      { id: 1, start: 1.5, end: 3, text: "Boats go through." },
    ];
    if (fields["stream"] === "true") {
      const deltas = heard.split(/(?= )/).map((delta) => eventOf({ type: "transcript.text.delta", delta }));
      const done = eventOf({ type: "transcript.text.done", text: heard, usage });
      return { type: "events", events: [...deltas, done], form: sse, json: {} };
    }
    const format = words(fields["response_format"]) || "json";
    const plain = {
      text: `${heard}\n`,
      srt: `1\n00:00:00,000 --> 00:00:03,000\n${heard}\n\n`,
      vtt: `WEBVTT\n\n00:00.000 --> 00:03.000\n${heard}\n\n`,
    };
    if (format in plain) {
      const bytes = Buffer.from(plain[format as keyof typeof plain]);
      return { type: "bytes", mediaType: "text/plain; charset=utf-8", bytes, json: {} };
    }
    if (format === "json") return told({ text: heard, usage });
    const spoken = format === "diarized_json" ? segments.map((segment) => ({ ...segment, speaker: "A" })) : segments;
    return told({ task: "transcribe", language: "english", duration: 3, text: heard, segments: spoken, usage });
  },
};

/** https://ai.google.dev/gemini-api/docs/speech-generation (read 2026-11): bare samples, and tokens that are counted. */
const geminiSpeech: Vendor = {
  ...gemini,
  dialect: "gemini-speech",
  owns: ({ method, path }) => method === "POST" && path.endsWith("-tts:generateContent"),
  list: () => null,
  serve(_call, body) {
    must(isRecord(body), "body");
    const { generationConfig } = body as JsonObject;
    known(body as JsonObject, ["contents", "generationConfig"]);
    must(isRecord(generationConfig), "generationConfig");
    known(generationConfig as JsonObject, ["responseModalities", "speechConfig"]);
    must(JSON.stringify((generationConfig as JsonObject)["responseModalities"]) === '["AUDIO"]', "responseModalities");
    const data = Buffer.from(silence.subarray(44)).toString("base64");
    const parts = [{ inlineData: { mimeType: "audio/L16;codec=pcm;rate=24000", data } }];
    const counts = { promptTokenCount: 5, candidatesTokenCount: 25, totalTokenCount: 30 };
    return told({ candidates: [{ content: { role: "model", parts }, finishReason: "STOP" }], usageMetadata: counts });
  },
};

/** ElevenLabs takes its key in a header of its own, and says errors as a detail. */
const elevenlabs: Pick<Vendor, "authenticate" | "errorBody"> = {
  authenticate({ headers }, expected) {
    const key = headers["xi-api-key"];
    if (key === undefined || (expected !== null && key !== expected)) throw new VendorError(401, "Invalid API key");
  },
  errorBody: (error) => ({ detail: { status: error.code ?? "invalid", message: error.message } }),
};

const speaking = /\/v1\/text-to-speech\/([^/]+)\/stream$/;

/** https://elevenlabs.io/docs/api-reference/text-to-speech/stream (read 2026-11). */
const elevenlabsSpeech: Vendor = {
  ...openai,
  ...elevenlabs,
  dialect: "elevenlabs-speech",
  owns: ({ method, path }) => method === "POST" && speaking.test(path),
  list: () => null,
  modelOf: (_call, body) => (isRecord(body) ? words(body["model_id"]) : ""),
  serve({ query }, body) {
    must(isRecord(body), "body");
    known(body as JsonObject, ["text", "model_id", "language_code", "voice_settings", "seed", "previous_text"]);
    const format = query.get("output_format") ?? "mp3_44100_128";
    must(/^(?:mp3_\d+_\d+|pcm_\d+|wav_\d+|opus_48000_\d+)$/.test(format), "output_format");
    const mediaType = types[format.split("_")[0] ?? ""] ?? "audio/mpeg";
    return { type: "bytes", mediaType, bytes: silence, json: {} };
  },
};

/** https://elevenlabs.io/docs/api-reference/speech-to-text/convert (read 2026-11). */
const elevenlabsTranscription: Vendor = {
  ...openai,
  ...elevenlabs,
  dialect: "elevenlabs-transcription",
  owns: ({ method, path }) => method === "POST" && path.endsWith("/v1/speech-to-text"),
  list: () => null,
  modelOf: (call) => words(fieldsIn(partsIn(call.body, call.headers["content-type"] ?? "") ?? [])["model_id"]),
  serve(call) {
    const fields = formOf(call);
    known(fields, ["model_id", "language_code", "temperature", "diarize", "timestamps_granularity", "num_speakers"]);
    const pieces = heard.split(/( )/);
    const words_ = pieces.map((text, index) => ({
      text,
      type: text === " " ? "spacing" : "word",
      start: index / 4,
      end: (index + 1) / 4,
      speaker_id: index < 6 ? "speaker_0" : "speaker_1",
    }));
    return told({ language_code: "en", language_probability: 0.98, text: heard, words: words_ });
  },
};

export const soundVendors: readonly Vendor[] = [
  openaiSpeech,
  openaiTranscription,
  geminiSpeech,
  elevenlabsSpeech,
  elevenlabsTranscription,
];
