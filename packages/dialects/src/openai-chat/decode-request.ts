import { errors, isObject } from "@sluice/core";
import type {
  ChatRequest,
  Json,
  JsonObject,
  OutputFormat,
  ProviderTool,
  ReasoningEffort,
  ReasoningWish,
  Sampling,
  Tool,
  ToolChoice,
} from "@sluice/core";
import { decodeMessages } from "./decode-message.ts";
import { amount, amounts, as, count, defined, flag, list, need, object, oneOf, take, text, texts } from "./fields.ts";

/** How the client wants its answer written. */
export interface Preferences extends Record<string, unknown> {
  /** A usage chunk at the end of a stream. */
  includeUsage: boolean;
  /** `function_call` instead of `tool_calls`. */
  legacyFunctions: boolean;
  /** Tools whose input is free text, answered as `custom` calls. */
  customTools: readonly string[];
  /** How the client asked for thinking, in the words of the vendor it knows. */
  reasoningFields: JsonObject;
}

/** What `decodeRequest` gives a meaning to; everything else travels in `rest`. */
const understood = [
  "model",
  "messages",
  "stream",
  "stream_options",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "functions",
  "function_call",
  "response_format",
  "max_tokens",
  "max_completion_tokens",
  "temperature",
  "top_p",
  "top_k",
  "frequency_penalty",
  "presence_penalty",
  "stop",
  "seed",
  "n",
  "logprobs",
  "top_logprobs",
  "logit_bias",
  "reasoning_effort",
  "reasoning",
  "thinking",
  "enable_thinking",
  "thinking_budget",
  "user",
  "metadata",
  "service_tier",
] as const;

/** Top-level fields of this dialect: those above, and those only its own vendors understand. */
export const requestFields: ReadonlySet<string> = new Set([
  ...understood,
  "audio",
  "modalities",
  "moderation",
  "prediction",
  "prompt_cache_key",
  "prompt_cache_options",
  "prompt_cache_retention",
  "safety_identifier",
  "store",
  "verbosity",
  "web_search_options",
]);

const meant: ReadonlySet<string> = new Set(understood);

export function decodeRequest(body: JsonObject): ChatRequest {
  const model = need(body, "model", text);
  if (model.trim() === "") throw errors.REQUEST_INVALID("model", "is empty");
  const messages = need(body, "messages", list);
  if (messages.length === 0) throw errors.REQUEST_INVALID("messages", "has no message");

  const { tools, providerTools, customTools } = decodeTools(body);
  const usesLegacy = body.functions !== undefined && body.functions !== null;
  const streamOptions = take(body, "stream_options", object);
  const prefers: Preferences = {
    includeUsage: streamOptions ? (take(streamOptions, "include_usage", flag, "stream_options.") ?? false) : false,
    legacyFunctions: usesLegacy,
    customTools,
    reasoningFields: pick(body, ["reasoning_effort", "reasoning", "thinking", "enable_thinking", "thinking_budget"]),
  };
  return {
    operation: "chat",
    model,
    stream: take(body, "stream", flag) ?? false,
    messages: decodeMessages(messages),
    sampling: decodeSampling(body),
    ...defined({
      tools: tools.length > 0 ? tools : undefined,
      providerTools: providerTools.length > 0 ? providerTools : undefined,
      toolChoice: usesLegacy ? decodeFunctionCall(body) : decodeToolChoice(body),
      // The legacy answer has room for one call.
      parallelToolCalls: usesLegacy ? false : take(body, "parallel_tool_calls", flag),
      output: decodeOutput(body),
      reasoning: decodeReasoning(body),
      user: take(body, "user", text),
      metadata: take(body, "metadata", texts),
      serviceTier: take(body, "service_tier", text),
    }),
    origin: { dialect: "openai-chat", rest: restOf(body), prefers },
  };
}

function restOf(body: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !meant.has(name)));
}

function pick(body: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(names.flatMap((name) => (body[name] === undefined ? [] : [[name, body[name]]])));
}

interface DecodedTools {
  tools: Tool[];
  providerTools: ProviderTool[];
  customTools: string[];
}

function decodeTools(body: JsonObject): DecodedTools {
  const decoded: DecodedTools = { tools: [], providerTools: [], customTools: [] };
  for (const [index, value] of (take(body, "functions", list) ?? []).entries()) {
    decoded.tools.push(decodeFunction(as(value, object, `functions[${index}]`), `functions[${index}].`));
  }
  for (const [index, value] of (take(body, "tools", list) ?? []).entries()) {
    const tool = as(value, object, `tools[${index}]`);
    const type = take(tool, "type", text, `tools[${index}].`) ?? "function";
    if (type === "function") {
      const at = `tools[${index}].function.`;
      const cached = isObject(tool.cache_control) ? { cache: {} } : {};
      decoded.tools.push({ ...decodeFunction(need(tool, "function", object, `tools[${index}].`), at), ...cached });
    } else if (type === "custom") {
      const custom = decodeCustom(need(tool, "custom", object, `tools[${index}].`), `tools[${index}].custom.`);
      decoded.tools.push(custom);
      decoded.customTools.push(custom.name);
    } else {
      decoded.providerTools.push({ format: "openai-chat", item: tool });
    }
  }
  return decoded;
}

function decodeFunction(tool: JsonObject, at: string): Tool {
  return {
    name: need(tool, "name", text, at),
    ...defined({
      description: take(tool, "description", text, at),
      parameters: take(tool, "parameters", object, at),
      strict: take(tool, "strict", flag, at),
    }),
  };
}

/** Free text becomes a function with one string; a grammar can only be told in words. */
function decodeCustom(tool: JsonObject, at: string): Tool {
  const format = take(tool, "format", object, at);
  const grammar = isObject(format?.grammar)
    ? `The input follows this grammar: ${JSON.stringify(format.grammar)}`
    : null;
  const description = [take(tool, "description", text, at), grammar].filter(Boolean).join("\n\n");
  return {
    name: need(tool, "name", text, at),
    ...(description === "" ? {} : { description }),
    parameters: { type: "object", properties: { input: { type: "string" } }, required: ["input"] },
  };
}

const choiceWords = ["auto", "none", "required", "any"] as const;

function decodeToolChoice(body: JsonObject): ToolChoice | undefined {
  const choice = body.tool_choice;
  if (choice === undefined || choice === null) return undefined;
  if (typeof choice === "string") {
    const word = as(choice, oneOf(choiceWords), "tool_choice");
    return { type: word === "any" ? "required" : word };
  }
  const given = as(choice, object, "tool_choice");
  const type = need(given, "type", oneOf(["function", "custom", "allowed_tools"]), "tool_choice.");
  const at = `tool_choice.${type}.`;
  const inner = need(given, type, object, "tool_choice.");
  if (type !== "allowed_tools") return { type: "tool", name: need(inner, "name", text, at) };
  return {
    type: "subset",
    mode: need(inner, "mode", oneOf(["auto", "required"]), at),
    names: need(inner, "tools", list, at).map((tool, index) => allowedName(tool, `${at}tools[${index}]`)),
  };
}

function allowedName(tool: Json, at: string): string {
  const given = as(tool, object, at);
  const named = isObject(given.custom) ? given.custom : need(given, "function", object, `${at}.`);
  return need(named, "name", text, `${at}.`);
}

function decodeFunctionCall(body: JsonObject): ToolChoice | undefined {
  const choice = body.function_call;
  if (choice === undefined || choice === null) return undefined;
  if (typeof choice === "string") return { type: as(choice, oneOf(["auto", "none"]), "function_call") };
  return { type: "tool", name: need(as(choice, object, "function_call"), "name", text, "function_call.") };
}

function decodeOutput(body: JsonObject): OutputFormat | undefined {
  const format = take(body, "response_format", object);
  if (!format) return undefined;
  const type = need(format, "type", oneOf(["text", "json_object", "json_schema"]), "response_format.");
  if (type === "text") return { type: "text" };
  if (type === "json_object") return { type: "json" };
  const at = "response_format.json_schema.";
  const given = need(format, "json_schema", object, "response_format.");
  return {
    type: "schema",
    name: need(given, "name", text, at),
    schema: take(given, "schema", object, at) ?? {},
    ...defined({ description: take(given, "description", text, at), strict: take(given, "strict", flag, at) }),
  };
}

function decodeSampling(body: JsonObject): Sampling {
  return defined({
    maxTokens: take(body, "max_completion_tokens", count) ?? take(body, "max_tokens", count),
    temperature: take(body, "temperature", amount),
    topP: take(body, "top_p", amount),
    topK: take(body, "top_k", count),
    frequencyPenalty: take(body, "frequency_penalty", amount),
    presencePenalty: take(body, "presence_penalty", amount),
    stop: decodeStop(body.stop),
    seed: take(body, "seed", count),
    n: take(body, "n", count),
    logprobs: take(body, "logprobs", flag),
    topLogprobs: take(body, "top_logprobs", count),
    logitBias: take(body, "logit_bias", amounts),
  });
}

function decodeStop(stop: Json | undefined): string[] | undefined {
  if (stop === undefined || stop === null) return undefined;
  const sequences = Array.isArray(stop) ? stop : [stop];
  const kept = sequences.map((sequence, index) => as(sequence, text, Array.isArray(stop) ? `stop[${index}]` : "stop"));
  const whole = kept.filter((sequence) => sequence !== "");
  return whole.length > 0 ? whole : undefined;
}

const efforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const satisfies ReasoningEffort[];

/** OpenAI's own field first, then the forms that other vendors of this dialect made their clients used to. */
function decodeReasoning(body: JsonObject): ReasoningWish | undefined {
  const wish = {
    ...thinkingWish(body),
    ...routerWish(body),
    ...defined({ effort: take(body, "reasoning_effort", oneOf(efforts)) }),
  };
  return Object.keys(wish).length > 0 ? wish : undefined;
}

function routerWish(body: JsonObject): ReasoningWish {
  const given = take(body, "reasoning", object);
  if (!given) return {};
  const enabled = take(given, "enabled", flag, "reasoning.");
  const exclude = take(given, "exclude", flag, "reasoning.");
  return defined({
    effort: take(given, "effort", oneOf(efforts), "reasoning.") ?? (enabled === false ? "none" : undefined),
    budgetTokens: take(given, "max_tokens", count, "reasoning."),
    include: exclude === undefined ? undefined : !exclude,
  });
}

function thinkingWish(body: JsonObject): ReasoningWish {
  const enabled = take(body, "enable_thinking", flag);
  const budgetTokens = take(body, "thinking_budget", count);
  const thinking = take(body, "thinking", object);
  const type = thinking && take(thinking, "type", text, "thinking.");
  const budget = thinking && take(thinking, "budget_tokens", count, "thinking.");
  const off = enabled === false || type === "disabled";
  return defined({
    effort: off ? ("none" as const) : undefined,
    budgetTokens: off ? undefined : (budget ?? budgetTokens ?? (enabled || type === "enabled" ? -1 : undefined)),
    adaptive: type === "adaptive" || undefined,
  });
}
