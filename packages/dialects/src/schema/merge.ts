import { isObject } from "@sluice/core";
import type { Json, JsonObject } from "@sluice/core";

/**
 * One schema that means all of them together, or null where they contradict or cannot be said in one. `lost`: it means
 * nearly the same, because what one of them says of all other members is said of fewer now.
 */
export function intersection(schemas: readonly JsonObject[], lost: () => void = () => {}): JsonObject | null {
  const merged: Record<string, Json> = {};
  for (const schema of schemas) {
    for (const [keyword, value] of Object.entries(schema)) {
      if (value === undefined) continue;
      const known = merged[keyword];
      const both = known === undefined ? value : combine(keyword, known, value);
      if (both === null) return null;
      merged[keyword] = both;
    }
  }
  if (schemas.length > 1 && !joinExactly(schemas)) lost();
  return merged;
}

/** What a schema says of "all others" must mean the same others once it is joined. */
function joinExactly(schemas: readonly JsonObject[]): boolean {
  return schemas.every((schema) => {
    const rest = schemas.filter((other) => other !== schema);
    const { additionalProperties: additional, items } = schema;
    const known = isObject(schema["properties"]) ? schema["properties"] : {};
    const closes = additional !== undefined && additional !== true;
    if (closes && rest.some((other) => namesIn(other).some((name) => !Object.hasOwn(known, name)))) return false;
    return items === undefined || rest.every((other) => other["prefixItems"] === undefined);
  });
}

function namesIn({ properties }: JsonObject): string[] {
  return isObject(properties) ? Object.keys(properties) : [];
}

/** `null` is a contradiction: no keyword that is combined here has null as a useful value. */
function combine(keyword: string, known: Json, next: Json): Json | null {
  if (same(known, next)) return known;
  switch (keyword) {
    case "properties":
      return isObject(known) && isObject(next) ? combineProperties(known, next) : null;
    case "required":
      return Array.isArray(known) && Array.isArray(next) ? [...new Set([...known, ...next])] : null;
    case "description":
    case "title":
    case "default":
    case "examples":
    case "$defs":
    case "definitions":
      return known;
    case "minimum":
    case "minLength":
    case "minItems":
    case "exclusiveMinimum":
      return typeof known === "number" && typeof next === "number" ? Math.max(known, next) : null;
    case "maximum":
    case "maxLength":
    case "maxItems":
    case "exclusiveMaximum":
      return typeof known === "number" && typeof next === "number" ? Math.min(known, next) : null;
    default:
      return null;
  }
}

function combineProperties(known: JsonObject, next: JsonObject): JsonObject | null {
  for (const [name, schema] of Object.entries(next)) {
    if (Object.hasOwn(known, name) && !same(known[name], schema)) return null;
  }
  return Object.fromEntries([...Object.entries(known), ...Object.entries(next)]);
}

/** One object with the properties of every branch, none of them required unless each branch requires it. */
export function propertyUnion(branches: readonly JsonObject[]): { properties: JsonObject; required: string[] } {
  const properties = new Map<string, Json>();
  for (const branch of branches) {
    for (const [name, schema] of Object.entries(isObject(branch["properties"]) ? branch["properties"] : {})) {
      const known = properties.get(name);
      if (schema === undefined || same(known, schema)) continue;
      properties.set(name, known === undefined ? schema : either(known, schema));
    }
  }
  const required = requiredOf(branches[0]).filter((name) =>
    branches.every((branch) => requiredOf(branch).includes(name)),
  );
  return { properties: Object.fromEntries(properties), required };
}

function either(known: Json, next: Json): JsonObject {
  const branches = isObject(known) && Array.isArray(known["anyOf"]) ? known["anyOf"] : [known];
  return { anyOf: branches.some((branch) => same(branch, next)) ? branches : [...branches, next] };
}

/** The names that a schema requires. */
export function requiredOf(schema: JsonObject | undefined): string[] {
  const required = schema?.["required"];
  return Array.isArray(required) ? required.filter((name) => typeof name === "string") : [];
}

/** Whether two JSON values are the same, members in order. */
export function same(a: Json | undefined, b: Json | undefined): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
