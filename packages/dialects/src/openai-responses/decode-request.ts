import { defineLate, errors, isLate, isObject, stringOf } from "@sluice/core";
import type {
  ChatRequest,
  ClientCall,
  Json,
  JsonObject,
  MayHold,
  OutputFormat,
  ReasoningWish,
  Sampling,
} from "@sluice/core";
import { isEffort } from "../effort.ts";
import { amount, count, flag, list, need, object, oneOf, take, text, texts } from "../fields.ts";
import { defined, filled } from "../members.ts";
import { decodeInput } from "./decode-input.ts";
import { decodeToolChoice, decodeTools } from "./decode-tools.ts";
import { isLostReasoning } from "./reasoning.ts";

/** How the client asked, in words that the canonical form does not have. */
export interface Preferences extends Record<string, unknown> {
  /** Tools whose input is free text, answered as `custom_tool_call` items. */
  customTools: readonly string[];
  /** The same as they were defined, by name. */
  custom: Readonly<Record<string, JsonObject>>;
  /** `include` as it was sent. */
  include?: readonly Json[];
  /** `reasoning` as it was sent. */
  reasoning?: JsonObject;
  /** `text` without its format. */
  text?: JsonObject;
  /** Fields that a response repeats. */
  echo: JsonObject;
}

/** What `decodeRequest` gives a meaning to; everything else travels in `rest`. */
const understood = [
  "model",
  "input",
  "instructions",
  "stream",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "text",
  "max_output_tokens",
  "temperature",
  "top_p",
  "top_logprobs",
  "reasoning",
  "user",
  "metadata",
  "service_tier",
] as const;

/** Top-level fields of this dialect: those above, and those that only its vendors understand. */
export const requestFields: ReadonlySet<string> = new Set([
  ...understood,
  "access_programs",
  "background",
  "context_management",
  "conversation",
  "image",
  "include",
  "max_tool_calls",
  "moderation",
  "previous_response_id",
  "prompt",
  "prompt_cache_key",
  "prompt_cache_options",
  "prompt_cache_retention",
  "safety_identifier",
  "store",
  "stream_options",
  "truncation",
]);

const meant: ReadonlySet<string> = new Set(understood);

/** Fields that speak of what lies with one vendor: without it, what is asked cannot be known. */
const stateful = ["previous_response_id", "conversation", "prompt"] as const;

export function decodeRequest(body: JsonObject, _call: ClientCall, mayHold?: MayHold): ChatRequest {
  const model = need(body, "model", text);
  if (model.trim() === "") throw errors.REQUEST_INVALID("model", "is empty");
  const nativeField = nativeFieldOf(body, mayHold);
  const { tools, providerTools, custom } = decodeTools(body);
  const toolChoice = decodeToolChoice(body);
  const prefers: Preferences = {
    customTools: Object.keys(custom),
    custom,
    ...defined({
      include: take(body, "include", list),
      reasoning: take(body, "reasoning", object),
      text: restOfText(body),
    }),
    echo: echoOf(body),
  };
  const request: Omit<ChatRequest, "messages"> = {
    operation: "chat",
    model,
    stream: take(body, "stream", flag) ?? false,
    sampling: decodeSampling(body),
    ...defined({
      tools: tools.length > 0 ? tools : undefined,
      providerTools: providerTools.length > 0 ? providerTools : undefined,
      toolChoice,
      parallelToolCalls: take(body, "parallel_tool_calls", flag),
      output: decodeOutput(body),
      reasoning: decodeReasoning(body),
      user: take(body, "user", text) || undefined,
      metadata: filled(take(body, "metadata", texts)),
      serviceTier: take(body, "service_tier", text),
      nativeField,
    }),
    origin: { dialect: "openai-responses", rest: restOf(body, toolChoice === undefined), prefers },
  };
  // A history that nobody has parsed yet is decoded for whoever asks for it: on the byte path, for nobody.
  if (isLate(body, "input")) {
    defineLate(request, "messages", () => messagesOf(body));
    return request as ChatRequest;
  }
  return Object.assign(request, { messages: messagesOf(body) });
}

function messagesOf(body: JsonObject): ChatRequest["messages"] {
  const messages = decodeInput(body);
  if (messages.length > 0 || stateful.some((name) => isSet(body, name))) return messages;
  throw errors.REQUEST_INVALID("input", "has no item");
}

function isSet(body: JsonObject, name: string): boolean {
  return body[name] !== undefined && body[name] !== null && body[name] !== false;
}

/** The field, if any, that only a vendor of this dialect can honour. */
function nativeFieldOf(body: JsonObject, mayHold?: MayHold): string | undefined {
  const field = [...stateful, "background"].find((name) => isSet(body, name));
  if (field !== undefined || mayHold?.("input", "item_reference") === false) return field;
  const items = Array.isArray(body.input) ? body.input : [];
  const at = items.findIndex((item) => isObject(item) && item.type === "item_reference" && !isLostReasoning(item));
  return at === -1 ? undefined : `input[${at}]`;
}

/** What is given of any upstream's answer without being asked for, or is asked for in the canonical form. */
const given: ReadonlySet<Json> = new Set(["reasoning.encrypted_content", "message.output_text.logprobs"]);

function restOf(body: JsonObject, hasOwnChoice: boolean): JsonObject {
  // A choice of a tool that the vendor runs has no canonical form.
  const isRest = (name: string) => !meant.has(name) || (name === "tool_choice" && hasOwnChoice);
  const names = Object.keys(body).filter((name) => isRest(name) && body[name] !== undefined);
  const rest = Object.fromEntries(names.map((name) => [name, body[name]]));
  const text = restOfText(body);
  if (text) rest.text = text;
  return Array.isArray(body.include) ? { ...rest, include: body.include.filter((what) => !given.has(what)) } : rest;
}

const repeated = [
  "background",
  "instructions",
  "max_output_tokens",
  "max_tool_calls",
  "metadata",
  "parallel_tool_calls",
  "previous_response_id",
  "prompt_cache_key",
  "reasoning",
  "safety_identifier",
  "service_tier",
  "store",
  "temperature",
  "text",
  "tool_choice",
  "tools",
  "top_logprobs",
  "top_p",
  "truncation",
  "user",
] as const;

function echoOf(body: JsonObject): JsonObject {
  return Object.fromEntries(repeated.flatMap((name) => (body[name] === undefined ? [] : [[name, body[name]]])));
}

function restOfText(body: JsonObject): JsonObject | undefined {
  const given = take(body, "text", object);
  if (given === undefined) return undefined;
  const rest = Object.entries(given).filter(([name]) => name !== "format");
  return rest.length > 0 ? Object.fromEntries(rest) : undefined;
}

function decodeOutput(body: JsonObject): OutputFormat | undefined {
  const given = take(body, "text", object);
  const format = given && take(given, "format", object, "text.");
  if (!format) return undefined;
  const at = "text.format.";
  const type = need(format, "type", oneOf(["text", "json_object", "json_schema"]), at);
  if (type === "text") return { type: "text" };
  if (type === "json_object") return { type: "json" };
  return {
    type: "schema",
    name: need(format, "name", text, at),
    schema: need(format, "schema", object, at),
    ...defined({ description: take(format, "description", text, at), strict: take(format, "strict", flag, at) }),
  };
}

function decodeSampling(body: JsonObject): Sampling {
  const include = take(body, "include", list) ?? [];
  return defined({
    maxTokens: take(body, "max_output_tokens", count),
    temperature: take(body, "temperature", amount),
    topP: take(body, "top_p", amount),
    logprobs: include.includes("message.output_text.logprobs") || undefined,
    topLogprobs: take(body, "top_logprobs", count),
  });
}

function decodeReasoning(body: JsonObject): ReasoningWish | undefined {
  const given = take(body, "reasoning", object);
  if (given === undefined) return undefined;
  const effort = take(given, "effort", text, "reasoning.");
  const summary = stringOf(given.summary) ?? stringOf(given.generate_summary);
  const wish = defined({
    // An effort of the vendor's own stays in what it gets as it was sent.
    effort: isEffort(effort) ? effort : undefined,
    include: summary === undefined ? undefined : true,
  });
  return Object.keys(wish).length > 0 ? wish : undefined;
}
