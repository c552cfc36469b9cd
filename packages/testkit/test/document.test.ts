import { expect, test } from "vitest";
import type { JsonObject } from "@sluice/core";
import { documentFor } from "../src/index.ts";

const node: JsonObject = {
  type: "object",
  properties: { value: { type: "string" }, next: { anyOf: [{ $ref: "#/$defs/node" }, { type: "null" }] } },
  required: ["value", "next"],
};

test.each<[JsonObject, unknown]>([
  [{ const: 7 }, 7],
  [{ enum: ["b", "a"] }, "b"],
  [{ type: ["null", "integer"], minimum: 3 }, 3],
  [{ type: "number", exclusiveMinimum: 1, maximum: 2 }, 1.5],
  [{ type: "integer", multipleOf: 5, minimum: 11 }, 15],
  [{ type: "integer", maximum: -4 }, -4],
  [{ type: "string", format: "date" }, "2026-01-02"],
  [{ type: "string", minLength: 6, maxLength: 6 }, "text.."],
  [{ type: "array", minItems: 2, items: { type: "boolean" } }, [true, true]],
  [{ type: "array", prefixItems: [{ const: 1 }, { const: 2 }] }, [1, 2]],
  [{ oneOf: [{ type: "null" }, { type: "string" }] }, "text"],
  [{ type: "OBJECT", properties: { size: { type: "NUMBER", nullable: true } } }, { size: 0.5 }],
  [
    {
      allOf: [{ properties: { a: { const: 1 } } }, { $ref: "#/$defs/b" }],
      $defs: { b: { properties: { b: { const: 2 } } } },
    },
    { a: 1, b: 2 },
  ],
])("%j is satisfied", (schema, document) => {
  expect(documentFor(schema)).toEqual(document);
});

test("a schema that contains itself ends", () => {
  const document = JSON.stringify(documentFor({ $ref: "#/$defs/node", $defs: { node } }));
  expect(document).toContain('"next":{"value"');
  expect(document).toContain('"next":null');
});
