import { errors } from "@sluice/core";
import type { ChatRequest, EncodedRequest, Json, JsonObject, UpstreamTarget, Warning } from "@sluice/core";
import { callNames, droppedFields, effortOf, lostRest, NameMap, nearestEffort } from "@sluice/dialects";
import type { NameRule } from "@sluice/dialects";
import { encodePrompt } from "./encode-prompt.ts";
import { encodeToolChoice, encodeTools } from "./encode-tools.ts";
import type { Memo } from "./memo.ts";
import { present } from "./present.ts";
import type { Warn } from "./state.ts";

/** What every vendor behind a package is known to take, as a tool's name and as a call's id. */
export const nameRule: NameRule = { pattern: /^[A-Za-z0-9_-]+$/, maxLength: 64, replacement: "_" };

/** Writes `LanguageModelV4CallOptions`; members in a fixed order, so that the same request gives the same call. */
export function encodeRequest(request: ChatRequest, target: UpstreamTarget): EncodedRequest {
  const warnings: Warning[] = [];
  const warn: Warn = (warning) => void warnings.push(warning);
  refuseWhatHasNoWord(request, target);
  const calls = callNames(request.messages);
  const names = new NameMap(nameRule, [...(request.tools ?? []).map((tool) => tool.name), ...calls.values()]);
  const { sampling } = request;
  const body = present({
    prompt: encodePrompt(request, target, { names, calls, ids: new NameMap(nameRule, calls.keys()), warn }),
    maxOutputTokens: outputLimit(sampling.maxTokens, target, warn),
    temperature: sampling.temperature,
    stopSequences: sampling.stop?.filter((stop) => stop !== ""),
    topP: sampling.topP,
    topK: sampling.topK,
    presencePenalty: sampling.presencePenalty,
    frequencyPenalty: sampling.frequencyPenalty,
    responseFormat: encodeOutput(request, warn),
    seed: sampling.seed,
    tools: encodeTools(request, target, names),
    toolChoice: encodeToolChoice(request, names),
    reasoning: encodeReasoning(request, target, warn),
    providerOptions: request.origin.providerOptions,
  });
  const memo: Memo = { names };
  return { body, warnings: [...warnings, ...lossesOf(request)], memo };
}

/** The contract has one answer in words, without probabilities: another one would not be what was asked for. */
function refuseWhatHasNoWord({ sampling, modalities = [], messages }: ChatRequest, target: UpstreamTarget): void {
  const hint =
    "The AI SDK's contract has no word for it. Leave it out, or ask a provider that is not behind the AI SDK.";
  const refused = {
    n: sampling.n !== undefined && sampling.n !== 1,
    logprobs: sampling.logprobs === true || sampling.topLogprobs !== undefined,
    logit_bias: sampling.logitBias !== undefined,
    modalities: modalities.includes("audio"),
    messages: messages.length === 0,
  };
  const field = Object.entries(refused).find(([, isAsked]) => isAsked)?.[0];
  if (field !== undefined) throw errors.REQUEST_UNSUPPORTED(field, target.model, hint);
}

function outputLimit(asked: number | undefined, target: UpstreamTarget, warn: Warn): number | undefined {
  const largest = target.info?.maxOutputTokens;
  if (asked === undefined || largest === undefined || asked <= largest) return asked;
  const message = `${asked} output tokens became ${largest}, the most that the model gives.`;
  warn({ code: "clamped_parameter", message, field: "max_tokens" });
  return largest;
}

function encodeOutput({ output }: ChatRequest, warn: Warn): JsonObject | undefined {
  if (output === undefined || output.type === "text") return undefined;
  if (output.type === "json") return { type: "json" };
  if (output.strict === true) {
    const message = "Whether the schema is enforced is up to the AI SDK package and its provider_options.";
    warn({ code: "schema_not_strict", message, field: "response_format" });
  }
  return present({ type: "json", schema: output.schema, name: output.name, description: output.description });
}

/** The contract has the same words for efforts, and none for budgets. */
function encodeReasoning({ reasoning, sampling }: ChatRequest, target: UpstreamTarget, warn: Warn): Json | undefined {
  if (reasoning === undefined) return undefined;
  const { effort, budgetTokens } = reasoning;
  if (effort === undefined && (budgetTokens === undefined || budgetTokens < 0)) return undefined;
  const most = target.info?.maxOutputTokens ?? sampling.maxTokens ?? 4096;
  const asked = effort ?? effortOf(budgetTokens ?? 0, most);
  const offered = nearestEffort(asked, target.quirks.efforts ?? []);
  if (offered.changed || (effort === undefined && budgetTokens !== 0)) {
    const was = effort === undefined ? `A budget of ${budgetTokens} tokens` : `The effort ${effort}`;
    warn({ code: "changed_parameter", message: `${was} became the effort ${offered.effort}.`, field: "reasoning" });
  }
  return offered.effort;
}

/** What leaves the meaning of the answer alone is left out aloud. */
function lossesOf(request: ChatRequest): Warning[] {
  const { tools = [], parallelToolCalls, user, metadata, serviceTier, messages, origin } = request;
  const parts = messages.flatMap((message) => message.parts);
  const detail = parts.find((part) => part.type === "image" && part.detail !== undefined && part.detail !== "auto");
  const lost = present({
    parallel_tool_calls: parallelToolCalls === false && tools.length > 0 ? false : undefined,
    user,
    metadata,
    service_tier: serviceTier,
    detail: detail === undefined ? undefined : true,
    "messages[].name": messages.find((message) => message.name !== undefined)?.name,
  });
  return [...droppedFields({ ...lost, ...origin.rest }), ...lostRest(request)];
}
