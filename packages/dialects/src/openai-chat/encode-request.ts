import { errors } from "@sluice/core";
import type {
  ChatRequest,
  EncodedRequest,
  Json,
  JsonObject,
  OutputFormat,
  Tool,
  UpstreamTarget,
  Warning,
} from "@sluice/core";
import { effortOf } from "../effort.ts";
import { NameMap } from "../names.ts";
import { adaptSchema } from "../schema/index.ts";
import { encodeMessages } from "./encode-message.ts";
import { defined } from "./fields.ts";
import { fitToVendor } from "./vendor.ts";

/** What the decoder of the answer must undo. */
export interface Memo {
  names: NameMap;
  /** Brings a whole JSON answer back into the caller's schema; absent where nothing was changed. */
  restore?: (text: string) => string;
}

interface EncodeContext {
  request: ChatRequest;
  target: UpstreamTarget;
  names: NameMap;
  warn: (warning: Warning) => void;
  /** Whether the client speaks this dialect: then its own extensions are sent on. */
  own: boolean;
}

const nameRule = { pattern: /^[A-Za-z0-9_-]+$/, maxLength: 64, replacement: "_" };

/** The canonical request in this dialect. The same request gives the same bytes. */
export function encodeRequest(request: ChatRequest, target: UpstreamTarget): EncodedRequest {
  const warnings: Warning[] = [];
  const warn = onceEach(warnings);
  const names = new NameMap(nameRule, namesIn(request));
  const context: EncodeContext = { request, target, names, warn, own: request.origin.dialect === "openai-chat" };
  const output = encodeOutput(context);
  const body = defined({
    model: request.model,
    messages: encodeHistory(context, output.format),
    ...toolMembers(context),
    response_format: output.format,
    ...samplingMembers(context),
    ...reasoningMembers(context),
    ...callerMembers(context),
    stream: request.stream || undefined,
    ...restMembers(context),
  });
  const memo: Memo = { names, ...(output.restore ? { restore: output.restore } : {}) };
  return { body: fitToVendor(body, target, warn), warnings, memo };
}

/** A warning says the same thing once. */
export function onceEach(warnings: Warning[]): (warning: Warning) => void {
  const seen = new Set<string>();
  return (warning) => {
    const key = `${warning.code} ${warning.field} ${warning.message}`;
    if (seen.has(key)) return;
    seen.add(key);
    warnings.push(warning);
  };
}

function namesIn(request: ChatRequest): string[] {
  const called = request.messages.flatMap((message) => message.parts).filter((part) => part.type === "tool-call");
  return [...(request.tools ?? []).map((tool) => tool.name), ...called.map((call) => call.name)];
}

function encodeHistory(
  { request, target, names, warn, own }: EncodeContext,
  format: JsonObject | undefined,
): JsonObject[] {
  const wireName = (name: string) => names.toWire(name);
  const messages = encodeMessages(request.messages, { target, warn, wireName, cacheMarks: own });
  const asksForJson = own || format?.type !== "json_object" || JSON.stringify(messages).toLowerCase().includes("json");
  // The vendors of this dialect refuse JSON mode unless a message names it.
  return asksForJson ? messages : [{ role: "system", content: "Answer in JSON." }, ...messages];
}

function toolMembers(context: EncodeContext): JsonObject {
  const { request, names, own } = context;
  const { toolChoice } = request;
  const subset = toolChoice?.type === "subset" && !own ? new Set(toolChoice.names) : null;
  const offered = (request.tools ?? []).filter((tool) => subset === null || subset.has(tool.name));
  const tools = [...offered.map((tool) => encodeTool(tool, context)), ...hostedTools(context)];
  if (tools.length === 0) return {};
  return defined({
    tools,
    tool_choice: encodeToolChoice(request.toolChoice, names, own),
    parallel_tool_calls: request.parallelToolCalls,
  });
}

function hostedTools({ request, target }: EncodeContext): JsonObject[] {
  return (request.providerTools ?? []).map((tool) => {
    if (tool.format === "openai-chat") return tool.item;
    throw errors.REQUEST_UNSUPPORTED(
      "tools",
      target.model,
      "Its vendor does not run this tool; send a function instead.",
    );
  });
}

const noParameters: JsonObject = { type: "object", properties: {} };

function encodeTool(tool: Tool, context: EncodeContext): JsonObject {
  const { strict, parameters } = strictParameters(tool, context);
  return {
    type: "function",
    function: defined({
      name: context.names.toWire(tool.name),
      description: tool.description,
      parameters,
      strict,
    }),
    ...(tool.cache && context.own ? { cache_control: { type: "ephemeral" } } : {}),
  };
}

/** Arguments stream, so strictness is asked for only where the answer needs no repair afterwards. */
function strictParameters(tool: Tool, context: EncodeContext): { parameters: JsonObject; strict: boolean | undefined } {
  const parameters = tool.parameters ?? noParameters;
  if (!tool.strict || context.own || context.target.quirks.strict !== true) return { parameters, strict: tool.strict };
  const adapted = adaptSchema(parameters, "openai-strict");
  if (adapted.losses.length === 0 && sameDemands(adapted.schema, parameters)) {
    return { parameters: adapted.schema, strict: true };
  }
  context.warn(looseSchema(`tools.${tool.name}`));
  return { parameters, strict: undefined };
}

function looseSchema(field: string): Warning {
  return {
    code: "schema_not_strict",
    message: "The schema cannot be enforced here; it is followed as well as it can be.",
    field,
  };
}

/** Whether the strict form differs only in closing its objects. */
function sameDemands(strict: JsonObject, schema: JsonObject): boolean {
  const open = (value: JsonObject) =>
    JSON.stringify(value, (key, member: unknown) => (key === "additionalProperties" ? undefined : member));
  return open(strict) === open(schema);
}

function encodeToolChoice(choice: ChatRequest["toolChoice"], names: NameMap, own: boolean): Json | undefined {
  if (choice === undefined) return undefined;
  if (choice.type === "tool") return { type: "function", function: { name: names.toWire(choice.name) } };
  if (choice.type !== "subset") return choice.type;
  if (!own) return choice.mode;
  const tools = choice.names.map((name) => ({ type: "function", function: { name: names.toWire(name) } }));
  return { type: "allowed_tools", allowed_tools: { mode: choice.mode, tools } };
}

interface EncodedOutput {
  format?: JsonObject | undefined;
  restore?: (text: string) => string;
}

function encodeOutput({ request, target, own, warn }: EncodeContext): EncodedOutput {
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
    return JSON.stringify(restore(JSON.parse(text) as Json));
  } catch {
    // Cut or refused: the caller gets what there is.
    return text;
  }
}

function samplingMembers({ request, target, warn, own }: EncodeContext): JsonObject {
  const { sampling } = request;
  if (sampling.maxTokens === 0)
    throw errors.REQUEST_UNSUPPORTED("max_tokens", target.model, "Ask for at least one token.");
  const most = target.info?.maxOutputTokens;
  const tooMany = most !== undefined && sampling.maxTokens !== undefined && sampling.maxTokens > most;
  if (tooMany)
    warn({ code: "clamped_parameter", message: `The model gives at most ${most} tokens.`, field: "max_tokens" });
  if (sampling.topK !== undefined && !own) warn(dropped("top_k"));
  return {
    max_tokens: tooMany ? most : sampling.maxTokens,
    temperature: sampling.temperature,
    top_p: sampling.topP,
    // An extension: only who asked for it in this dialect can know that the vendor has it.
    top_k: own ? sampling.topK : undefined,
    frequency_penalty: sampling.frequencyPenalty,
    presence_penalty: sampling.presencePenalty,
    stop: sampling.stop,
    seed: sampling.seed,
    n: sampling.n,
    logprobs: sampling.logprobs,
    top_logprobs: sampling.topLogprobs,
    logit_bias: sampling.logitBias,
  };
}

const likelyMaxOutput = 32_768;

function reasoningMembers({ request, target, warn, own }: EncodeContext): JsonObject {
  const { reasoning, origin } = request;
  if (reasoning === undefined) return {};
  if (own && origin.prefers.reasoningFields) return origin.prefers.reasoningFields as JsonObject;

  const { info } = target;
  const budget = reasoning.budgetTokens;
  const fromBudget =
    budget === undefined || budget < 0 ? undefined : effortOf(budget, info?.maxOutputTokens ?? likelyMaxOutput);
  const effort = reasoning.effort ?? fromBudget;
  if (effort === undefined) return {};
  const takesEffort = info?.reasoning === undefined || info.reasoning.includes("effort");
  if (info?.abilities?.reasoning !== false && takesEffort) return { reasoning_effort: effort };
  if (effort !== "none") {
    warn({ code: "dropped_parameter", message: "The model cannot be asked how much to think.", field: "reasoning" });
  }
  return {};
}

const tiers: ReadonlySet<string> = new Set(["auto", "default", "flex", "priority", "scale"]);

function callerMembers({ request, own, warn }: EncodeContext): JsonObject {
  const { user, metadata, serviceTier } = request;
  if (own) return { user, metadata, service_tier: serviceTier };
  // OpenAI takes metadata for stored answers only, so it is not invented here.
  if (metadata) warn(dropped("metadata"));
  const tier = serviceTier === "standard_only" ? "default" : serviceTier;
  if (tier !== undefined && !tiers.has(tier)) warn(dropped("service_tier"));
  return { user, service_tier: tier !== undefined && tiers.has(tier) ? tier : undefined };
}

function restMembers({ request, own, warn }: EncodeContext): JsonObject {
  const { rest } = request.origin;
  if (own) return rest;
  for (const name of Object.keys(rest)) warn(dropped(name));
  return {};
}

function dropped(field: string): Warning {
  return { code: "dropped_parameter", message: `${field} has no form in this dialect and was left out.`, field };
}
