import type { Usage } from "./event.ts";
import { usageWith } from "./event.ts";
import type { GivenImage } from "./images.ts";
import type { OperationRequestBase, OperationResultBase } from "./operation.ts";

/** A video that is to be made, or what is asked about one that was ordered: it lies with its channel, which alone is asked. */
export interface VideosRequest extends OperationRequestBase {
  operation: "videos";
  /** Order one, or one from another; look how far it is; take it; forget it. */
  action: "create" | "remix" | "edit" | "extend" | "poll" | "content" | "delete";
  /** The video that is meant, as its vendor names it; empty for `create`. */
  job: string;
  /** Empty for all that make none. */
  prompt: string;
  /** How long it is to be. */
  seconds?: number;
  /** Width and height, `1280x720`. */
  size?: string;
  /** `16:9`, for vendors that know shapes and no sizes. */
  aspectRatio?: string;
  /** `720p`, likewise. */
  resolution?: string;
  seed?: number;
  /** The picture to begin with. */
  image?: GivenImage;
  /** What is wanted of the content. @default "video" */
  variant?: "video" | "thumbnail" | "spritesheet";
}

/** One video in the making. Times are Unix seconds; null is what its vendor does not tell. */
export interface VideoJob {
  /** As its vendor names it. */
  id: string;
  status: "queued" | "in_progress" | "completed" | "failed" | "deleted";
  /** Percent. */
  progress: number | null;
  created: number | null;
  completed: number | null;
  expires: number | null;
  prompt: string | null;
  seconds: number | null;
  size: string | null;
  /** The vendor's name of the video that it was made from. */
  from: string | null;
  /** Why it failed. */
  error: { code: string; message: string } | null;
}

export interface VideosResult extends OperationResultBase {
  job: VideoJob;
}

/** More of the content. */
export type VideoEvent = { type: "content"; bytes: Uint8Array; mediaType: string };

/** Whether a request makes something, which is billed and must not happen twice. */
export function makesVideo({ action }: Pick<VideosRequest, "action">): boolean {
  return action === "create" || action === "remix" || action === "edit" || action === "extend";
}

/** A job of which nothing is known but its name and how far it is. */
export function videoJob(id: string, status: VideoJob["status"], more: Partial<VideoJob> = {}): VideoJob {
  const unknown = { progress: null, created: null, completed: null, expires: null, prompt: null };
  return { id, status, ...unknown, seconds: null, size: null, from: null, error: null, ...more };
}

/**
 * What a request is billed: the length that was ordered, and nothing for all that follows it. Vendors bill by length and by
 * what they call the variant: a size or a resolution.
 */
export function videoUsage(request: VideosRequest, made: Partial<Pick<VideoJob, "seconds" | "size">> = {}): Usage {
  if (!makesVideo(request)) {
    return usageWith({ inputTokens: 0, outputTokens: 0, details: { requests: 0, videoOutputMs: 0 } });
  }
  const seconds = made.seconds ?? request.seconds;
  const variant = made.size ?? request.size ?? request.resolution;
  return usageWith({
    details: {
      ...(seconds === undefined ? {} : { videoOutputMs: Math.round(seconds * 1000) }),
      ...(variant === undefined ? {} : { variant }),
    },
  });
}

/** Where a job lies: all that its id must say, so that a gateway that was started again still finds it. */
export interface JobPlace {
  channel: string;
  model: string;
  /** As its vendor names it. */
  job: string;
}

/** The id by which clients know a job. */
export function encodeJobId({ channel, model, job }: JobPlace): string {
  const bytes = new TextEncoder().encode(JSON.stringify([channel, model, job]));
  const base64 = btoa(String.fromCharCode(...bytes));
  return `video_${base64.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")}`;
}

/** Null for what is no id of ours: ids come from clients, and what they say ends up in a path. */
export function decodeJobId(id: string): JobPlace | null {
  const [, coded] = /^video_([\w-]{8,2000})$/.exec(id) ?? [];
  if (coded === undefined) return null;
  try {
    const binary = atob(coded.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    const told: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (!Array.isArray(told) || told.length !== 3) return null;
    const [channel, model, job] = told as unknown[];
    if (typeof channel !== "string" || typeof model !== "string" || typeof job !== "string") return null;
    return isName(job) && isName(model) && !/[\s%?#\\]/.test(job) ? { channel, model, job } : null;
  } catch {
    return null;
  }
}

/** As names of models may be: what was ordered with one must be found again. */
function isName(name: string): boolean {
  return name !== "" && !/\p{Cc}/u.test(name) && !/(?:^|\/)\.{0,2}(?:\/|$)/.test(name);
}
