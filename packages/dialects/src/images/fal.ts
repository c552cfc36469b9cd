import { AttemptError, defineOperationDialect } from "@sluice/core";
import type {
  EncodedOperation,
  FurtherCall,
  ImagesRequest,
  ImagesResult,
  JsonObject,
  ResultBody,
  ResultDecodeContext,
  UpstreamTarget,
} from "@sluice/core";
import { decodeOrder, filesIn, modelPath, orderPath } from "../fal/queue.ts";
import { parseDataUrl } from "../media.ts";
import { defined } from "../members.ts";
import { decodeError } from "../openai-chat/errors.ts";
import { shapeIn } from "../shape.ts";
import { addressOf, assertGenerates, lostWishes, madeResult } from "./vendor-wishes.ts";

/** Pictures of fal's models, for upstreams alone: ordered, and waited for. */
export const falImages = defineOperationDialect({
  id: "fal-images",
  operation: "images",
  upstream: {
    route: (_request, { model }) => ({ method: "POST", path: modelPath(model) }),
    passHeaders: [],
    patchRequest: () => ({ set: {}, remove: [], warnings: [] }),
    encodeRequest,
    next,
    decodeResult,
    decodeError,
  },
});

function encodeRequest(request: ImagesRequest, { model }: UpstreamTarget): EncodedOperation {
  assertGenerates(request, model, true);
  const { prompt, count, seed, size, aspectRatio, outputFormat, images, origin } = request;
  const shape = shapeIn(size);
  const addresses = images.map((image) => addressOf(image, model));
  const body = defined({
    prompt,
    num_images: count,
    image_size: shape ? { width: shape.width, height: shape.height } : undefined,
    aspect_ratio: aspectRatio,
    seed,
    output_format: outputFormat,
    image_url: addresses.length === 1 ? addresses[0] : undefined,
    image_urls: addresses.length > 1 ? addresses : undefined,
    ...origin.rest,
  }) as JsonObject;
  return { body, warnings: lostWishes(request, ["seed", "outputFormat"]) };
}

const names = ["images", "image"] as const;

/** How far the order is, then its result. */
function next({ json }: ResultBody, { target }: ResultDecodeContext<"images">): FurtherCall | null {
  if (filesIn(json, names).length > 0) return null;
  const { id, status, error } = decodeOrder(json, "");
  if (error) return null;
  const path = orderPath(target.model, id);
  return status === "completed" ? { method: "GET", at: path } : { method: "GET", at: `${path}/status`, waitMs: 500 };
}

function decodeResult({ json }: ResultBody, { request }: ResultDecodeContext<"images">): ImagesResult {
  const images = filesIn(json, names).map((url) => {
    const inline = parseDataUrl(url);
    return { source: inline ? { kind: "data" as const, ...inline } : { kind: "url" as const, url } };
  });
  if (images.length > 0) return madeResult(images, request);
  const { error } = decodeOrder(json, "order");
  throw new AttemptError({ class: "server", message: error?.message ?? "the order has no picture" });
}
