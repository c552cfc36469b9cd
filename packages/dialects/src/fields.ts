import { errors, isObject } from "@sluice/core";
import type { Json, JsonObject } from "@sluice/core";

/**
 * Checked reading of a caller's fields: a wrong type is a 400 that names the field.
 */

/** What a field of a request must be, with the words for whoever sent something else. */
export interface Kind<T> {
  readonly expected: string;
  is(value: unknown): value is T;
}

function kind<T>(expected: string, is: (value: unknown) => boolean): Kind<T> {
  return { expected, is: is as (value: unknown) => value is T };
}

export const text: Kind<string> = kind("a string", (value) => typeof value === "string");
export const amount: Kind<number> = kind("a number", (value) => Number.isFinite(value));
export const count: Kind<number> = kind("an integer", (value) => Number.isSafeInteger(value));
export const size: Kind<number> = kind(
  "a whole number, 0 or more",
  (value) => Number.isSafeInteger(value) && Number(value) >= 0,
);
export const flag: Kind<boolean> = kind("true or false", (value) => typeof value === "boolean");
export const list: Kind<Json[]> = kind("an array", (value) => Array.isArray(value));
export const words: Kind<string[]> = kind(
  "an array of strings",
  (value) => Array.isArray(value) && value.every((item) => typeof item === "string"),
);
export const object: Kind<JsonObject> = kind("an object", isObject);
export const texts: Kind<Record<string, string>> = kind(
  "an object of strings",
  (value) => isObject(value) && Object.values(value).every((item) => typeof item === "string"),
);
export const amounts: Kind<Record<string, number>> = kind(
  "an object of numbers",
  (value) => isObject(value) && Object.values(value).every((item) => Number.isFinite(item)),
);

/** One of a few words. Made once, not for each value: it writes its own explanation. */
export function oneOf<const Word extends string>(words: readonly Word[]): Kind<Word> {
  return kind(`one of ${words.join(", ")}`, (value) => (words as readonly unknown[]).includes(value));
}

/** The value as `wanted`; throws `SLUICE_REQUEST_INVALID` naming `path`. */
export function as<T>(value: unknown, wanted: Kind<T>, path: string): T {
  if (wanted.is(value)) return value;
  throw errors.REQUEST_INVALID(path, `must be ${wanted.expected}, not ${nameOf(value)}`);
}

/** A member that must be there. */
export function need<T>(from: JsonObject, name: string, wanted: Kind<T>, at = ""): T {
  return as(from[name], wanted, at + name);
}

/** A member that may be absent; clients send null for that too. */
export function take<T>(from: JsonObject, name: string, wanted: Kind<T>, at = ""): T | undefined {
  const value = from[name];
  return value === undefined || value === null ? undefined : as(value, wanted, at + name);
}

function nameOf(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
