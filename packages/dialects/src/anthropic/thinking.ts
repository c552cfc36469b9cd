import { errors, objectOf, stringOf } from "@sluice/core";
import type { ChatRequest, JsonObject, ReasoningEffort, ReasoningWish, UpstreamTarget, Warning } from "@sluice/core";
import { budgetOf, effortOf, nearestEffort } from "../effort.ts";
import { need, object, size, take, text } from "../fields.ts";
import { defined } from "../members.ts";

type Warn = (warning: Warning) => void;

const offered = ["low", "medium", "high", "xhigh", "max"] as const satisfies readonly ReasoningEffort[];
const leastBudget = 1024;
const knownTypes = new Set(["enabled", "disabled", "adaptive"]);

/** Whether `thinking` has a form that the canonical wish can say. Another one stays with the unknown fields. */
export function isKnownThinking(body: JsonObject): boolean {
  return knownTypes.has(take(take(body, "thinking", object) ?? {}, "type", text, "thinking.") ?? "");
}

export function decodeThinkingWish(body: JsonObject): ReasoningWish | undefined {
  const wish = defined<ReasoningWish>({ ...thinkingForm(take(body, "thinking", object)), ...effortForm(body) });
  return Object.keys(wish).length === 0 ? undefined : wish;
}

function thinkingForm(thinking: JsonObject | undefined): ReasoningWish {
  if (thinking === undefined) return {};
  const display = take(thinking, "display", text, "thinking.");
  const include = display === undefined ? undefined : display !== "omitted";
  switch (need(thinking, "type", text, "thinking.")) {
    case "enabled": {
      const budgetTokens = need(thinking, "budget_tokens", size, "thinking.");
      return { budgetTokens, include };
    }
    case "adaptive":
      return { adaptive: true, include };
    case "disabled":
      return { budgetTokens: 0 };
    default:
      return {};
  }
}

function effortForm(body: JsonObject): ReasoningWish {
  const effort = take(take(body, "output_config", object) ?? {}, "effort", text, "output_config.");
  if (effort === undefined) return {};
  if (!offered.some((known) => known === effort)) {
    throw errors.REQUEST_INVALID("output_config.effort", `must be one of ${offered.join(", ")}`);
  }
  return { effort: effort as ReasoningEffort };
}

/** How an upstream is asked to think. `budget` is in tokens, where thinking is manual. */
export interface ThinkingAsk {
  thinking?: JsonObject;
  effort?: string;
  budget?: number;
}

export function encodeThinkingWish(
  request: ChatRequest,
  target: UpstreamTarget,
  limit: number,
  warn: Warn,
): ThinkingAsk {
  const wish = request.reasoning;
  if (wish === undefined) return {};
  const able = target.info?.abilities?.reasoning !== false;
  if (isOff(wish)) return able ? offAsk(wish, target, warn) : {};
  if (!able) {
    if (asksForThinking(wish)) warn(dropped(`${target.model} does not think.`));
    return {};
  }
  // This dialect's own callers may set an effort without asking for thinking.
  if (request.origin.dialect === "anthropic" && !asksForThinking(wish)) return effortAsk(wish, target, warn);
  if (!asksForThinking(wish) && wish.effort === undefined) return {};
  if (!takes(target, "budget") || !wantsBudget(wish, target)) return adaptiveAsk(wish, target, limit, warn);
  const effort = target.info?.reasoning?.includes("effort") ? effortAsk(wish, target, warn) : {};
  return { ...effort, ...manualAsk(wish, limit, warn) };
}

/** Whether a caller's own body asks in a form that this model is known not to take. */
export function isRefused(body: JsonObject, target: UpstreamTarget): boolean {
  const type = objectOf(body["thinking"])?.["type"];
  const effort = stringOf(objectOf(body["output_config"])?.["effort"]);
  if (effort !== undefined && target.quirks.efforts?.every((known) => known !== effort)) return true;
  if (type === "disabled") return !canBeOff(target);
  return (type === "enabled" && !takes(target, "budget")) || (type === "adaptive" && !takes(target, "adaptive"));
}

/** Thinking that the request's forced tool or lost signatures rule out. Adaptive thinking copes with both. */
export function withoutManual(ask: ThinkingAsk, reason: string, warn: Warn): ThinkingAsk {
  if (ask.budget === undefined) return ask;
  warn({ code: "thinking_off", message: reason, field: "thinking" });
  return ask.effort === undefined ? {} : { effort: ask.effort };
}

/** Off, or as little as a model thinks that cannot be switched off. */
function offAsk(wish: ReasoningWish, target: UpstreamTarget, warn: Warn): ThinkingAsk {
  if (canBeOff(target)) return { thinking: { type: "disabled" } };
  return effortAsk({ ...wish, effort: "none" }, target, warn);
}

function canBeOff({ quirks }: UpstreamTarget): boolean {
  return quirks.efforts?.includes("none") ?? true;
}

function isOff(wish: ReasoningWish): boolean {
  return wish.budgetTokens === 0 || (wish.effort === "none" && wish.budgetTokens === undefined);
}

function asksForThinking(wish: ReasoningWish): boolean {
  return wish.adaptive === true || (wish.budgetTokens ?? 0) !== 0;
}

function takes(target: UpstreamTarget, form: "budget" | "adaptive" | "effort"): boolean {
  return target.info?.reasoning?.includes(form) ?? true;
}

function wantsBudget(wish: ReasoningWish, target: UpstreamTarget): boolean {
  return (wish.budgetTokens ?? 0) > 0 || !takes(target, "adaptive");
}

function manualAsk(wish: ReasoningWish, limit: number, warn: Warn): ThinkingAsk {
  const asked = (wish.budgetTokens ?? 0) > 0 ? (wish.budgetTokens ?? 0) : budgetOf(wish.effort ?? "medium", limit);
  const budget = Math.min(Math.max(asked, leastBudget), limit - 1);
  if (budget < leastBudget) {
    warn({
      code: "thinking_off",
      message: `max_tokens leaves no room for ${leastBudget} thinking tokens.`,
      field: "thinking",
    });
    return {};
  }
  if (wish.budgetTokens !== undefined && budget !== asked) {
    warn(clamped(`The thinking budget became ${budget} tokens.`));
  }
  const thinking = defined({ type: "enabled", budget_tokens: budget, display: display(wish) });
  return { thinking, budget };
}

function adaptiveAsk(wish: ReasoningWish, target: UpstreamTarget, limit: number, warn: Warn): ThinkingAsk {
  const budget = Math.max(0, wish.budgetTokens ?? 0);
  const inferred = budget > 0 && wish.effort === undefined ? effortOf(budget, limit) : wish.effort;
  if (budget > 0) warn(clamped(`${target.model} takes no budget; it thinks with the effort ${inferred}.`));
  const effort = effortAsk({ ...wish, effort: inferred }, target, warn);
  if (!takes(target, "adaptive")) return effort;
  return { thinking: defined({ type: "adaptive", display: display(wish) }), ...effort };
}

function effortAsk(wish: ReasoningWish, target: UpstreamTarget, warn: Warn): ThinkingAsk {
  if (wish.effort === undefined || (wish.effort === "none" && canBeOff(target))) return {};
  const { effort, changed } = nearestEffort(wish.effort, target.quirks.efforts ?? offered);
  if (changed) warn(clamped(`The effort ${wish.effort} became ${effort}.`));
  return { effort };
}

function clamped(message: string): Warning {
  return { code: "clamped_parameter", message, field: "reasoning" };
}

function display(wish: ReasoningWish): string | undefined {
  if (wish.include === undefined) return undefined;
  return wish.include ? "summarized" : "omitted";
}

function dropped(message: string): Warning {
  return { code: "dropped_parameter", message, field: "reasoning" };
}
