import { errors, isObject } from "@sluice/core";
import type { Json, JsonObject } from "@sluice/core";
import { defined } from "../members.ts";

/** Checked reading of a caller's fields. `null` counts as absent; a wrong type is a 400 that names the field. */

export function stringAt(owner: JsonObject, name: string, path?: string): string | undefined {
  return checked(owner, name, path, "must be a string", (value) => typeof value === "string");
}

export function numberAt(owner: JsonObject, name: string, path?: string): number | undefined {
  return checked(owner, name, path, "must be a number", (value) => typeof value === "number");
}

export function integerAt(owner: JsonObject, name: string, path?: string): number | undefined {
  return checked(owner, name, path, "must be a whole number, 0 or more", isCount);
}

export function booleanAt(owner: JsonObject, name: string, path?: string): boolean | undefined {
  return checked(owner, name, path, "must be true or false", (value) => typeof value === "boolean");
}

export function objectAt(owner: JsonObject, name: string, path?: string): JsonObject | undefined {
  return checked(owner, name, path, "must be an object", isObject);
}

export function arrayAt(owner: JsonObject, name: string, path?: string): Json[] | undefined {
  return checked(owner, name, path, "must be an array", Array.isArray);
}

export function stringsAt(owner: JsonObject, name: string, path?: string): string[] | undefined {
  const isStrings = (value: Json) => Array.isArray(value) && value.every((item) => typeof item === "string");
  return checked(owner, name, path, "must be an array of strings", isStrings);
}

/** The value, or a 400 that says that the field is required. */
export function required<T>(value: T | undefined, path: string): T {
  if (value === undefined) throw errors.REQUEST_INVALID(path, "is required");
  return value;
}

export function objectIn(value: Json | undefined, path: string): JsonObject {
  if (!isObject(value)) throw errors.REQUEST_INVALID(path, "must be an object");
  return value;
}

/** The same object without members that are undefined. */
export function present<T extends object>(object: T): T {
  return defined(object) as T;
}

export function fieldPath(path: string | undefined, name: string): string {
  return path === undefined ? name : `${path}.${name}`;
}

function checked<T extends Json>(
  owner: JsonObject,
  name: string,
  path: string | undefined,
  problem: string,
  is: (value: Json) => boolean,
): T | undefined {
  const value = owner[name];
  if (value === undefined || value === null) return undefined;
  if (!is(value)) throw errors.REQUEST_INVALID(fieldPath(path, name), problem);
  return value as T;
}

function isCount(value: Json): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
