import type { Json, JsonObject, Quirks, Warning } from "@sluice/core";

/** Whether a vendor's quirks say anything about the top level of a body. */
export function concerns({ refuse, rename, range }: Quirks): boolean {
  return refuse !== undefined || rename !== undefined || range !== undefined;
}

/**
 * What a vendor's quirks change about the top level of a body: `set` and `remove` as a patch has them.
 */
export function quirkEdits(body: JsonObject, quirks: Quirks, warn: (warning: Warning) => void) {
  const set: Record<string, Json> = {};
  const remove: string[] = [];
  for (const [field, value] of Object.entries(body)) {
    if (value === undefined) continue;
    if (quirks.refuse?.includes(field)) {
      remove.push(field);
      warn({ code: "dropped_parameter", message: `The upstream does not take ${field}.`, field });
      continue;
    }
    const name = quirks.rename?.[field] ?? field;
    const ranged = inRange(field, value, quirks, warn);
    if (name !== field) remove.push(field);
    if (name !== field || ranged !== value) set[name] = ranged;
  }
  return { set, remove };
}

function inRange(field: string, value: Json, quirks: Quirks, warn: (warning: Warning) => void): Json {
  const range = quirks.range?.[field];
  if (range === undefined || typeof value !== "number") return value;
  const clamped = Math.min(Math.max(value, range[0]), range[1]);
  if (clamped !== value) warn({ code: "clamped_parameter", message: `${field} ${value} became ${clamped}.`, field });
  return clamped;
}
