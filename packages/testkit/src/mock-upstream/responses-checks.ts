import type { JsonObject } from "@sluice/core";
import { isRecord, records, unknownField, words } from "./fields.ts";
import { invalid, isOpenAI, isReasoningModel } from "./openai-checks.ts";

// The body of POST /v1/responses: https://platform.openai.com/docs/api-reference/responses/create (read 2026-11).
const topLevel = new Set(
  `access_programs background context_management conversation image include input instructions max_output_tokens
  max_tool_calls metadata model moderation parallel_tool_calls previous_response_id prompt prompt_cache_key
  prompt_cache_options prompt_cache_retention reasoning safety_identifier service_tier store stream stream_options
  temperature text tool_choice tools top_logprobs top_p truncation user`.split(/\s+/),
);

const included = new Set(
  `file_search_call.results web_search_call.results web_search_call.action.sources message.input_image.image_url
  computer_call_output.output.image_url code_interpreter_call.outputs reasoning.encrypted_content
  message.output_text.logprobs`.split(/\s+/),
);

const efforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];
const toolName = /^[a-zA-Z0-9_-]{1,64}$/;

/** Checks the body of a responses request but for its input, as OpenAI does. Throws `VendorError`. */
export function checkBody(body: JsonObject): void {
  const unknown = unknownField(body, topLevel);
  if (unknown !== undefined) throw invalid(`Unknown parameter: '${unknown}'.`, unknown, "unknown_parameter");
  if (typeof body["model"] !== "string") throw missing("model");
  if (body["input"] === undefined && body["previous_response_id"] === undefined && body["prompt"] === undefined)
    throw missing("input");
  checkNumbers(body);
  checkSampling(body, body["model"]);
  checkChoices(body);
  checkTools(body);
  checkFormat(body);
}

function missing(name: string) {
  return invalid(`Missing required parameter: '${name}'.`, name, "missing_required_parameter");
}

const ranges: Readonly<Record<string, readonly [number, number]>> = {
  temperature: [0, 2],
  top_p: [0, 1],
  top_logprobs: [0, 20],
  // OpenAI takes nothing below 16 here: https://github.com/vectorize-io/hindsight/issues/58 (read 2026-11).
  max_output_tokens: [16, Infinity],
  max_tool_calls: [1, Infinity],
};

function checkNumbers(body: JsonObject): void {
  for (const [name, [least, most]] of Object.entries(ranges)) {
    const value = body[name];
    if (value === undefined) continue;
    if (typeof value !== "number")
      throw invalid(`Invalid type for '${name}': expected a number.`, name, "invalid_type");
    const kind = Number.isInteger(least) && name !== "temperature" && name !== "top_p" ? "integer" : "decimal";
    if (value < least)
      throw invalid(
        `Invalid '${name}': ${kind} below minimum value. Expected a value >= ${least}, but got ${value} instead.`,
        name,
        `${kind}_below_min_value`,
      );
    if (value > most)
      throw invalid(
        `Invalid '${name}': ${kind} above maximum value. Expected a value <= ${most}, but got ${value} instead.`,
        name,
        `${kind}_above_max_value`,
      );
  }
}

function checkSampling(body: JsonObject, model: string): void {
  const effort = isRecord(body["reasoning"]) ? body["reasoning"]["effort"] : undefined;
  if (!isOpenAI(model)) return;
  if (!isReasoningModel(model) && isRecord(body["reasoning"]) && effort !== undefined && effort !== null)
    throw unsupported("reasoning.effort");
  if (!isReasoningModel(model) || effort === "none") return;
  const sampling = ["temperature", "top_p", "top_logprobs"].find(
    (name) => body[name] !== undefined && !(name !== "top_logprobs" && body[name] === 1),
  );
  if (sampling !== undefined) throw unsupported(sampling);
}

function unsupported(name: string) {
  return invalid(`Unsupported parameter: '${name}' is not supported with this model.`, name, "unsupported_parameter");
}

function checkChoices(body: JsonObject): void {
  const include = Array.isArray(body["include"]) ? body["include"] : [];
  const odd = include.find((one) => !included.has(words(one)));
  if (odd !== undefined) throw invalid(`Invalid value: '${words(odd)}'.`, "include", "invalid_value");
  const effort = isRecord(body["reasoning"]) ? (body["reasoning"]["effort"] ?? null) : null;
  if (effort !== null && !efforts.includes(words(effort)))
    throw invalid(`Invalid value: '${words(effort)}'.`, "reasoning.effort", "invalid_value");
  if (body["background"] === true && body["store"] === false)
    throw invalid("Background responses require 'store' to be true.", "background");
  if (body["stream_options"] !== undefined && body["stream"] !== true)
    throw invalid("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options");
}

function checkTools(body: JsonObject): void {
  const tools = records(body["tools"]);
  for (const [at, tool] of tools.entries()) {
    const type = words(tool["type"]);
    if (type === "") throw missing(`tools[${at}].type`);
    if (type !== "function" && type !== "custom") continue;
    // Chat's nested form is the mistake that clients make.
    if (tool["name"] === undefined) throw missing(`tools[${at}].name`);
    if (!toolName.test(words(tool["name"])))
      throw invalid(
        `Invalid 'tools[${at}].name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`,
        `tools[${at}].name`,
        "invalid_value",
      );
    if (type === "function" && isRecord(tool["parameters"]) && tool["strict"] !== false && tool["strict"] !== null)
      if (tool["strict"] === true) checkClosed(tool["parameters"], `function '${words(tool["name"])}'`);
  }
  const choice = body["tool_choice"];
  if (!isRecord(choice) || (choice["type"] !== "function" && choice["type"] !== "custom")) return;
  if (!tools.some((tool) => tool["type"] === choice["type"] && tool["name"] === choice["name"]))
    throw invalid(`Tool choice '${words(choice["name"])}' not found in 'tools' parameter.`, "tool_choice");
}

function checkFormat(body: JsonObject): void {
  const format = isRecord(body["text"]) && isRecord(body["text"]["format"]) ? body["text"]["format"] : null;
  if (format === null || format["type"] === "text") return;
  if (format["type"] === "json_object") {
    if (/json/i.test(JSON.stringify([body["input"] ?? "", body["instructions"] ?? ""]))) return;
    throw invalid(
      "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.",
      "input",
    );
  }
  if (format["type"] !== "json_schema")
    throw invalid(`Invalid value: '${words(format["type"])}'.`, "text.format.type", "invalid_value");
  if (!toolName.test(words(format["name"]))) throw missing("text.format.name");
  if (!isRecord(format["schema"])) throw missing("text.format.schema");
  if (format["strict"] === true) checkClosed(format["schema"], `response_format '${words(format["name"])}'`);
}

/** The rules of strict schemas: https://platform.openai.com/docs/guides/structured-outputs (read 2026-11). */
function checkClosed(schema: JsonObject, owner: string): void {
  const properties = isRecord(schema["properties"]) ? schema["properties"] : {};
  const required = new Set(Array.isArray(schema["required"]) ? schema["required"] : []);
  const open = schema["type"] === "object" && schema["additionalProperties"] !== false;
  const optional = Object.keys(properties).find((name) => !required.has(name));
  if (open || optional !== undefined)
    throw invalid(
      open
        ? `Invalid schema for ${owner}: 'additionalProperties' is required to be supplied and to be false.`
        : `Invalid schema for ${owner}: 'required' is required to be supplied and to be an array including every key in properties. Missing '${optional}'.`,
      "text.format.schema",
      "invalid_json_schema",
    );
  for (const part of [...Object.values(properties), schema["items"], ...records(schema["anyOf"])])
    if (isRecord(part)) checkClosed(part, owner);
}
