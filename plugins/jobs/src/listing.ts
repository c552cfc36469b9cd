import { encodeJobId, errors, noUsage } from "@sluice/core";
import type { JsonObject, VideosRequest } from "@sluice/core";
import { openaiVideos } from "@sluice/dialects";
import type { StoredJob } from "./storage.ts";

const { client } = openaiVideos as Required<typeof openaiVideos>;

/** A page of jobs as they were last seen, as OpenAI lists videos: the newest first unless asked otherwise. */
export function jobPage(noted: readonly StoredJob[], query: URLSearchParams): JsonObject {
  const order = query.get("order") ?? "desc";
  if (order !== "asc" && order !== "desc") throw errors.REQUEST_INVALID("order", "must be asc or desc");
  const limit = Number(query.get("limit") ?? 20);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) {
    throw errors.REQUEST_INVALID("limit", "must be a whole number from 1 to 100");
  }
  const oldest = noted.toSorted((a, b) => (a.job.created ?? 0) - (b.job.created ?? 0));
  const videos = (order === "asc" ? oldest : oldest.reverse()).map(videoOf);
  const after = query.get("after");
  const start = after === null ? 0 : videos.findIndex(({ id }) => id === after) + 1;
  if (after !== null && start === 0) throw errors.REQUEST_INVALID("after", "names no video of yours");
  const data = videos.slice(start, start + limit);
  return {
    object: "list",
    data,
    first_id: data[0]?.["id"] ?? null,
    last_id: data.at(-1)?.["id"] ?? null,
    has_more: start + data.length < videos.length,
  };
}

function videoOf({ place, job }: StoredJob): JsonObject {
  const { channel, model } = place;
  const origin = { dialect: openaiVideos.id, rest: {}, prefers: { id: encodeJobId(place) } };
  const asked = { operation: "videos" as const, action: "poll" as const, model, stream: false, origin };
  const request: VideosRequest = { ...asked, job: place.job, prompt: "" };
  const result = { model, job, usage: noUsage, warnings: [] };
  return client.encodeResult(result, {
    requestId: "",
    created: 0,
    model,
    channel,
    request,
    warn: () => {},
  }) as JsonObject;
}
