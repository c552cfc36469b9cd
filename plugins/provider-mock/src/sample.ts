import { arrayOf, isObject, numberOf, objectOf, stringOf, type Json, type JsonObject } from "@sluice/core";

/** Where the sampler stands: the whole schema for `$ref`, the refs it is inside of, and what makes siblings differ. */
interface Place {
  root: Json;
  refs: readonly string[];
  salt: number;
}

/** A schema that refers to itself is followed this often. */
const refVisits = 2;

/**
 * A value that the JSON Schema accepts: every property it names, one item for each array, recursion cut short.
 *
 * `pattern` is met from a list of common shapes; `oneOf`, `not`, `if` and `patternProperties` are not weighed.
 */
export function sampleOf(schema: Json): Json {
  return sample(schema, { root: schema, refs: [], salt: 0 }) ?? null;
}

/** Undefined when nothing fits within the depth that recursion is followed to. */
function sample(schema: Json | undefined, place: Place): Json | undefined {
  if (schema === false) return undefined;
  if (!isObject(schema)) return "mock";
  if (typeof schema["$ref"] === "string") return sampleRef(schema["$ref"], schema, place);
  if (schema["const"] !== undefined) return schema["const"];
  const allowed = arrayOf(schema["enum"]);
  if (allowed.length > 0) return allowed[place.salt % allowed.length];
  if (Array.isArray(schema["allOf"])) return sample(mergeAll(schema), place);
  const branches = [...arrayOf(schema["anyOf"]), ...arrayOf(schema["oneOf"])];
  if (branches.length > 0) return firstOf(branches, (branch) => sample(withBranch(schema, branch), place));
  return firstOf(typesOf(schema), (type) => samplers[type]?.(schema, place));
}

function sampleRef(ref: string, schema: JsonObject, place: Place): Json | undefined {
  if (place.refs.filter((visited) => visited === ref).length >= refVisits) return undefined;
  const { $ref: _, ...siblings } = schema;
  const target = resolve(ref, place.root);
  const merged = isObject(target) ? merge(target, siblings) : target;
  return sample(merged, { ...place, refs: [...place.refs, ref] });
}

function resolve(ref: string, root: Json): Json | undefined {
  const steps = ref
    .replace(/^#\/?/, "")
    .split("/")
    .filter((step) => step !== "");
  return steps.reduce<Json | undefined>((at, step) => {
    const name = decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
    return Array.isArray(at) ? at[Number(name)] : objectOf(at)?.[name];
  }, root);
}

const samplers: Record<string, (schema: JsonObject, place: Place) => Json | undefined> = {
  object: sampleObject,
  array: sampleArray,
  string: (schema, place) => sampleString(schema, place.salt),
  integer: (schema, place) => sampleNumber(schema, place.salt, 1),
  number: (schema, place) => sampleNumber(schema, place.salt),
  boolean: (_, place) => place.salt % 2 === 0,
  null: () => null,
};

function sampleObject(schema: JsonObject, place: Place): Json | undefined {
  const known = objectOf(schema["properties"]) ?? {};
  const required = arrayOf(schema["required"]).filter((name) => typeof name === "string");
  const others = schema["additionalProperties"] ?? true;
  const entries: [string, Json][] = [];
  for (const name of new Set([...Object.keys(known), ...required])) {
    const value = sample(Object.hasOwn(known, name) ? known[name] : others, place);
    if (value !== undefined) entries.push([name, value]);
    else if (required.includes(name)) return undefined;
  }
  for (let count = 1; entries.length < (numberOf(schema["minProperties"]) ?? 0) && others !== false; count += 1) {
    const value = sample(others, { ...place, salt: count });
    if (value === undefined) return undefined;
    if (!Object.hasOwn(known, `mock${count}`)) entries.push([`mock${count}`, value]);
  }
  return Object.fromEntries(entries);
}

function sampleArray(schema: JsonObject, place: Place): Json | undefined {
  const heads = arrayOf(schema["prefixItems"]);
  const least = numberOf(schema["minItems"]) ?? 0;
  const most = numberOf(schema["maxItems"]) ?? Number.POSITIVE_INFINITY;
  const length = Math.min(Math.max(least, heads.length, 1), most, schema["items"] === false ? heads.length : most);
  const items: Json[] = [];
  for (let index = 0; index < length; index += 1) {
    const item = sample(heads[index] ?? schema["items"] ?? true, { ...place, salt: index });
    if (item === undefined) return items.length >= least ? items : undefined;
    items.push(item);
  }
  return items.length >= least ? items : undefined;
}

const formats: Record<string, string> = {
  "date-time": "2026-01-01T00:00:00Z",
  date: "2026-01-01",
  time: "00:00:00Z",
  duration: "P1D",
  email: "mock@example.com",
  hostname: "example.com",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
  uri: "https://example.com/mock",
  url: "https://example.com/mock",
  uuid: "00000000-0000-4000-8000-000000000000",
  regex: "mock",
};

const shapes = [
  Object.values(formats),
  ["mock", "Mock", "MOCK", "m", "M", "MO", "MOC", "mock-1", "mock_1", "mock.1", "/mock", "#c0ffee", "#C0FFEE"],
  ["0", "1", "12", "123", "1234", "12345", "123456", "1.0", "1.0.0", "12:30", "A1", "AB12", "ab12", "AA-123"],
  ["+15550100000", "+1 555 010 0000", "555-0100", "$1.00", "en", "en-US", "USD", "mock text", "1d", "10%"],
].flat();

function sampleString(schema: JsonObject, salt: number): string | undefined {
  const least = numberOf(schema["minLength"]) ?? 0;
  const most = numberOf(schema["maxLength"]) ?? Number.POSITIVE_INFINITY;
  const pattern = stringOf(schema["pattern"]);
  if (pattern !== undefined) {
    const expression = new RegExp(pattern, "u");
    return shapes.find((shape) => expression.test(shape) && shape.length >= least && shape.length <= most) ?? "mock";
  }
  const format = formats[stringOf(schema["format"]) ?? ""];
  if (format !== undefined) return format;
  const word = salt === 0 ? "mock" : `mock ${salt}`;
  const long = word.padEnd(least, " mock");
  // What makes siblings differ is at the end, so the end is what is kept.
  return long.length > most ? long.slice(long.length - most) : long;
}

function sampleNumber(schema: JsonObject, salt: number, step?: number): number | undefined {
  const grid = numberOf(schema["multipleOf"]) ?? step;
  const above = numberOf(schema["exclusiveMinimum"]);
  const below = numberOf(schema["exclusiveMaximum"]);
  const least = Math.max(numberOf(schema["minimum"]) ?? Number.NEGATIVE_INFINITY, above ?? Number.NEGATIVE_INFINITY);
  const most = Math.min(numberOf(schema["maximum"]) ?? Number.POSITIVE_INFINITY, below ?? Number.POSITIVE_INFINITY);
  const wish = Math.min(Math.max(1, least), most) + salt;
  const candidates = grid === undefined ? [wish, least, (least + most) / 2, most] : onGrid(wish, least, most, grid);
  const fits = (value: number) =>
    Number.isFinite(value) && value >= least && value <= most && value !== above && value !== below;
  return candidates.find(fits);
}

/** Multiples of `grid` near the wish and near both bounds. */
function onGrid(wish: number, least: number, most: number, grid: number): number[] {
  const near = [wish, least, most].flatMap((value) => [Math.ceil(value / grid), Math.floor(value / grid)]);
  return near.flatMap((multiple) => [multiple, multiple + 1, multiple - 1]).map((multiple) => multiple * grid);
}

/** The types that a schema allows, null last; read off its keywords where `type` is absent. */
function typesOf(schema: JsonObject): string[] {
  const types = [schema["type"]].flat().filter((type) => typeof type === "string");
  if (types.length > 0) return types.toSorted((a, b) => Number(a === "null") - Number(b === "null"));
  if (schema["properties"] !== undefined || schema["required"] !== undefined) return ["object"];
  if (schema["items"] !== undefined || schema["prefixItems"] !== undefined) return ["array"];
  if (schema["minimum"] !== undefined || schema["maximum"] !== undefined) return ["number"];
  return ["string"];
}

function mergeAll(schema: JsonObject): JsonObject {
  const { allOf, ...rest } = schema;
  return arrayOf(allOf).filter(isObject).reduce(merge, rest);
}

function withBranch(schema: JsonObject, branch: Json): Json {
  const { anyOf: _any, oneOf: _one, ...rest } = schema;
  return isObject(branch) ? merge(rest, branch) : branch;
}

/** Both schemas at once, as far as objects go; for anything else the second says more. */
function merge(first: JsonObject, second: JsonObject): JsonObject {
  const merged: JsonObject = { ...first, ...second };
  if (first["properties"] !== undefined && second["properties"] !== undefined) {
    merged["properties"] = { ...objectOf(first["properties"]), ...objectOf(second["properties"]) };
  }
  const required = [...arrayOf(first["required"]), ...arrayOf(second["required"])];
  if (required.length > 0) merged["required"] = required;
  return merged;
}

function firstOf<Item, Found>(items: readonly Item[], find: (item: Item) => Found | undefined): Found | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
