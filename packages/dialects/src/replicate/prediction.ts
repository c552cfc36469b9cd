import { AttemptError, isObject, objectOf, stringOf } from "@sluice/core";
import type { Json, JsonObject, OperationRoute } from "@sluice/core";

/**
 * A prediction of Replicate's: whatever a model makes is ordered, looked after and fetched in this one form. What goes in
 * is the model's own affair, so that fields which nobody else knows are part of it.
 *
 * <https://replicate.com/docs/reference/http> (read 2026-11)
 */
export interface Prediction {
  id: string;
  status: "queued" | "in_progress" | "completed" | "failed";
  input: JsonObject;
  /** Addresses of what was made. */
  urls: string[];
  error: { code: string; message: string } | null;
  created: number | null;
  completed: number | null;
}

export const orderRoute: OperationRoute = { method: "POST", path: "/predictions" };

export function pathOf(id: string): string {
  return `/predictions/${encodeURIComponent(id)}`;
}

/** A model is `owner/name`, or one version of it: `owner/name:version`. */
export function encodeOrder(model: string, input: JsonObject): JsonObject {
  return { version: model, input };
}

const statuses: Readonly<Record<string, Prediction["status"]>> = {
  starting: "queued",
  processing: "in_progress",
  succeeded: "completed",
  failed: "failed",
  canceled: "failed",
  aborted: "failed",
};

/** Throws `AttemptError` for what is no prediction. */
export function decodePrediction(json: Json | undefined): Prediction {
  const id = isObject(json) ? stringOf(json["id"]) : undefined;
  const told = isObject(json) ? (stringOf(json["status"]) ?? "") : "";
  const status = statuses[told];
  if (!isObject(json) || id === undefined || status === undefined) {
    throw new AttemptError({ class: "protocol", message: "the answer is no prediction" });
  }
  const message =
    stringOf(json["error"]) ?? (told === "failed" ? "the prediction failed" : `the prediction was ${told}`);
  return {
    id,
    status,
    input: objectOf(json["input"]) ?? {},
    urls: urlsIn(json["output"]),
    error: status === "failed" ? { code: told, message } : null,
    created: secondsOf(json["created_at"]),
    completed: secondsOf(json["completed_at"]),
  };
}

/** One address, several, or an object that has some. */
function urlsIn(output: Json | undefined): string[] {
  if (typeof output === "string") return /^(?:https?:|data:)/.test(output) ? [output] : [];
  if (Array.isArray(output)) return output.flatMap(urlsIn);
  return isObject(output) ? Object.values(output).flatMap(urlsIn) : [];
}

function secondsOf(time: Json | undefined): number | null {
  const milliseconds = typeof time === "string" ? Date.parse(time) : Number.NaN;
  return Number.isFinite(milliseconds) ? Math.floor(milliseconds / 1000) : null;
}
