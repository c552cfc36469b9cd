import type { JsonObject } from "@sluice/core";
import { blocksOf, checkMessages, extra, invalid, required } from "./anthropic-messages.ts";
import { isRecord, records, unknownField, words } from "./fields.ts";
import { base64Bytes } from "./media.ts";
import type { Medium, Prompt } from "./prompt.ts";
import { idOf } from "./tokens.ts";
import type { VendorCall } from "./vendor.ts";

// The body of POST /v1/messages: https://platform.claude.com/docs/en/api/messages (read 2026-11).
const topLevel = new Set(
  `model messages max_tokens system metadata stop_sequences stream temperature top_p top_k tools tool_choice thinking
  service_tier container cache_control output_config inference_geo`.split(/\s+/),
);
// Taken only together with an `anthropic-beta` header.
const beta = new Set(
  "context_management mcp_servers speed fallbacks diagnostics user_profile_id workspace_id".split(" "),
);

// https://platform.claude.com/docs/en/api/versioning (read 2026-11). The SDK sends the newest.
const newest = "2026-10-21";
const versions = new Set(["2023-01-01", "2023-06-01", newest]);

/** The model's version: 4.5 of `claude-haiku-4-5`, 4 of `claude-sonnet-4-20250514`; older names count as 3. */
function versionOf(model: string): number {
  const [, major, minor = "0"] = /^claude-[a-z]+-(\d+)(?:-(\d{1,2})(?!\d))?/.exec(model) ?? [];
  return major === undefined ? 3 : Number(`${major}.${minor}`);
}

/** Reads and checks a messages request. */
export function readAnthropic(call: VendorCall, body: unknown): Prompt {
  const version = call.headers["anthropic-version"];
  if (version === undefined) throw invalid("anthropic-version: header is required");
  if (!versions.has(version)) throw invalid(`anthropic-version: "${version}" is not a valid version`);
  if (!isRecord(body)) throw invalid("The request body is not valid JSON.");
  const known = call.headers["anthropic-beta"] === undefined ? topLevel : new Set([...topLevel, ...beta]);
  const unknown = unknownField(body, known);
  if (unknown !== undefined) throw extra(unknown);
  if (typeof body["model"] !== "string") throw required("model");
  if (!Array.isArray(body["messages"])) throw required("messages");
  if (typeof body["max_tokens"] !== "number") throw required("max_tokens");
  if (body["max_tokens"] < 1) throw invalid("max_tokens: Input should be greater than or equal to 1");
  checkMessages(body["messages"]);
  checkSystem(body["system"]);
  checkTools(body);
  checkThinking(body);
  if (version === newest) checkRemoved(body);
  checkSampling(body, body["model"]);
  checkFormat(body["output_config"]);
  return toPrompt(body, body["model"]);
}

function checkSystem(system: unknown): void {
  if (system === undefined || typeof system === "string") return;
  if (!Array.isArray(system)) throw invalid("system: Input should be a valid string or list");
  for (const [at, block] of records(system).entries()) {
    if (block["type"] !== "text") throw invalid(`system.${at}.type: Input should be 'text'`);
    if (words(block["text"]).trim() === "") throw invalid("system: text content blocks must be non-empty");
  }
}

function checkTools(body: JsonObject): void {
  const { tools, tool_choice: choice } = body;
  if (choice !== undefined && (!Array.isArray(tools) || tools.length === 0))
    throw invalid("tool_choice: tool_choice may only be specified while providing tools");
  for (const [at, tool] of records(tools).entries()) {
    if (typeof tool["type"] === "string" && tool["type"] !== "custom") continue;
    const path = `tools.${at}.custom`;
    if (!/^[a-zA-Z0-9_-]{1,128}$/.test(words(tool["name"])))
      throw invalid(`${path}.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`);
    const schema = tool["input_schema"];
    if (!isRecord(schema)) throw required(`${path}.input_schema`);
    if (schema["type"] !== "object") throw invalid(`${path}.input_schema.type: Input should be 'object'`);
    const union = ["oneOf", "allOf", "anyOf"].find((keyword) => schema[keyword] !== undefined);
    if (union !== undefined)
      throw invalid(`${path}.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level`);
    const allowed =
      "type name description input_schema cache_control strict defer_loading allowed_callers input_examples eager_input_streaming";
    const unknown = unknownField(tool, new Set(allowed.split(" ")));
    if (unknown !== undefined) throw extra(`${path}.${unknown}`);
  }
  if (!isRecord(choice)) return;
  const type = words(choice["type"]);
  if (!["auto", "any", "tool", "none"].includes(type))
    throw invalid(
      `tool_choice: Input tag '${type}' found using 'type' does not match any of the expected tags: 'auto', 'any', 'tool', 'none'`,
    );
  if (type === "tool" && !records(tools).some((tool) => tool["name"] === choice["name"]))
    throw invalid(`Tool '${words(choice["name"])}' not found in provided tools`);
}

function checkThinking(body: JsonObject): void {
  const thinking = isRecord(body["thinking"]) ? body["thinking"] : null;
  const forced = isRecord(body["tool_choice"]) && ["any", "tool"].includes(words(body["tool_choice"]["type"]));
  const version = versionOf(words(body["model"]));
  if (thinking?.["type"] === "adaptive" && version < 4.6)
    throw invalid("adaptive thinking is not supported on this model");
  if (thinking?.["type"] !== "enabled") return;
  if (version > 4.6)
    throw invalid('"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive".');
  const budget = thinking["budget_tokens"];
  if (typeof budget !== "number") throw required("thinking.enabled.budget_tokens");
  if (budget < 1024) throw invalid("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024");
  if (budget >= (body["max_tokens"] as number))
    throw invalid("`max_tokens` must be greater than `thinking.budget_tokens`.");
  if (forced) throw invalid("Thinking may not be enabled when tool_choice forces tool use.");
  if (body["temperature"] !== undefined && body["temperature"] !== 1)
    throw invalid("`temperature` may only be set to 1 when thinking is enabled.");
  if (body["top_k"] !== undefined) throw invalid("`top_k` must be unset when thinking is enabled.");

  const last = records(body["messages"]).findLast((message) => message["role"] === "assistant");
  const blocks = blocksOf(last?.["content"]);
  const first = words(blocks[0]?.["type"]);
  if (blocks.some((block) => block["type"] === "tool_use") && !first.endsWith("thinking")) {
    throw invalid(
      `Expected \`thinking\` or \`redacted_thinking\`, but found \`${first}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block (preceding the lastmost set of \`tool_use\` and \`tool_result\` blocks).`,
    );
  }
}

/** What the newest version no longer takes: sampling, and citations or documents on the wrong side. */
function checkRemoved(body: JsonObject): void {
  const sampling = ["temperature", "top_p", "top_k"].find((name) => body[name] !== undefined);
  if (sampling !== undefined) throw extra(sampling);
  for (const [at, message] of records(body["messages"]).entries()) {
    const isGone = (block: JsonObject) =>
      message["role"] === "assistant"
        ? block["type"] === "document"
        : Array.isArray(block["citations"]) && block["citations"].length > 0;
    const gone = blocksOf(message["content"]).findIndex(isGone);
    if (gone >= 0) throw extra(`messages.${at}.content.${gone}`);
  }
}

function checkSampling(body: JsonObject, model: string): void {
  for (const name of ["temperature", "top_p"]) {
    const value = body[name];
    if (value === undefined) continue;
    if (typeof value !== "number" || value < 0 || value > 1) throw invalid(`${name}: range: 0..1`);
  }
  if (versionOf(model) > 4 && body["temperature"] !== undefined && body["top_p"] !== undefined) {
    throw invalid("`temperature` and `top_p` cannot both be specified for this model. Please use only one.");
  }
  const neutral: Record<string, number> = { temperature: 1, top_p: 0.99 };
  for (const [name, least] of Object.entries(neutral)) {
    const value = body[name];
    if (versionOf(model) > 4.6 && typeof value === "number" && value < least) {
      throw invalid(`\`${name}\` is deprecated for this model.`);
    }
  }
  if (versionOf(model) > 4.6 && body["top_k"] !== undefined) throw invalid("`top_k` is deprecated for this model.");
  const stops = Array.isArray(body["stop_sequences"]) ? body["stop_sequences"] : [];
  if (stops.some((stop) => words(stop).trim() === ""))
    throw invalid("stop_sequences: each stop sequence must contain non-whitespace");
  const metadata = isRecord(body["metadata"]) ? unknownField(body["metadata"], new Set(["user_id"])) : undefined;
  if (metadata !== undefined) throw extra(`metadata.${metadata}`);
  if (versionOf(model) >= 4.6 && records(body["messages"]).at(-1)?.["role"] === "assistant") {
    throw invalid(
      "This model does not support assistant message prefill. The conversation must end with a user message.",
    );
  }
}

function checkFormat(config: unknown): void {
  if (!isRecord(config)) return;
  const unknown = unknownField(config, new Set(["effort", "format", "task_budget"]));
  if (unknown !== undefined) throw extra(`output_config.${unknown}`);
  if (!isRecord(config["format"])) return;
  if (config["format"]["type"] !== "json_schema")
    throw invalid("output_config.format.type: Input should be 'json_schema'");
  if (!isRecord(config["format"]["schema"])) throw required("output_config.format.schema");
  checkClosed(config["format"]["schema"]);
}

function checkClosed(schema: JsonObject): void {
  if (schema["type"] === "object" && schema["additionalProperties"] !== false) {
    throw invalid(
      "output_config.format.schema: For 'object' type, 'additionalProperties' must be explicitly set to false",
    );
  }
  const properties = isRecord(schema["properties"]) ? Object.values(schema["properties"]) : [];
  for (const part of [...properties, schema["items"], ...records(schema["anyOf"])])
    if (isRecord(part)) checkClosed(part);
}

function toPrompt(body: JsonObject, model: string): Prompt {
  const messages = records(body["messages"]);
  const user = messages.findLast((message) => message["role"] === "user" && textOf(message["content"]) !== "");
  const assistant = messages.findLastIndex((message) => message["role"] === "assistant");
  const fresh = messages.slice(assistant + 1).flatMap((message) => blocksOf(message["content"]));
  const choice = isRecord(body["tool_choice"]) ? body["tool_choice"] : {};
  const config = isRecord(body["output_config"]) ? body["output_config"] : {};
  const format = isRecord(config["format"]) ? config["format"] : null;
  const thinking = isRecord(body["thinking"]) ? body["thinking"] : {};
  const thinks = thinking["type"] === "enabled" || thinking["type"] === "adaptive";
  const marked = JSON.stringify(body).includes('"cache_control"');
  return {
    model,
    stream: body["stream"] === true,
    seed: idOf(32, JSON.stringify(body)),
    reading: [textOf(body["system"]), ...messages.map((message) => textOf(message["content"]))].join("\n"),
    lastUserText: textOf(user?.["content"]),
    media: blocksOf(user?.["content"]).flatMap(mediumOf),
    tools: records(body["tools"]).map((tool) => ({
      name: words(tool["name"]),
      parameters: isRecord(tool["input_schema"]) ? tool["input_schema"] : null,
    })),
    toolChoice: {
      mode:
        choice["type"] === "none"
          ? "none"
          : choice["type"] === "any" || choice["type"] === "tool"
            ? "required"
            : "auto",
      names: choice["type"] === "tool" ? [words(choice["name"])] : null,
    },
    parallelCalls: choice["disable_parallel_tool_use"] !== true,
    results: fresh
      .filter((block) => block["type"] === "tool_result")
      .map((block) => {
        const call = blocksOf(messages[assistant]?.["content"]).find((one) => one["id"] === block["tool_use_id"]);
        return { name: words(call?.["name"]), text: textOf(block["content"]) };
      }),
    output: isRecord(format?.["schema"]) ? { type: "schema", schema: format["schema"] } : { type: "text" },
    thinking: { on: thinks, shown: thinks && thinking["display"] !== "omitted" },
    stop: Array.isArray(body["stop_sequences"]) ? body["stop_sequences"].map(words) : [],
    maxTokens: body["max_tokens"] as number,
    choices: 1,
    logprobs: false,
    cache: marked ? { read: 0.5, write: 0.25 } : { read: 0, write: 0 },
    wishes: {},
  };
}

function textOf(content: unknown): string {
  return blocksOf(content)
    .map((block) => words(block["text"]))
    .join("");
}

function mediumOf(block: JsonObject): Medium[] {
  if (block["type"] !== "image" && block["type"] !== "document") return [];
  const source = isRecord(block["source"]) ? block["source"] : {};
  if (source["type"] === "base64")
    return [{ mediaType: words(source["media_type"]), bytes: base64Bytes(source["data"]), url: null }];
  return [{ mediaType: null, bytes: null, url: words(source["url"]) || words(source["file_id"]) }];
}
