import { isObject } from "@sluice/core";
import type { Json, JsonObject } from "@sluice/core";
import { boundedCopy } from "./bounds.ts";
import { intersection, propertyUnion } from "./merge.ts";
import type { SchemaLoss } from "./place.ts";
import { resolve } from "./references.ts";
import { withoutAddedNulls } from "./restore.ts";
import { targets } from "./targets.ts";
import type { SchemaTarget } from "./targets.ts";
import { SchemaWriter } from "./writer.ts";

export interface AdaptedSchema {
  schema: JsonObject;
  /** What changes validity and was moved into a description or left out. Annotations go silently. */
  losses: SchemaLoss[];
  /** Whether `restore` can change a value. Where it cannot, an answer may pass as it streams. */
  restores: boolean;
  /** Brings a value that the target made back into the caller's own schema. */
  restore: (value: Json) => Json;
}

/** The member that holds the value where a target wants an object and the schema is none. */
const wrapper = "value";

/**
 * Writes a JSON Schema as the target understands it.
 *
 * Pure and deterministic; keeps the order of properties; never changes its argument and never throws on a keyword.
 * A keyword that the target lacks is rewritten where the meaning stays, else told in the description and listed as lost.
 */
export function adaptSchema(schema: JsonObject, target: SchemaTarget): AdaptedSchema {
  const losses: SchemaLoss[] = [];
  const root = boundedCopy(schema, (path, keyword) => losses.push({ path, keyword }));
  if (target === "anthropic-tool") return adaptToolRoot(root, losses);

  const rules = targets[target];
  const writer = new SchemaWriter(root, rules, losses);
  const top = rules.root === "object" ? flattened(root, root, lossAt(losses)) : root;
  const wraps = rules.root === "object" && !isPlainObject(top);
  const written = writer.root(wraps ? wrapped(top) : top);
  const restores = wraps || rules.allRequired;
  const restore = (value: Json) => {
    const inner = wraps ? unwrapped(value) : value;
    return rules.allRequired ? withoutAddedNulls(root, root, inner) : inner;
  };
  return { schema: written, losses, restores, restore };
}

/** Parameters stay as they are; only the root becomes an object without a union. */
function adaptToolRoot(root: JsonObject, losses: SchemaLoss[]): AdaptedSchema {
  const unchanged = { losses, restores: false, restore: (value: Json) => value };
  const top = flattened(root, root, lossAt(losses));
  if (isPlainObject(top)) return { schema: { ...top, type: "object" }, ...unchanged };

  const keyword = ["anyOf", "oneOf", "allOf"].find((name) => Array.isArray(top[name]));
  const branches = keyword === undefined ? [] : objectBranches(root, top, keyword, losses);
  if (keyword !== undefined && branches.length > 0) {
    losses.push({ path: "#", keyword });
    return { schema: joined(top, branches), ...unchanged };
  }
  if (top["type"] === undefined) return { schema: { ...top, type: "object" }, ...unchanged };
  const { $defs, definitions } = top;
  const outer = { ...wrapped(top), ...($defs ? { $defs } : {}), ...(definitions ? { definitions } : {}) };
  return { schema: outer, losses, restores: true, restore: unwrapped };
}

function objectBranches(root: JsonObject, top: JsonObject, keyword: string, losses: SchemaLoss[]): JsonObject[] {
  const branches = Array.isArray(top[keyword]) ? top[keyword].filter(isObject) : [];
  const flat = branches.map((branch) => flattened(root, branch, lossAt(losses)));
  return flat.some((branch) => !isPlainObject(branch) && branch["required"] === undefined) ? [] : flat;
}

function joined(top: JsonObject, branches: readonly JsonObject[]): JsonObject {
  const { anyOf: _anyOf, oneOf: _oneOf, allOf: _allOf, ...rest } = top;
  const { properties, required } = propertyUnion(branches);
  const own = isObject(rest["properties"]) ? rest["properties"] : {};
  const always = [...new Set([...(Array.isArray(rest["required"]) ? rest["required"] : []), ...required])];
  return {
    ...rest,
    type: "object",
    properties: Object.fromEntries([...Object.entries(properties), ...Object.entries(own)]),
    ...(always.length > 0 ? { required: always } : {}),
  };
}

/** The schema with a reference at its top followed and an `allOf` merged, as far as that can be. */
function flattened(root: JsonObject, schema: JsonObject, lost: () => void): JsonObject {
  let flat = schema;
  for (let hops = 0; hops < 8; hops++) {
    const { $ref, allOf, ...rest } = flat;
    const parts = Array.isArray(allOf) ? allOf.filter(isObject) : [];
    const target = resolve(root, $ref);
    if ($ref !== undefined && target === null) return flat;
    if (target === null && parts.length === 0) return flat;
    const merged = intersection([rest, ...(target ? [target] : []), ...parts], lost);
    if (merged === null) return flat;
    flat = merged;
  }
  return flat;
}

function lossAt(losses: SchemaLoss[]): () => void {
  return () => void losses.push({ path: "#", keyword: "allOf" });
}

function isPlainObject(schema: JsonObject): boolean {
  if (["$ref", "anyOf", "oneOf", "allOf"].some((keyword) => schema[keyword] !== undefined)) return false;
  const { type } = schema;
  return type === "object" || (type === undefined && isObject(schema["properties"]));
}

function wrapped(schema: JsonObject): JsonObject {
  const { $defs: _defs, definitions: _definitions, ...inner } = schema;
  return { type: "object", properties: { [wrapper]: inner }, required: [wrapper], additionalProperties: false };
}

function unwrapped(value: Json): Json {
  return isObject(value) && value[wrapper] !== undefined ? value[wrapper] : value;
}
