import type { JsonObject, ReasoningEffort, ReasoningWish } from "@sluice/core";
import { count, flag, object, oneOf, take, text } from "../fields.ts";
import { defined } from "../members.ts";

const efforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const satisfies ReasoningEffort[];

const anEffort = oneOf(efforts);

/** OpenAI's own field first, then the forms that other vendors of this dialect made their clients used to. */
export function decodeReasoning(body: JsonObject): ReasoningWish | undefined {
  const wish = {
    ...thinkingWish(body),
    ...routerWish(body),
    ...defined({ effort: take(body, "reasoning_effort", anEffort) }),
  };
  return Object.keys(wish).length > 0 ? wish : undefined;
}

function routerWish(body: JsonObject): ReasoningWish {
  const given = take(body, "reasoning", object);
  if (!given) return {};
  const enabled = take(given, "enabled", flag, "reasoning.");
  const exclude = take(given, "exclude", flag, "reasoning.");
  return defined({
    effort: take(given, "effort", anEffort, "reasoning.") ?? (enabled === false ? "none" : undefined),
    budgetTokens: take(given, "max_tokens", count, "reasoning."),
    include: exclude === undefined ? undefined : !exclude,
  });
}

function thinkingWish(body: JsonObject): ReasoningWish {
  const enabled = take(body, "enable_thinking", flag);
  const budgetTokens = take(body, "thinking_budget", count);
  const thinking = take(body, "thinking", object);
  const type = thinking && take(thinking, "type", text, "thinking.");
  const budget = thinking && take(thinking, "budget_tokens", count, "thinking.");
  const off = enabled === false || type === "disabled";
  return defined({
    effort: off ? ("none" as const) : undefined,
    budgetTokens: off ? undefined : (budget ?? budgetTokens ?? (enabled || type === "enabled" ? -1 : undefined)),
    adaptive: type === "adaptive" || undefined,
  });
}
