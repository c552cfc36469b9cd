import { isObject } from "@sluice/core";
import type { Json, JsonObject } from "@sluice/core";
import { requiredOf, same } from "./merge.ts";
import { resolve } from "./references.ts";

/** Whether no value can fit two of the branches: then `oneOf` says no more than `anyOf`. False when in doubt. */
export function areExclusive(root: JsonObject, branches: readonly Json[]): boolean {
  const known = branches.map((branch) => followed(root, branch));
  return known.every((one, index) => known.slice(index + 1).every((other) => areApart(root, one, other)));
}

function followed(root: JsonObject, branch: Json): JsonObject | null {
  if (!isObject(branch)) return null;
  return resolve(root, branch["$ref"]) ?? branch;
}

function areApart(root: JsonObject, one: JsonObject | null, other: JsonObject | null): boolean {
  if (one === null || other === null) return false;
  const [types, others] = [typesOf(one), typesOf(other)];
  if (types.length > 0 && others.length > 0 && !types.some((type) => others.some((known) => overlaps(type, known)))) {
    return true;
  }
  if (haveApartValues(one, other)) return true;
  const required = new Set(requiredOf(other));
  const shared = requiredOf(one).filter((name) => required.has(name));
  // Only objects have members: for any other value both branches say nothing.
  const areObjects = types.every(isObjectType) && others.every(isObjectType) && types.length > 0 && others.length > 0;
  return areObjects && shared.some((name) => haveApartValues(member(root, one, name), member(root, other, name)));
}

function member(root: JsonObject, schema: JsonObject, name: string): JsonObject {
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  return (Object.hasOwn(properties, name) ? followed(root, properties[name] ?? null) : null) ?? {};
}

/** Whether both name their values, and none is named twice. */
function haveApartValues(one: JsonObject, other: JsonObject): boolean {
  const [values, others] = [valuesOf(one), valuesOf(other)];
  return values !== null && others !== null && !values.some((value) => others.some((known) => same(value, known)));
}

function valuesOf(schema: JsonObject): Json[] | null {
  if (schema["const"] !== undefined) return [schema["const"]];
  return Array.isArray(schema["enum"]) ? schema["enum"] : null;
}

function typesOf({ type, nullable }: JsonObject): string[] {
  const names = (Array.isArray(type) ? type : [type]).filter((name) => typeof name === "string");
  return nullable === true && names.length > 0 ? [...names, "null"] : names;
}

function isObjectType(type: string): boolean {
  return type.toLowerCase() === "object";
}

function overlaps(one: string, other: string): boolean {
  const [first, second] = [one.toLowerCase(), other.toLowerCase()];
  return first === second || ["integer number", "number integer"].includes(`${first} ${second}`);
}
