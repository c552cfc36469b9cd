import type { Json, JsonObject } from "@sluice/core";

const maxNote = 1_000;

/** The schema with a constraint told in words, for a model that reads descriptions. */
export function noted(schema: JsonObject, keyword: string, value: Json): JsonObject {
  const before = typeof schema["description"] === "string" ? `${schema["description"]}\n` : "";
  const note = `${keyword}: ${JSON.stringify(value)}`;
  return { ...schema, description: `${before}${note.length > maxNote ? `${note.slice(0, maxNote)}…` : note}` };
}
