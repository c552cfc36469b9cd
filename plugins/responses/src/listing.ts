import { errors as core } from "@sluice/core";
import type { JsonObject } from "@sluice/core";

/** A page of the items that a response answers, as OpenAI lists them: the newest first unless asked otherwise. */
export function itemPage(items: readonly JsonObject[], query: URLSearchParams): JsonObject {
  const ordered = orderOf(query) === "asc" ? items : items.toReversed();
  const after = query.get("after");
  const start = after === null ? 0 : ordered.findIndex((item) => item["id"] === after) + 1;
  if (after !== null && start === 0) throw core.REQUEST_INVALID("after", "names no item of this response");
  const data = ordered.slice(start, start + limitOf(query));
  return {
    object: "list",
    data: [...data],
    first_id: data[0]?.["id"] ?? null,
    last_id: data.at(-1)?.["id"] ?? null,
    has_more: start + data.length < ordered.length,
  };
}

function orderOf(query: URLSearchParams): "asc" | "desc" {
  const order = query.get("order") ?? "desc";
  if (order !== "asc" && order !== "desc") throw core.REQUEST_INVALID("order", "must be asc or desc");
  return order;
}

function limitOf(query: URLSearchParams): number {
  const limit = Number(query.get("limit") ?? 20);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) {
    throw core.REQUEST_INVALID("limit", "must be a whole number from 1 to 100");
  }
  return limit;
}
