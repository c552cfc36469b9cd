import type { CacheMark, JsonObject } from "@sluice/core";
import { object, take, text } from "../fields.ts";

/** `cache_control` of a block or tool. */
export function cacheMark(owner: JsonObject, path: string): CacheMark | undefined {
  const control = take(owner, "cache_control", object, `${path}.`);
  if (control === undefined) return undefined;
  const ttl = take(control, "ttl", text, `${`${path}.cache_control`}.`);
  return ttl === "5m" || ttl === "1h" ? { ttl } : {};
}

export function cacheControl(mark: CacheMark | undefined): JsonObject | undefined {
  if (mark === undefined) return undefined;
  return mark.ttl === undefined ? { type: "ephemeral" } : { type: "ephemeral", ttl: mark.ttl };
}
