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
import { parseDataUrl } from "../media.ts";
import { defined } from "../members.ts";
import { decodeError } from "../openai-chat/errors.ts";
import { decodePrediction, encodeOrder, orderRoute, pathOf } from "../replicate/prediction.ts";
import { addressOf, aspectOf, assertGenerates, lostWishes, madeResult } from "./vendor-wishes.ts";

/** Pictures of Replicate's models, for upstreams alone: ordered, and waited for. */
export const replicateImages = defineOperationDialect({
  id: "replicate-images",
  operation: "images",
  upstream: {
    route: () => orderRoute,
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
  const { prompt, count, seed, outputFormat, compression, images, origin } = request;
  const [image] = images;
  const input = defined({
    prompt,
    num_outputs: count,
    aspect_ratio: aspectOf(request),
    seed,
    output_format: outputFormat,
    output_quality: compression,
    image: image && addressOf(image, model),
    ...origin.rest,
  }) as JsonObject;
  return { body: encodeOrder(model, input), warnings: lostWishes(request, ["seed", "outputFormat", "compression"]) };
}

function next({ json }: ResultBody): FurtherCall | null {
  const { id, status } = decodePrediction(json);
  return status === "queued" || status === "in_progress" ? { method: "GET", at: pathOf(id), waitMs: 500 } : null;
}

function decodeResult({ json }: ResultBody, { request }: ResultDecodeContext<"images">): ImagesResult {
  const { urls, error } = decodePrediction(json);
  if (error) throw new AttemptError({ class: "server", message: error.message, code: error.code });
  const images = urls.map((url) => {
    const inline = parseDataUrl(url);
    return { source: inline ? { kind: "data" as const, ...inline } : { kind: "url" as const, url } };
  });
  if (images.length === 0) throw new AttemptError({ class: "protocol", message: "the answer has no picture" });
  return madeResult(images, request);
}
