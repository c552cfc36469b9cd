import type { Json, JsonObject } from "@sluice/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sampleOf } from "../src/sample.ts";
import { accepts } from "./_validator.ts";

describe("a sample of a JSON Schema", () => {
  test("is accepted by the schema, whatever the schema", () => {
    fc.assert(
      fc.property(schemas(), (schema) => {
        expect(accepts(schema, sampleOf(schema))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test("is the same each time, and leaves the schema alone", () => {
    fc.assert(
      fc.property(schemas(), (schema) => {
        const before = JSON.stringify(schema);
        expect(sampleOf(schema)).toEqual(sampleOf(schema));
        expect(JSON.stringify(schema)).toBe(before);
      }),
    );
  });

  test("follows references, and cuts recursion where the schema allows", () => {
    const schema: JsonObject = {
      $ref: "#/$defs/node",
      $defs: {
        node: {
          type: "object",
          properties: {
            name: { type: "string" },
            next: { anyOf: [{ $ref: "#/$defs/node" }, { type: "null" }] },
            children: { type: "array", items: { $ref: "#/$defs/node" } },
          },
          required: ["name", "next", "children"],
        },
      },
    };
    expect(sampleOf(schema)).toEqual({
      name: "mock",
      next: { name: "mock", next: null, children: [] },
      children: [{ name: "mock", next: null, children: [] }],
    });
  });

  test.each<[string, JsonObject, Json]>([
    ["an exclusive range", { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 }, 0.5],
    ["a negative grid", { type: "integer", maximum: -3, multipleOf: 5 }, -5],
    ["a date", { type: "string", format: "date" }, "2026-01-01"],
    ["a common pattern", { type: "string", pattern: "^[A-Z]{2}-\\d{3}$" }, "AA-123"],
    [
      "unique items",
      { type: "array", items: { type: "string" }, minItems: 3, uniqueItems: true },
      ["mock", "mock 1", "mock 2"],
    ],
    ["a nullable", { type: ["null", "boolean"] }, true],
    ["a union by branches", { oneOf: [false, { const: 7 }] }, 7],
    ["all of several", { allOf: [{ properties: { a: { const: 1 } } }, { required: ["b"] }] }, { a: 1, b: "mock" }],
    ["a tuple", { prefixItems: [{ const: 1 }, { const: "x" }], items: false }, [1, "x"]],
    ["a map", { type: "object", additionalProperties: { type: "integer" }, minProperties: 2 }, { mock1: 2, mock2: 3 }],
    ["a property with a reserved name", { properties: { ["__proto__"]: { const: 1 } } }, JSON.parse('{"__proto__":1}')],
  ])("has %s", (_, schema, sample) => {
    expect(sampleOf(schema)).toEqual(sample);
  });
});

/** Schemas that something satisfies: nested objects, arrays, unions, ranges, lengths. */
function schemas(): fc.Arbitrary<JsonObject> {
  const bound = fc.integer({ min: 0, max: 12 });
  const range = (least: string, most: string) =>
    fc.tuple(bound, bound).map(([from, more]) => ({ [least]: from, [most]: from + more }));
  const { schema } = fc.letrec<{ schema: JsonObject }>((tie) => ({
    schema: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom<JsonObject>({ type: "boolean" }, { type: "null" }, { type: ["null", "integer"] }),
      fc
        .tuple(fc.constantFrom("integer", "number"), range("minimum", "maximum"))
        .map(([type, limits]) => ({ type, ...limits })),
      range("minLength", "maxLength").map((limits) => ({ type: "string", ...limits })),
      fc
        .uniqueArray(fc.jsonValue({ maxDepth: 1 }), { minLength: 1, maxLength: 3 })
        .map((values) => ({ enum: values as Json[] })),
      fc
        .tuple(tie("schema"), range("minItems", "maxItems"))
        .map(([items, limits]) => ({ type: "array", items, ...limits, maxItems: limits["maxItems"] })),
      fc
        .tuple(fc.dictionary(fc.string(), tie("schema"), { maxKeys: 4 }), fc.infiniteStream(fc.boolean()))
        .map(([properties, coins]) => ({
          type: "object",
          properties,
          required: Object.keys(properties).filter(() => coins.next().value),
          additionalProperties: false,
        })),
      fc.array(tie("schema"), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
    ),
  }));
  return schema;
}
