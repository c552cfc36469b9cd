import { errors } from "@sluice/core";
import type { ChatRequest, EncodedRequest, Json, JsonObject, Message, UpstreamTarget, Warning } from "@sluice/core";
import { droppedFields } from "../losses.ts";
import { NameMap } from "../names.ts";
import { lostRest } from "../rest.ts";
import { toTurns } from "../turns.ts";
import type { Turn } from "../turns.ts";
import { betasFor } from "./betas.ts";
import { encodeSystem, encodeTurns } from "./encode-content.ts";
import { defined } from "../members.ts";
import { callIds, toolNames } from "./memo.ts";
import type { Memo } from "./memo.ts";
import { encodeOutput } from "./output.ts";
import type { OutputAsk } from "./output.ts";
import { quirkEdits } from "./quirks.ts";
import { encodeSampling, outputLimit } from "./sampling.ts";
import { lacksSignature, thinkingFirst } from "./thinking-blocks.ts";
import { encodeThinkingWish, withoutManual } from "./thinking.ts";
import type { ThinkingAsk } from "./thinking.ts";
import { encodeToolChoice, encodeTools } from "./tools.ts";

type Warn = (warning: Warning) => void;

/** Writes a Messages request from the canonical form. */
export function encodeRequest(request: ChatRequest, target: UpstreamTarget): EncodedRequest {
  const warnings: Warning[] = [];
  const warn: Warn = (warning) => warnings.push(warning);
  const native = request.origin.dialect === "anthropic";
  refuseMedia(request, target);
  const names = new NameMap(toolNames, toolNamesOf(request));
  const ids = new NameMap(callIds, callIdsOf(request.messages));

  const { system, turns: spoken } = toTurns(request.messages, warn, target.quirks.laterSystem);
  const turns = native ? spoken : spoken.map(thinkingFirst);
  const output = encodeOutput(request, target, names, warn);
  const { tools, toolChoice } = toolsOf(request, target, names, output, warn);
  const limit = outputLimit(request, target, warn);
  const ask = possibleThinking(encodeThinkingWish(request, target, limit, warn), toolChoice, turns, target, warn);

  const body = defined<JsonObject>({
    model: target.model,
    max_tokens: limit,
    stream: request.stream || undefined,
    system: encodeSystem(system, output.instruction),
    messages: encodeTurns(turns, { target, native, names, ids, warn }),
    tools: tools.length > 0 ? tools : undefined,
    tool_choice: toolChoice,
    thinking: ask.thinking,
    ...encodeSampling(request, target, thinks(ask), warn),
    metadata: metadataOf(request, native, warn),
    service_tier: serviceTierOf(request, native, warn),
    ...restOf(request, native, warn),
    output_config: outputConfig(request, native, ask, output),
  });
  const memo: Memo = defined({
    names,
    ids,
    answerTool: output.tool?.["name"] as string | undefined,
    restore: output.restore,
    checkJson: request.output?.type === "json" || undefined,
  });
  const betas = betasFor(request, body, target);
  return {
    body: withQuirks(body, target, warn),
    warnings,
    memo,
    ...(betas.length > 0 ? { headers: { "anthropic-beta": betas.join(",") } } : {}),
  };
}

/** Models that can only write cannot answer in sound or pictures. */
function refuseMedia({ modalities = [] }: ChatRequest, target: UpstreamTarget): void {
  if (modalities.some((modality) => modality !== "text")) throw errors.REQUEST_UNSUPPORTED("modalities", target.model);
}

function toolNamesOf(request: ChatRequest): string[] {
  const called = request.messages.flatMap((message) => message.parts.filter((part) => part.type === "tool-call"));
  return [...(request.tools ?? []).map((tool) => tool.name), ...called.map((call) => call.name)];
}

function callIdsOf(messages: readonly Message[]): string[] {
  return messages.flatMap((message) => message.parts.flatMap((part) => (part.type === "tool-call" ? [part.id] : [])));
}

/** The client's tools, and the answer's own where the model has no output formats. */
function toolsOf(request: ChatRequest, target: UpstreamTarget, names: NameMap, output: OutputAsk, warn: Warn) {
  const own = encodeTools(request, target, names, warn);
  const choice = own.length > 0 ? encodeToolChoice(request, names) : undefined;
  if (output.tool === undefined) return { tools: own, toolChoice: choice };
  const callable = own.length > 0 && choice?.["type"] !== "none";
  const forced = callable ? { ...choice, type: "any" } : { type: "tool", name: output.tool["name"] };
  // A tool that the client itself forces comes first; the answer follows once it has its result.
  return { tools: [...own, output.tool], toolChoice: choice?.["type"] === "tool" ? choice : forced };
}

/** Manual thinking is refused beside a forced call, and inside a tool round whose signatures are lost. */
function possibleThinking(
  ask: ThinkingAsk,
  toolChoice: JsonObject | undefined,
  turns: readonly Turn[],
  target: UpstreamTarget,
  warn: Warn,
): ThinkingAsk {
  if (toolChoice?.["type"] === "any" || toolChoice?.["type"] === "tool") {
    return withoutManual(ask, "Manual thinking and a forced tool exclude each other.", warn);
  }
  if (lacksSignature(turns, target.stateDomain))
    return withoutManual(ask, "The open tool round lacks its signed thinking.", warn);
  return ask;
}

function thinks(ask: ThinkingAsk): boolean {
  return ask.thinking !== undefined && ask.thinking["type"] !== "disabled";
}

function metadataOf(request: ChatRequest, native: boolean, warn: Warn): JsonObject | undefined {
  const others = native ? request.metadata : undefined;
  if (!native && request.metadata !== undefined) warn(dropped("metadata"));
  if (request.user === undefined && others === undefined) return undefined;
  return defined({ user_id: request.user, ...others });
}

function serviceTierOf(request: ChatRequest, native: boolean, warn: Warn): string | undefined {
  const tier = request.serviceTier;
  if (tier === undefined || native || tier === "auto") return tier;
  warn(dropped("service_tier"));
  return undefined;
}

/** Fields that only the caller's dialect understands go on where the upstream speaks it too. */
function restOf(request: ChatRequest, native: boolean, warn: Warn): JsonObject {
  if (native) return request.origin.rest;
  for (const lost of [...droppedFields(request.origin.rest), ...lostRest(request)]) warn(lost);
  return {};
}

function outputConfig(request: ChatRequest, native: boolean, ask: ThinkingAsk, output: OutputAsk): Json | undefined {
  const rest = native ? (request.origin.rest["output_config"] as JsonObject | undefined) : undefined;
  const config = defined<JsonObject>({ ...rest, effort: ask.effort, format: output.format });
  return Object.keys(config).length > 0 ? config : undefined;
}

function dropped(field: string): Warning {
  return { code: "dropped_parameter", message: `${field} has no equivalent here.`, field };
}

function withQuirks(body: JsonObject, target: UpstreamTarget, warn: Warn): JsonObject {
  const { set, remove } = quirkEdits(body, target.quirks, warn);
  const kept = Object.entries(body).filter(([name]) => !remove.includes(name));
  return { ...Object.fromEntries(kept), ...set };
}
