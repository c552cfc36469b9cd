import { errors } from "@sluice/core";
import type {
  ChatRequest,
  EncodedRequest,
  JsonObject,
  Sampling,
  TextPart,
  UpstreamTarget,
  Warning,
} from "@sluice/core";
import { adaptSchema, droppedFields, lostRest, NameMap, toTurns } from "@sluice/dialects";
import { encodeSystem, encodeTurns } from "./encode-content.ts";
import type { ContentContext } from "./encode-content.ts";
import { callIds, toolNames } from "./memo.ts";
import type { Memo } from "./memo.ts";
import { encodeReasoningWish } from "./reasoning.ts";
import { encodeTools } from "./tools.ts";

type Warn = (warning: Warning) => void;

/** Writes a Converse request. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html (read 2026-11) */
export function encodeRequest(request: ChatRequest, target: UpstreamTarget): EncodedRequest {
  const warnings: Warning[] = [];
  const warn: Warn = (warning) => void warnings.push(warning);
  refuseUnkeepable(request.sampling, target);
  const names = new NameMap(toolNames, toolNamesOf(request));
  const ids = new NameMap(callIds, callIdsOf(request));
  const context: ContentContext = { target, names, ids, warn };

  // There is no place for system text between turns.
  const { system, turns } = toTurns(request.messages, warn, target.quirks.laterSystem === "hoist" ? "hoist" : "tag");
  const output = encodeOutput(request, target, warn);
  const systemBlocks = encodeSystem([...system, ...output.instruction]);
  const own = encodeReasoningWish(request, target, warn);
  const body = present({
    messages: encodeTurns(turns, context),
    system: systemBlocks.length > 0 ? systemBlocks : undefined,
    inferenceConfig: encodeSampling(request, target, warn),
    toolConfig: encodeTools(request, context),
    additionalModelRequestFields: Object.keys(own).length > 0 ? own : undefined,
    outputConfig: output.config,
    serviceTier: serviceTierOf(request, warn),
  });
  warnOfRest(request, warn);
  warnings.push(...lostRest(request));
  const memo: Memo = { names, ids, ...(output.restore ? { restore: output.restore } : {}) };
  return { body, warnings, memo };
}

function refuseUnkeepable(sampling: Sampling, { model }: UpstreamTarget): void {
  if (sampling.n !== undefined && sampling.n !== 1) throw errors.REQUEST_UNSUPPORTED("n", model);
  if (sampling.logprobs === true || sampling.topLogprobs) throw errors.REQUEST_UNSUPPORTED("logprobs", model);
}

function toolNamesOf({ tools = [], messages }: ChatRequest): string[] {
  const called = messages.flatMap(({ parts }) =>
    parts.flatMap((part) => (part.type === "tool-call" ? [part.name] : [])),
  );
  return [...tools.map(({ name }) => name), ...called];
}

function callIdsOf({ messages }: ChatRequest): string[] {
  return messages.flatMap(({ parts }) => parts.flatMap((part) => (part.type === "tool-call" ? [part.id] : [])));
}

function encodeSampling({ sampling }: ChatRequest, target: UpstreamTarget, warn: Warn): JsonObject | undefined {
  const { maxTokens, temperature, topP, stop = [] } = sampling;
  const without = {
    top_k: sampling.topK,
    seed: sampling.seed,
    frequency_penalty: sampling.frequencyPenalty || undefined,
    presence_penalty: sampling.presencePenalty || undefined,
    logit_bias: Object.keys(sampling.logitBias ?? {}).length > 0 ? sampling.logitBias : undefined,
  };
  for (const [field, value] of Object.entries(without)) if (value !== undefined) warn(dropped(field));
  const stops = stop.filter((sequence) => sequence !== "");
  const config = present({
    maxTokens: limited(maxTokens, target, warn),
    temperature: kept("temperature", temperature, target, warn),
    topP: kept("top_p", topP, target, warn),
    stopSequences: stops.length > 0 ? stops : undefined,
  });
  return Object.keys(config).length > 0 ? config : undefined;
}

/** Every model of this service has a limit of its own where none is asked for. */
function limited(asked: number | undefined, { info, model }: UpstreamTarget, warn: Warn): number | undefined {
  const most = info?.maxOutputTokens ?? Infinity;
  if (asked === undefined || asked <= most) return asked;
  warn({ code: "clamped_parameter", message: `${model} gives at most ${most} tokens.`, field: "max_tokens" });
  return most;
}

/** Between 0 and 1 for every model; some take none. */
function kept(field: string, value: number | undefined, { quirks }: UpstreamTarget, warn: Warn): number | undefined {
  if (value === undefined) return undefined;
  if (quirks.refuse?.includes(field)) {
    warn(dropped(field));
    return undefined;
  }
  const clamped = Math.min(Math.max(value, 0), 1);
  if (clamped !== value) warn({ code: "clamped_parameter", message: `${field} ${value} became ${clamped}.`, field });
  return clamped;
}

interface OutputAsk extends Pick<Memo, "restore"> {
  config?: JsonObject;
  instruction: TextPart[];
}

const anyJson = "Answer with one valid JSON value and nothing else: no code fence, no words before or after it.";

function encodeOutput({ output }: ChatRequest, { info, quirks }: UpstreamTarget, warn: Warn): OutputAsk {
  if (output === undefined || output.type === "text") return { instruction: [] };
  if (output.type === "json") return { instruction: [{ type: "text", text: anyJson }] };
  const holds = info?.abilities?.schema !== false && (quirks.schema ?? "schema") === "schema";
  if (!holds) {
    const message = "The schema became an instruction, which is best effort.";
    warn({ code: "schema_adapted", message, field: "response_format" });
    const text = `${anyJson} It follows this JSON schema: ${JSON.stringify(output.schema)}`;
    return { instruction: [{ type: "text", text }] };
  }
  const { schema, losses, restores, restore } = adaptSchema(output.schema, "anthropic");
  for (const { path, keyword } of losses) {
    const message = `"${keyword}" at ${path} became part of the description.`;
    warn({ code: "schema_adapted", message, field: "response_format" });
  }
  const jsonSchema = present({ schema: JSON.stringify(schema), name: output.name, description: output.description });
  const config = { textFormat: { type: "json_schema", structure: { jsonSchema } } };
  return { config, instruction: [], ...(restores ? { restore } : {}) };
}

const tiers = new Set(["default", "flex", "priority", "reserved"]);

function serviceTierOf({ serviceTier }: ChatRequest, warn: Warn): JsonObject | undefined {
  if (serviceTier === undefined || serviceTier === "auto") return undefined;
  if (tiers.has(serviceTier)) return { type: serviceTier };
  warn(dropped("service_tier"));
  return undefined;
}

/** What only the caller's dialect knows, and what is said about the caller, stays behind. */
function warnOfRest({ origin, user, metadata }: ChatRequest, warn: Warn): void {
  for (const lost of droppedFields(origin.rest)) warn(lost);
  if (user !== undefined) warn(dropped("user"));
  if (metadata !== undefined) warn(dropped("metadata"));
}

function dropped(field: string): Warning {
  return { code: "dropped_parameter", message: `${field} has no equivalent here.`, field };
}

function present(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
