import { AttemptError, defineOperationDialect, errors, fieldPart, isObject, stringOf } from "@sluice/core";
import type {
  EncodedOperation,
  FormPart,
  GivenImage,
  ImagesRequest,
  ImagesResult,
  Json,
  OperationRoute,
  ResultBody,
  ResultDecodeContext,
  UpstreamTarget,
} from "@sluice/core";
import { fromBase64 } from "../media.ts";
import { defined } from "../members.ts";
import { decodeError, decodeInBandError } from "../openai-chat/errors.ts";
import { aspectOf, filtered, inlineOf, lostWishes, madeResult, oneByOne } from "./vendor-wishes.ts";

/**
 * Stability's pictures, for upstreams alone: a form for each, and an address for each kind of model. Fields that nobody else
 * knows, such as `negative_prompt`, are the vendor's own and go along.
 *
 * <https://platform.stability.ai/docs/api-reference> (read 2026-11)
 */
export const stabilityImages = defineOperationDialect({
  id: "stability-images",
  operation: "images",
  upstream: {
    route,
    // Without it the answer is the picture alone, and does not say what became of it.
    headers: { accept: "application/json" },
    passHeaders: [],
    patchRequest: () => ({ set: {}, remove: [], warnings: [] }),
    encodeRequest,
    decodeResult,
    batch: oneByOne,
    decodeError,
  },
});

type Family = "core" | "ultra" | "sd3";

function familyOf(model: string): Family {
  if (model === "core" || model.endsWith("-core")) return "core";
  return model === "ultra" || model.endsWith("-ultra") ? "ultra" : "sd3";
}

function route({ action, mask }: ImagesRequest, { model }: UpstreamTarget): OperationRoute {
  const place = action === "edit" && mask !== undefined ? "edit/inpaint" : `generate/${familyOf(model)}`;
  return { method: "POST", path: `/stable-image/${place}` };
}

function encodeRequest(request: ImagesRequest, { model }: UpstreamTarget): EncodedOperation {
  const { action, images, mask, prompt, seed, style, outputFormat, origin } = request;
  if (action === "vary") throw errors.REQUEST_UNSUPPORTED("image", model, "This vendor wants words: ask for an edit.");
  if (images.length > 1) throw errors.REQUEST_UNSUPPORTED("image", model, "This vendor starts from one picture.");
  const family = familyOf(model);
  const [image] = images;
  const isFromImage = image !== undefined && mask === undefined;
  if (isFromImage && family === "core") throw errors.REQUEST_UNSUPPORTED("image", model);
  if (isFromImage && origin.rest["strength"] === undefined) {
    throw errors.REQUEST_INVALID("strength", "must say, from 0 to 1, how much of the picture may change");
  }
  const fields = defined({
    prompt,
    model: family === "sd3" && mask === undefined ? model : undefined,
    mode: family === "sd3" && isFromImage ? "image-to-image" : undefined,
    // The shape of a picture that starts from another is that other's.
    aspect_ratio: image === undefined ? aspectOf(request) : undefined,
    seed,
    style_preset: style,
    output_format: outputFormat,
    ...origin.rest,
  });
  const parts = Object.entries(fields).map(([name, value]) => fieldPart(name, wordOf(value)));
  const files = [image && filePart("image", image, model), mask && filePart("mask", mask, model)];
  const warnings = lostWishes(request, ["seed", "style", "outputFormat"]);
  return { body: [...parts, ...files.filter((file) => file !== undefined)], warnings };
}

function wordOf(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function filePart(name: string, image: GivenImage, model: string): FormPart {
  const { mediaType, data } = inlineOf(image, model);
  return {
    name,
    filename: image.filename ?? `${name}.${mediaType.split("/")[1] ?? "png"}`,
    mediaType,
    bytes: fromBase64(data),
  };
}

function decodeResult({ json }: ResultBody, { request, target }: ResultDecodeContext<"images">): ImagesResult {
  const data = isObject(json) ? stringOf(json["image"]) : undefined;
  if (!isObject(json) || data === undefined) {
    if (isObject(json) && json["errors"] !== undefined) throw new AttemptError(decodeInBandError(json, target.quirks));
    throw new AttemptError({ class: "protocol", message: "the answer has no picture" });
  }
  if (json["finish_reason"] === "CONTENT_FILTERED") throw filtered("the picture was filtered");
  const mediaType = `image/${request.outputFormat ?? "png"}`;
  return madeResult([{ source: { kind: "data", mediaType, data } }], request);
}
