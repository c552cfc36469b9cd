import { AttemptError, isObject, stringOf } from "@sluice/core";
import type { Json } from "@sluice/core";

/**
 * FAL's queue: every model is an address that takes an order, and what it is ordered lies below its app.
 *
 * <https://docs.fal.ai/model-endpoints/queue> (read 2026-11)
 */
export interface QueuedOrder {
  id: string;
  status: "queued" | "in_progress" | "completed" | "failed";
  error: { code: string; message: string } | null;
}

export function modelPath(model: string): string {
  return `/${model.split("/").map(encodeURIComponent).join("/")}`;
}

/** Below an app, which is the owner and the name; a model may be a path further down. */
export function orderPath(model: string, id: string): string {
  return `${modelPath(model.split("/").slice(0, 2).join("/"))}/requests/${encodeURIComponent(id)}`;
}

const statuses: Readonly<Record<string, QueuedOrder["status"]>> = {
  IN_QUEUE: "queued",
  IN_PROGRESS: "in_progress",
  COMPLETED: "completed",
};

/** The answer to an order, or to how far it is. Throws `AttemptError` for what is neither. */
export function decodeOrder(json: Json | undefined, asked: string): QueuedOrder {
  const id = isObject(json) ? (stringOf(json["request_id"]) ?? idIn(json["response_url"]) ?? asked) : "";
  const status = isObject(json) ? statuses[stringOf(json["status"]) ?? "IN_QUEUE"] : undefined;
  if (!isObject(json) || id === "" || status === undefined) {
    throw new AttemptError({ class: "protocol", message: "the answer is no order of a queue" });
  }
  const message = stringOf(json["error"]);
  if (message === undefined) return { id, status, error: null };
  return { id, status: "failed", error: { code: stringOf(json["error_type"]) ?? "failed", message } };
}

function idIn(url: Json | undefined): string | undefined {
  return /\/requests\/([\w-]+)/.exec(stringOf(url) ?? "")?.[1];
}

/** Addresses of what was made: models put a file, or files, under a name of the kind. */
export function filesIn(json: Json | undefined, names: readonly string[]): string[] {
  if (!isObject(json)) return [];
  const told = names.flatMap((name) => json[name] ?? []);
  return told.flatMap((file) => (isObject(file) ? (stringOf(file["url"]) ?? []) : (stringOf(file) ?? [])));
}
