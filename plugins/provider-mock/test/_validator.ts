import { arrayOf, isObject, numberOf, objectOf, type Json, type JsonObject } from "@sluice/core";

/** Whether a value satisfies a schema, for the keywords that these tests use. Written apart from the sampler. */
export function accepts(schema: Json | undefined, value: Json | undefined): boolean {
  if (!isObject(schema)) return schema !== false;
  if (value === undefined) return false;
  const options = schema["enum"];
  if (Array.isArray(options) && !options.some((option) => JSON.stringify(option) === JSON.stringify(value)))
    return false;
  const branches = schema["anyOf"];
  if (Array.isArray(branches) && !branches.some((branch) => accepts(branch, value))) return false;
  const types = [schema["type"]].flat().filter((type) => type !== undefined);
  if (types.length > 0 && !types.some((type) => isOf(type, value))) return false;
  if (typeof value === "string") return within(schema, value.length, "minLength", "maxLength");
  if (typeof value === "number") return within(schema, value, "minimum", "maximum");
  if (Array.isArray(value)) return acceptsItems(schema, value);
  return isObject(value) ? acceptsMembers(schema, value) : true;
}

function isOf(type: unknown, value: Json): boolean {
  if (type === "integer") return Number.isInteger(value);
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "object") return isObject(value);
  return typeof value === type;
}

function acceptsItems(schema: JsonObject, value: Json[]): boolean {
  const fits = schema["items"] === undefined || value.every((item) => accepts(schema["items"], item));
  return fits && within(schema, value.length, "minItems", "maxItems");
}

function acceptsMembers(schema: JsonObject, value: JsonObject): boolean {
  const properties = objectOf(schema["properties"]) ?? {};
  if (!arrayOf(schema["required"]).every((name) => typeof name === "string" && Object.hasOwn(value, name)))
    return false;
  return Object.entries(value).every(([name, member]) =>
    Object.hasOwn(properties, name) ? accepts(properties[name], member) : schema["additionalProperties"] !== false,
  );
}

function within(schema: JsonObject, amount: number, least: string, most: string): boolean {
  return amount >= (numberOf(schema[least]) ?? -Infinity) && amount <= (numberOf(schema[most]) ?? Infinity);
}
