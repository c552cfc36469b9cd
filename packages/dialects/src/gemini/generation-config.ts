import { errors } from "@sluice/core";
import type { ChatRequest, JsonObject, UpstreamTarget, Warning } from "@sluice/core";
import { isVoice, unknownVoice } from "../speech.ts";
import { adaptSchema } from "../schema/index.ts";
import { schemaForm, warnOfLosses } from "./encode-tools.ts";
import { defined } from "../members.ts";
import { withQuirks } from "./quirks.ts";
import { encodeThinking } from "./thinking.ts";

type Warn = (warning: Warning) => void;

const maxStops = 5;

/** How the answer is made: sampling, form, thinking. Members that only this dialect knows come last. */
export function encodeGenerationConfig(request: ChatRequest, target: UpstreamTarget, warn: Warn): JsonObject {
  const { sampling, origin } = request;
  if (sampling.logitBias !== undefined) throw errors.REQUEST_UNSUPPORTED("logit_bias", target.model);
  const own = origin.dialect === "gemini" ? origin.rest["generationConfig"] : undefined;
  const config = defined({
    temperature: temperature(sampling.temperature, warn),
    topP: sampling.topP,
    topK: sampling.topK,
    maxOutputTokens: outputLimit(sampling.maxTokens, target, warn),
    candidateCount: sampling.n === 1 ? undefined : sampling.n,
    stopSequences: stops(sampling.stop),
    seed: sampling.seed,
    presencePenalty: sampling.presencePenalty,
    frequencyPenalty: sampling.frequencyPenalty,
    responseLogprobs: sampling.logprobs,
    logprobs: sampling.topLogprobs,
    ...encodeOutput(request, target, warn),
    ...encodeAnswer(request, target, warn),
    thinkingConfig: encodeThinking(request, target, warn) ?? undefined,
    ...(own as JsonObject | undefined),
  });
  return withQuirks(config, target.quirks, warn);
}

/** Spoken answers have no text beside them here, and raw samples are all there is: a WAV file is made of them. */
function encodeAnswer(
  { modalities, speech, origin, stream }: ChatRequest,
  target: UpstreamTarget,
  warn: Warn,
): JsonObject {
  if (origin.dialect === "gemini" && origin.prefers["answer"]) return origin.prefers["answer"] as JsonObject;
  if (modalities === undefined || modalities.every((modality) => modality === "text")) return {};
  if (!modalities.includes("audio"))
    return { responseModalities: modalities.map((modality) => modality.toUpperCase()) };
  const { voice, format = "pcm16" } = speech ?? {};
  if (format !== "pcm16" && (format !== "wav" || stream)) {
    throw errors.REQUEST_UNSUPPORTED("audio.format", target.model, stream ? "Ask for pcm16." : "Ask for pcm16 or wav.");
  }
  if (voice !== undefined && isVoice(voice)) warn(unknownVoice(voice));
  const voiceName = voice === undefined || isVoice(voice) ? undefined : voice;
  return defined({
    responseModalities: ["AUDIO"],
    speechConfig: voiceName && { voiceConfig: { prebuiltVoiceConfig: { voiceName } } },
  });
}

function temperature(asked: number | undefined, warn: Warn): number | undefined {
  if (asked === undefined || asked <= 2) return asked;
  warn({ code: "clamped_parameter", message: `temperature ${asked} became 2.`, field: "temperature" });
  return 2;
}

function outputLimit(asked: number | undefined, target: UpstreamTarget, warn: Warn): number | undefined {
  const largest = target.info?.maxOutputTokens;
  if (asked === undefined || largest === undefined || asked <= largest) return asked;
  const message = `${asked} output tokens became ${largest}, the most that the model gives.`;
  warn({ code: "clamped_parameter", message, field: "max_tokens" });
  return largest;
}

function stops(asked: readonly string[] | undefined): string[] | undefined {
  const kept = asked?.filter((stop) => stop !== "") ?? [];
  if (kept.length > maxStops)
    throw errors.REQUEST_INVALID("stop", `must have at most ${maxStops} entries for this model`);
  return kept.length === 0 ? undefined : kept;
}

function encodeOutput({ output }: ChatRequest, target: UpstreamTarget, warn: Warn): JsonObject {
  if (output === undefined || output.type === "text") return {};
  const json = { responseMimeType: "application/json" };
  if (output.type === "json") return json;
  const form = schemaForm(target, "responseJsonSchema");
  const { schema, losses } = adaptSchema(output.schema, form.target);
  warnOfLosses(losses, "response_format", warn);
  return { ...json, [form.field]: schema };
}
