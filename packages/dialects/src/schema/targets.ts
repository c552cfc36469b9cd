/**
 * Whose JSON Schema is written. `anthropic` is its strict mode and output format, `anthropic-tool` the parameters of a
 * tool that is not strict: apply `anthropic-tool` first and `anthropic` to its result for a strict tool.
 */
export type SchemaTarget = "openai-strict" | "anthropic" | "anthropic-tool" | "gemini-json" | "gemini-openapi";

/** What one target understands. A keyword in none of these fields is unknown to it. */
export interface TargetRules {
  /** Keywords that pass with their value. Those with schemas inside are handled one by one. */
  keeps: ReadonlySet<string>;
  /** `object`: the root is an object without a union; anything else is wrapped in one. */
  root: "object" | "any";
  /** Objects close with `additionalProperties: false`. `schema`: as the caller said. `none`: the keyword is unknown. */
  additional: "closed" | "schema" | "none";
  /** Every property is required; an optional one becomes nullable. */
  allRequired: boolean;
  /** `keep`: definitions stay. `inline`: every reference is replaced by what it refers to. */
  references: "keep" | "inline";
  /** Where recursion may pass: nowhere, anywhere, or through optional properties alone. */
  recursion: "none" | "any" | "optional";
  /** An `allOf` that cannot be merged is kept as it is. */
  keepsAllOf: boolean;
  /** `list`: `type` may be an array. `nullable`: one type and a flag, in capitals. */
  types: "list" | "nullable";
  keepsConst: boolean;
  /** The kinds of values that `enum` may hold. */
  enums: ReadonlySet<string>;
  /** Formats that the target knows; null means any. */
  formats: ReadonlySet<string> | null;
  maxMinItems: number;
  prefixItems: boolean;
  /** Property order is written out. */
  ordering: boolean;
}

const numeric = ["minimum", "maximum"];
const strictNumeric = [...numeric, "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
const counts = ["minItems", "maxItems"];
const primitives = new Set(["string", "number", "boolean", "null"]);

export const targets: Readonly<Record<Exclude<SchemaTarget, "anthropic-tool">, TargetRules>> = {
  "openai-strict": {
    keeps: new Set(["title", "pattern", "format", ...strictNumeric, ...counts]),
    root: "object",
    additional: "closed",
    allRequired: true,
    references: "keep",
    recursion: "any",
    keepsAllOf: false,
    types: "list",
    keepsConst: true,
    enums: primitives,
    formats: null,
    maxMinItems: Infinity,
    prefixItems: false,
    ordering: false,
  },
  anthropic: {
    keeps: new Set(["title", "format", "minItems"]),
    root: "any",
    additional: "closed",
    allRequired: false,
    references: "keep",
    recursion: "none",
    keepsAllOf: true,
    types: "list",
    keepsConst: true,
    enums: primitives,
    formats: new Set(["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"]),
    maxMinItems: 1,
    prefixItems: false,
    ordering: false,
  },
  "gemini-json": {
    keeps: new Set(["title", "format", ...numeric, ...counts]),
    root: "any",
    additional: "schema",
    allRequired: false,
    references: "keep",
    recursion: "optional",
    keepsAllOf: false,
    types: "list",
    keepsConst: false,
    enums: new Set(["string", "number"]),
    formats: null,
    maxMinItems: Infinity,
    prefixItems: true,
    ordering: true,
  },
  "gemini-openapi": {
    keeps: new Set([
      "title",
      "format",
      "pattern",
      "minLength",
      "maxLength",
      "minProperties",
      "maxProperties",
      ...numeric,
      ...counts,
    ]),
    root: "any",
    additional: "none",
    allRequired: false,
    references: "inline",
    recursion: "none",
    keepsAllOf: false,
    types: "nullable",
    keepsConst: false,
    enums: new Set(["string"]),
    formats: new Set(["date-time", "enum", "float", "double", "int32", "int64"]),
    maxMinItems: Infinity,
    prefixItems: false,
    ordering: true,
  },
};

/** Keywords that decide whether a value is valid. Any other unknown keyword is an annotation and goes silently. */
export const constraints: ReadonlySet<string> = new Set([
  ...strictNumeric,
  ...counts,
  "pattern",
  "format",
  "minLength",
  "maxLength",
  "minProperties",
  "maxProperties",
  "uniqueItems",
  "contains",
  "minContains",
  "maxContains",
  "additionalItems",
  "prefixItems",
  "patternProperties",
  "propertyNames",
  "not",
  "if",
  "then",
  "else",
  "dependencies",
  "dependentRequired",
  "dependentSchemas",
  "unevaluatedItems",
  "unevaluatedProperties",
  "contentEncoding",
  "contentMediaType",
  "$dynamicRef",
  "$recursiveRef",
]);
