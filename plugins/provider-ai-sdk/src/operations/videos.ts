import {
  arrayOf,
  AttemptError,
  defineOperationDialect,
  errors,
  isObject,
  objectOf,
  stringOf,
  videoJob,
  videoUsage,
} from "@sluice/core";
import type {
  EncodedOperation,
  FurtherCall,
  GivenImage,
  JsonObject,
  ResultBody,
  ResultDecodeContext,
  ResultDecoder,
  UpstreamTarget,
  VideosRequest,
  VideosResult,
} from "@sluice/core";
import { droppedFields } from "@sluice/dialects";
import { present } from "../dialect/present.ts";
import { ownUpstream, pathOf, warningsOf } from "./operation.ts";

const verbs = { create: "start", poll: "status", content: "content" } as const;

/** `VideoModelV4CallOptions`, and what packages tell of a video in the making. */
export const aiSdkVideos = defineOperationDialect({
  id: "ai-sdk-videos",
  operation: "videos",
  upstream: {
    ...ownUpstream,
    route: ({ action }, target) => {
      const verb = action === "poll" || action === "content" ? verbs[action] : verbs.create;
      return { method: "POST", path: `${pathOf("video", target)}/${verb}` };
    },
    encodeRequest,
    decodeResult,
    decodeStream,
    next,
  },
});

function encodeRequest(request: VideosRequest, { model }: UpstreamTarget): EncodedOperation {
  const { action, job, variant, origin } = request;
  if (action === "poll") return { body: { job }, warnings: [] };
  if (action === "content") {
    if (variant !== undefined && variant !== "video") throw errors.REQUEST_UNSUPPORTED("variant", model);
    return { body: { job }, warnings: [] };
  }
  if (action !== "create") {
    const hint = "The AI SDK's contract makes new videos alone; packages have edits among their provider_options.";
    throw errors.REQUEST_UNSUPPORTED("video", model, hint);
  }
  const { prompt, seconds, size, aspectRatio, resolution, seed, image, user } = request;
  const body = present({
    prompt,
    n: 1,
    duration: seconds,
    resolution: size ?? (isSize(resolution) ? resolution : undefined),
    aspectRatio,
    seed,
    image: image === undefined ? undefined : fileOf(image, model),
    providerOptions: origin.providerOptions,
  });
  const lost = present({ resolution: size !== undefined || isSize(resolution) ? undefined : resolution, user });
  return { body, warnings: droppedFields({ ...lost, ...origin.rest }) };
}

function isSize(resolution: string | undefined): boolean {
  return resolution !== undefined && /^\d+x\d+$/.test(resolution);
}

function fileOf({ source }: GivenImage, model: string): JsonObject {
  if (source.kind === "data") return { type: "file", mediaType: source.mediaType, data: source.data };
  if (source.kind === "url") return { type: "url", url: source.url };
  throw errors.REQUEST_UNSUPPORTED(
    "input_reference",
    model,
    "A file id is known to one vendor; send the picture itself.",
  );
}

function decodeResult({ json }: ResultBody, { request }: ResultDecodeContext<"videos">): VideosResult {
  const result = isObject(json) ? json : {};
  const { status, error } = result;
  const job = stringOf(result["job"]);
  const { size, seconds, prompt } = request;
  if (request.action === "create") {
    if (job === undefined) throw new AttemptError({ class: "protocol", message: "the package began no video" });
    const told = { prompt, size: size ?? null, seconds: seconds ?? null };
    return resultOf(result, videoJob(job, "queued", told), request);
  }
  const state = typeof status === "string" && Object.hasOwn(states, status) ? states[status] : undefined;
  if (state === undefined) throw new AttemptError({ class: "protocol", message: "the package knows no such video" });
  if (request.action === "content" && state !== "completed") {
    const message = state === "failed" ? "the video was not made" : "the video is not ready";
    throw new AttemptError({ class: "invalid", status: 404, message });
  }
  const failed = state === "failed" ? { code: "video_failed", message: stringOf(error) ?? "The video failed." } : null;
  const done = state === "completed" ? { progress: 100 } : {};
  return resultOf(result, videoJob(request.job, state, { ...done, error: failed }), request);
}

const states: Readonly<Record<string, "in_progress" | "completed" | "failed">> = {
  pending: "in_progress",
  completed: "completed",
  error: "failed",
};

function resultOf(result: JsonObject, job: VideosResult["job"], request: VideosRequest): VideosResult {
  const model = stringOf(objectOf(result["response"])?.["modelId"]) ?? null;
  return { job, model, usage: videoUsage(request, job), warnings: warningsOf(result) };
}

/** A video lies at an address of the vendor's; one that the package holds itself comes as bytes. */
function next({ json }: ResultBody, { request, headers }: ResultDecodeContext<"videos">): FurtherCall | null {
  if (request.action !== "content") return null;
  const location = headers.get("location");
  if (json === undefined && location !== undefined && URL.canParse(location)) return { method: "GET", at: location };
  if (!isObject(json) || json["status"] !== "completed") return null;
  const url = arrayOf(json["videos"])
    .filter(isObject)
    .map((video) => stringOf(video["url"]))
    .find((address) => address !== undefined);
  return url === undefined ? null : { method: "GET", at: url };
}

/** The content, passed on as it comes; null for an answer that only says where it lies. */
function decodeStream(mediaType: string, { request }: ResultDecodeContext<"videos">): ResultDecoder<"videos"> | null {
  const isFile = /^video\/|^(?:application|binary)\/octet-stream\b/i.test(mediaType);
  if (request.action !== "content" || !isFile) return null;
  const nothing = new Uint8Array(0);
  let isEmpty = true;
  return {
    push: (piece) => {
      if (piece.length === 0) return [];
      isEmpty = false;
      return [{ raw: piece, events: [{ type: "content", bytes: piece, mediaType }] }];
    },
    end: () => {
      const failure = { class: "protocol", message: "the content is empty" } as const;
      if (isEmpty) return [{ raw: nothing, events: [{ type: "error", failure }] }];
      return [{ raw: nothing, events: [{ type: "usage", usage: videoUsage(request) }, { type: "end" }] }];
    },
  };
}
