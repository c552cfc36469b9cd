import { isObject } from "@sluice/core";
import type { Json, JsonObject } from "@sluice/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { adaptSchema } from "../../src/schema/index.ts";
import type { SchemaTarget } from "../../src/schema/index.ts";

const targets: SchemaTarget[] = ["openai-strict", "anthropic", "anthropic-tool", "gemini-json", "gemini-openapi"];
const keywordsOf = (schema: JsonObject, target: SchemaTarget) =>
  adaptSchema(schema, target).losses.map((loss) => `${loss.path} ${loss.keyword}`);

const node: JsonObject = {
  type: "object",
  properties: { value: { type: "string" }, next: { $ref: "#/$defs/Node" } },
  required: ["value"],
  additionalProperties: false,
};
const list: JsonObject = { type: "object", properties: { head: { $ref: "#/$defs/Node" } }, $defs: { Node: node } };

describe("openai-strict", () => {
  test("makes optional properties required and nullable, and takes the nulls out again", () => {
    const schema: JsonObject = {
      type: "object",
      properties: {
        city: { type: "string" },
        unit: { enum: ["c", "f"] },
        note: { type: ["string", "null"] },
        spot: { type: "object", properties: { zip: { type: "string" } } },
      },
      required: ["city"],
    };
    const { schema: strict, losses, restore } = adaptSchema(schema, "openai-strict");
    expect(strict["required"]).toEqual(["city", "unit", "note", "spot"]);
    expect(strict["additionalProperties"]).toBe(false);
    expect(strict["properties"]).toMatchObject({
      city: { type: "string" },
      unit: { type: ["string", "null"], enum: ["c", "f", null] },
      spot: { type: ["object", "null"], required: ["zip"], additionalProperties: false },
    });
    expect(losses).toEqual([]);
    expect(restore({ city: "Bern", unit: null, note: null, spot: { zip: null } })).toEqual({
      city: "Bern",
      note: null,
      spot: {},
    });
  });

  test("wraps a root that is no object and unwraps the answer", () => {
    const union: JsonObject = { anyOf: [node, { type: "array", items: { type: "number" } }], $defs: { Node: node } };
    const { schema, restore } = adaptSchema(union, "openai-strict");
    expect(schema).toMatchObject({ type: "object", required: ["value"], additionalProperties: false });
    expect(restore({ value: [1, 2] })).toEqual([1, 2]);
    expect(restore({ value: { value: "a", next: null } })).toEqual({ value: "a" });
  });

  test("keeps recursion as definitions and restores at every level", () => {
    const { schema, restore, losses } = adaptSchema(list, "openai-strict");
    expect(schema["$defs"]).toMatchObject({ Node: { required: ["value", "next"] } });
    expect(losses).toEqual([]);
    const value = { head: { value: "a", next: { value: "b", next: null } } };
    expect(restore(value)).toEqual({ head: { value: "a", next: { value: "b" } } });
  });

  test("tells lost length limits in the description and lists them", () => {
    const schema: JsonObject = {
      type: "object",
      properties: { a: { type: "string", minLength: 2, description: "A" } },
    };
    const adapted = adaptSchema(schema, "openai-strict");
    expect(adapted.losses).toEqual([{ path: "#/properties/a", keyword: "minLength" }]);
    expect(adapted.schema["properties"]).toMatchObject({ a: { description: "A\nminLength: 2" } });
  });

  test("merges allOf where its branches agree", () => {
    const { additionalProperties: _closed, ...open } = node;
    const more: JsonObject = { type: "object", properties: { b: { type: "number" } }, required: ["b"] };
    const merged = (branch: JsonObject) =>
      adaptSchema({ allOf: [branch, more], $defs: { Node: node } }, "openai-strict");
    expect(Object.keys(merged(open).schema["properties"] as JsonObject)).toEqual(["value", "next", "b"]);
    expect(merged(open).losses).toEqual([]);
    // A closed branch forbids what the other one adds: what was meant is written, and told.
    expect(Object.keys(merged(node).schema["properties"] as JsonObject)).toEqual(["value", "next", "b"]);
    expect(merged(node).losses).toEqual([{ path: "#", keyword: "allOf" }]);
  });

  test("a free-form object is a loss, since a closed one cannot hold anything", () => {
    expect(keywordsOf({ type: "object", properties: { any: { type: "object" } } }, "openai-strict")).toEqual([
      "#/properties/any additionalProperties",
    ]);
  });
});

describe("anthropic", () => {
  test("closes objects, keeps optional ones optional and small minItems", () => {
    const schema: JsonObject = {
      type: "object",
      properties: { tags: { type: "array", items: { type: "string" }, minItems: 1, maxItems: 3 } },
    };
    const adapted = adaptSchema(schema, "anthropic");
    expect(adapted.schema).toMatchObject({ additionalProperties: false, properties: { tags: { minItems: 1 } } });
    expect(adapted.schema["required"]).toBeUndefined();
    expect(adapted.losses).toEqual([{ path: "#/properties/tags", keyword: "maxItems" }]);
    expect(adapted.restores).toBe(false);
  });

  test("ends recursion and says where", () => {
    expect(keywordsOf(list, "anthropic")).toContain("#/properties/head/properties/next $ref");
  });

  test("a tool's parameters stay as they are", () => {
    const schema: JsonObject = { type: "object", properties: { a: { type: "string", minLength: 2, "x-vendor": 1 } } };
    expect(adaptSchema(schema, "anthropic-tool")).toMatchObject({ schema, losses: [] });
  });

  test("a tool's top-level union becomes one object with every property optional, and is listed", () => {
    const branch = (name: string): JsonObject => ({
      type: "object",
      properties: { kind: { const: name }, [name]: { type: "string" } },
      required: ["kind", name],
    });
    const adapted = adaptSchema({ description: "one of two", oneOf: [branch("a"), branch("b")] }, "anthropic-tool");
    expect(adapted.schema).toEqual({
      description: "one of two",
      type: "object",
      properties: {
        kind: { anyOf: [{ const: "a" }, { const: "b" }] },
        a: { type: "string" },
        b: { type: "string" },
      },
      required: ["kind"],
    });
    expect(adapted.losses).toEqual([{ path: "#", keyword: "oneOf" }]);
  });
});

describe("gemini", () => {
  const schema: JsonObject = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    properties: {
      zone: { const: "eu" },
      age: { type: ["integer", "null"], exclusiveMinimum: 0 },
      pick: { oneOf: [{ type: "string" }, { type: "null" }] },
      place: { $ref: "#/$defs/Place", description: "where" },
    },
    required: ["zone"],
    additionalProperties: false,
    $defs: { Place: { type: "object", properties: { zip: { type: "string", pattern: "^\\d+$" } } } },
  };

  test("its JSON Schema fields take references, constants as enums and the property order", () => {
    const adapted = adaptSchema(schema, "gemini-json");
    expect(adapted.schema).toEqual({
      type: "object",
      properties: {
        zone: { type: "string", enum: ["eu"] },
        age: { type: ["integer", "null"], description: "exclusiveMinimum: 0" },
        pick: { anyOf: [{ type: "string" }, { type: "null" }] },
        place: {
          type: "object",
          description: "where",
          properties: { zip: { type: "string", description: 'pattern: "^\\\\d+$"' } },
        },
      },
      propertyOrdering: ["zone", "age", "pick", "place"],
      required: ["zone"],
      additionalProperties: false,
    });
    expect(adapted.losses.map((loss) => loss.keyword)).toEqual(["exclusiveMinimum", "pattern"]);
  });

  test("its OpenAPI fields take one type in capitals, a nullable flag and no references", () => {
    const adapted = adaptSchema(schema, "gemini-openapi");
    expect(adapted.schema).toEqual({
      type: "OBJECT",
      properties: {
        zone: { type: "STRING", format: "enum", enum: ["eu"] },
        age: { type: "INTEGER", minimum: 1, nullable: true },
        pick: { type: "STRING", nullable: true },
        place: {
          type: "OBJECT",
          description: "where",
          properties: { zip: { type: "STRING", pattern: "^\\d+$" } },
        },
      },
      propertyOrdering: ["zone", "age", "pick", "place"],
      required: ["zone"],
    });
    expect(adapted.losses).toEqual([]);
  });

  test("recursion goes through optional properties alone, or ends", () => {
    const strict = { ...list, $defs: { Node: { ...node, required: ["value", "next"] } } };
    const json = adaptSchema(strict, "gemini-json");
    expect(json.schema["$defs"]).toMatchObject({ Node: { required: ["value"] } });
    expect(json.losses).toEqual([{ path: "#/$defs/Node", keyword: "required" }]);
    expect(keywordsOf(list, "gemini-openapi")).toEqual(["#/properties/head/properties/next $ref"]);
  });

  test("a value that is no string cannot be one of an OpenAPI enum", () => {
    expect(keywordsOf({ enum: [1, 2] }, "gemini-openapi")).toEqual(["# enum"]);
    expect(keywordsOf({ enum: [1, 2] }, "gemini-json")).toEqual([]);
  });
});

describe("every target", () => {
  const names = fc.constantFrom("a", "b", "type", "__proto__", "constructor", "a/b", "~", "");
  const { schema: schemas } = fc.letrec<{ schema: Json }>((tie) => ({
    schema: fc.oneof(
      { depthSize: "xsmall", maxDepth: 5 },
      fc.jsonValue({ maxDepth: 1 }) as fc.Arbitrary<Json>,
      fc.record(
        {
          type: fc.oneof(
            fc.constantFrom("object", "array", "string", "integer", "null", "OBJECT", "nonsense"),
            fc.array(fc.constantFrom("object", "string", "null"), { maxLength: 3 }),
          ),
          properties: fc.array(fc.tuple(names, tie("schema"))).map((entries) => Object.fromEntries(entries)),
          required: fc.array(names, { maxLength: 3 }),
          items: tie("schema"),
          anyOf: fc.array(tie("schema"), { maxLength: 3 }),
          oneOf: fc.array(tie("schema"), { maxLength: 2 }),
          allOf: fc.array(tie("schema"), { maxLength: 2 }),
          not: tie("schema"),
          $ref: fc.constantFrom(
            "#",
            "#/$defs/a",
            "#/properties/a",
            "#/anyOf/0",
            "https://elsewhere.example/s",
            "#/$defs/%",
          ),
          $defs: fc.record({ a: tie("schema"), b: tie("schema") }, { requiredKeys: [] }),
          enum: fc.array(fc.jsonValue({ maxDepth: 1 }), { maxLength: 3 }),
          const: fc.jsonValue({ maxDepth: 1 }),
          additionalProperties: fc.oneof(fc.boolean(), tie("schema")),
          prefixItems: fc.array(tie("schema"), { maxLength: 2 }),
          minItems: fc.oneof(fc.nat(5), fc.string()),
          nullable: fc.boolean(),
          format: fc.constantFrom("uuid", "date-time", "mine"),
          default: fc.jsonValue({ maxDepth: 1 }),
        },
        { requiredKeys: [] },
      ) as fc.Arbitrary<Json>,
    ),
  }));
  const objects = schemas.filter(isObject);

  test.each(targets)("%s: never throws, never mutates, always the same, always an object of JSON", (target) => {
    fc.assert(
      fc.property(objects, (schema) => {
        const before = structuredClone(schema);
        const adapted = adaptSchema(schema, target);
        expect(schema).toEqual(before);
        expect(JSON.stringify(adaptSchema(schema, target))).toBe(JSON.stringify(adapted));
        expect(isObject(JSON.parse(JSON.stringify(adapted.schema)))).toBe(true);
      }),
    );
  });

  test.each(targets)("%s: restore takes any value and gives JSON", (target) => {
    fc.assert(
      fc.property(objects, fc.jsonValue() as fc.Arbitrary<Json>, (schema, value) => {
        const before = structuredClone(value);
        expect(adaptSchema(schema, target).restore(value)).toBeDefined();
        expect(value).toEqual(before);
      }),
    );
  });

  test.each(targets.filter((target) => target !== "anthropic-tool"))(
    "%s: keywords that no target knows are gone, at every level",
    (target) => {
      const forbidden = ["not", "if", "patternProperties", "uniqueItems", "oneOf", "$schema", "nonsense"];
      fc.assert(
        fc.property(objects, (schema) => {
          walk(adaptSchema(schema, target).schema, (node) => {
            for (const keyword of forbidden) expect(Object.hasOwn(node, keyword)).toBe(false);
          });
        }),
      );
    },
  );

  test("openai-strict: every object is closed and lists each of its properties", () => {
    fc.assert(
      fc.property(objects, (schema) => {
        walk(adaptSchema(schema, "openai-strict").schema, (node) => {
          if (node["properties"] === undefined) return;
          expect(node["additionalProperties"]).toBe(false);
          expect(node["required"]).toEqual(Object.keys(node["properties"] as JsonObject));
        });
      }),
    );
  });

  test.each(targets)("%s: a schema that doubles at every level stays small", (target) => {
    const $defs: JsonObject = {};
    for (let level = 0; level < 60; level++) {
      const next = { $ref: `#/$defs/d${level + 1}` };
      $defs[`d${level}`] = { type: "object", properties: { a: next, b: next }, description: "x" };
    }
    const adapted = adaptSchema({ type: "object", properties: { a: { $ref: "#/$defs/d0" } }, $defs }, target);
    expect(JSON.stringify(adapted.schema).length).toBeLessThan(2_000_000);
  });

  test.each(targets)("%s: unions that refer to themselves cost bounded work in restore", (target) => {
    const schema: JsonObject = {
      anyOf: [{ $ref: "#" }, { $ref: "#" }, { type: "object", properties: { a: { $ref: "#" } } }],
    };
    expect(adaptSchema(schema, target).restore({ value: { a: { a: null } } })).toBeDefined();
  });

  test.each(targets)("%s: ten thousand levels are cut, not overflowed", (target) => {
    let schema: JsonObject = { type: "string" };
    for (let level = 0; level < 10_000; level++) schema = { type: "object", properties: { a: schema } };
    expect(adaptSchema(schema, target).losses.map((loss) => loss.keyword)).toContain("depth");
  });
});

function walk(schema: JsonObject, visit: (node: JsonObject) => void): void {
  visit(schema);
  const { properties, $defs, items, anyOf, allOf, prefixItems, additionalProperties } = schema;
  for (const map of [properties, $defs]) {
    if (isObject(map)) for (const child of Object.values(map)) if (isObject(child)) walk(child, visit);
  }
  for (const child of [items, additionalProperties]) if (isObject(child)) walk(child, visit);
  for (const list of [anyOf, allOf, prefixItems]) {
    if (Array.isArray(list)) for (const child of list) if (isObject(child)) walk(child, visit);
  }
}
