import {
  arrayOf,
  AttemptError,
  defineOperationDialect,
  errors,
  isObject,
  numberOf,
  objectOf,
  stringOf,
  usageWith,
} from "@sluice/core";
import type {
  EncodedOperation,
  Json,
  JsonObject,
  ResultBody,
  ResultDecodeContext,
  SpokenSpan,
  TranscriptionRequest,
  TranscriptionResult,
  UpstreamTarget,
  Usage,
} from "@sluice/core";
import { droppedFields } from "@sluice/dialects";
import { toBase64 } from "../base64.ts";
import { present } from "../dialect/present.ts";
import { ownUpstream, pathOf, warningsOf } from "./operation.ts";

/** `TranscriptionModelV4CallOptions` and its result. */
export const aiSdkTranscription = defineOperationDialect({
  id: "ai-sdk-transcription",
  operation: "transcription",
  upstream: {
    ...ownUpstream,
    route: (_request, target) => ({ method: "POST", path: pathOf("transcription", target) }),
    encodeRequest,
    decodeResult,
  },
});

function encodeRequest(request: TranscriptionRequest, { model }: UpstreamTarget): EncodedOperation {
  const { action, audio, language, prompt, temperature, timestamps, user, origin } = request;
  if (action === "translate") {
    const hint = "The AI SDK's contract has no translations: transcribe, and have the text translated.";
    throw errors.REQUEST_UNSUPPORTED("model", model, hint);
  }
  const body = present({
    audio: toBase64(audio.bytes),
    mediaType: audio.mediaType,
    timestampGranularities: timestamps.length === 0 ? undefined : timestamps,
    providerOptions: origin.providerOptions,
  });
  return { body, warnings: droppedFields({ ...present({ language, prompt, temperature, user }), ...origin.rest }) };
}

function decodeResult({ json }: ResultBody, _context: ResultDecodeContext<"transcription">): TranscriptionResult {
  const result = isObject(json) ? json : {};
  const text = stringOf(result["text"]);
  if (text === undefined) throw new AttemptError({ class: "protocol", message: "the package gave no text" });
  const seconds = numberOf(result["durationInSeconds"]) ?? null;
  return {
    model: stringOf(objectOf(result["response"])?.["modelId"]) ?? null,
    text,
    language: stringOf(result["language"]) ?? null,
    seconds,
    segments: spansOf(result["segments"]),
    words: spansOf(result["words"]),
    usage: usageOf(objectOf(result["usage"]), seconds),
    warnings: warningsOf(result),
  };
}

function spansOf(value: Json | undefined): SpokenSpan[] {
  return arrayOf(value)
    .filter(isObject)
    .map((span) => ({
      text: stringOf(span["text"]) ?? "",
      start: numberOf(span["startSecond"]) ?? 0,
      end: numberOf(span["endSecond"]) ?? 0,
    }));
}

/** Seconds where they are known; some packages tell tokens. */
function usageOf(usage: JsonObject | undefined, seconds: number | null): Usage {
  return usageWith({
    inputTokens: numberOf(usage?.["inputTokens"] ?? usage?.["input_tokens"]) ?? null,
    outputTokens: numberOf(usage?.["outputTokens"] ?? usage?.["output_tokens"]) ?? null,
    ...(seconds === null ? {} : { details: { audioInputMs: Math.round(seconds * 1000) } }),
    ...(usage === undefined ? {} : { raw: usage }),
  });
}
