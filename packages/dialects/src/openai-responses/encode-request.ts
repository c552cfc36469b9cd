import { errors } from "@sluice/core";
import type { ChatRequest, EncodedRequest, Json, JsonObject, UpstreamTarget, Warning } from "@sluice/core";
import { effortOf } from "../effort.ts";
import { droppedFields } from "../losses.ts";
import { NameMap } from "../names.ts";
import { likelyMaxOutput } from "../openai-chat/ask-reasoning.ts";
import { encodeOutput } from "../openai-chat/encode-output.ts";
import { onceEach } from "../openai-chat/encode-request.ts";
import { defined } from "../members.ts";
import { sisterFields } from "../openai-chat/sister-fields.ts";
import { lostRest } from "../rest.ts";
import type { Preferences } from "./decode-request.ts";
import { encodeInput } from "./encode-input.ts";
import { toolMembers } from "./encode-tools.ts";
import { fitToVendor } from "./vendor.ts";

/** What the decoder of the answer must undo. */
export interface Memo {
  names: NameMap;
  /** Brings a whole JSON answer back into the caller's schema; absent where nothing was changed. */
  restore?: (text: string) => string;
}

export interface EncodeContext {
  request: ChatRequest;
  target: UpstreamTarget;
  names: NameMap;
  /** Call ids as this dialect takes them. */
  ids: NameMap;
  warn: (warning: Warning) => void;
  /** Whether the client speaks this dialect: then what only it knows is sent on. */
  own: boolean;
  /** How a client of this dialect asked. */
  prefers: Partial<Preferences>;
}

const toolNames = { pattern: /^[A-Za-z0-9_-]+$/, maxLength: 64, replacement: "_" };
const callIds = { pattern: /^[^]+$/, maxLength: 64, replacement: "_" };

/** The canonical request in this dialect. The same request gives the same bytes. */
export function encodeRequest(request: ChatRequest, target: UpstreamTarget): EncodedRequest {
  const warnings: Warning[] = [];
  const warn = onceEach(warnings);
  const own = request.origin.dialect === "openai-responses";
  const { names, ids } = namesIn(request);
  const prefers: Partial<Preferences> = own ? request.origin.prefers : {};
  const context: EncodeContext = { request, target, names, ids, warn, own, prefers };
  const output = encodeOutput(context);
  const body = defined({
    model: target.model,
    ...encodeInput(context, output.format?.type === "json_object"),
    ...toolMembers(context),
    text: textMember(context, output.format),
    ...samplingMembers(context),
    ...reasoningMembers(context),
    ...callerMembers(context),
    stream: request.stream || undefined,
    ...restMembers(context),
    ...keepingMembers(context),
  });
  const memo: Memo = { names, ...(output.restore ? { restore: output.restore } : {}) };
  return { body: fitToVendor(body, target, warn), warnings, memo };
}

function namesIn({ messages, tools = [] }: ChatRequest): Pick<EncodeContext, "names" | "ids"> {
  const called = messages.flatMap((message) => message.parts).filter((part) => part.type === "tool-call");
  const names = [...tools.map((tool) => tool.name), ...called.map((call) => call.name)];
  return {
    names: new NameMap(toolNames, names),
    ids: new NameMap(
      callIds,
      called.map((call) => call.id),
    ),
  };
}

/** Chat's format, which holds the schema one level deeper. */
function textMember({ request, prefers }: EncodeContext, format: JsonObject | undefined): JsonObject | undefined {
  const flat = format && { type: format.type, ...(format.json_schema as JsonObject | undefined) };
  const { verbosity } = sisterFields(request);
  const text = defined({ verbosity, ...prefers.text, format: flat });
  return Object.keys(text).length > 0 ? text : undefined;
}

function samplingMembers({ request, target, warn }: EncodeContext): JsonObject {
  const { sampling } = request;
  if ((sampling.n ?? 1) > 1) throw errors.REQUEST_UNSUPPORTED("n", target.model, "This dialect has one answer.");
  const missing = {
    top_k: sampling.topK,
    frequency_penalty: sampling.frequencyPenalty,
    presence_penalty: sampling.presencePenalty,
    stop: sampling.stop,
    seed: sampling.seed,
    logit_bias: sampling.logitBias,
  };
  for (const [name, value] of Object.entries(missing)) if (value !== undefined) warn(dropped(name));
  const most = target.info?.maxOutputTokens;
  const tooMany = most !== undefined && sampling.maxTokens !== undefined && sampling.maxTokens > most;
  if (tooMany) {
    warn({ code: "clamped_parameter", message: `The model gives at most ${most} tokens.`, field: "max_output_tokens" });
  }
  return {
    max_output_tokens: tooMany ? most : sampling.maxTokens,
    temperature: sampling.temperature,
    top_p: sampling.topP,
    top_logprobs: sampling.topLogprobs,
  };
}

function reasoningMembers({ request, target, prefers, warn }: EncodeContext): JsonObject {
  if (prefers.reasoning) return { reasoning: prefers.reasoning };
  const wish = request.reasoning;
  if (wish === undefined) return {};
  const { info } = target;
  const budget = wish.budgetTokens;
  const fromBudget =
    budget === undefined || budget < 0 ? undefined : effortOf(budget, info?.maxOutputTokens ?? likelyMaxOutput);
  const effort = wish.effort ?? fromBudget;
  // Some organisations may not ask for summaries, so an effort alone does not.
  const asksToSee = wish.include ?? (wish.adaptive === true || (budget ?? 0) !== 0);
  const summary = asksToSee && effort !== "none" ? "auto" : undefined;
  if (effort === undefined && summary === undefined) return {};
  if (info?.abilities?.reasoning !== false) return { reasoning: defined({ effort, summary }) };
  if (effort !== "none") {
    warn({ code: "dropped_parameter", message: "The model cannot be asked how much to think.", field: "reasoning" });
  }
  return {};
}

const tiers: ReadonlySet<string> = new Set(["auto", "default", "flex", "priority", "scale", "fast", "ultrafast"]);

function callerMembers({ request, own, warn }: EncodeContext): JsonObject {
  const { user, metadata, serviceTier } = request;
  if (own) return { user, metadata, service_tier: serviceTier };
  if (metadata) warn(dropped("metadata"));
  const tier = serviceTier === "standard_only" ? "default" : serviceTier;
  const isKnown = tier === undefined || tiers.has(tier);
  if (!isKnown) warn(dropped("service_tier"));
  return { user, service_tier: isKnown ? tier : undefined };
}

function restMembers({ request, own, warn }: EncodeContext): JsonObject {
  // `text` is written with its format, `include` with what this gateway wants.
  const { text: _text, include: _include, ...rest } = request.origin.rest;
  if (own) return rest;
  const { told, lost } = sisterFields(request);
  for (const loss of [...droppedFields(lost), ...lostRest(request)]) warn(loss);
  return told;
}

/** Nothing is left with the vendor that the caller did not ask to leave there, so its reasoning must come along. */
function keepingMembers({ request, target, own, prefers }: EncodeContext): JsonObject {
  const include = [...(prefers.include ?? [])];
  const want = (what: Json) => void (include.includes(what) || include.push(what));
  const thinks = target.info?.abilities?.reasoning ?? request.reasoning !== undefined;
  if (thinks) want("reasoning.encrypted_content");
  if (request.sampling.logprobs) want("message.output_text.logprobs");
  return { include: include.length > 0 ? include : undefined, ...(own ? {} : { store: false }) };
}

function dropped(field: string): Warning {
  return { code: "dropped_parameter", message: `${field} has no form in this dialect and was left out.`, field };
}
