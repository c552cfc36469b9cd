import { isObject } from "@sluice/core";
import type { Json, JsonObject } from "@sluice/core";
import fc from "fast-check";
import { resolve } from "../../src/schema/references.ts";

const names = ["a", "b", "c", "kind"] as const;

/** Schemas as people write them: well formed, with the keywords that decide whether a value is valid. */
export function schemas(): fc.Arbitrary<JsonObject> {
  const subset = fc.subarray([...names]);
  const bounds = fc.record({ minimum: fc.nat(3), maximum: fc.integer({ min: 4, max: 9 }) }, { requiredKeys: [] });
  const { node } = fc.letrec<{ node: JsonObject }>((tie) => ({
    node: fc.oneof(
      { depthSize: "small", maxDepth: 4 },
      fc
        .record({ minLength: fc.nat(2), maxLength: fc.integer({ min: 3, max: 6 }) }, { requiredKeys: [] })
        .map((limits): JsonObject => ({ type: "string", ...limits })),
      bounds.map((limits): JsonObject => ({ type: "integer", ...limits })),
      fc.nat(3).map((least): JsonObject => ({ type: "integer", exclusiveMinimum: least })),
      fc.constantFrom<JsonObject>(
        { type: "boolean" },
        { type: "null" },
        { type: "number", multipleOf: 0.5 },
        { const: "x" },
        { enum: ["x", "y"] },
        { enum: [1, 2, null] },
        { type: ["string", "null"] },
        { type: ["integer", "boolean"] },
        { $ref: "#/$defs/leaf" },
        { $ref: "#/$defs/tree" },
        { $ref: "#/$defs/leaf", description: "beside" },
      ),
      objectOf(subset, tie("node")),
      fc
        .record(
          {
            items: tie("node"),
            minItems: fc.nat(2),
            maxItems: fc.integer({ min: 2, max: 3 }),
            uniqueItems: fc.boolean(),
          },
          { requiredKeys: ["items"] },
        )
        .map((array): JsonObject => ({ type: "array", ...array })),
      fc
        .record({ prefixItems: fc.array(tie("node"), { minLength: 1, maxLength: 2 }), items: tie("node") })
        .map((tuple): JsonObject => ({ type: "array", ...tuple })),
      fc.array(tie("node"), { minLength: 1, maxLength: 3 }).map((anyOf): JsonObject => ({ anyOf })),
      fc.array(tie("node"), { minLength: 1, maxLength: 3 }).map((oneOf): JsonObject => ({ oneOf })),
      fc.tuple(objectOf(subset, tie("node")), objectOf(subset, tie("node"))).map((allOf): JsonObject => ({ allOf })),
      fc.record(
        { anyOf: fc.array(tie("node"), { minLength: 1, maxLength: 2 }), not: tie("node") },
        { requiredKeys: ["anyOf"] },
      ) as fc.Arbitrary<JsonObject>,
    ),
  }));
  return fc.record({ root: fc.oneof(objectOf(subset, node), node), leaf: node }).map(({ root, leaf }) => ({
    ...root,
    $defs: {
      // A definition that refers to itself must leave a way out.
      leaf: JSON.stringify(leaf).includes("$ref") ? { type: "string" } : leaf,
      tree: {
        type: "object",
        properties: { value: { type: "integer" }, next: { $ref: "#/$defs/tree" } },
        required: ["value"],
      },
    },
  }));
}

function objectOf(
  subset: fc.Arbitrary<(typeof names)[number][]>,
  node: fc.Arbitrary<JsonObject>,
): fc.Arbitrary<JsonObject> {
  return fc
    .record(
      {
        listed: fc.array(fc.tuple(fc.constantFrom(...names), node), { maxLength: 3 }),
        required: subset,
        additionalProperties: fc.boolean(),
      },
      { requiredKeys: ["listed", "required"] },
    )
    .map(({ listed, required, ...rest }) => {
      const properties = Object.fromEntries(listed);
      return {
        type: "object",
        properties,
        required: required.filter((name) => Object.hasOwn(properties, name)),
        ...rest,
      };
    });
}

/** Draws numbers below a bound, so that the same draws give the same value. */
export function drawing(draws: readonly number[]): (bound: number) => number {
  let at = 0;
  return (bound) => (draws[at++ % draws.length] ?? 0) % bound;
}

/** A value as a model writes it that is held to the schema: declared properties alone. Not every draw gives a valid one. */
export function instanceOf(root: JsonObject, schema: JsonObject, draw: (bound: number) => number, depth = 0): Json {
  const target = resolve(root, schema["$ref"]);
  if (target !== null) return depth > 12 ? null : instanceOf(root, target, draw, depth + 1);
  for (const keyword of ["anyOf", "oneOf", "allOf"]) {
    const branches = Array.isArray(schema[keyword]) ? schema[keyword].filter(isObject) : [];
    const branch = branches[branches.length === 0 ? 0 : draw(branches.length)];
    if (branch !== undefined) return instanceOf(root, branch, draw, depth + 1);
  }
  if (schema["const"] !== undefined) return schema["const"];
  if (Array.isArray(schema["enum"])) return schema["enum"][draw(schema["enum"].length)] ?? null;
  const types = (Array.isArray(schema["type"]) ? schema["type"] : [schema["type"]]) as (string | undefined)[];
  const make = makers[types[draw(types.length)] ?? ""] ?? (() => draw(9));
  return make(root, schema, draw, depth);
}

type Maker = (root: JsonObject, schema: JsonObject, draw: (bound: number) => number, depth: number) => Json;

const makers: Readonly<Record<string, Maker>> = {
  null: () => null,
  boolean: (_root, _schema, draw) => draw(2) === 0,
  string: (_root, _schema, draw) => "word".slice(0, draw(5)),
  integer: (_root, _schema, draw) => draw(11),
  number: (_root, _schema, draw) => draw(11) / 2,
  array(root, { items, prefixItems, minItems }, draw, depth) {
    const length = (typeof minItems === "number" ? minItems : 0) + draw(3);
    const prefix = Array.isArray(prefixItems) ? prefixItems : [];
    return Array.from({ length }, (_item, at) => {
      const schema = prefix[at] ?? items;
      return isObject(schema) ? instanceOf(root, schema, draw, depth + 1) : draw(9);
    });
  },
  object(root, { properties, required }, draw, depth) {
    const needed = Array.isArray(required) ? required : [];
    const entries = Object.entries(isObject(properties) ? properties : {}).filter(
      ([name]) => needed.includes(name) || (depth < 8 && draw(2) === 0),
    );
    return Object.fromEntries(
      entries.map(([name, schema]) => [name, isObject(schema) ? instanceOf(root, schema, draw, depth + 1) : null]),
    );
  },
};
