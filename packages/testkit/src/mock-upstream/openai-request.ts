import type { JsonObject } from "@sluice/core";
import { isRecord, records, unknownField, words } from "./fields.ts";
import { mediumAt } from "./media.ts";
import { checkMessages } from "./openai-messages.ts";
import type { Medium, Prompt } from "./prompt.ts";
import { idOf, tokensOf } from "./tokens.ts";
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

function isReasoningModel(model: string): boolean {
  return /^(gpt-5|o\d)/.test(model);
}

/** Refuses as OpenAI does: 400 `invalid_request_error`. */
export function invalid(message: string, param?: string, code?: string): VendorError {
  return new VendorError(400, message, {
    ...(param === undefined ? {} : { param }),
    ...(code === undefined ? {} : { code }),
  });
}

/** Reads and checks a chat completion request. */
export function readOpenAI(body: unknown): Prompt {
  if (!isRecord(body)) throw invalid("We could not parse the JSON body of your request.");
  if (typeof body["model"] !== "string") throw invalid("you must provide a model parameter");
  const model = body["model"];
  const unknown = unknownField(body, isOpenAI(model) ? topLevel : new Set([...topLevel, ...lookalikes]));
  if (unknown !== undefined) throw invalid(`Unrecognized request argument supplied: ${unknown}`);
  if (!Array.isArray(body["messages"]))
    throw invalid("Missing required parameter: 'messages'.", "messages", "missing_required_parameter");
  checkNumbers(body);
  checkModel(body, model);
  checkMessages(body["messages"]);
  checkTools(body);
  return toPrompt(body, model);
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
    if (value === undefined || value === null) continue;
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
    if (body[name] !== undefined && body[name] !== null && typeof body[name] !== "boolean") {
      throw invalid(`Invalid type for '${name}': expected a boolean.`, name, "invalid_type");
    }
  }
}

const efforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

function checkModel(body: JsonObject, model: string): void {
  if (body["max_tokens"] != null && body["max_completion_tokens"] != null) {
    throw invalid(
      "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
      "max_tokens",
      "invalid_parameter_combination",
    );
  }
  if (body["stream_options"] != null && body["stream"] !== true) {
    throw invalid("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options");
  }
  const stop = body["stop"];
  if (Array.isArray(stop) && stop.length > 4)
    throw invalid("Invalid 'stop': array too long. Expected at most 4.", "stop", "array_above_max_length");
  const effort = body["reasoning_effort"];
  if (effort != null && !efforts.includes(words(effort)))
    throw invalid(`Invalid value: '${words(effort)}'.`, "reasoning_effort", "invalid_value");
  if (!isReasoningModel(model)) return;

  if (body["max_tokens"] != null) {
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
    if (body[name] == null || body[name] === standard) continue;
    throw invalid(
      `Unsupported value: '${name}' does not support ${String(body[name])} with this model.`,
      name,
      "unsupported_value",
    );
  }
}

const toolName = /^[a-zA-Z0-9_-]{1,64}$/;

function checkTools(body: JsonObject): void {
  const tools = body["tools"];
  if (tools == null) {
    if (body["tool_choice"] != null)
      throw invalid(
        "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.",
        "tool_choice",
      );
    if (body["parallel_tool_calls"] != null)
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
  if (choice == null || choice === "auto" || choice === "none" || choice === "required") return;
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

function namesOf(body: JsonObject): string[] {
  return records(body["tools"]).map((tool) => words((tool["function"] as JsonObject | undefined)?.["name"]));
}

function toPrompt(body: JsonObject, model: string): Prompt {
  const messages = records(body["messages"]);
  const user = messages.findLast((message) => message["role"] === "user");
  const reading = messages.map((message) => textOf(message["content"])).join("\n");
  const stop = body["stop"];
  const effort = body["reasoning_effort"];
  const thinks = effort === undefined ? isReasoningModel(model) : effort !== "none" && effort !== null;
  return {
    model,
    stream: body["stream"] === true,
    seed: idOf(32, JSON.stringify(body)),
    reading,
    lastUserText: textOf(user?.["content"]),
    media: mediaOf(user?.["content"]),
    tools: records(body["tools"])
      .filter((tool) => isRecord(tool["function"]))
      .map((tool) => tool["function"] as JsonObject)
      .map((tool) => ({
        name: words(tool["name"]),
        parameters: isRecord(tool["parameters"]) ? tool["parameters"] : null,
      })),
    toolChoice: choiceOf(body["tool_choice"]),
    parallelCalls: body["parallel_tool_calls"] !== false,
    results: resultsOf(messages),
    output: outputOf(body["response_format"], reading),
    thinking: { on: thinks, shown: thinks && !isOpenAI(model) },
    stop: typeof stop === "string" ? [stop] : Array.isArray(stop) ? stop.map(words) : [],
    maxTokens: (body["max_completion_tokens"] ?? body["max_tokens"] ?? null) as number | null,
    choices: (body["n"] ?? 1) as number,
    logprobs: body["logprobs"] === true,
    // OpenAI caches long prompts by itself.
    cache: { read: tokensOf(reading).length >= 64 ? 0.5 : 0, write: 0 },
    wishes: { includeUsage: isRecord(body["stream_options"]) && body["stream_options"]["include_usage"] === true },
  };
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  return records(content)
    .map((part) => words(part["text"]) + words(part["refusal"]))
    .join("");
}

function mediaOf(content: unknown): Medium[] {
  return records(content).flatMap((part) => {
    if (isRecord(part["image_url"])) return mediumAt(part["image_url"]["url"]) ?? [];
    if (isRecord(part["file"]))
      return (
        mediumAt(part["file"]["file_data"]) ?? { mediaType: "file", bytes: null, url: words(part["file"]["file_id"]) }
      );
    if (!isRecord(part["input_audio"])) return [];
    const { data, format } = part["input_audio"];
    return { mediaType: `audio/${words(format)}`, bytes: Buffer.from(words(data), "base64").length, url: null };
  });
}

function choiceOf(choice: unknown): Prompt["toolChoice"] {
  if (choice === "none" || choice === "required") return { mode: choice, names: null };
  if (!isRecord(choice)) return { mode: "auto", names: null };
  if (isRecord(choice["function"])) return { mode: "required", names: [words(choice["function"]["name"])] };
  const allowed = isRecord(choice["allowed_tools"]) ? choice["allowed_tools"] : {};
  const names = records(allowed["tools"]).map((tool) => words((tool["function"] as JsonObject | undefined)?.["name"]));
  return { mode: allowed["mode"] === "required" ? "required" : "auto", names };
}

function resultsOf(messages: JsonObject[]): Prompt["results"] {
  const assistant = messages.findLastIndex((message) => message["role"] === "assistant");
  const calls = records(messages[assistant]?.["tool_calls"]);
  return messages
    .slice(assistant + 1)
    .filter((message) => message["role"] === "tool")
    .map((message) => {
      const call = calls.find((one) => one["id"] === message["tool_call_id"]);
      return {
        name: words((call?.["function"] as JsonObject | undefined)?.["name"]),
        text: textOf(message["content"]),
      };
    });
}

function outputOf(format: unknown, reading: string): Prompt["output"] {
  if (!isRecord(format) || format["type"] === "text") return { type: "text" };
  if (format["type"] === "json_object") {
    if (/json/i.test(reading)) return { type: "json" };
    throw invalid(
      "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
      "messages",
    );
  }
  if (format["type"] !== "json_schema")
    throw invalid(`Invalid value: '${words(format["type"])}'.`, "response_format.type", "invalid_value");
  const wish = format["json_schema"];
  if (!isRecord(wish))
    throw invalid(
      "Missing required parameter: 'response_format.json_schema'.",
      "response_format.json_schema",
      "missing_required_parameter",
    );
  if (!toolName.test(words(wish["name"])))
    throw invalid(
      "Missing required parameter: 'response_format.json_schema.name'.",
      "response_format.json_schema.name",
      "missing_required_parameter",
    );
  const schema = isRecord(wish["schema"]) ? wish["schema"] : { type: "object" };
  if (wish["strict"] === true) checkStrict(schema, `response_format '${words(wish["name"])}'`);
  return { type: "schema", schema };
}
