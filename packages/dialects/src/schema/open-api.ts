import { isObject } from "@sluice/core";
import type { Json, JsonObject } from "@sluice/core";
import { orNull } from "./null.ts";

const maxDepth = 64;
const inner = new Set(["items", "additionalProperties"]);
const lists = new Set(["anyOf", "oneOf", "allOf", "prefixItems"]);

/**
 * A schema in the OpenAPI form of Gemini's `parameters` and `responseSchema` as JSON Schema: types in lower case,
 * `nullable` as a type, `propertyOrdering` as the order of the properties, counts written as strings as numbers.
 */
export function fromOpenApi(schema: JsonObject, depth = 0): JsonObject {
  if (depth > maxDepth) return schema;
  const entries: [string, Json][] = [];
  for (const [keyword, value] of Object.entries(schema)) {
    if (value !== undefined && !dropped(schema, keyword))
      entries.push([keyword, convert(schema, keyword, value, depth)]);
  }
  const converted = Object.fromEntries(entries);
  return schema["nullable"] === true ? orNull(converted) : converted;
}

/** `format: "enum"` says nothing beyond the `enum` beside it. */
function dropped(schema: JsonObject, keyword: string): boolean {
  if (keyword === "format") return schema["format"] === "enum";
  return keyword === "nullable" || keyword === "propertyOrdering";
}

function convert(schema: JsonObject, keyword: string, value: Json, depth: number): Json {
  if (keyword === "type" && typeof value === "string") return value.toLowerCase();
  if (keyword === "properties" && isObject(value)) return inOrder(value, schema["propertyOrdering"], depth);
  if (inner.has(keyword) && isObject(value)) return fromOpenApi(value, depth + 1);
  if (lists.has(keyword) && Array.isArray(value)) {
    return value.map((item) => (isObject(item) ? fromOpenApi(item, depth + 1) : item));
  }
  // Protocol buffers write 64-bit counts as strings.
  if (/^(min|max)(Items|Length|Properties)$/.test(keyword) && typeof value === "string") return Number(value);
  return value;
}

function inOrder(properties: JsonObject, ordering: Json | undefined, depth: number): JsonObject {
  const listed = (Array.isArray(ordering) ? ordering : []).filter(
    (name): name is string => typeof name === "string" && Object.hasOwn(properties, name),
  );
  const names = [...new Set([...listed, ...Object.keys(properties)])];
  return Object.fromEntries(
    names.map((name): [string, Json] => {
      const property = properties[name];
      return [name, isObject(property) ? fromOpenApi(property, depth + 1) : (property ?? null)];
    }),
  );
}
