import type { Json, JsonObject } from "@sluice/core";

/** An object of the members that have a value, in their order. */
export function present(members: Record<string, Json | undefined>): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
