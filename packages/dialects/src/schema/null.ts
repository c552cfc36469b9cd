import { isObject } from "@sluice/core";
import type { Json, JsonObject } from "@sluice/core";

/** The schema, with null allowed as well. */
export function orNull(schema: JsonObject): JsonObject {
  const { type, anyOf } = schema;
  if (Array.isArray(anyOf)) return anyOf.some(isNull) ? schema : { ...schema, anyOf: [...anyOf, { type: "null" }] };
  if (schema["$ref"] !== undefined) return { anyOf: [schema, { type: "null" }] };
  const literals = literalsOrNull(schema);
  if (typeof type === "string" && type !== "null") return { ...literals, type: [type, "null"] };
  if (Array.isArray(type) && !type.includes("null")) return { ...literals, type: [...type, "null"] };
  return literals;
}

function literalsOrNull(schema: JsonObject): JsonObject {
  const { const: only, enum: values, ...rest } = schema;
  if (Array.isArray(values)) return { ...rest, enum: values.includes(null) ? values : [...values, null] };
  return only === undefined || only === null ? schema : { ...rest, enum: [only, null] };
}

/** Whether the schema allows null and nothing else. */
export function isNull(schema: Json | undefined): boolean {
  return isObject(schema) && (schema["type"] === "null" || schema["const"] === null);
}
