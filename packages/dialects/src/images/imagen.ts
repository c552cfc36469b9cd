import { arrayOf, AttemptError, defineOperationDialect, isObject, stringOf } from "@sluice/core";
import type {
  EncodedOperation,
  ImagesRequest,
  ImagesResult,
  JsonObject,
  ResultBody,
  ResultDecodeContext,
  UpstreamTarget,
} from "@sluice/core";
import { decodeError, failureOf } from "../gemini/errors.ts";
import { resourceOf } from "../gemini/routes.ts";
import { droppedFields } from "../losses.ts";
import { defined } from "../members.ts";
import { aspectOf, assertGenerates, filtered, lostWishes, madeResult, stepOf } from "./vendor-wishes.ts";

/** Imagen's pictures, for upstreams alone: <https://ai.google.dev/gemini-api/docs/imagen> (read 2026-11) */
export const imagenImages = defineOperationDialect({
  id: "imagen-images",
  operation: "images",
  upstream: {
    route: (_request, { model }) => ({ method: "POST", path: `/${resourceOf(model)}:predict` }),
    passHeaders: [],
    patchRequest: () => ({ set: {}, remove: [], warnings: [] }),
    encodeRequest,
    decodeResult,
    decodeError,
  },
});

function encodeRequest(request: ImagesRequest, { model }: UpstreamTarget): EncodedOperation {
  assertGenerates(request, model);
  const { prompt, count, seed, outputFormat, compression, origin } = request;
  const step = stepOf(request);
  const output = defined({
    mimeType: outputFormat === undefined ? undefined : `image/${outputFormat}`,
    compressionQuality: compression,
  });
  const parameters = defined({
    sampleCount: count ?? 1,
    aspectRatio: aspectOf(request),
    // The usual one is left out: not every model knows the word.
    imageSize: step === "1K" ? undefined : step,
    seed,
    outputOptions: Object.keys(output).length === 0 ? undefined : output,
  }) as JsonObject;
  const warnings = [...lostWishes(request, ["seed", "outputFormat", "compression"]), ...droppedFields(origin.rest)];
  return { body: { instances: [{ prompt }], parameters }, warnings };
}

function decodeResult({ json }: ResultBody, { request, target }: ResultDecodeContext<"images">): ImagesResult {
  if (!isObject(json)) throw new AttemptError({ class: "protocol", message: "the answer is no JSON object" });
  if (json["error"] !== undefined) throw new AttemptError(failureOf(json, target.quirks));
  const told = arrayOf(json["predictions"]).filter(isObject);
  const images = told.flatMap((prediction) => {
    const data = stringOf(prediction["bytesBase64Encoded"]);
    if (data === undefined) return [];
    const mediaType = stringOf(prediction["mimeType"]) ?? "image/png";
    const revisedPrompt = stringOf(prediction["prompt"]);
    return [
      { source: { kind: "data" as const, mediaType, data }, ...(revisedPrompt === undefined ? {} : { revisedPrompt }) },
    ];
  });
  if (images.length > 0) return madeResult(images, request);
  const reason = told.map((prediction) => stringOf(prediction["raiFilteredReason"])).find((text) => text !== undefined);
  // An answer without a word is how Imagen says that it filtered everything.
  if (reason !== undefined || Object.keys(json).length === 0) throw filtered(reason ?? "every picture was filtered");
  throw new AttemptError({ class: "protocol", message: "the answer has no picture" });
}
