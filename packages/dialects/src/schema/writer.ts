import { isObject } from "@sluice/core";
import type { Json, JsonObject } from "@sluice/core";
import { escaped } from "./bounds.ts";
import { areExclusive } from "./exclusive.ts";
import { writeKeywords } from "./keywords.ts";
import { intersection } from "./merge.ts";
import { noted } from "./note.ts";
import { isNull, orNull } from "./null.ts";
import type { NodeWriter, Place, SchemaLoss } from "./place.ts";
import { cyclicReferences, nameOf, referencesIn, resolve } from "./references.ts";
import type { TargetRules } from "./targets.ts";
import { constraints } from "./targets.ts";

const maxDepth = 64;
const maxNodes = 5_000;

/** Writes one schema for one target, node by node. Holds what the whole schema shares: definitions, losses, the budget. */
export class SchemaWriter implements NodeWriter {
  readonly source: JsonObject;
  readonly rules: TargetRules;
  readonly cyclic: ReadonlySet<string>;
  readonly #losses: SchemaLoss[];
  readonly #definitions = new Map<string, string>();
  #nodes = 0;

  constructor(source: JsonObject, rules: TargetRules, losses: SchemaLoss[]) {
    this.source = source;
    this.rules = rules;
    this.cyclic = cyclicReferences(source);
    this.#losses = losses;
  }

  /** The whole schema, with the definitions that it refers to. */
  root(schema: JsonObject): JsonObject {
    const top = this.node(schema, { path: "#", depth: 0, open: [] });
    const definitions: [string, Json][] = [];
    // A definition may refer to another: the map grows while it is walked.
    for (const [reference, name] of this.#definitions) {
      const target = resolve(this.source, reference) ?? {};
      definitions.push([name, this.node(target, { path: reference, depth: 1, open: [reference] })]);
    }
    return definitions.length === 0 ? top : { ...top, $defs: Object.fromEntries(definitions) };
  }

  node(schema: Json | undefined, place: Place): JsonObject {
    if (schema === false) this.lose(place, "false");
    if (!isObject(schema)) return {};
    const bound = place.depth > maxDepth ? "depth" : ++this.#nodes > maxNodes ? "size" : null;
    if (bound !== null) {
      this.lose(place, bound);
      return {};
    }
    if (typeof schema["$ref"] === "string") return this.#reference(schema, schema["$ref"], place);
    if (Array.isArray(schema["allOf"])) return this.#allOf(schema, schema["allOf"], place);
    return this.#plain(schema, place);
  }

  /** A schema below this place. */
  child(schema: Json | undefined, place: Place, ...names: string[]): JsonObject {
    const path = [place.path, ...names.map(escaped)].join("/");
    return this.node(schema, { ...place, path, depth: place.depth + 1 });
  }

  lose(place: Place, keyword: string): void {
    this.#losses.push({ path: place.path, keyword });
  }

  #reference(schema: JsonObject, reference: string, place: Place): JsonObject {
    const { $ref: _ref, $defs: _defs, definitions: _definitions, ...beside } = schema;
    const target = resolve(this.source, reference);
    if (target === null) {
      this.lose(place, "$ref");
      return this.node(beside, deeper(place));
    }
    const isOpen = place.open.includes(reference);
    const mayRecur = this.rules.references === "keep" && this.rules.recursion !== "none";
    if (isOpen && !mayRecur) return this.#cut(target, place);
    if (isOpen) for (const keyword of Object.keys(beside)) if (constraints.has(keyword)) this.lose(place, keyword);

    const keeps = this.rules.references === "keep" && (mayRecur || !this.cyclic.has(reference));
    const isBare = Object.keys(beside).length === 0;
    if (keeps && (isBare || isOpen)) return { $ref: `#/$defs/${this.#define(reference)}` };

    const merged = intersection([beside, target], () => this.lose(place, "$ref"));
    if (merged === null) for (const keyword of Object.keys(beside)) this.lose(place, keyword);
    return this.node(merged ?? target, { ...deeper(place), open: [...place.open, reference] });
  }

  /** Recursion that the target does not know ends here: the kind of value is said, what is in it is not. */
  #cut(target: JsonObject, place: Place): JsonObject {
    this.lose(place, "$ref");
    const { description, type = "object" } = target;
    return this.#plain({ type, ...(description === undefined ? {} : { description }) }, place);
  }

  #define(reference: string): string {
    const known = this.#definitions.get(reference);
    if (known !== undefined) return known;
    const taken = new Set(this.#definitions.values());
    const base = nameOf(reference);
    let name = base;
    for (let count = 2; taken.has(name); count++) name = `${base}_${count}`;
    this.#definitions.set(reference, name);
    return name;
  }

  #allOf(schema: JsonObject, branches: readonly Json[], place: Place): JsonObject {
    const { allOf: _allOf, ...beside } = schema;
    const lost = () => this.lose(place, "allOf");
    const parts = branches.map((branch) => this.#target(branch, lost));
    const merged = parts.every((part) => part !== null) ? intersection([beside, ...parts], lost) : null;
    if (merged !== null) return this.node(merged, deeper(place));
    if (this.rules.keepsAllOf && referencesIn(branches as Json).size === 0) {
      const written = branches.map((branch, index) => this.child(branch, place, "allOf", `${index}`));
      return { ...this.node(beside, deeper(place)), allOf: written };
    }
    this.lose(place, "allOf");
    return this.node(noted(beside, "allOf", branches as Json), deeper(place));
  }

  /** A branch of `allOf` with its reference followed; null where it cannot be part of a merged schema. */
  #target(branch: Json, lost: () => void): JsonObject | null {
    if (branch === true) return {};
    if (!isObject(branch)) return null;
    const reference = branch["$ref"];
    if (typeof reference !== "string") return branch;
    const { $ref: _ref, ...beside } = branch;
    const target = this.cyclic.has(reference) ? null : resolve(this.source, reference);
    return target === null ? null : intersection([beside, target], lost);
  }

  #plain(schema: JsonObject, place: Place): JsonObject {
    if (this.rules.types === "nullable") return this.#singleType(schema, place);
    if (schema["nullable"] === true) {
      const { nullable: _nullable, ...rest } = schema;
      return this.node(orNull(rest), deeper(place));
    }
    const { enum: values, type, ...rest } = schema;
    if (!Array.isArray(values) || !values.includes(null) || this.rules.enums.has("null")) {
      return writeKeywords(this, schema, place);
    }
    // Null cannot be one of the values here, so it becomes a branch of its own.
    const types = Array.isArray(type) ? type.filter((name) => name !== "null") : type;
    const kept = {
      ...rest,
      ...(types === undefined ? {} : { type: types }),
      enum: values.filter((value) => value !== null),
    };
    return this.node({ anyOf: [kept, { type: "null" }] }, deeper(place));
  }

  /** One type for each node, and null as a flag. */
  #singleType(schema: JsonObject, place: Place): JsonObject {
    const { type, nullable, anyOf = schema["oneOf"], oneOf: _oneOf, ...rest } = schema;
    const { enum: values } = rest;
    const { oneOf } = schema;
    const isMissed = schema["anyOf"] !== undefined || !Array.isArray(oneOf) || !areExclusive(this.source, oneOf);
    if (oneOf !== undefined && isMissed) this.lose(place, "oneOf");
    // Null and nothing else is a type of its own.
    if (type === "null") return writeKeywords(this, schema, place);
    const types = (Array.isArray(type) ? type : [type]).filter((name) => name !== "null");
    const branches = Array.isArray(anyOf) ? anyOf.filter((branch) => !isNull(branch)) : null;
    const allowsNull =
      nullable === true ||
      (Array.isArray(type) && type.includes("null")) ||
      (Array.isArray(values) && values.includes(null)) ||
      (Array.isArray(anyOf) && branches !== null && branches.length < anyOf.length);
    if (branches?.length === 0 && allowsNull) return writeKeywords(this, { ...rest, type: "null" }, place);
    const base: JsonObject = Array.isArray(values) ? { ...rest, enum: values.filter((value) => value !== null) } : rest;
    const written = this.#branched(base, types, branches, place);
    return allowsNull ? { ...written, nullable: true } : written;
  }

  #branched(base: JsonObject, types: (Json | undefined)[], branches: Json[] | null, place: Place): JsonObject {
    const [only] = types;
    const typed = only === undefined ? base : { ...base, type: only };
    if (branches !== null) return this.#anyOf(typed, branches, place);
    if (types.length <= 1) return writeKeywords(this, typed, place);
    return this.#anyOf(
      {},
      types.map((type) => ({ ...base, type: type ?? null })),
      place,
    );
  }

  /** Beside `anyOf` nothing may stand but words, so what stood there is said in every branch. */
  #anyOf(beside: JsonObject, branches: readonly Json[], place: Place): JsonObject {
    const { description, title, ...shared } = beside;
    const lost = () => this.lose(place, "anyOf");
    const whole = branches.map((branch) => {
      const part = this.#target(branch, lost);
      return (part === null ? null : intersection([part, shared], lost)) ?? branch;
    });
    const [first] = whole;
    const words = { ...(description === undefined ? {} : { description }), ...(title === undefined ? {} : { title }) };
    if (whole.length === 1 && isObject(first)) return this.node({ ...first, ...words }, deeper(place));
    if (whole.length === 0) return writeKeywords(this, beside, place);
    return { ...words, anyOf: whole.map((branch, index) => this.child(branch, place, "anyOf", `${index}`)) };
  }
}

/** One step further in work, though not in the schema: it bounds references that lead nowhere. */
function deeper(place: Place): Place {
  return { ...place, depth: place.depth + 1 };
}
