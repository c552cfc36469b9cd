import { isObject } from "@sluice/core";
import type { ChatRequest, Json, JsonObject, OutputFormat, UpstreamTarget, Warning } from "@sluice/core";
import { need, object, take, text } from "../fields.ts";
import { defined } from "../members.ts";
import type { NameMap } from "../names.ts";
import { adaptSchema } from "../schema/index.ts";

type Warn = (warning: Warning) => void;

/** How the answer's form is asked for, and what its decoder must do about it. */
export interface OutputAsk {
  /** `output_config.format`. */
  format?: JsonObject;
  /** A line for the system text. */
  instruction?: string;
  /** A tool whose arguments are the answer, for models without output formats. */
  tool?: JsonObject;
  /** Undoes in the answer what the schema's adaptation changed. */
  restore?: (value: Json) => Json;
}

const anyJson = "Answer with one valid JSON value and nothing else: no code fence, no words before or after it.";

export function decodeOutput(body: JsonObject): OutputFormat | undefined {
  const config = take(body, "output_config", object);
  const format = config && take(config, "format", object, "output_config.");
  if (format === undefined || take(format, "type", text, "output_config.format.") !== "json_schema") return undefined;
  const schema = need(format, "schema", object, "output_config.format.");
  return { type: "schema", name: "answer", schema, strict: true };
}

export function encodeOutput(request: ChatRequest, target: UpstreamTarget, names: NameMap, warn: Warn): OutputAsk {
  const output = request.output;
  if (output === undefined || output.type === "text") return {};
  if (output.type === "json") return { instruction: anyJson };
  return followsSchemas(target) ? asFormat(output, warn) : asTool(output, names, warn);
}

/** Whether the model can be held to a schema, in its answer and in the arguments of its calls. */
export function followsSchemas({ info, quirks }: UpstreamTarget): boolean {
  return info?.abilities?.schema !== false && (quirks.schema ?? "schema") === "schema";
}

type SchemaOutput = Extract<OutputFormat, { type: "schema" }>;

function asFormat(output: SchemaOutput, warn: Warn): OutputAsk {
  const { schema, losses } = adaptSchema(output.schema, "anthropic");
  warnLosses(losses, output, warn);
  return { format: { type: "json_schema", schema } };
}

function asTool(output: SchemaOutput, names: NameMap, warn: Warn): OutputAsk {
  const { schema, losses, restores, restore } = adaptSchema(output.schema, "anthropic-tool");
  warnLosses(losses, output, warn);
  const description = output.description ?? "Gives the final answer. Call it once, with the whole answer.";
  const tool = { name: names.toWire(answerName(output)), description, input_schema: schema };
  // An answer that needs no restoring can be streamed as the model writes it.
  return defined<OutputAsk>({ tool, restore: restores ? restore : undefined });
}

/** The name of the tool that stands for the answer; it cannot be that of a client's tool. */
export function answerName(output: OutputFormat | undefined): string {
  return output?.type === "schema" ? `answer:${output.name}` : "answer:";
}

function warnLosses(losses: readonly { path: string; keyword: string }[], output: SchemaOutput, warn: Warn): void {
  for (const { path, keyword } of losses) {
    const message = `"${keyword}" at ${path} became part of the description${output.strict ? ", so strict is best effort" : ""}.`;
    warn({ code: "schema_adapted", message, field: "response_format" });
  }
}

/** Members of `output_config` without a canonical meaning. */
export function restOfOutputConfig(body: JsonObject): JsonObject | undefined {
  const config = body["output_config"];
  if (!isObject(config)) return undefined;
  const rest = Object.entries(config).filter(([name]) => name !== "effort" && name !== "format");
  return rest.length > 0 ? Object.fromEntries(rest) : undefined;
}
