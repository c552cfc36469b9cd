import { arrayOf, AttemptError, defineOperationDialect, isObject, objectOf, stringOf } from "@sluice/core";
import type {
  EncodedOperation,
  ImagesRequest,
  ImagesResult,
  JsonObject,
  MadeImage,
  ResultBody,
  ResultDecodeContext,
  UpstreamTarget,
} from "@sluice/core";
import { decodeError, failureOf } from "../gemini/errors.ts";
import { resourceOf } from "../gemini/routes.ts";
import { decodeUsage } from "../gemini/usage.ts";
import { droppedFields } from "../losses.ts";
import { defined } from "../members.ts";
import {
  aspectOf,
  assertGenerates,
  filtered,
  imageTokens,
  inlineOf,
  lostWishes,
  madeResult,
  oneByOne,
  stepOf,
} from "./vendor-wishes.ts";

/**
 * Pictures of Gemini's models that also talk, for upstreams alone: one a call, from words and pictures.
 *
 * <https://ai.google.dev/gemini-api/docs/image-generation> (read 2026-11)
 */
export const geminiImages = defineOperationDialect({
  id: "gemini-images",
  operation: "images",
  upstream: {
    route: (_request, { model }) => ({ method: "POST", path: `/${resourceOf(model)}:generateContent` }),
    passHeaders: [],
    patchRequest: () => ({ set: {}, remove: [], warnings: [] }),
    encodeRequest,
    decodeResult,
    batch: oneByOne,
    decodeError,
  },
});

function encodeRequest(request: ImagesRequest, { model }: UpstreamTarget): EncodedOperation {
  assertGenerates(request, model, true);
  const { prompt, images, seed, origin } = request;
  const step = stepOf(request);
  const inline = images.map((image) => {
    const { mediaType, data } = inlineOf(image, model);
    return { inlineData: { mimeType: mediaType, data } };
  });
  // The usual size is left out: not every model knows the word.
  const imageConfig = defined({ aspectRatio: aspectOf(request), imageSize: step === "1K" ? undefined : step });
  const generationConfig = defined({
    responseModalities: ["TEXT", "IMAGE"],
    imageConfig: Object.keys(imageConfig).length === 0 ? undefined : imageConfig,
    seed,
  }) as JsonObject;
  const body = { contents: [{ role: "user", parts: [...inline, { text: prompt }] }], generationConfig };
  return { body, warnings: [...lostWishes(request, ["seed"]), ...droppedFields(origin.rest)] };
}

function decodeResult({ json }: ResultBody, { request, target }: ResultDecodeContext<"images">): ImagesResult {
  if (!isObject(json)) throw new AttemptError({ class: "protocol", message: "the answer is no JSON object" });
  if (json["error"] !== undefined) throw new AttemptError(failureOf(json, target.quirks));
  const candidates = arrayOf(json["candidates"]).filter(isObject);
  const parts = candidates.flatMap((candidate) => arrayOf(objectOf(candidate["content"])?.["parts"])).filter(isObject);
  // What was drawn while thinking is no answer.
  const images = parts.filter((part) => part["thought"] !== true).flatMap(imageIn);
  if (images.length === 0) {
    const reason =
      stringOf(objectOf(json["promptFeedback"])?.["blockReason"]) ?? stringOf(candidates[0]?.["finishReason"]);
    if (reason !== undefined && reason !== "STOP") throw filtered(`no picture was shown: ${reason}`);
    throw new AttemptError({ class: "protocol", message: "the answer has no picture" });
  }
  const made = madeResult(images, request);
  const told = objectOf(json["usageMetadata"]);
  if (told === undefined || told === null) return made;
  const counted = decodeUsage(told);
  const details = { ...imageTokens(counted.outputTokens ?? 0), ...counted.details, ...made.usage.details };
  return { ...made, usage: { ...counted, details } };
}

function imageIn(part: JsonObject): MadeImage[] {
  const inline = objectOf(part["inlineData"] ?? part["inline_data"]);
  const data = stringOf(inline?.["data"]);
  if (data === undefined) return [];
  const mediaType = stringOf(inline?.["mimeType"]) ?? stringOf(inline?.["mime_type"]) ?? "image/png";
  return mediaType.startsWith("image/") ? [{ source: { kind: "data", mediaType, data } }] : [];
}
