import { isObject } from "@sluice/core";
import type { Json, JsonObject } from "@sluice/core";
import { areExclusive } from "./exclusive.ts";
import { requiredOf } from "./merge.ts";
import { noted } from "./note.ts";
import { orNull } from "./null.ts";
import type { NodeWriter, Place } from "./place.ts";
import { referencesIn } from "./references.ts";
import { admitsNull } from "./restore.ts";
import { constraints } from "./targets.ts";

/** One node as it is written. */
interface Node {
  writer: NodeWriter;
  place: Place;
  source: JsonObject;
  written: JsonObject;
}

type KeywordWriter = (node: Node, value: Json) => void;

/** Writes the keywords of one node in their order, closes objects, and tells what is lost in the description. */
export function writeKeywords(writer: NodeWriter, source: JsonObject, place: Place): JsonObject {
  const node: Node = { writer, place, source, written: {} };
  const type = typeOf(writer, source);
  if (type !== undefined) node.written["type"] = type;
  if (typeof source["description"] === "string") node.written["description"] = source["description"];

  for (const [keyword, value] of Object.entries(source)) {
    if (value !== undefined) (Object.hasOwn(writers, keyword) ? writers[keyword] : plain(keyword))?.(node, value);
  }
  closeObject(node);
  return node.written;
}

function plain(keyword: string): KeywordWriter | undefined {
  if (!constraints.has(keyword)) return undefined;
  return (node, value) => {
    if (node.writer.rules.keeps.has(keyword)) node.written[keyword] = value;
    else lose(node, keyword, value);
  };
}

const writers: Readonly<Record<string, KeywordWriter>> = {
  title(node, value) {
    if (typeof value === "string") node.written["title"] = value;
  },
  default(node, value) {
    node.written = noted(node.written, "default", value);
  },
  format(node, value) {
    if (value === "enum") return;
    const { formats } = node.writer.rules;
    if (typeof value === "string" && (formats === null || formats.has(value))) node.written["format"] ??= value;
    else lose(node, "format", value);
  },
  minItems(node, value) {
    const { keeps, maxMinItems } = node.writer.rules;
    if (keeps.has("minItems") && typeof value === "number" && value <= maxMinItems) node.written["minItems"] = value;
    else lose(node, "minItems", value);
  },
  exclusiveMinimum: (node, value) => bound(node, "exclusiveMinimum", "minimum", value, 1),
  exclusiveMaximum: (node, value) => bound(node, "exclusiveMaximum", "maximum", value, -1),
  enum(node, value) {
    if (!Array.isArray(value) || value.length === 0) return;
    const { enums, types } = node.writer.rules;
    if (!value.every((item) => enums.has(kindOf(item)))) return lose(node, "enum", value);
    node.written["enum"] = value;
    if (types === "nullable") node.written["format"] = "enum";
  },
  const(node, value) {
    const { enums, keepsConst } = node.writer.rules;
    if (!enums.has(kindOf(value))) return lose(node, "const", value);
    if (keepsConst) node.written["const"] = value;
    else writers["enum"]?.(node, [value]);
  },
  properties(node, value) {
    if (!isObject(value)) return;
    const { writer, place, source } = node;
    const required = new Set(requiredOf(source));
    const properties = Object.entries(value).map(([name, property]): [string, Json] => {
      const written = writer.child(property, place, "properties", name);
      const isOptional = writer.rules.allRequired && !required.has(name);
      const isNullable = isOptional && isObject(property) && !admitsNull(writer.source, property);
      return [name, isNullable ? orNull(written) : written];
    });
    node.written["properties"] = Object.fromEntries(properties);
    if (writer.rules.ordering && properties.length > 1) {
      node.written["propertyOrdering"] = properties.map(([name]) => name);
    }
  },
  required(node) {
    const { rules } = node.writer;
    const properties = isObject(node.source["properties"]) ? node.source["properties"] : {};
    const names = requiredOf(node.source);
    const kept = names.filter((name) => Object.hasOwn(properties, name) && !isClosedCycle(node, properties[name]));
    if (kept.length < names.length)
      lose(
        node,
        "required",
        names.filter((name) => !kept.includes(name)),
      );
    if (!rules.allRequired && kept.length > 0) node.written["required"] = kept;
  },
  additionalProperties(node, value) {
    const { rules } = node.writer;
    if (rules.additional === "schema") {
      node.written["additionalProperties"] =
        typeof value === "boolean" ? value : node.writer.child(value, node.place, "additionalProperties");
      return;
    }
    // A closed object says less than an open one, and only an open one is missed where the keyword is unknown.
    const isMissed = rules.additional === "closed" ? value !== false : isObject(value);
    if (isMissed) lose(node, "additionalProperties", value);
  },
  items(node, value) {
    if (Array.isArray(value)) return writers["prefixItems"]?.(node, value);
    if (isObject(value)) node.written["items"] = node.writer.child(value, node.place, "items");
  },
  prefixItems(node, value) {
    if (!Array.isArray(value)) return;
    const { writer, place } = node;
    if (!writer.rules.prefixItems) lose(node, "prefixItems", value);
    const items = value.map((item, index) => writer.child(item, place, "prefixItems", `${index}`));
    if (writer.rules.prefixItems) node.written["prefixItems"] = items;
    else if (!isObject(node.source["items"]) && items.length > 0) node.written["items"] = { anyOf: items };
  },
  anyOf: (node, value) => union(node, "anyOf", value),
  oneOf(node, value) {
    if (Array.isArray(node.source["anyOf"])) return lose(node, "oneOf", value);
    const { writer, place } = node;
    // Of several branches that fit, the target may not know that there must be one.
    if (Array.isArray(value) && !areExclusive(writer.source, value)) writer.lose(place, "oneOf");
    union(node, "oneOf", value);
  },
};

function union(node: Node, keyword: string, value: Json): void {
  if (!Array.isArray(value) || value.length === 0) return;
  const { writer, place } = node;
  node.written["anyOf"] = value.map((branch, index) => writer.child(branch, place, keyword, `${index}`));
}

/** An exclusive bound of whole numbers is an inclusive one, one further. */
function bound(node: Node, keyword: string, inclusive: string, value: Json, step: number): void {
  const { keeps } = node.writer.rules;
  const isWhole =
    node.source["type"] === "integer" && Number.isSafeInteger(value) && node.source[inclusive] === undefined;
  if (keeps.has(keyword)) node.written[keyword] = value;
  else if (keeps.has(inclusive) && isWhole) node.written[inclusive] = Number(value) + step;
  else lose(node, keyword, value);
}

function lose(node: Node, keyword: string, value: Json): void {
  node.writer.lose(node.place, keyword);
  node.written = noted(node.written, keyword, value);
}

function closeObject(node: Node): void {
  const { rules } = node.writer;
  const { type, properties } = node.written;
  const isObjectNode =
    properties !== undefined || type === "object" || (Array.isArray(type) && type.includes("object"));
  if (!isObjectNode || rules.additional !== "closed") return;
  const isOpen = properties === undefined && node.source["additionalProperties"] === undefined;
  // An object without properties means any object; closed, it means the empty one.
  if (isOpen && node.place.depth > 0) node.writer.lose(node.place, "additionalProperties");
  node.written["properties"] ??= {};
  if (rules.allRequired) node.written["required"] = Object.keys(isObject(properties) ? properties : {});
  node.written["additionalProperties"] = false;
}

/** Whether a required property leads back into its own definition where the target allows that to optional ones alone. */
function isClosedCycle(node: Node, property: Json | undefined): boolean {
  const { cyclic, rules } = node.writer;
  if (rules.recursion !== "optional" || !node.place.open.some((reference) => cyclic.has(reference))) return false;
  return [...referencesIn(property)].some((reference) => cyclic.has(reference));
}

const typeNames = new Set(["object", "array", "string", "number", "integer", "boolean", "null"]);

function typeOf(writer: NodeWriter, source: JsonObject): Json | undefined {
  const { type } = source;
  const lower = (name: Json) => (typeof name === "string" ? name.toLowerCase() : "");
  const names = (Array.isArray(type) ? type : [type ?? ""]).map(lower).filter((name) => typeNames.has(name));
  const known = names.length > 0 ? names : impliedTypes(source);
  if (writer.rules.types === "nullable") return known[0]?.toUpperCase();
  return known.length > 1 ? known : known[0];
}

/** The type that a schema without one speaks of. */
function impliedTypes(source: JsonObject): string[] {
  if (isObject(source["properties"])) return ["object"];
  if (source["items"] !== undefined || source["prefixItems"] !== undefined) return ["array"];
  const values = Array.isArray(source["enum"])
    ? source["enum"]
    : source["const"] === undefined
      ? []
      : [source["const"]];
  return values.length > 0 && values.every((value) => typeof value === "string") ? ["string"] : [];
}

function kindOf(value: Json): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}
