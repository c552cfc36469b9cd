import { AttemptError, defineOperationDialect, isObject, numberOf, objectOf, stringOf, usageWith } from "@sluice/core";
import type {
  EncodedOperation,
  JsonObject,
  ResultBody,
  ResultDecodeContext,
  SpeechRequest,
  SpeechResult,
  Usage,
} from "@sluice/core";
import { droppedFields } from "@sluice/dialects";
import { fromBase64 } from "../base64.ts";
import { present } from "../dialect/present.ts";
import { ownUpstream, pathOf, warningsOf } from "./operation.ts";

/** `SpeechModelV4CallOptions` and its result: one text, one sound, whole. */
export const aiSdkSpeech = defineOperationDialect({
  id: "ai-sdk-speech",
  operation: "speech",
  upstream: {
    ...ownUpstream,
    route: (_request, target) => ({ method: "POST", path: pathOf("speech", target) }),
    encodeRequest,
    decodeResult,
  },
});

function encodeRequest(request: SpeechRequest): EncodedOperation {
  const { text, voice, format, instructions, speed, language, user, origin } = request;
  const body = present({
    text,
    voice,
    outputFormat: format,
    instructions,
    speed,
    language,
    providerOptions: origin.providerOptions,
  });
  return { body, warnings: droppedFields({ ...present({ user }), ...origin.rest }) };
}

const types: Readonly<Record<string, string>> = {
  mp3: "audio/mpeg",
  opus: "audio/ogg",
  aac: "audio/aac",
  flac: "audio/flac",
  wav: "audio/wav",
  pcm: "audio/pcm",
};

function decodeResult({ json }: ResultBody, { request }: ResultDecodeContext<"speech">): SpeechResult {
  const result = isObject(json) ? json : {};
  const audio = stringOf(result["audio"]) ?? "";
  if (audio === "") throw new AttemptError({ class: "protocol", message: "the package made no sound" });
  return {
    model: stringOf(objectOf(result["response"])?.["modelId"]) ?? null,
    // The contract does not say what the sound is: it is taken for what was asked for.
    mediaType: types[request.format ?? "mp3"] ?? "application/octet-stream",
    bytes: fromBase64(audio),
    usage: usageOf(objectOf(result["usage"]), request),
    warnings: warningsOf(result),
  };
}

/** What packages tell has no common form: tokens in most, else the characters are what is billed. */
function usageOf(usage: JsonObject | undefined, { text }: SpeechRequest): Usage {
  return usageWith({
    inputTokens: numberOf(usage?.["inputTokens"] ?? usage?.["input_tokens"]) ?? null,
    outputTokens: numberOf(usage?.["outputTokens"] ?? usage?.["output_tokens"]) ?? null,
    details: { characters: text.length },
    ...(usage === undefined ? {} : { raw: usage }),
  });
}
