import { isObject } from "@sluice/core";
import type { CacheMark, JsonObject, Quirks } from "@sluice/core";

/** The mark of a part or tool: OpenAI's, or the one that other vendors of this dialect took over from Anthropic. */
export function cacheOf(owner: JsonObject): { cache?: CacheMark } {
  const { cache_control: mark, prompt_cache_breakpoint: point } = owner;
  if (isObject(mark)) return { cache: mark.ttl === "1h" || mark.ttl === "5m" ? { ttl: mark.ttl } : {} };
  // Half an hour at least is an hour where there is nothing between.
  if (isObject(point)) return { cache: point.ttl === undefined ? {} : { ttl: "1h" } };
  return {};
}

/** A mark in the form that the vendor takes. */
export function encodeCache(mark: CacheMark, form: NonNullable<Quirks["cacheMarks"]>): JsonObject {
  if (form === "cache_control") return { cache_control: { type: "ephemeral", ...mark } };
  return { prompt_cache_breakpoint: { mode: "explicit", ...(mark.ttl === "1h" ? { ttl: "12h" } : {}) } };
}
