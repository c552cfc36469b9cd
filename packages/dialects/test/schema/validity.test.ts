import { isObject } from "@sluice/core";
import type { Json, JsonObject } from "@sluice/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { adaptSchema, fromOpenApi, mismatch } from "../../src/schema/index.ts";
import type { SchemaTarget } from "../../src/schema/index.ts";
import { drawing, instanceOf, schemas } from "./_instances.ts";

const targets: SchemaTarget[] = ["openai-strict", "anthropic", "anthropic-tool", "gemini-json", "gemini-openapi"];
const draws = fc.array(fc.nat(997), { minLength: 40, maxLength: 40 });

/** What the target was told, as JSON Schema. Where it has no word for closed objects, it writes declared members alone. */
const asJsonSchema = (schema: JsonObject, target: SchemaTarget) =>
  target === "gemini-openapi" ? (closed(fromOpenApi(schema)) as JsonObject) : schema;

function closed(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(closed);
  if (!isObject(schema)) return schema;
  const members = Object.entries(schema).map(([name, value]) => [name, closed(value ?? null)]);
  const whole = Object.fromEntries(members) as JsonObject;
  return schema["type"] === "object" ? { ...whole, additionalProperties: false } : whole;
}

describe.each(targets)("a schema for %s", (target) => {
  test("is kept by every answer that keeps the adapted one, unless a loss is listed", () => {
    const seen = { exact: 0, lossy: 0 };
    fc.assert(
      fc.property(schemas(), draws, (schema, numbers) => {
        const { schema: adapted, losses, restore } = adaptSchema(schema, target);
        const told = asJsonSchema(adapted, target);
        const answer = instanceOf(told, told, drawing(numbers));
        fc.pre(mismatch(told, answer) === null);
        if (losses.length > 0) return void seen.lossy++;
        seen.exact++;
        expect(mismatch(schema, restore(answer))).toBeNull();
      }),
      { numRuns: 2000 },
    );
    // The property says nothing where nothing comes by.
    expect(seen.exact).toBeGreaterThan(150);
    expect(seen.lossy).toBeGreaterThan(10);
  });
});

describe("an answer beside its schema", () => {
  const place: JsonObject = {
    type: "object",
    properties: {
      city: { type: "string", minLength: 1 },
      at: { $ref: "#/$defs/point" },
      tags: { type: "array", items: { enum: ["a", "b"] }, uniqueItems: true, maxItems: 2 },
      age: { type: "integer", minimum: 0, multipleOf: 5 },
      share: { multipleOf: 0.1 },
      pick: { oneOf: [{ type: "integer" }, { minimum: 5 }] },
      pair: { prefixItems: [{ type: "string" }], items: { type: "number" } },
      no: { not: { type: "string" } },
      // Written as text: an object with a member of that name passes for a promise.
      if: JSON.parse('{ "if": { "const": 1 }, "then": false, "else": { "type": "string" } }') as JsonObject,
    },
    required: ["city"],
    additionalProperties: false,
    dependentRequired: { age: ["tags"] },
    $defs: { point: { type: "array", items: { type: "number" }, minItems: 2 } },
  };

  test.each<[Json, string | null]>([
    [{ city: "Bern" }, null],
    [
      { city: "Bern", at: [1, 2], tags: ["b", "a"], age: 10, share: 0.3, pick: 4, pair: ["x", 1], no: 1, if: "x" },
      null,
    ],
    ["Bern", "type "],
    [{}, "required "],
    [{ city: "" }, "minLength /city"],
    [{ city: "Bern", zip: 1 }, "additionalProperties "],
    [{ city: "Bern", at: [1] }, "minItems /at"],
    [{ city: "Bern", at: [1, "x"] }, "type /at/1"],
    [{ city: "Bern", tags: ["c"] }, "enum /tags/0"],
    [{ city: "Bern", tags: ["a", "a"] }, "uniqueItems /tags"],
    [{ city: "Bern", age: 10 }, "dependentRequired "],
    [{ city: "Bern", tags: [], age: 7 }, "multipleOf /age"],
    [{ city: "Bern", pick: 6 }, "oneOf /pick"],
    [{ city: "Bern", pair: [1] }, "type /pair/0"],
    [{ city: "Bern", pair: ["x", "y"] }, "type /pair/1"],
    [{ city: "Bern", no: "x" }, "not /no"],
    [{ city: "Bern", if: 1 }, "false /if"],
    [{ city: "Bern", if: 2 }, "type /if"],
  ])("%j breaks %s", (value, expected) => {
    const found = mismatch(place, value);
    expect(found && `${found.keyword} ${found.path}`).toBe(expected);
  });

  test("is checked in bounded work, whatever schema and answer are", () => {
    const anything = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as Json);
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom("type", "anyOf", "allOf", "items", "properties", "$ref", "enum", "if"), anything),
        anything,
        (schema, value) => {
          expect(() => mismatch(schema, value)).not.toThrow();
        },
      ),
    );
    const loop: JsonObject = { anyOf: [{ $ref: "#" }, { $ref: "#" }], type: "object" };
    expect(mismatch(loop, {})).toBeNull();
    // Not run: it would take years.
    expect(mismatch({ pattern: "^(a+)+$" }, `${"a".repeat(50)}!`)).toBeNull();
  });
});
