import { arrayOf, AttemptError, defineOperationDialect, fieldPart, isObject, numberOf, stringOf } from "@sluice/core";
import type {
  EncodedBytes,
  EncodedOperation,
  EventOf,
  FrameLimits,
  Json,
  JsonObject,
  ResultBody,
  ResultContext,
  ResultDecodeContext,
  ResultDecoder,
  SpokenSpan,
  StreamWriter,
  TranscriptionRequest,
  TranscriptionResult,
  UpstreamTarget,
  Usage,
} from "@sluice/core";
import { droppedFields } from "../losses.ts";
import { defined } from "../members.ts";
import { decodeError, decodeInBandError, encodeError } from "../openai-chat/errors.ts";
import { receiptMembers } from "../openai-chat/receipt.ts";
import { createEventDecoder, createEventEncoder, createEventRelay } from "../result-events.ts";
import { toSrt, toVtt } from "./subtitles.ts";
import { decodeRequest, dialectId, fields } from "./transcription-request.ts";
import { decodeHeard, encodeHeard } from "./usage.ts";

/** OpenAI's transcriptions and translations: <https://platform.openai.com/docs/api-reference/audio> (read 2026-11) */
export const openaiTranscription = defineOperationDialect({
  id: dialectId,
  operation: "transcription",
  client: {
    routes: [
      { method: "POST", path: "/v1/audio/transcriptions", operation: "transcription" },
      { method: "POST", path: "/v1/audio/translations", operation: "transcription" },
    ],
    fields,
    bodies: ["form"],
    decodeRequest,
    encodeResult,
    receiptMembers,
    encodeError,
    stream: {
      type: () => "text/event-stream; charset=utf-8",
      createEncoder,
      createRelay: createEventRelay,
      replay: ({ text }) => [
        { type: "text-delta", text },
        { type: "text", text },
      ],
    },
  },
  upstream: {
    route: ({ action }) => ({
      method: "POST",
      path: action === "translate" ? "/audio/translations" : "/audio/transcriptions",
    }),
    passHeaders: ["openai-beta"],
    patchRequest: (_fields, _request, { model }) => ({ set: { model }, remove: [], warnings: [] }),
    encodeRequest,
    decodeResult,
    decodeStream,
    decodeError,
  },
});

function encodeRequest(request: TranscriptionRequest, { model }: UpstreamTarget): EncodedOperation {
  const { audio, language, prompt, temperature, format, timestamps, stream, origin } = request;
  const own = origin.dialect === dialectId;
  const rest = Object.entries(own ? origin.rest : {}).flatMap(([name, value]) =>
    [value].flat().map((item) => fieldPart(Array.isArray(value) ? `${name}[]` : name, wordOf(item))),
  );
  const named = defined({
    model,
    language,
    prompt,
    temperature: temperature === undefined ? undefined : String(temperature),
    response_format: format,
    stream: stream ? "true" : undefined,
  });
  const body = [
    ...Object.entries(named).map(([name, value]) => fieldPart(name, value)),
    ...timestamps.map((name) => fieldPart("timestamp_granularities[]", name)),
    ...rest,
    { name: "file", filename: audio.filename, mediaType: audio.mediaType, bytes: audio.bytes },
  ];
  return { body, warnings: own ? [] : droppedFields(origin.rest) };
}

/** JSON, or for some formats the text alone. */
function decodeResult(
  { json, bytes, mediaType }: ResultBody,
  { request, target }: ResultDecodeContext<"transcription">,
): TranscriptionResult {
  const empty = { model: null, language: null, seconds: null, segments: [], words: [], warnings: [] };
  if (!isObject(json)) {
    const isText = request.format === "text" || request.format === "srt" || request.format === "vtt";
    if (!isText || /html/i.test(mediaType)) {
      throw new AttemptError({ class: "protocol", message: "the answer is no transcription" });
    }
    return { ...empty, text: new TextDecoder().decode(bytes), usage: decodeHeard(undefined, null) };
  }
  const error = json["error"];
  if (error !== undefined && error !== null) throw new AttemptError(decodeInBandError(error, target.quirks));
  const text = stringOf(json["text"]);
  if (text === undefined) throw new AttemptError({ class: "protocol", message: "the answer has no text" });
  const seconds = numberOf(json["duration"]) ?? null;
  return {
    ...empty,
    text,
    language: stringOf(json["language"]) ?? null,
    seconds,
    segments: spansOf(json["segments"], "text"),
    words: spansOf(json["words"], "word"),
    usage: decodeHeard(json["usage"], seconds),
  };
}

function wordOf(value: Json | undefined): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function spansOf(value: Json | undefined, name: "text" | "word"): SpokenSpan[] {
  return arrayOf(value)
    .filter(isObject)
    .map((span) =>
      defined({
        text: stringOf(span[name]) ?? "",
        start: numberOf(span["start"]) ?? 0,
        end: numberOf(span["end"]) ?? 0,
        speaker: stringOf(span["speaker"]),
      }),
    );
}

function decodeStream(
  mediaType: string,
  _context: ResultDecodeContext<"transcription">,
  limits: FrameLimits,
): ResultDecoder<"transcription"> | null {
  if (!/^text\/event-stream\b/i.test(mediaType)) return null;
  return createEventDecoder<"transcription">(limits, decodeEvent);
}

function decodeEvent(event: JsonObject): EventOf<"transcription">[] {
  if (event["error"] !== undefined) return [{ type: "error", failure: decodeInBandError(event["error"], {}) }];
  return decoders[stringOf(event["type"]) ?? ""]?.(event) ?? [];
}

const decoders: Readonly<Record<string, (event: JsonObject) => EventOf<"transcription">[]>> = {
  "transcript.text.delta": (event) => [{ type: "text-delta", text: stringOf(event["delta"]) ?? "" }],
  "transcript.text.segment": (event) => spansOf([event], "text").map((segment) => ({ type: "segment", segment })),
  "transcript.text.done": (event) => [
    { type: "text", text: stringOf(event["text"]) ?? "" },
    { type: "usage", usage: decodeHeard(event["usage"], null) },
    { type: "end" },
  ],
};

const encoder = new TextEncoder();

function encodeResult(
  result: TranscriptionResult,
  { request, warn }: ResultContext<"transcription">,
): JsonObject | EncodedBytes {
  const { text, segments, words, language, seconds, usage } = result;
  const plain = (words_: string) => ({ mediaType: "text/plain; charset=utf-8", bytes: encoder.encode(words_) });
  const timed = request.format === "srt" || request.format === "vtt" || request.format === "diarized_json";
  if (timed && segments.length === 0) {
    const message = "The upstream told no times: the whole text is one piece.";
    warn({ code: "dropped_part", message, field: "segments" });
  }
  switch (request.format) {
    case "text":
      return plain(`${text}\n`);
    case "srt":
      return plain(toSrt(result));
    case "vtt":
      return { ...plain(toVtt(result)), mediaType: "text/vtt; charset=utf-8" };
    case "json":
      return defined({ text, usage: encodeHeard(usage) ?? undefined });
    case "verbose_json":
      return defined({
        task: request.action,
        language: language ?? "",
        duration: seconds ?? 0,
        text,
        segments: segments.map((segment, index) => ({ id: index, ...segment })),
        words: words.length === 0 ? undefined : words.map(({ text: word, start, end }) => ({ word, start, end })),
        usage: encodeHeard(usage) ?? undefined,
      });
    case "diarized_json":
      return defined({
        task: request.action,
        duration: seconds ?? 0,
        text,
        segments: segments.map((segment, index) => ({
          type: "transcript.text.segment",
          id: `seg_${index}`,
          ...segment,
          speaker: segment.speaker ?? "",
        })),
        usage: encodeHeard(usage) ?? undefined,
      });
  }
}

function createEncoder(context: ResultContext<"transcription">): StreamWriter<EventOf<"transcription">> {
  let text = "";
  let segments = 0;
  let usage: Usage | null = null;
  const encode = (event: EventOf<"transcription">): JsonObject | null => {
    switch (event.type) {
      case "text-delta":
        return { type: "transcript.text.delta", delta: event.text };
      case "segment":
        return { type: "transcript.text.segment", id: `seg_${segments++}`, ...event.segment };
      case "text":
        text = event.text;
        return null;
      case "usage":
        usage = event.usage;
        return null;
      case "warning":
      case "error":
      case "end":
        return null;
    }
  };
  return createEventEncoder(context, encode, () => {
    const heard = usage === null ? null : encodeHeard(usage);
    return { type: "transcript.text.done", text, ...(heard === null ? {} : { usage: heard }) };
  });
}
