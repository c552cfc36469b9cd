import type { JsonObject } from "@sluice/core";

/** Readers of a request body, for code that has checked or will refuse what is not as it should be. */
export function isRecord(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function records(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

export function words(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function unknownField(object: JsonObject, known: ReadonlySet<string>): string | undefined {
  return Object.keys(object).find((name) => !known.has(name));
}

/** Whether a path ends so, below whatever prefix a vendor has, and without a version said twice. */
export function isAt(path: string, ending: string): boolean {
  return path.endsWith(ending) && !/\/v1\/v1\//.test(path);
}
