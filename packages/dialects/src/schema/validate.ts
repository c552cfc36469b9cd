import { isObject } from "@sluice/core";
import type { Json, JsonObject } from "@sluice/core";
import { escaped } from "./bounds.ts";
import { requiredOf } from "./merge.ts";
import { hasType } from "./restore.ts";
import { resolve } from "./references.ts";

/** Where a value breaks its schema: a JSON pointer into the value, and the keyword. */
export interface Mismatch {
  path: string;
  keyword: string;
}

const maxDepth = 128;
const maxSteps = 50_000;

interface Walk {
  root: JsonObject;
  steps: number;
}

/**
 * Where the value breaks the schema first, or null. Bounded: what lies beyond the bounds is taken to fit.
 *
 * `pattern`, `patternProperties` and `format` are not checked: an expression of the caller's, run on a model's words, could
 * hold up every other request.
 */
export function mismatch(schema: JsonObject, value: Json): Mismatch | null {
  return check({ root: schema, steps: 0 }, schema, value, "", 0);
}

function check(walk: Walk, schema: Json | undefined, value: Json, path: string, depth: number): Mismatch | null {
  if (depth > maxDepth || ++walk.steps > maxSteps) return null;
  if (schema === false) return { path, keyword: "false" };
  if (!isObject(schema)) return null;
  const target = resolve(walk.root, schema["$ref"]);
  const referred = target === null ? null : check(walk, target, value, path, depth + 1);
  if (referred !== null) return referred;
  const place: Place = { walk, schema, path, depth };
  for (const keyword in schema) {
    const is = Object.hasOwn(checks, keyword) ? checks[keyword] : undefined;
    const given = schema[keyword];
    if (is === undefined || given === undefined) continue;
    const found = is(place, given, value);
    if (found !== null) return found === false ? { path, keyword } : found;
  }
  return null;
}

interface Place {
  walk: Walk;
  schema: JsonObject;
  path: string;
  depth: number;
}

/** Null: it fits. False: it breaks this keyword here. */
type Check = (place: Place, given: Json, value: Json) => Mismatch | false | null;

const fits = ({ walk, path, depth }: Place, schema: Json, value: Json) =>
  check(walk, schema, value, path, depth + 1) === null;

const passes = (isFit: boolean): false | null => (isFit ? null : false);

/** A rule for numbers, texts' lengths or counts alone: it says nothing of other values. */
const bounds = (measure: (value: Json) => number | null, holds: (size: number, bound: number) => boolean): Check => {
  return (_place, given, value) => {
    const size = measure(value);
    return passes(size === null || typeof given !== "number" || holds(size, given));
  };
};

const amount = (value: Json) => (typeof value === "number" ? value : null);
// Characters, not UTF-16 units.
const length = (value: Json) => (typeof value === "string" ? Array.from(value).length : null);
const items = (value: Json) => (Array.isArray(value) ? value.length : null);
const members = (value: Json) => (isObject(value) ? Object.keys(value).length : null);
const atLeast = (size: number, bound: number) => size >= bound;
const atMost = (size: number, bound: number) => size <= bound;

const checks: Readonly<Record<string, Check>> = {
  type: (_place, given, value) => passes((Array.isArray(given) ? given : [given]).some((type) => hasType(value, type))),
  enum: (_place, given, value) => passes(!Array.isArray(given) || given.some((allowed) => equal(allowed, value))),
  const: (_place, given, value) => passes(equal(given, value)),
  minimum: bounds(amount, atLeast),
  maximum: bounds(amount, atMost),
  exclusiveMinimum: bounds(amount, (size, bound) => size > bound),
  exclusiveMaximum: bounds(amount, (size, bound) => size < bound),
  multipleOf: bounds(amount, (size, step) => step <= 0 || isMultiple(size / step)),
  minLength: bounds(length, atLeast),
  maxLength: bounds(length, atMost),
  minItems: bounds(items, atLeast),
  maxItems: bounds(items, atMost),
  minProperties: bounds(members, atLeast),
  maxProperties: bounds(members, atMost),
  uniqueItems({ walk }, given, value) {
    if (given !== true || !Array.isArray(value)) return null;
    walk.steps += value.length;
    return passes(new Set(value.map(canonical)).size === value.length);
  },
  required: ({ schema }, _given, value) =>
    passes(!isObject(value) || requiredOf(schema).every((name) => Object.hasOwn(value, name))),
  properties(place, given, value) {
    if (!isObject(given) || !isObject(value)) return null;
    return first(Object.entries(given), ([name, schema]) => {
      const member = Object.hasOwn(value, name) ? value[name] : undefined;
      return member === undefined ? null : below(place, schema, member, name);
    });
  },
  additionalProperties(place, given, value) {
    // Members that a pattern allows cannot be told from others here.
    if (!isObject(value) || place.schema["patternProperties"] !== undefined) return null;
    const known = isObject(place.schema["properties"]) ? place.schema["properties"] : {};
    const others = Object.entries(value).filter(([name]) => !Object.hasOwn(known, name));
    if (given === false) return passes(others.length === 0);
    return first(others, ([name, member]) => below(place, given, member ?? null, name));
  },
  propertyNames: (place, given, value) =>
    isObject(value) ? first(Object.keys(value), (name) => below(place, given, name, name)) : null,
  items(place, given, value) {
    if (!Array.isArray(value)) return null;
    const { prefixItems } = place.schema;
    const start = Array.isArray(prefixItems) ? prefixItems.length : 0;
    return first(value.slice(start), (item, index) => below(place, given, item, String(start + index)));
  },
  prefixItems(place, given, value) {
    if (!Array.isArray(value) || !Array.isArray(given)) return null;
    return first(value.slice(0, given.length), (item, index) => below(place, given[index], item, String(index)));
  },
  contains: (place, given, value) => passes(!Array.isArray(value) || value.some((item) => fits(place, given, item))),
  anyOf: (place, given, value) => passes(!Array.isArray(given) || given.some((branch) => fits(place, branch, value))),
  oneOf: (place, given, value) =>
    passes(!Array.isArray(given) || given.filter((branch) => fits(place, branch, value)).length === 1),
  allOf: ({ walk, path, depth }, given, value) =>
    Array.isArray(given) ? first(given, (branch) => check(walk, branch, value, path, depth + 1)) : null,
  not: (place, given, value) => passes(!fits(place, given, value)),
  if: ({ walk, schema, path, depth }, given, value) => {
    const isTrue = check(walk, given, value, path, depth + 1) === null;
    return check(walk, schema[isTrue ? "then" : "else"], value, path, depth + 1);
  },
  dependentRequired(_place, given, value) {
    if (!isObject(given) || !isObject(value)) return null;
    const missing = Object.entries(given).some(
      ([name, needed]) =>
        Object.hasOwn(value, name) &&
        Array.isArray(needed) &&
        needed.some((other) => typeof other === "string" && !Object.hasOwn(value, other)),
    );
    return passes(!missing);
  },
  dependentSchemas({ walk, path, depth }, given, value) {
    if (!isObject(given) || !isObject(value)) return null;
    const asked = Object.entries(given).filter(([name]) => Object.hasOwn(value, name));
    return first(asked, ([, schema]) => check(walk, schema, value, path, depth + 1));
  },
};

function below({ walk, path, depth }: Place, schema: Json | undefined, value: Json, name: string): Mismatch | null {
  return check(walk, schema, value, `${path}/${escaped(name)}`, depth + 1);
}

function first<T>(all: readonly T[], find: (one: T, index: number) => Mismatch | null): Mismatch | null {
  for (const [index, one] of all.entries()) {
    const found = find(one, index);
    if (found !== null) return found;
  }
  return null;
}

/** Decimal fractions are not exact in binary: 0.3 is a multiple of 0.1. */
function isMultiple(quotient: number): boolean {
  return Math.abs(quotient - Math.round(quotient)) < 1e-9;
}

/** Whether two values are the same in JSON, whatever the order of members. */
function equal(one: Json, other: Json): boolean {
  return one === other || (typeof one === "object" && canonical(one) === canonical(other));
}

function canonical(value: Json): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    isObject(member) ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1))) : member,
  );
}
