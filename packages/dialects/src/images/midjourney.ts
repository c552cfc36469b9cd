import { AttemptError, defineOperationDialect, isObject, numberOf, stringOf } from "@sluice/core";
import type {
  EncodedOperation,
  FurtherCall,
  ImagesRequest,
  ImagesResult,
  Json,
  JsonObject,
  ResultBody,
  ResultDecodeContext,
  UpstreamTarget,
} from "@sluice/core";
import { droppedFields } from "../losses.ts";
import { toDataUrl } from "../media.ts";
import { decodeError } from "../openai-chat/errors.ts";
import { aspectOf, assertGenerates, filtered, inlineOf, lostWishes, madeResult } from "./vendor-wishes.ts";

/**
 * Pictures of a task proxy in front of Midjourney, for upstreams alone: a task is submitted, and waited for.
 *
 * <https://github.com/novicezk/midjourney-proxy> (read 2026-11)
 */
export const midjourneyImages = defineOperationDialect({
  id: "midjourney-images",
  operation: "images",
  upstream: {
    route: () => ({ method: "POST", path: "/submit/imagine" }),
    passHeaders: [],
    patchRequest: () => ({ set: {}, remove: [], warnings: [] }),
    encodeRequest,
    next,
    decodeResult,
    decodeError,
  },
});

/** What Midjourney is told of shapes stands in the prompt. */
function encodeRequest(request: ImagesRequest, { model }: UpstreamTarget): EncodedOperation {
  assertGenerates(request, model, true);
  const { prompt, images, seed, count, origin } = request;
  const aspect = aspectOf(request);
  const words = [prompt, aspect && `--ar ${aspect}`, seed !== undefined && `--seed ${seed}`].filter(Boolean);
  const body: JsonObject = { prompt: words.join(" ") };
  if (images.length > 0) body["base64Array"] = images.map((image) => toDataUrl(inlineOf(image, model)));
  const lost = droppedFields({ ...origin.rest, ...(count !== undefined && count > 1 ? { n: count } : {}) });
  return { body, warnings: [...lostWishes(request, ["seed"]), ...lost] };
}

/** Taken, or waiting for its turn. */
const accepted: ReadonlySet<Json | undefined> = new Set([1, 22]);
const forbidden = 24;

function next({ json }: ResultBody): FurtherCall | null {
  if (!isObject(json)) return null;
  const code = numberOf(json["code"]);
  if (code === forbidden) throw filtered(stringOf(json["description"]) ?? "the prompt is not allowed");
  if (code !== undefined && !accepted.has(code)) {
    const message = stringOf(json["description"]) ?? "the task was not taken";
    throw new AttemptError({ class: code === 23 ? "rate" : "server", message, code: String(code) });
  }
  const id = code === undefined ? stringOf(json["id"]) : stringOf(json["result"]);
  const status = stringOf(json["status"]);
  if (id === undefined || status === "SUCCESS" || status === "FAILURE") return null;
  return { method: "GET", at: `/task/${encodeURIComponent(id)}/fetch`, waitMs: 1_000 };
}

/** One picture, in which there are four. */
function decodeResult({ json }: ResultBody, { request }: ResultDecodeContext<"images">): ImagesResult {
  const url = isObject(json) ? stringOf(json["imageUrl"]) : undefined;
  if (isObject(json) && json["status"] === "SUCCESS" && url !== undefined) {
    return madeResult([{ source: { kind: "url", url } }], request);
  }
  if (isObject(json) && json["status"] === "FAILURE") {
    throw new AttemptError({ class: "server", message: stringOf(json["failReason"]) ?? "the task failed" });
  }
  throw new AttemptError({ class: "protocol", message: "the answer is no task" });
}
