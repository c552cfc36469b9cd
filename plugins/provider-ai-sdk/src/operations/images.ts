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
  GivenImage,
  ImagesRequest,
  ImagesResult,
  JsonObject,
  MadeImage,
  ResultBody,
  ResultDecodeContext,
  UpstreamTarget,
  Usage,
} from "@sluice/core";
import { droppedFields } from "@sluice/dialects";
import { present } from "../dialect/present.ts";
import { imageTypeOf } from "./image-type.ts";
import { ownUpstream, pathOf, warningsOf } from "./operation.ts";

/** `ImageModelV4CallOptions` and its result. */
export const aiSdkImages = defineOperationDialect({
  id: "ai-sdk-images",
  operation: "images",
  upstream: {
    ...ownUpstream,
    route: (_request, target) => ({ method: "POST", path: pathOf("image", target) }),
    encodeRequest,
    decodeResult,
  },
});

function encodeRequest(request: ImagesRequest, { model }: UpstreamTarget): EncodedOperation {
  const { action, prompt, images, mask, count, size, aspectRatio, seed, origin } = request;
  if (action === "vary") throw errors.REQUEST_UNSUPPORTED("image", model, "Say what is to change: ask for an edit.");
  const body = present({
    prompt,
    n: count ?? 1,
    size: isSize(size) ? size : undefined,
    aspectRatio,
    seed,
    files: images.length === 0 ? undefined : images.map((image) => fileOf(image, model)),
    mask: mask === undefined ? undefined : fileOf(mask, model),
    providerOptions: origin.providerOptions,
  });
  // The contract leaves all of these to the options of each package.
  const lost = present({
    size: size === undefined || size === "auto" || isSize(size) ? undefined : size,
    quality: isGiven(request.quality),
    style: request.style,
    background: isGiven(request.background),
    output_format: request.outputFormat,
    output_compression: request.compression,
    partial_images: request.drafts,
    user: request.user,
  });
  return { body, warnings: droppedFields({ ...lost, ...origin.rest }) };
}

function isSize(size: string | undefined): boolean {
  return size !== undefined && /^\d+x\d+$/.test(size);
}

/** `auto` asks for nothing. */
function isGiven(wish: string | undefined): string | undefined {
  return wish === "auto" ? undefined : wish;
}

function fileOf({ source }: GivenImage, model: string): JsonObject {
  if (source.kind === "data") return { type: "file", mediaType: source.mediaType, data: source.data };
  if (source.kind === "url") return { type: "url", url: source.url };
  throw errors.REQUEST_UNSUPPORTED("image", model, "A file id is known to one vendor; send the picture itself.");
}

/** Packages give base64 or bytes, which the transport has made base64, without a type: the first bytes have it. */
function decodeResult({ json }: ResultBody, { request }: ResultDecodeContext<"images">): ImagesResult {
  const result = isObject(json) ? json : {};
  const images = arrayOf(result["images"]).flatMap((data): MadeImage[] => {
    if (typeof data !== "string" || data === "") return [];
    if (/^https?:\/\//.test(data)) return [{ source: { kind: "url", url: data } }];
    return [{ source: { kind: "data", mediaType: imageTypeOf(data), data } }];
  });
  if (images.length === 0) throw new AttemptError({ class: "protocol", message: "the package made no picture" });
  const response = objectOf(result["response"]);
  return {
    model: stringOf(response?.["modelId"]) ?? null,
    created: null,
    images: withRevisedPrompts(images, objectOf(result["providerMetadata"])),
    usage: usageOf(objectOf(result["usage"]), images.length, request),
    warnings: warningsOf(result),
  };
}

function usageOf(usage: JsonObject | undefined, images: number, { size }: ImagesRequest): Usage {
  return usageWith({
    inputTokens: numberOf(usage?.["inputTokens"]) ?? null,
    outputTokens: numberOf(usage?.["outputTokens"]) ?? null,
    details: { images, ...(size !== undefined && isSize(size) ? { variant: size } : {}) },
  });
}

/** The metadata of each package has an entry for each picture; some tell there what they made of the prompt. */
function withRevisedPrompts(images: MadeImage[], metadata: JsonObject | undefined): MadeImage[] {
  const entries = Object.values(metadata ?? {}).map((own) => (isObject(own) ? arrayOf(own["images"]) : []));
  return images.map((image, index) => {
    const told = entries.map((list) => list[index]).find((entry) => isObject(entry) && "revisedPrompt" in entry);
    const revisedPrompt = isObject(told) ? stringOf(told["revisedPrompt"]) : undefined;
    return revisedPrompt === undefined ? image : { ...image, revisedPrompt };
  });
}
