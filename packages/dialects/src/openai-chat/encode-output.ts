import { parseJson } from "@sluice/core";
import type { Json, JsonObject, OutputFormat, Warning } from "@sluice/core";
import { adaptSchema } from "../schema/index.ts";
import type { EncodeContext } from "./encode-request.ts";
import { defined } from "../members.ts";

/** What decides whether a schema is asked for strictly. */
export type OutputContext = Pick<EncodeContext, "request" | "target" | "own" | "warn">;

export interface EncodedOutput {
  format?: JsonObject | undefined;
  restore?: (text: string) => string;
}

/** The output format, and how to undo what strictness changed of the caller's schema. */
export function encodeOutput({ request, target, own, warn }: OutputContext): EncodedOutput {
  const { output } = request;
  if (output === undefined) return {};
  if (output.type === "text") return own ? { format: { type: "text" } } : {};
  if (output.type === "json") return { format: { type: "json_object" } };
  const mustAdapt = output.strict === true && !own && target.quirks.strict === true;
  if (!mustAdapt) return { format: schemaFormat(output, output.schema, output.strict) };

  const adapted = adaptSchema(output.schema, "openai-strict");
  if (adapted.losses.length > 0) {
    warn(looseSchema("response_format"));
    return { format: schemaFormat(output, output.schema, undefined) };
  }
  const format = schemaFormat(output, adapted.schema, true);
  if (!adapted.restores || sameDemands(adapted.schema, output.schema)) return { format };
  return { format, restore: (text) => restored(text, adapted.restore) };
}

function schemaFormat(output: OutputFormat & { type: "schema" }, schema: JsonObject, strict?: boolean): JsonObject {
  const { name, description } = output;
  return { type: "json_schema", json_schema: defined({ name, description, schema, strict }) };
}

function restored(text: string, restore: (value: Json) => Json): string {
  try {
    return JSON.stringify(restore(parseJson(text) as Json));
  } catch {
    // Cut or refused: the caller gets what there is.
    return text;
  }
}

/** The schema is asked for, but nothing enforces it. */
export function looseSchema(field: string): Warning {
  return {
    code: "schema_not_strict",
    message: "The schema cannot be enforced here; it is followed as well as it can be.",
    field,
  };
}

/** Whether the strict form differs only in closing its objects. */
export function sameDemands(strict: JsonObject, schema: JsonObject): boolean {
  const open = (value: JsonObject) =>
    JSON.stringify(value, (key, member: unknown) => (key === "additionalProperties" ? undefined : member));
  return open(strict) === open(schema);
}
