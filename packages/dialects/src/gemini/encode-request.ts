import { errors, objectOf } from "@sluice/core";
import type {
  ChatRequest,
  EncodedRequest,
  Json,
  JsonObject,
  Message,
  OpaqueState,
  ToolResultPart,
  UpstreamTarget,
  Warning,
} from "@sluice/core";
import { droppedFields } from "../losses.ts";
import { NameMap } from "../names.ts";
import { lostRest } from "../rest.ts";
import { callNames, toTurns } from "../turns.ts";
import { encodeParts } from "./encode-parts.ts";
import type { PartWriting } from "./encode-parts.ts";
import { encodeTools, nameRule } from "./encode-tools.ts";
import { encodeGenerationConfig } from "./generation-config.ts";
import type { Memo } from "./memo.ts";
import { signUnsignedCalls } from "./signatures.ts";

/** Writes a canonical request; members in a fixed order, so that the same request gives the same bytes. */
export function encodeRequest(request: ChatRequest, target: UpstreamTarget): EncodedRequest {
  const warnings: Warning[] = [];
  const warn = (warning: Warning) => void warnings.push(warning);
  const calls = callNames(request.messages);
  checkResults(request.messages, calls);
  const names = new NameMap(nameRule, [...(request.tools ?? []).map((tool) => tool.name), ...calls.values()]);
  const config = encodeGenerationConfig(request, target, warn);
  const { tools, toolConfig } = encodeTools(request, target, names, warn);
  const { system, contents } = encodeContents(request, target, { names, calls, warn });
  warnOfHints(request, warn);
  const own = ownFields(request, warn);
  const body: JsonObject = {
    ...(system.length === 0 ? {} : { systemInstruction: { parts: system } }),
    contents,
    ...(tools === undefined ? {} : { tools }),
    ...toolConfigOf(toolConfig, own["toolConfig"]),
    ...(Object.keys(config).length === 0 ? {} : { generationConfig: config }),
    ...Object.fromEntries(Object.entries(own).filter(([name]) => name !== "toolConfig" && name !== "generationConfig")),
  };
  const memo: Memo = { names };
  return { body, warnings, memo };
}

/** A result without a name needs its call in the history: this wire pairs them by name. */
function checkResults(messages: readonly Message[], calls: ReadonlyMap<string, string>): void {
  for (const message of messages) {
    for (const part of message.parts) {
      if (part.type !== "tool-result" || calls.has(part.callId) || part.name !== undefined) continue;
      throw errors.REQUEST_INVALID("messages", `answers the unknown call "${part.callId}"`);
    }
  }
}

/** Marks that change what an answer costs or how closely a picture is looked at, but not what is asked. */
function warnOfHints({ messages, tools = [] }: ChatRequest, warn: (warning: Warning) => void): void {
  const parts = messages.flatMap((message) => message.parts);
  const hints = {
    cache_control: [...parts, ...tools].some((item) => "cache" in item && item.cache !== undefined),
    detail: parts.some((part) => part.type === "image" && part.detail !== undefined && part.detail !== "auto"),
  };
  for (const [field, isGiven] of Object.entries(hints)) {
    const message = `${field} has no meaning for this upstream.`;
    if (isGiven) warn({ code: "dropped_parameter", message, field });
  }
}

interface Conversation {
  names: NameMap;
  calls: ReadonlyMap<string, string>;
  warn: (warning: Warning) => void;
}

function encodeContents(request: ChatRequest, target: UpstreamTarget, { names, calls, warn }: Conversation) {
  // This wire has no system turns to stay in place.
  const later = target.quirks.laterSystem === "hoist" ? "hoist" : "tag";
  const { system, turns } = toTurns(request.messages, warn, later);
  let reported = false;
  const sign = (state: OpaqueState) => {
    if (state.domain === target.stateDomain) return state.data;
    if (!reported)
      warn({ code: "state_dropped", message: `State of "${state.domain}" stays behind.`, field: "messages" });
    reported = true;
    return null;
  };
  const nameOfCall = (result: ToolResultPart) => calls.get(result.callId) ?? result.name ?? "";
  const writing: PartWriting = {
    sign,
    unsignedThoughts: false,
    toolName: (name) => names.toWire(name),
    nameOfCall,
    warn: (warning) => warn({ ...warning, field: "messages" }),
    own: request.origin.dialect === "gemini",
  };

  const contents: { role: string; parts: JsonObject[] }[] = [];
  for (const turn of turns) {
    const role = turn.role === "assistant" ? "model" : "user";
    const parts = encodeParts(turn.parts, writing);
    const last = contents.at(-1);
    if (parts.length === 0) continue;
    // A turn may have been dropped whole, and then its neighbours are of one role.
    if (last?.role === role) last.parts.push(...parts);
    else contents.push({ role, parts });
  }
  const signed = signUnsignedCalls(contents as unknown as Json[], target, warn);
  return { system: system.map((part) => ({ text: part.text })), contents: signed as Json };
}

const tiers = new Set(["flex", "standard", "priority"]);

/** Top-level members that only this dialect has; those of another are dropped aloud. */
function ownFields(request: ChatRequest, warn: (warning: Warning) => void): JsonObject {
  const { origin, serviceTier, user, metadata } = request;
  const drop = (field: string) =>
    warn({ code: "dropped_parameter", message: `${field} has no meaning for this upstream.`, field });
  const isOwn = origin.dialect === "gemini";
  if (!isOwn) for (const lost of [...droppedFields(origin.rest), ...lostRest(request)]) warn(lost);
  if (user !== undefined) drop("user");
  if (metadata !== undefined) drop("metadata");
  const isTier = serviceTier !== undefined && (isOwn || tiers.has(serviceTier));
  if (serviceTier !== undefined && !isTier) drop("service_tier");
  return { ...(isOwn ? origin.rest : {}), ...(isTier ? { serviceTier } : {}) };
}

/** The choice of tools, beside what else the client's own tool config says. */
function toolConfigOf(made: Json | undefined, own: Json | undefined): JsonObject {
  const [config, rest] = [objectOf(made), objectOf(own)];
  if (config === undefined && rest === undefined) return {};
  const calling = { ...objectOf(config?.["functionCallingConfig"]), ...objectOf(rest?.["functionCallingConfig"]) };
  const isEmpty = Object.keys(calling).length === 0;
  return { toolConfig: { ...config, ...rest, ...(isEmpty ? {} : { functionCallingConfig: calling }) } };
}
