import type { Json, JsonObject } from "@sluice/core";

const deepest = 6;

/** A JSON document that satisfies the schema: the smallest honest one, every property present up to a depth. */
export function documentFor(schema: JsonObject): Json {
  return fill(schema, schema, "text", 0);
}

function fill(given: JsonObject, root: JsonObject, name: string, depth: number): Json {
  const schema = merged(resolved(given, root), root);
  if (schema["const"] !== undefined) return schema["const"];
  if (Array.isArray(schema["enum"])) return schema["enum"][0] ?? null;
  const branches = [schema["anyOf"], schema["oneOf"]].find(Array.isArray);
  if (branches) return fill(simplest(branches as JsonObject[], root, depth), root, name, depth);
  const type = typeOf(schema);
  if (type === "object") return object(schema, root, depth);
  if (type === "array") return array(schema, root, name, depth);
  if (type === "integer" || type === "number") return number(schema, type === "integer");
  if (type === "boolean") return true;
  if (type === "null") return null;
  return string(schema, name);
}

function resolved(schema: JsonObject, root: JsonObject): JsonObject {
  const reference = schema["$ref"];
  if (typeof reference !== "string" || !reference.startsWith("#")) return schema;
  let at: Json | undefined = root;
  for (const step of reference.slice(1).split("/").filter(Boolean)) {
    const key = decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
    at = (at as JsonObject | undefined)?.[key];
  }
  return resolved((at as JsonObject | undefined) ?? {}, root);
}

function merged(schema: JsonObject, root: JsonObject): JsonObject {
  if (!Array.isArray(schema["allOf"])) return schema;
  const { allOf, ...own } = schema;
  const parts = [own, ...(allOf as JsonObject[]).map((part) => merged(resolved(part, root), root))];
  return {
    ...Object.assign({}, ...parts),
    properties: Object.assign({}, ...parts.map((part) => part["properties"])),
    required: parts.flatMap((part) => (part["required"] as string[] | undefined) ?? []),
  };
}

/** The first branch that says something; deep down the first that ends. */
function simplest(branches: JsonObject[], root: JsonObject, depth: number): JsonObject {
  const isNull = (branch: JsonObject) => typeOf(resolved(branch, root)) === "null";
  const ends = (branch: JsonObject) => !["object", "array"].includes(typeOf(resolved(branch, root)));
  const wanted = depth < deepest ? branches.find((branch) => !isNull(branch)) : branches.find(ends);
  return wanted ?? branches[0] ?? {};
}

function typeOf(schema: JsonObject): string {
  const types = (Array.isArray(schema["type"]) ? schema["type"] : [schema["type"]]).filter(
    (type) => typeof type === "string",
  );
  const named = types.map((type) => type.toLowerCase());
  const type = named.find((one) => one !== "null") ?? named[0];
  if (type !== undefined) return type;
  return schema["properties"] !== undefined ? "object" : schema["items"] !== undefined ? "array" : "string";
}

function object(schema: JsonObject, root: JsonObject, depth: number): JsonObject {
  const required = new Set((schema["required"] as string[] | undefined) ?? []);
  const properties = Object.entries((schema["properties"] as Record<string, JsonObject> | undefined) ?? {});
  const kept = properties.filter(([name]) => required.has(name) || depth < deepest / 2);
  return Object.fromEntries(kept.map(([name, part]) => [name, fill(part, root, name, depth + 1)]));
}

function array(schema: JsonObject, root: JsonObject, name: string, depth: number): Json[] {
  const tuple = (schema["prefixItems"] as JsonObject[] | undefined) ?? [];
  const least = numberIn(schema, "minItems") ?? 0;
  const length = Math.max(
    least,
    tuple.length,
    depth < deepest / 2 ? Math.min(1, numberIn(schema, "maxItems") ?? 1) : 0,
  );
  const items = (schema["items"] as JsonObject | undefined) ?? {};
  return Array.from({ length }, (_, at) => fill(tuple[at] ?? items, root, name, depth + 1));
}

function number(schema: JsonObject, whole: boolean): number {
  const step = numberIn(schema, "multipleOf") ?? (whole ? 1 : 0.5);
  const above = numberIn(schema, "exclusiveMinimum");
  const low = numberIn(schema, "minimum") ?? (above === undefined ? undefined : above + step);
  const below = numberIn(schema, "exclusiveMaximum");
  const high = numberIn(schema, "maximum") ?? (below === undefined ? undefined : below - step);
  const value = low ?? (high === undefined ? step : Math.min(step, high));
  return Math.ceil(value / step) * step;
}

const formats: Readonly<Record<string, string>> = {
  "date-time": "2026-01-02T03:04:05Z",
  date: "2026-01-02",
  time: "03:04:05Z",
  duration: "P1D",
  email: "someone@example.com",
  uri: "https://example.com/",
  uuid: "01234567-89ab-4cde-8f01-23456789abcd",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
  hostname: "example.com",
};

function string(schema: JsonObject, name: string): string {
  const known = formats[typeof schema["format"] === "string" ? schema["format"] : ""];
  const least = numberIn(schema, "minLength") ?? 0;
  const most = numberIn(schema, "maxLength") ?? Infinity;
  return known ?? name.padEnd(least, ".").slice(0, most);
}

function numberIn(schema: JsonObject, key: string): number | undefined {
  // Gemini's OpenAPI form writes 64-bit limits as strings.
  const value = schema[key];
  return typeof value === "number" ? value : typeof value === "string" && value !== "" ? Number(value) : undefined;
}
