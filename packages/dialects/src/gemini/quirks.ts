import type { Json, JsonObject, Quirks, Warning } from "@sluice/core";

/** The members as the vendor takes them: some refused, some called otherwise, numbers within their range. */
export function withQuirks(members: JsonObject, quirks: Quirks, warn: (warning: Warning) => void): JsonObject {
  const entries = Object.entries(members).flatMap(([name, value]): [string, Json | undefined][] => {
    if (quirks.refuse?.includes(name)) {
      warn({ code: "dropped_parameter", message: `The upstream does not take ${name}.`, field: name });
      return [];
    }
    const kept = typeof value === "number" ? inRange(name, value, quirks, warn) : value;
    return [[quirks.rename?.[name] ?? name, kept]];
  });
  return Object.fromEntries(entries);
}

function inRange(name: string, value: number, quirks: Quirks, warn: (warning: Warning) => void): number {
  const [low, high] = quirks.range?.[name] ?? [-Infinity, Infinity];
  const kept = Math.min(Math.max(value, low), high);
  if (kept !== value) warn({ code: "clamped_parameter", message: `${name} ${value} became ${kept}.`, field: name });
  return kept;
}
