import {
  arrayOf,
  AttemptError,
  defineOperationDialect,
  errors,
  fieldPart,
  isObject,
  numberOf,
  stringOf,
} from "@sluice/core";
import type {
  EncodedOperation,
  JsonObject,
  ResultBody,
  ResultDecodeContext,
  SpokenSpan,
  TranscriptionRequest,
  TranscriptionResult,
  UpstreamTarget,
} from "@sluice/core";
import { droppedFields } from "../losses.ts";
import { defined } from "../members.ts";
import { decodeError } from "../openai-chat/errors.ts";
import { decodeHeard } from "./usage.ts";

/** Transcription of ElevenLabs, for upstreams alone: <https://elevenlabs.io/docs/api-reference/speech-to-text/convert> (read 2026-11) */
export const elevenlabsTranscription = defineOperationDialect({
  id: "elevenlabs-transcription",
  operation: "transcription",
  upstream: {
    route: () => ({ method: "POST", path: "/speech-to-text" }),
    passHeaders: [],
    patchRequest: () => ({ set: {}, remove: [], warnings: [] }),
    encodeRequest,
    decodeResult,
    decodeError,
  },
});

function encodeRequest(request: TranscriptionRequest, { model }: UpstreamTarget): EncodedOperation {
  const { action, audio, language, prompt, temperature, format, origin } = request;
  if (action === "translate") throw errors.REQUEST_UNSUPPORTED("translations", model, "Ask for a transcription.");
  const fields = defined({
    model_id: model,
    language_code: language,
    temperature: temperature === undefined ? undefined : String(temperature),
    diarize: format === "diarized_json" ? "true" : undefined,
    timestamps_granularity: "word",
  });
  const rest = Object.entries(origin.rest).map(([name, value]) =>
    fieldPart(name, typeof value === "string" ? value : JSON.stringify(value)),
  );
  const { bytes, filename, mediaType } = audio;
  const parts = Object.entries(fields).map(([name, value]) => fieldPart(name, value));
  return {
    body: [...parts, ...rest, { name: "file", filename, mediaType, bytes }],
    warnings: prompt === undefined ? [] : droppedFields({ prompt }),
  };
}

function decodeResult({ json }: ResultBody, { request }: ResultDecodeContext<"transcription">): TranscriptionResult {
  const text = isObject(json) ? stringOf(json["text"]) : undefined;
  if (!isObject(json) || text === undefined) {
    throw new AttemptError({ class: "protocol", message: "the answer has no text" });
  }
  const told = arrayOf(json["words"]).filter(isObject);
  const words = told.filter((word) => word["type"] !== "spacing").map(spanOf);
  const seconds = numberOf(json["audio_duration_secs"]) ?? words.at(-1)?.end ?? null;
  const wantsWords = request.timestamps.includes("word");
  return {
    model: null,
    text,
    language: stringOf(json["language_code"]) ?? null,
    seconds,
    segments: sentencesOf(told),
    words: wantsWords ? words : [],
    usage: decodeHeard(undefined, seconds),
    warnings: [],
  };
}

function spanOf(word: JsonObject): SpokenSpan {
  return defined({
    text: stringOf(word["text"]) ?? "",
    start: numberOf(word["start"]) ?? 0,
    end: numberOf(word["end"]) ?? 0,
    speaker: stringOf(word["speaker_id"]),
  });
}

/** Words are all that the vendor times: a segment ends with a sentence, or where somebody else begins to speak. */
function sentencesOf(words: readonly JsonObject[]): SpokenSpan[] {
  const segments: SpokenSpan[] = [];
  let isOpen = false;
  for (const word of words) {
    const span = spanOf(word);
    const last = segments.at(-1);
    if (last && isOpen && last.speaker === (span.speaker ?? last.speaker)) {
      last.text += span.text;
      last.end = Math.max(last.end, span.end);
    } else if (word["type"] !== "spacing") {
      segments.push({ ...span });
    }
    if (word["type"] !== "spacing") isOpen = !/[.!?。！？]$/.test(span.text);
  }
  return segments;
}
