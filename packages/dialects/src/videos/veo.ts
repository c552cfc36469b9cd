import { arrayOf, AttemptError, defineOperationDialect, errors, isObject, objectOf, stringOf } from "@sluice/core";
import { videoJob, videoUsage } from "@sluice/core";
import type {
  EncodedOperation,
  FurtherCall,
  JsonObject,
  OperationRoute,
  ResultBody,
  ResultDecodeContext,
  UpstreamTarget,
  VideosRequest,
  VideosResult,
} from "@sluice/core";
import { decodeError, failureOf } from "../gemini/errors.ts";
import { resourceOf } from "../gemini/routes.ts";
import { droppedFields } from "../losses.ts";
import { defined } from "../members.ts";
import { decodeContent, notReady } from "./content.ts";
import { shapeOf } from "./shape.ts";

/**
 * Google's videos, for upstreams alone: an operation that is looked after by its name, and a file that lies elsewhere.
 *
 * <https://ai.google.dev/gemini-api/docs/video> (read 2026-11)
 */
export const geminiVideos = defineOperationDialect({
  id: "gemini-videos",
  operation: "videos",
  upstream: {
    route,
    passHeaders: [],
    patchRequest: () => ({ set: {}, remove: [], warnings: [] }),
    encodeRequest,
    decodeResult,
    decodeStream: decodeContent,
    next,
    decodeError,
  },
});

function route({ action, job }: VideosRequest, { model }: UpstreamTarget): OperationRoute {
  if (action === "create") return { method: "POST", path: `/${resourceOf(model)}:predictLongRunning` };
  // Ids come from clients: what is no operation must not be read with the operator's key.
  if (!/^models\/[\w.-]+\/operations\/[\w-]+$/.test(job)) throw errors.REQUEST_UNKNOWN_JOB(job);
  return { method: "GET", path: `/${job}` };
}

function encodeRequest(request: VideosRequest, { model }: UpstreamTarget): EncodedOperation {
  const { action, origin, user, seconds, seed } = request;
  if (action === "poll" || action === "content") return { body: null, warnings: [] };
  if (action !== "create") throw errors.REQUEST_UNSUPPORTED(action, model, "This vendor only makes videos anew.");
  const parameters = defined({ ...shapeOf(request), durationSeconds: seconds, seed });
  const body = {
    instances: [{ prompt: request.prompt, ...imageOf(request, model) }],
    ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
  };
  return { body, warnings: droppedFields({ ...origin.rest, ...(user === undefined ? {} : { user }) }) };
}

function imageOf({ image }: VideosRequest, model: string): JsonObject {
  if (image === undefined) return {};
  const { source } = image;
  if (source.kind === "data") return { image: { bytesBase64Encoded: source.data, mimeType: source.mediaType } };
  throw errors.REQUEST_UNSUPPORTED("input_reference", model, "Send the picture itself: this vendor fetches none.");
}

/** Where the file of a finished operation lies. */
function next({ json }: ResultBody, { request, headers }: ResultDecodeContext<"videos">): FurtherCall | null {
  if (request.action !== "content") return null;
  const location = headers.get("location");
  if (json === undefined && location !== undefined) return { method: "GET", at: location };
  const { job, uri } = read(json, request);
  if (uri === null) throw notReady(job.status);
  return { method: "GET", at: uri };
}

function decodeResult({ json }: ResultBody, { request, target }: ResultDecodeContext<"videos">): VideosResult {
  if (request.action === "content") throw new AttemptError({ class: "protocol", message: "the answer is no video" });
  if (isObject(json) && json["name"] === undefined && json["error"] !== undefined) {
    throw new AttemptError(failureOf(json, target.quirks));
  }
  const { job } = read(json, request);
  return {
    model: null,
    job,
    usage: videoUsage({ ...request, seconds: request.seconds ?? usualSeconds }),
    warnings: [],
  };
}

/** What every Veo makes where nothing is said, and what is billed then. */
const usualSeconds = 8;

function read(json: unknown, { job: asked }: VideosRequest) {
  const name = isObject(json) ? (stringOf(json["name"]) ?? asked) : "";
  if (!isObject(json) || name === "")
    throw new AttemptError({ class: "protocol", message: "the answer is no operation" });
  if (json["done"] !== true) return { job: videoJob(name, "in_progress"), uri: null };
  const error = objectOf(json["error"]);
  const made = objectOf(objectOf(json["response"])?.["generateVideoResponse"]);
  const [sample] = arrayOf(made?.["generatedSamples"]).filter(isObject);
  const uri = stringOf(objectOf(sample?.["video"])?.["uri"]) ?? null;
  if (uri !== null) return { job: videoJob(name, "completed", { progress: 100 }), uri };
  const [reason] = arrayOf(made?.["raiMediaFilteredReasons"]).map(stringOf);
  const told = error
    ? {
        code: stringOf(error["status"]) ?? "failed",
        message: stringOf(error["message"]) ?? "",
      }
    : { message: reason ?? "the vendor shows nothing of what it made", code: "content_policy_violation" };
  return { job: videoJob(name, "failed", { error: told }), uri: null };
}
