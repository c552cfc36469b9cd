import { isObject } from "@sluice/core";
import type { Json, JsonObject } from "@sluice/core";

/** Levels of JSON: a property takes two. */
const maxDepth = 128;
const maxNodes = 20_000;

/**
 * A copy of the schema that every later walk can afford: bounded in depth and size.
 *
 * `cut` is told where something was left out and which bound it met.
 */
export function boundedCopy(schema: JsonObject, cut: (path: string, bound: "depth" | "size") => void): JsonObject {
  let nodes = 0;
  const copy = (value: Json, path: string, depth: number): Json | undefined => {
    if (typeof value !== "object" || value === null) return value;
    const bound = depth > maxDepth ? "depth" : ++nodes > maxNodes ? "size" : null;
    if (bound !== null) {
      cut(path, bound);
      return undefined;
    }
    if (Array.isArray(value)) {
      return value.map((item, index) => copy(item, `${path}/${index}`, depth + 1)).filter((item) => item !== undefined);
    }
    return object(value, path, depth);
  };
  const object = (value: JsonObject, path: string, depth: number): JsonObject => {
    const entries: [string, Json][] = [];
    for (const [key, member] of Object.entries(value)) {
      const kept = member === undefined ? undefined : copy(member, `${path}/${escaped(key)}`, depth + 1);
      if (kept !== undefined) entries.push([key, kept]);
    }
    // `fromEntries` defines members, so a property called `__proto__` stays one.
    return Object.fromEntries(entries);
  };
  return isObject(schema) ? object(schema, "#", 0) : {};
}

/** A name as a segment of a JSON pointer. */
export function escaped(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}
