import { errors } from "@sluice/core";
import type { ChatRequest, JsonObject, Sampling, UpstreamTarget, Warning } from "@sluice/core";
import { amount, size, take, words } from "../fields.ts";
import { defined } from "../members.ts";

type Warn = (warning: Warning) => void;

const defaultMaxTokens = 4096;

export function decodeSampling(body: JsonObject): Sampling {
  return defined<Sampling>({
    maxTokens: take(body, "max_tokens", size),
    temperature: take(body, "temperature", amount),
    topP: take(body, "top_p", amount),
    topK: take(body, "top_k", size),
    stop: take(body, "stop_sequences", words),
  });
}

/** The output limit, which this dialect demands: the caller's, else the model's own; never above the model's own. */
export function outputLimit(request: ChatRequest, target: UpstreamTarget, warn: Warn): number {
  const most = target.info?.maxOutputTokens;
  const asked = request.sampling.maxTokens;
  if (asked === undefined) return most ?? defaultMaxTokens + Math.max(0, request.reasoning?.budgetTokens ?? 0);
  if (most === undefined || asked <= most) return asked;
  warn({ code: "clamped_parameter", message: `${target.model} gives at most ${most} tokens.`, field: "max_tokens" });
  return most;
}

/** Sampling parameters for an upstream. `thinking` says whether the request asks for it: sampling is fixed then. */
export function encodeSampling(
  request: ChatRequest,
  target: UpstreamTarget,
  thinking: boolean,
  warn: Warn,
): JsonObject {
  const { sampling } = request;
  refuseUnkeepable(sampling, target);
  for (const [field, value] of Object.entries(withoutEquivalent(sampling))) {
    if (value !== undefined)
      warn({ code: "dropped_parameter", message: `There is no ${field} at ${target.model}.`, field });
  }
  return defined({
    ...(thinking ? thinkingSampling(sampling, warn) : freeSampling(sampling, warn)),
    stop_sequences: stopSequences(sampling.stop, warn),
  });
}

function refuseUnkeepable(sampling: Sampling, target: UpstreamTarget): void {
  if (sampling.n !== undefined && sampling.n !== 1) throw errors.REQUEST_UNSUPPORTED("n", target.model);
  if (sampling.logprobs === true || sampling.topLogprobs) throw errors.REQUEST_UNSUPPORTED("logprobs", target.model);
  // Only a warm-up of this vendor's own cache asks for nothing.
  if (sampling.maxTokens === 0) throw errors.REQUEST_INVALID("max_tokens", "must be 1 or more");
}

function withoutEquivalent(sampling: Sampling): Record<string, unknown> {
  return {
    seed: sampling.seed,
    frequency_penalty: sampling.frequencyPenalty || undefined,
    presence_penalty: sampling.presencePenalty || undefined,
    logit_bias: Object.keys(sampling.logitBias ?? {}).length > 0 ? sampling.logitBias : undefined,
  };
}

function freeSampling({ temperature, topP, topK }: Sampling, warn: Warn): JsonObject {
  const both = temperature !== undefined && topP !== undefined;
  if (both)
    warn({ code: "dropped_parameter", message: "temperature and top_p exclude each other here.", field: "top_p" });
  return {
    temperature: clamp("temperature", temperature, 0, 1, warn),
    top_p: both ? undefined : clamp("top_p", topP, 0, 1, warn),
    top_k: topK,
  };
}

function thinkingSampling({ temperature, topP, topK }: Sampling, warn: Warn): JsonObject {
  const changing = { temperature: temperature === 1 ? undefined : temperature, top_k: topK };
  for (const [field, value] of Object.entries(changing)) {
    if (value !== undefined)
      warn({ code: "dropped_parameter", message: `${field} is fixed while the model thinks.`, field });
  }
  return { top_p: clamp("top_p", topP, 0.95, 1, warn) };
}

function clamp(field: string, value: number | undefined, least: number, most: number, warn: Warn): number | undefined {
  if (value === undefined || (value >= least && value <= most)) return value;
  const clamped = Math.min(Math.max(value, least), most);
  warn({ code: "clamped_parameter", message: `${field} ${value} became ${clamped}.`, field });
  return clamped;
}

function stopSequences(stop: readonly string[] | undefined, warn: Warn): string[] | undefined {
  const usable = (stop ?? []).filter((sequence) => sequence.trim() !== "");
  if (stop?.some((sequence) => sequence !== "" && sequence.trim() === "")) {
    warn({
      code: "dropped_parameter",
      message: "Stop sequences of white space alone are not taken here.",
      field: "stop",
    });
  }
  return usable.length > 0 ? usable : undefined;
}
