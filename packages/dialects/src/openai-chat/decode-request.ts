import { defineLate, errors, isLate, isObject, stringOf } from "@sluice/core";
import type { ChatRequest, Json, JsonObject, Modality, OutputFormat, Sampling } from "@sluice/core";
import { decodeMessages } from "./decode-message.ts";
import { decodeReasoning } from "./decode-reasoning.ts";
import { decodeFunctionCall, decodeToolChoice, decodeTools } from "./decode-tools.ts";
import { amount, amounts, as, count, flag, list, need, object, oneOf, take, text, texts } from "../fields.ts";
import { defined, filled } from "../members.ts";

/** How the client wants its answer written. */
export interface Preferences extends Record<string, unknown> {
  /** A usage chunk at the end of a stream. */
  includeUsage: boolean;
  /** `function_call` instead of `tool_calls`. */
  legacyFunctions: boolean;
  /** Tools whose input is free text, answered as `custom` calls. */
  customTools: readonly string[];
  /** What the answer may be made of, and how it sounds, as the client said it. */
  answer: JsonObject;
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
  "modalities",
  "audio",
  "web_search_options",
] as const;

/** Top-level fields of this dialect: those above, and those only its own vendors understand. */
export const requestFields: ReadonlySet<string> = new Set([
  ...understood,
  "moderation",
  "prediction",
  "prompt_cache_key",
  "prompt_cache_options",
  "prompt_cache_retention",
  "safety_identifier",
  "store",
  "verbosity",
]);

const meant: ReadonlySet<string> = new Set(understood);

export function decodeRequest(body: JsonObject): ChatRequest {
  const model = need(body, "model", text);
  if (model.trim() === "") throw errors.REQUEST_INVALID("model", "is empty");
  const { tools, providerTools, customTools } = decodeTools(body);
  const usesLegacy = body.functions !== undefined && body.functions !== null;
  const streamOptions = take(body, "stream_options", object);
  const prefers: Preferences = {
    includeUsage: streamOptions ? (take(streamOptions, "include_usage", flag, "stream_options.") ?? false) : false,
    legacyFunctions: usesLegacy,
    customTools,
    answer: pick(body, ["modalities", "audio"]),
    reasoningFields: pick(body, ["reasoning_effort", "reasoning", "thinking", "enable_thinking", "thinking_budget"]),
  };
  const request: Omit<ChatRequest, "messages"> = {
    operation: "chat",
    model,
    stream: take(body, "stream", flag) ?? false,
    sampling: decodeSampling(body),
    ...defined({
      tools: tools.length > 0 ? tools : undefined,
      providerTools: providerTools.length > 0 ? providerTools : undefined,
      toolChoice: usesLegacy ? decodeFunctionCall(body) : decodeToolChoice(body),
      // The legacy answer has room for one call.
      parallelToolCalls: usesLegacy ? false : take(body, "parallel_tool_calls", flag),
      output: decodeOutput(body),
      ...decodeModalities(body),
      reasoning: decodeReasoning(body),
      user: take(body, "user", text) || undefined,
      metadata: filled(take(body, "metadata", texts)),
      serviceTier: take(body, "service_tier", text),
    }),
    origin: { dialect: "openai-chat", rest: restOf(body), prefers },
  };
  // A history that nobody has parsed yet is decoded for whoever asks for it: on the byte path, for nobody.
  if (isLate(body, "messages")) {
    defineLate(request, "messages", () => messagesOf(body));
    return request as ChatRequest;
  }
  return Object.assign(request, { messages: messagesOf(body) });
}

function messagesOf(body: JsonObject): ChatRequest["messages"] {
  const messages = need(body, "messages", list);
  if (messages.length === 0) throw errors.REQUEST_INVALID("messages", "has no message");
  return decodeMessages(messages);
}

function restOf(body: JsonObject): JsonObject {
  const rest: JsonObject = {};
  for (const name of Object.keys(body)) {
    if (meant.has(name)) continue;
    if (isLate(body, name)) defineLate(rest, name, () => body[name]);
    else Object.defineProperty(rest, name, { ...Object.getOwnPropertyDescriptor(body, name) });
  }
  return rest;
}

function pick(body: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(names.flatMap((name) => (body[name] === undefined ? [] : [[name, body[name]]])));
}

/** A modality that is not known here is the vendor's own and stays in what it gets as it was sent. */
function decodeModalities(body: JsonObject): Pick<ChatRequest, "modalities" | "speech"> {
  const asked = take(body, "modalities", list)?.map((word, index) => as(word, text, `modalities[${index}]`));
  const audio = take(body, "audio", object);
  const voice = audio && (isObject(audio.voice) ? audio.voice.id : audio.voice);
  return defined({
    modalities: asked?.filter(isModality),
    speech: audio && defined({ voice: stringOf(voice), format: take(audio, "format", text, "audio.") }),
  });
}

function isModality(word: string): word is Modality {
  return word === "text" || word === "image" || word === "audio";
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
