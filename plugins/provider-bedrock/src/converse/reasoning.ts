import type { ChatRequest, JsonObject, ReasoningEffort, UpstreamTarget, Warning } from "@sluice/core";
import { budgetOf, effortOf, nearestEffort } from "@sluice/dialects";

const leastBudget = 1024;
const defaultLimit = 4096;
/** What models that take a word for it take. */
const offered: readonly ReasoningEffort[] = ["low", "medium", "high"];

/**
 * How a model is asked to think, among the fields of its own. The catalogue says which form it takes: Anthropic's `budget`
 * or `adaptive`, Amazon's `level`, OpenAI's `effort`. A model without a known form thinks as it likes.
 */
export function encodeReasoningWish(
  { reasoning: wish, sampling }: ChatRequest,
  { info, model, quirks }: UpstreamTarget,
  warn: (warning: Warning) => void,
): JsonObject {
  if (wish === undefined) return {};
  const forms = info?.reasoning ?? [];
  const limit = sampling.maxTokens ?? info?.maxOutputTokens ?? defaultLimit;
  const isOff = wish.effort === "none" || wish.budgetTokens === 0;
  if (forms.length === 0) {
    if (!isOff) warn(noted("dropped_parameter", `How ${model} is asked to think is not known.`));
    return {};
  }
  if (isOff) return forms.includes("effort") && forms.length === 1 ? { reasoning_effort: "low" } : {};

  const asked = wish.effort ?? effortOf(wish.budgetTokens ?? -1, limit);
  if (forms.includes("budget") && ((wish.budgetTokens ?? 0) > 0 || !forms.includes("adaptive"))) {
    return manual(wish.budgetTokens ?? budgetOf(asked, limit), limit, warn);
  }
  const { effort, changed } = nearestEffort(asked, quirks.efforts ?? offered);
  if (changed) warn(noted("clamped_parameter", `The effort ${asked} became ${effort}.`));
  if (forms.includes("adaptive")) return { thinking: { type: "adaptive" }, output_config: { effort } };
  if (forms.includes("level")) return { reasoningConfig: { type: "enabled", maxReasoningEffort: effort } };
  return { reasoning_effort: effort };
}

function manual(asked: number, limit: number, warn: (warning: Warning) => void): JsonObject {
  const budget = Math.min(Math.max(asked, leastBudget), limit - 1);
  if (budget < leastBudget) {
    warn(noted("thinking_off", `max_tokens leaves no room for ${leastBudget} thinking tokens.`));
    return {};
  }
  if (budget !== asked) warn(noted("clamped_parameter", `The thinking budget became ${budget} tokens.`));
  return { thinking: { type: "enabled", budget_tokens: budget } };
}

function noted(code: string, message: string): Warning {
  return { code, message, field: "reasoning" };
}
