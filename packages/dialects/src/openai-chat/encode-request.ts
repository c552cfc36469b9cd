import { errors } from "@sluice/core";
import type { ChatRequest, EncodedRequest, JsonObject, Quirks, UpstreamTarget, Warning } from "@sluice/core";
import { droppedFields } from "../losses.ts";
import { NameMap } from "../names.ts";
import { lostRest } from "../rest.ts";
import { sisterFields } from "./sister-fields.ts";
import { isVoice, unknownVoice } from "../speech.ts";
import { askFor, likelyMaxOutput, lostReasoning } from "./ask-reasoning.ts";
import { encodeMessages } from "./encode-message.ts";
import { encodeOutput } from "./encode-output.ts";
import { toolMembers } from "./encode-tools.ts";
import { defined } from "../members.ts";
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
  warn: (warning: Warning) => void;
  /** Whether the client speaks this dialect: then its own extensions are sent on. */
  own: boolean;
  cacheMarks: Quirks["cacheMarks"];
}

const nameRule = { pattern: /^[A-Za-z0-9_-]+$/, maxLength: 64, replacement: "_" };

/** The canonical request in this dialect. The same request gives the same bytes. */
export function encodeRequest(request: ChatRequest, target: UpstreamTarget): EncodedRequest {
  const warnings: Warning[] = [];
  const warn = onceEach(warnings);
  const names = new NameMap(nameRule, namesIn(request));
  const own = request.origin.dialect === "openai-chat";
  // Who marks a request in this dialect knows what the vendor takes.
  const cacheMarks = target.quirks.cacheMarks ?? (own ? "cache_control" : undefined);
  const context: EncodeContext = { request, target, names, warn, own, cacheMarks };
  const output = encodeOutput(context);
  const body = defined({
    model: request.model,
    messages: encodeHistory(context, output.format),
    ...toolMembers(context),
    response_format: output.format,
    ...answerMembers(context),
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
  { request, target, names, warn, own, cacheMarks }: EncodeContext,
  format: JsonObject | undefined,
): JsonObject[] {
  const wireName = (name: string) => names.toWire(name);
  const messages = encodeMessages(request.messages, { target, warn, wireName, cacheMarks, own });
  const asksForJson = own || format?.type !== "json_object" || JSON.stringify(messages).toLowerCase().includes("json");
  // The vendors of this dialect refuse JSON mode unless a message names it.
  return asksForJson ? messages : [{ role: "system", content: "Answer in JSON." }, ...messages];
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

export function reasoningMembers({ request, target, warn, own }: EncodeContext): JsonObject {
  const { reasoning, origin } = request;
  if (reasoning === undefined) return {};
  if (own && origin.prefers.reasoningFields) return origin.prefers.reasoningFields as JsonObject;

  const { info, quirks } = target;
  const { members, lost } = askFor(reasoning, {
    fields: quirks.reasoningIn ?? ["reasoning_effort"],
    efforts: quirks.efforts,
    maxOutputTokens: info?.maxOutputTokens ?? likelyMaxOutput,
  });
  const takesWishes = info?.reasoning === undefined || info.reasoning.includes("effort");
  if (info?.abilities?.reasoning !== false && takesWishes) {
    // An effort that is not offered is told by the step that replaces it.
    if (lost !== null && members.reasoning_effort === undefined) warn(lostReasoning(lost, "reasoning"));
    return members;
  }
  const isOff = reasoning.effort === "none" || reasoning.budgetTokens === 0;
  if (Object.keys(members).length > 0 && !isOff) {
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
  if (own) return request.origin.rest;
  const { told, verbosity, lost } = sisterFields(request);
  for (const loss of [...droppedFields(lost), ...lostRest(request)]) warn(loss);
  return { ...told, verbosity };
}

/** What the answer may be made of; a voice of another vendor is not known here. */
function answerMembers({ request, own, warn }: EncodeContext): JsonObject {
  const { modalities, speech, origin } = request;
  if (own && origin.prefers.answer) return origin.prefers.answer as JsonObject;
  if (modalities === undefined || modalities.every((modality) => modality === "text")) return {};
  // Text comes with whatever else is asked for.
  const members = { modalities: ["text", ...modalities.filter((modality) => modality !== "text")] };
  if (!modalities.includes("audio")) return members;
  const voice = speech?.voice;
  if (voice !== undefined && !isVoice(voice)) warn(unknownVoice(voice));
  const known = voice !== undefined && isVoice(voice) ? voice : "alloy";
  return { ...members, audio: { voice: known, format: speech?.format ?? "pcm16" } };
}

function dropped(field: string): Warning {
  return { code: "dropped_parameter", message: `${field} has no form in this dialect and was left out.`, field };
}
