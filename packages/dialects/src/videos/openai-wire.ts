import {
  AttemptError,
  encodeJobId,
  errors,
  isObject,
  numberOf,
  objectOf,
  stringOf,
  videoJob,
  videoUsage,
} from "@sluice/core";
import type {
  EncodedOperation,
  EventOf,
  Json,
  JsonObject,
  OperationRoute,
  Patch,
  ResultBody,
  ResultContext,
  ResultDecodeContext,
  StreamWriter,
  UpstreamTarget,
  VideoJob,
  VideosRequest,
  VideosResult,
} from "@sluice/core";
import { droppedFields } from "../losses.ts";
import { toDataUrl } from "../media.ts";
import { defined } from "../members.ts";
import { decodeInBandError } from "../openai-chat/errors.ts";
import { dialectId } from "./openai-request.ts";

export function route({ action, job: name, variant }: VideosRequest): OperationRoute {
  const job = encodeURIComponent(name);
  switch (action) {
    case "create":
      return { method: "POST", path: "/videos" };
    case "edit":
      return { method: "POST", path: "/videos/edits" };
    case "extend":
      return { method: "POST", path: "/videos/extensions" };
    case "remix":
      return { method: "POST", path: `/videos/${job}/remix` };
    case "poll":
      return { method: "GET", path: `/videos/${job}` };
    case "delete":
      return { method: "DELETE", path: `/videos/${job}` };
    case "content":
      return { method: "GET", path: `/videos/${job}/content${variant === undefined ? "" : `?variant=${variant}`}` };
  }
}

/** What must change in a client's own body: names that only this gateway understands. */
export function patchRequest(body: JsonObject, { action, job }: VideosRequest, { model }: UpstreamTarget): Patch {
  if (action !== "edit" && action !== "extend") {
    return { set: action === "create" ? { model } : {}, remove: [], warnings: [] };
  }
  // One of the two: the video that was looked up must be the one that its vendor reads.
  const [told, other] = typeof body["video[id]"] === "string" ? ["video[id]", "video"] : ["video", "video[id]"];
  return { set: { [told]: told === "video" ? { id: job } : job }, remove: [other], warnings: [] };
}

export function encodeRequest(request: VideosRequest, { model }: UpstreamTarget): EncodedOperation {
  const { action, job, origin } = request;
  if (action === "poll" || action === "content" || action === "delete") return { body: null, warnings: [] };
  const own = origin.dialect === dialectId;
  const body = defined({
    model: action === "create" ? model : undefined,
    prompt: request.prompt,
    seconds: request.seconds === undefined ? undefined : String(request.seconds),
    size: request.size,
    video: action === "edit" || action === "extend" ? { id: job } : undefined,
    input_reference: referenceOf(request, model),
    ...(own ? origin.rest : {}),
  }) as JsonObject;
  const { aspectRatio: aspect_ratio, resolution, seed, user } = request;
  const shapes = defined({ aspect_ratio, resolution, seed, user }) as JsonObject;
  return { body, warnings: droppedFields({ ...shapes, ...(own ? {} : origin.rest) }) };
}

function referenceOf({ image }: VideosRequest, model: string): JsonObject | undefined {
  if (image === undefined) return undefined;
  const { source } = image;
  if (source.kind === "file") throw errors.REQUEST_UNSUPPORTED("input_reference.file_id", model);
  return { image_url: source.kind === "url" ? source.url : toDataUrl(source) };
}

/** Throws `AttemptError` for an error with status 200, and for what is no job. */
export function decodeResult({ json }: ResultBody, { target, request }: ResultDecodeContext<"videos">): VideosResult {
  if (!isObject(json)) throw new AttemptError({ class: "protocol", message: "the answer is no JSON object" });
  const id = stringOf(json["id"]);
  if (id === undefined || request.action === "content") {
    const { error } = json;
    if (error !== undefined && error !== null) throw new AttemptError(decodeInBandError(error, target.quirks));
    throw new AttemptError({ class: "protocol", message: "the answer is no video" });
  }
  const job = request.action === "delete" ? videoJob(id, "deleted") : decodeJob(id, json);
  return { model: null, job, usage: videoUsage(request, job), warnings: [] };
}

const statuses: ReadonlySet<unknown> = new Set<VideoJob["status"]>(["queued", "in_progress", "completed", "failed"]);

function decodeJob(id: string, json: JsonObject): VideoJob {
  const { status } = json;
  if (!statuses.has(status)) {
    throw new AttemptError({ class: "protocol", message: "the answer does not say how far the video is" });
  }
  const error = objectOf(json["error"]);
  const seconds = Number(json["seconds"] ?? Number.NaN);
  return videoJob(id, status as VideoJob["status"], {
    progress: numberOf(json["progress"]) ?? null,
    created: numberOf(json["created_at"]) ?? null,
    completed: numberOf(json["completed_at"]) ?? null,
    expires: numberOf(json["expires_at"]) ?? null,
    prompt: stringOf(json["prompt"]) ?? null,
    seconds: Number.isFinite(seconds) ? seconds : null,
    size: stringOf(json["size"]) ?? null,
    from: stringOf(json["remixed_from_video_id"]) ?? null,
    error: error && { code: stringOf(error["code"]) ?? "failed", message: stringOf(error["message"]) ?? "" },
  });
}

type Context = ResultContext<"videos">;

/** The id by which the client knows the job: the one that it asked with, or one that says where the new job lies. */
function idOf({ id }: VideoJob, context: Context): string {
  const { action, origin } = context.request;
  const asked = action === "poll" || action === "delete" ? stringOf(origin.prefers["id"]) : undefined;
  return asked ?? placed(id, context);
}

function placed(job: string, { channel, model }: Context): string {
  return encodeJobId({ channel: channel ?? "", model, job });
}

export function patchResult({ job }: VideosResult, context: Context): Record<string, Json> {
  const set: Record<string, Json> = { id: idOf(job, context) };
  if (job.from !== null) set["remixed_from_video_id"] = placed(job.from, context);
  return set;
}

export function encodeResult({ job }: VideosResult, context: Context): JsonObject {
  const id = idOf(job, context);
  if (job.status === "deleted") return { id, object: "video.deleted", deleted: true };
  return {
    id,
    object: "video",
    model: context.model,
    status: job.status,
    progress: job.progress ?? (job.status === "completed" ? 100 : 0),
    created_at: job.created ?? (context.request.action === "poll" ? null : context.created),
    completed_at: job.completed,
    expires_at: job.expires,
    prompt: job.prompt ?? (context.request.prompt || null),
    seconds: secondsOf(job, context),
    size: job.size ?? context.request.size ?? null,
    error: job.error,
    remixed_from_video_id: job.from === null ? null : placed(job.from, context),
  };
}

function secondsOf({ seconds }: VideoJob, { request }: Context): string | null {
  const known = seconds ?? request.seconds;
  return known === undefined || known === null ? null : String(known);
}

/** Content as it comes. It has no place for a receipt and none for an error: then the connection is cut. */
export function createBytesWriter(): StreamWriter<EventOf<"videos">> {
  return { write: (event) => (event.type === "content" ? event.bytes : ""), end: () => "", fail: () => "" };
}
