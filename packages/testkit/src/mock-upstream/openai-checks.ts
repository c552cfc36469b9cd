import type { JsonObject } from "@sluice/core";
import { isRecord, records, unknownField, words } from "./fields.ts";
import { checkMessages } from "./openai-messages.ts";
import { VendorError } from "./vendor-error.ts";

// The body of POST /v1/chat/completions: https://platform.openai.com/docs/api-reference/chat/create (read 2026-11).
const topLevel = new Set(
  `audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens messages metadata
  modalities model moderation n parallel_tool_calls prediction presence_penalty prompt_cache_key prompt_cache_options
  prompt_cache_retention reasoning_effort response_format safety_identifier seed service_tier stop store stream
  stream_options temperature tool_choice tools top_logprobs top_p user verbosity web_search_options`.split(/\s+/),
);

// What vendors that copy the format add to it. OpenAI itself refuses all of these.
const lookalikes = new Set(
  "thinking enable_thinking thinking_budget reasoning top_k min_p repetition_penalty random_seed safe_prompt".split(
    " ",
  ),
);

/** Whether the name is one of OpenAI's own, which are held to OpenAI's own rules. */
export function isOpenAI(model: string): boolean {
  return /^(gpt-|o\d|chatgpt-)/.test(model);
}

/** Whether the model thinks unless it is told not to. */
export function isReasoningModel(model: string): boolean {
  return /^(gpt-[5-9]|o\d)/.test(model);
}

/** Refuses as OpenAI does: 400 `invalid_request_error`. */
export function invalid(message: string, param?: string, code?: string): VendorError {
  return new VendorError(400, message, {
    ...(param === undefined ? {} : { param }),
    ...(code === undefined ? {} : { code }),
  });
}

/** Checks a chat completion request as OpenAI does. Throws `VendorError`. */
export function checkRequest(body: JsonObject): void {
  if (typeof body["model"] !== "string") throw invalid("you must provide a model parameter");
  const { model } = body;
  const unknown = unknownField(body, isOpenAI(model) ? topLevel : new Set([...topLevel, ...lookalikes]));
  if (unknown !== undefined) throw invalid(`Unrecognized request argument supplied: ${unknown}`);
  if (!Array.isArray(body["messages"]))
    throw invalid("Missing required parameter: 'messages'.", "messages", "missing_required_parameter");
  checkNumbers(body);
  checkModel(body, model);
  checkMessages(body["messages"]);
  checkTools(body);
  checkFormat(body);
}

const ranges: Readonly<Record<string, readonly [number, number]>> = {
  temperature: [0, 2],
  top_p: [0, 1],
  frequency_penalty: [-2, 2],
  presence_penalty: [-2, 2],
  n: [1, 128],
  max_tokens: [1, Infinity],
  max_completion_tokens: [1, Infinity],
  top_logprobs: [0, 20],
};

function checkNumbers(body: JsonObject): void {
  for (const [name, [least, most]] of Object.entries(ranges)) {
    const value = body[name];
    if (value === undefined) continue;
    if (typeof value !== "number")
      throw invalid(`Invalid type for '${name}': expected a number.`, name, "invalid_type");
    if (value < least)
      throw invalid(
        `Invalid '${name}': expected a value >= ${least}, but got ${value} instead.`,
        name,
        "decimal_below_min_value",
      );
    if (value > most)
      throw invalid(
        `Invalid '${name}': expected a value <= ${most}, but got ${value} instead.`,
        name,
        "decimal_above_max_value",
      );
  }
  for (const name of ["stream", "logprobs", "parallel_tool_calls", "store"]) {
    if (body[name] !== undefined && typeof body[name] !== "boolean") {
      throw invalid(`Invalid type for '${name}': expected a boolean.`, name, "invalid_type");
    }
  }
}

const efforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

function checkModel(body: JsonObject, model: string): void {
  if (body["max_tokens"] !== undefined && body["max_completion_tokens"] !== undefined) {
    throw invalid(
      "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
      "max_tokens",
      "invalid_parameter_combination",
    );
  }
  if (body["stream_options"] !== undefined && body["stream"] !== true) {
    throw invalid("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options");
  }
  const stop = body["stop"];
  if (Array.isArray(stop) && stop.length > 4)
    throw invalid("Invalid 'stop': array too long. Expected at most 4.", "stop", "array_above_max_length");
  const effort = body["reasoning_effort"];
  if (effort !== undefined && !efforts.includes(words(effort)))
    throw invalid(`Invalid value: '${words(effort)}'.`, "reasoning_effort", "invalid_value");
  if (!isReasoningModel(model)) return;

  if (body["max_tokens"] !== undefined) {
    const hint = "Use 'max_completion_tokens' instead.";
    throw invalid(
      `Unsupported parameter: 'max_tokens' is not supported with this model. ${hint}`,
      "max_tokens",
      "unsupported_parameter",
    );
  }
  if (effort === "none") return;
  for (const name of ["temperature", "top_p", "presence_penalty", "frequency_penalty"]) {
    const standard = name === "temperature" || name === "top_p" ? 1 : 0;
    if (body[name] === undefined || body[name] === standard) continue;
    throw invalid(
      `Unsupported value: '${name}' does not support ${JSON.stringify(body[name])} with this model.`,
      name,
      "unsupported_value",
    );
  }
}

const toolName = /^[a-zA-Z0-9_-]{1,64}$/;

function checkTools(body: JsonObject): void {
  const tools = body["tools"];
  if (tools === undefined) {
    if (body["tool_choice"] !== undefined)
      throw invalid(
        "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.",
        "tool_choice",
      );
    if (body["parallel_tool_calls"] !== undefined)
      throw invalid(
        "Invalid value for 'parallel_tool_calls': 'parallel_tool_calls' is only allowed when 'tools' are specified.",
        "parallel_tool_calls",
      );
    return;
  }
  if (!Array.isArray(tools) || tools.length === 0)
    throw invalid("Invalid 'tools': empty array. Expected an array with minimum length 1.", "tools", "empty_array");
  for (const [at, tool] of records(tools).entries()) {
    const definition = tool["type"] === "custom" ? tool["custom"] : tool["function"];
    if (!isRecord(definition))
      throw invalid(
        `Missing required parameter: 'tools[${at}].function'.`,
        `tools[${at}].function`,
        "missing_required_parameter",
      );
    const name = `tools[${at}].function.name`;
    if (!toolName.test(words(definition["name"])))
      throw invalid(
        `Invalid '${name}': string does not match pattern. Expected '^[a-zA-Z0-9_-]+$'.`,
        name,
        "invalid_value",
      );
    if (definition["strict"] === true && isRecord(definition["parameters"]))
      checkStrict(definition["parameters"], `function '${words(definition["name"])}'`);
  }
  checkToolChoice(body["tool_choice"], namesOf(body));
}

function checkToolChoice(choice: unknown, names: string[]): void {
  if (choice === undefined || choice === "auto" || choice === "none" || choice === "required") return;
  if (!isRecord(choice))
    throw invalid(
      `Invalid value: '${words(choice)}'. Supported values are: 'none', 'auto', and 'required'.`,
      "tool_choice",
      "invalid_value",
    );
  const forced = isRecord(choice["function"]) ? words(choice["function"]["name"]) : null;
  if (forced !== null && !names.includes(forced))
    throw invalid(`Tool choice '${forced}' not found in 'tools' parameter.`, "tool_choice");
}

/** The rules of strict schemas, at every object: https://platform.openai.com/docs/guides/structured-outputs (read 2026-11). */
function checkStrict(schema: JsonObject, owner: string, path: string[] = []): void {
  const context = `In context=(${path.map((step) => `'${step}'`).join(", ")})`;
  const properties = isRecord(schema["properties"]) ? schema["properties"] : {};
  if (schema["type"] === "object") {
    if (schema["additionalProperties"] !== false)
      throw strictness(owner, context, "'additionalProperties' is required to be supplied and to be false.");
    const required = new Set(Array.isArray(schema["required"]) ? schema["required"] : []);
    const missing = Object.keys(properties).find((name) => !required.has(name));
    if (missing !== undefined)
      throw strictness(
        owner,
        context,
        `'required' is required to be supplied and to be an array including every key in properties. Missing '${missing}'.`,
      );
  }
  for (const keyword of ["oneOf", "allOf", "not", "if", "patternProperties"]) {
    if (schema[keyword] !== undefined) throw strictness(owner, context, `'${keyword}' is not permitted.`);
  }
  for (const [name, part] of Object.entries(properties))
    if (isRecord(part)) checkStrict(part, owner, [...path, "properties", name]);
  if (isRecord(schema["items"])) checkStrict(schema["items"], owner, [...path, "items"]);
  for (const branch of records(schema["anyOf"])) checkStrict(branch, owner, [...path, "anyOf"]);
}

function strictness(owner: string, context: string, problem: string): VendorError {
  return invalid(`Invalid schema for ${owner}: ${context}, ${problem}`, "response_format", "invalid_json_schema");
}

function checkFormat(body: JsonObject): void {
  const format = body["response_format"];
  if (!isRecord(format) || format["type"] === "text") return;
  if (format["type"] === "json_object") {
    if (/json/i.test(JSON.stringify(body["messages"]))) return;
    throw invalid(
      "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
      "messages",
    );
  }
  if (format["type"] !== "json_schema")
    throw invalid(`Invalid value: '${words(format["type"])}'.`, "response_format.type", "invalid_value");
  const wish = isRecord(format["json_schema"]) ? format["json_schema"] : {};
  if (!toolName.test(words(wish["name"]))) {
    const name = "response_format.json_schema.name";
    throw invalid(`Missing required parameter: '${name}'.`, name, "missing_required_parameter");
  }
  if (wish["strict"] === true && isRecord(wish["schema"]))
    checkStrict(wish["schema"], `response_format '${words(wish["name"])}'`);
}

function namesOf(body: JsonObject): string[] {
  return records(body["tools"]).map((tool) => words((tool["function"] as JsonObject | undefined)?.["name"]));
}
