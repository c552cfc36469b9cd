import { AttemptError, defineOperationDialect, errors, stringOf, videoJob, videoUsage } from "@sluice/core";
import type {
  EncodedOperation,
  FurtherCall,
  OperationRoute,
  ResultBody,
  ResultDecodeContext,
  UpstreamTarget,
  VideosRequest,
  VideosResult,
} from "@sluice/core";
import { droppedFields } from "../losses.ts";
import { decodeError } from "../openai-chat/errors.ts";
import { decodePrediction, encodeOrder, orderRoute, pathOf } from "../replicate/prediction.ts";
import { decodeContent, notReady } from "./content.ts";
import { secondsIn, videoInputs, withLength } from "./inputs.ts";

/** Videos of Replicate's models, for upstreams alone. */
export const replicateVideos = defineOperationDialect({
  id: "replicate-videos",
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

function route({ action, job }: VideosRequest): OperationRoute {
  if (action === "create") return orderRoute;
  if (action === "delete") return { method: "POST", path: `${pathOf(job)}/cancel` };
  return { method: "GET", path: pathOf(job) };
}

function encodeRequest(request: VideosRequest, { model }: UpstreamTarget): EncodedOperation {
  const { action, user } = request;
  if (action === "poll" || action === "content" || action === "delete") return { body: null, warnings: [] };
  if (action !== "create") throw errors.REQUEST_UNSUPPORTED(action, model, "Give the model what it wants as input.");
  const warnings = user === undefined ? [] : droppedFields({ user });
  return { body: encodeOrder(model, videoInputs(request, model, "image")), warnings };
}

function next({ json }: ResultBody, { request }: ResultDecodeContext<"videos">): FurtherCall | null {
  if (request.action !== "content") return null;
  const { status, urls } = decodePrediction(json);
  const [at] = urls;
  if (at === undefined) throw notReady(status);
  return { method: "GET", at };
}

function decodeResult({ json }: ResultBody, { request }: ResultDecodeContext<"videos">): VideosResult {
  if (request.action === "content") throw new AttemptError({ class: "protocol", message: "the answer is no video" });
  const { id, status, input, error, created, completed } = decodePrediction(json);
  const known = {
    error,
    created,
    completed,
    seconds: secondsIn(input) ?? null,
    prompt: stringOf(input["prompt"]) ?? null,
  };
  const job = videoJob(id, request.action === "delete" ? "deleted" : status, known);
  return { model: null, job, usage: videoUsage(withLength(request, input)), warnings: [] };
}
