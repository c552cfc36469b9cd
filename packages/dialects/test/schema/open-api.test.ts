import type { JsonObject } from "@sluice/core";
import { expect, test } from "vitest";
import { adaptSchema, fromOpenApi } from "../../src/schema/index.ts";

const openApi: JsonObject = {
  type: "OBJECT",
  properties: {
    b: { type: "STRING", format: "enum", enum: ["x", "y"], nullable: true },
    a: { type: "ARRAY", items: { type: "INTEGER", format: "int32" }, minItems: "1" },
  },
  propertyOrdering: ["a", "b"],
  required: ["a"],
};

test("Gemini's OpenAPI form becomes JSON Schema in the order it names", () => {
  const schema = fromOpenApi(openApi);
  expect(schema).toEqual({
    type: "object",
    properties: {
      a: { type: "array", items: { type: "integer", format: "int32" }, minItems: 1 },
      b: { type: ["string", "null"], enum: ["x", "y", null] },
    },
    required: ["a"],
  });
  expect(Object.keys(schema["properties"] as JsonObject)).toEqual(["a", "b"]);
});

test("there and back loses nothing", () => {
  expect(adaptSchema(fromOpenApi(openApi), "gemini-openapi")).toMatchObject({
    schema: {
      ...openApi,
      properties: { a: { type: "ARRAY", minItems: 1 }, b: { type: "STRING", nullable: true, format: "enum" } },
    },
    losses: [],
  });
});
