import { AttemptError, defineOperationDialect, errors, videoJob, videoUsage } from "@sluice/core";
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
import { decodeOrder, filesIn, modelPath, orderPath } from "../fal/queue.ts";
import { droppedFields } from "../losses.ts";
import { decodeError } from "../openai-chat/errors.ts";
import { decodeContent, notReady } from "./content.ts";
import { videoInputs, withLength } from "./inputs.ts";

/** Videos of FAL's models, for upstreams alone. */
export const falVideos = defineOperationDialect({
  id: "fal-videos",
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
  if (action === "create") return { method: "POST", path: modelPath(model) };
  return { method: "GET", path: action === "content" ? orderPath(model, job) : `${orderPath(model, job)}/status` };
}

function encodeRequest(request: VideosRequest, { model }: UpstreamTarget): EncodedOperation {
  const { action, user } = request;
  if (action === "poll" || action === "content") return { body: null, warnings: [] };
  if (action !== "create") throw errors.REQUEST_UNSUPPORTED(action, model, "This vendor has nothing but orders.");
  const warnings = user === undefined ? [] : droppedFields({ user });
  return { body: videoInputs(request, model, "image_url"), warnings };
}

/** The result of an order names its file. */
function next({ json }: ResultBody, { request }: ResultDecodeContext<"videos">): FurtherCall | null {
  if (request.action !== "content") return null;
  const [at] = filesIn(json, ["video", "videos"]);
  if (at === undefined) throw notReady("not finished");
  return { method: "GET", at };
}

function decodeResult({ json }: ResultBody, { request, target }: ResultDecodeContext<"videos">): VideosResult {
  if (request.action === "content") throw new AttemptError({ class: "protocol", message: "the answer is no video" });
  const { id, status, error } = decodeOrder(json, request.job);
  const input = request.action === "create" ? videoInputs(request, target.model, "image_url") : {};
  return {
    model: null,
    job: videoJob(id, status, { error }),
    usage: videoUsage(withLength(request, input)),
    warnings: [],
  };
}
