import { arrayOf, AttemptError, defineOperationDialect, errors, isObject, objectOf, stringOf } from "@sluice/core";
import type {
  EncodedOperation,
  JsonObject,
  ResultBody,
  ResultDecodeContext,
  SpeechRequest,
  SpeechResult,
  UpstreamTarget,
  Warning,
} from "@sluice/core";
import { decodeError, failureOf } from "../gemini/errors.ts";
import { resourceOf } from "../gemini/routes.ts";
import { decodeUsage } from "../gemini/usage.ts";
import { droppedFields } from "../losses.ts";
import { fromBase64 } from "../media.ts";
import { defined } from "../members.ts";
import { isRawAudio, isVoice, toWav } from "../speech.ts";

/**
 * Speech of Gemini's models, for upstreams alone: a chat that is asked for sound, which comes whole and as bare samples.
 *
 * <https://ai.google.dev/gemini-api/docs/speech-generation> (read 2026-11)
 */
export const geminiSpeech = defineOperationDialect({
  id: "gemini-speech",
  operation: "speech",
  upstream: {
    route: (_request, { model }) => ({ method: "POST", path: `/${resourceOf(model)}:generateContent` }),
    passHeaders: [],
    patchRequest: () => ({ set: {}, remove: [], warnings: [] }),
    encodeRequest,
    decodeResult,
    decodeError,
  },
});

/** Instructions stand before the text, as the vendor's own examples have them. */
function encodeRequest(request: SpeechRequest, { model }: UpstreamTarget): EncodedOperation {
  const { text, voice, format = "wav", speed, instructions, language, origin } = request;
  if (format !== "wav" && format !== "pcm") {
    throw errors.REQUEST_UNSUPPORTED("response_format", model, "Ask for wav or pcm: this vendor compresses nothing.");
  }
  const warnings: Warning[] = droppedFields(defined({ speed, ...origin.rest }) as JsonObject);
  const isForeign = voice !== undefined && isVoice(voice);
  if (isForeign) {
    const message = `The upstream has no voice "${voice}"; it speaks with its usual one.`;
    warnings.push({ code: "changed_parameter", message, field: "voice" });
  }
  const voiceName = voice === undefined || isForeign ? "Kore" : voice;
  const speechConfig = defined({ voiceConfig: { prebuiltVoiceConfig: { voiceName } }, languageCode: language });
  const words = instructions === undefined ? text : `${instructions}\n\n${text}`;
  const generationConfig = { responseModalities: ["AUDIO"], speechConfig } as JsonObject;
  return { body: { contents: [{ role: "user", parts: [{ text: words }] }], generationConfig }, warnings };
}

function decodeResult({ json }: ResultBody, { request, target }: ResultDecodeContext<"speech">): SpeechResult {
  if (!isObject(json)) throw new AttemptError({ class: "protocol", message: "the answer is no JSON object" });
  if (json["error"] !== undefined) throw new AttemptError(failureOf(json, target.quirks));
  const [candidate] = arrayOf(json["candidates"]).filter(isObject);
  const parts = arrayOf(objectOf(candidate?.["content"])?.["parts"]).filter(isObject);
  const sound = parts.map((part) => objectOf(part["inlineData"])).find((inline) => stringOf(inline?.["data"]));
  if (!sound) throw new AttemptError({ class: "protocol", message: "the answer has no sound" });
  const usage = decodeUsage(objectOf(json["usageMetadata"]) ?? {});
  return { model: null, ...soundOf(sound, request.format), usage, warnings: [] };
}

function soundOf(sound: JsonObject, format = "wav"): Pick<SpeechResult, "mediaType" | "bytes"> {
  const type = stringOf(sound["mimeType"]) ?? "audio/L16;rate=24000";
  const data = stringOf(sound["data"]) ?? "";
  try {
    if (!isRawAudio(type)) return { mediaType: type, bytes: fromBase64(data) };
    if (format === "pcm") return { mediaType: "audio/pcm", bytes: fromBase64(data) };
    return { mediaType: "audio/wav", bytes: fromBase64(toWav(data, type)) };
  } catch (cause) {
    throw new AttemptError({ class: "protocol", message: "the sound is no base64", cause });
  }
}
