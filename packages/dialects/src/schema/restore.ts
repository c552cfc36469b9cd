import { isObject } from "@sluice/core";
import type { Json, JsonObject } from "@sluice/core";
import { requiredOf, same } from "./merge.ts";
import { resolve } from "./references.ts";

const maxDepth = 128;
const maxSteps = 100_000;

/** One walk over a value. Counted, because branches that refer to each other would double the work at every level. */
interface Walk {
  root: JsonObject;
  steps: number;
}

/**
 * Takes the nulls out of a value that stand only for an optional property which the target made required.
 *
 * Walks the caller's own schema, so the value comes out as that schema has it. Never throws, never changes its argument.
 */
export function withoutAddedNulls(root: JsonObject, schema: JsonObject, value: Json): Json {
  return restoreValue({ root, steps: 0 }, schema, value, 0);
}

function restoreValue(walk: Walk, schema: JsonObject, value: Json, depth: number): Json {
  if (typeof value !== "object" || value === null || isSpent(walk, depth)) return value;
  return shapesOf(walk, schema, value, depth).reduce<Json>((kept, shape) => {
    if (Array.isArray(kept)) return kept.map((item, index) => restoreItem(walk, shape, item, index, depth));
    return isObject(kept) ? restoreMembers(walk, shape, kept, depth) : kept;
  }, value);
}

function restoreMembers(walk: Walk, shape: JsonObject, value: JsonObject, depth: number): JsonObject {
  const properties = isObject(shape["properties"]) ? shape["properties"] : {};
  const required = new Set(requiredOf(shape));
  const entries = Object.entries(value).flatMap(([name, member]): [string, Json][] => {
    if (member === undefined) return [];
    const property = Object.hasOwn(properties, name) ? properties[name] : shape["additionalProperties"];
    if (!isObject(property)) return [[name, member]];
    const added = member === null && Object.hasOwn(properties, name) && !required.has(name);
    if (added && !nullFits(walk, property, depth + 1)) return [];
    return [[name, restoreValue(walk, property, member, depth + 1)]];
  });
  return Object.fromEntries(entries);
}

function restoreItem(walk: Walk, shape: JsonObject, item: Json, index: number, depth: number): Json {
  const prefix = Array.isArray(shape["prefixItems"]) ? shape["prefixItems"][index] : undefined;
  const schema = prefix ?? shape["items"];
  return isObject(schema) ? restoreValue(walk, schema, item, depth + 1) : item;
}

/** The parts of a schema that speak of this value: itself, what it refers to, and the branch that fits. */
function shapesOf(walk: Walk, schema: JsonObject, value: Json, depth: number): JsonObject[] {
  if (isSpent(walk, depth)) return [];
  const shapes = [schema];
  const target = resolve(walk.root, schema["$ref"]);
  if (target !== null) shapes.push(...shapesOf(walk, target, value, depth + 1));
  for (const branch of branchesOf(schema, "allOf")) shapes.push(...shapesOf(walk, branch, value, depth + 1));
  for (const keyword of ["anyOf", "oneOf"]) {
    const branch = branchesOf(schema, keyword).find((candidate) => fits(walk, candidate, value, depth + 1));
    if (branch) shapes.push(...shapesOf(walk, branch, value, depth + 1));
  }
  return shapes;
}

function branchesOf(schema: JsonObject, keyword: string): JsonObject[] {
  const branches = schema[keyword];
  return Array.isArray(branches) ? branches.filter(isObject) : [];
}

/** Whether the value could be meant by the schema, a null for an optional property counting as absent. */
function fits(walk: Walk, schema: JsonObject, value: Json, depth: number): boolean {
  if (isSpent(walk, depth)) return true;
  const target = resolve(walk.root, schema["$ref"]);
  if (target !== null && !fits(walk, target, value, depth + 1)) return false;
  if (!typesOf(schema).some((type) => hasType(value, type))) return false;
  if (schema["const"] !== undefined && !same(schema["const"], value)) return false;
  if (Array.isArray(schema["enum"]) && !schema["enum"].some((allowed) => same(allowed, value))) return false;
  if (!branchesOf(schema, "allOf").every((branch) => fits(walk, branch, value, depth + 1))) return false;
  for (const keyword of ["anyOf", "oneOf"]) {
    const branches = branchesOf(schema, keyword);
    if (branches.length > 0 && !branches.some((branch) => fits(walk, branch, value, depth + 1))) return false;
  }
  if (Array.isArray(value)) {
    const items = schema["items"];
    return !isObject(items) || value.every((item) => fits(walk, items, item, depth + 1));
  }
  return !isObject(value) || membersFit(walk, schema, value, depth);
}

function membersFit(walk: Walk, schema: JsonObject, value: JsonObject, depth: number): boolean {
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  const required = requiredOf(schema);
  if (!required.every((name) => Object.hasOwn(value, name))) return false;
  return Object.entries(value).every(([name, member]) => {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (property === undefined) return schema["additionalProperties"] !== false;
    if (!isObject(property) || member === undefined) return true;
    return (member === null && !required.includes(name)) || fits(walk, property, member, depth + 1);
  });
}

/** Whether null is a value that the schema itself allows. */
export function admitsNull(root: JsonObject, schema: JsonObject): boolean {
  return nullFits({ root, steps: 0 }, schema, 0);
}

function nullFits(walk: Walk, schema: JsonObject, depth: number): boolean {
  return schema["nullable"] === true || fits(walk, schema, null, depth);
}

function isSpent(walk: Walk, depth: number): boolean {
  return depth > maxDepth || ++walk.steps > maxSteps;
}

function typesOf(schema: JsonObject): (Json | undefined)[] {
  const { type } = schema;
  return Array.isArray(type) ? type : [type];
}

const kinds: Readonly<Record<string, (value: Json) => boolean>> = {
  object: (value) => isObject(value),
  array: (value) => Array.isArray(value),
  null: (value) => value === null,
  integer: (value) => Number.isInteger(value),
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  boolean: (value) => typeof value === "boolean",
};

/** A type that nobody knows forbids nothing. */
export function hasType(value: Json, type: Json | undefined): boolean {
  const isKind = typeof type === "string" && Object.hasOwn(kinds, type) ? kinds[type] : undefined;
  return isKind === undefined || isKind(value);
}
