import type { ChatRequest, ReasoningEffort, ReasoningWish, Warning } from "@sluice/core";
import type { JsonObject, UpstreamTarget } from "@sluice/core";
import { budgetOf, effortOf, nearestEffort } from "../effort.ts";
import { defined } from "../members.ts";
import type { Fields } from "./fields.ts";

const levels: Readonly<Record<string, ReasoningEffort>> = {
  MINIMAL: "minimal",
  LOW: "low",
  MEDIUM: "medium",
  HIGH: "high",
};

export function decodeThinking(config: Fields | undefined): ReasoningWish | undefined {
  if (config === undefined) return undefined;
  const level = config.string("thinkingLevel")?.toUpperCase();
  if (level !== undefined && level !== "THINKING_LEVEL_UNSPECIFIED" && !Object.hasOwn(levels, level)) {
    throw config.invalid("thinkingLevel", "must be MINIMAL, LOW, MEDIUM or HIGH");
  }
  return defined({
    effort: level === undefined ? undefined : levels[level],
    budgetTokens: config.integer("thinkingBudget"),
    include: config.boolean("includeThoughts"),
  });
}

type Warn = (warning: Warning) => void;

const usualOutput = 65_536;

export function encodeThinking(request: ChatRequest, target: UpstreamTarget, warn: Warn): JsonObject | null {
  const wish = request.reasoning;
  if (wish === undefined) return null;
  const amount = isUnable(target) ? unable(wish, warn) : amountOf(wish, target, warn);
  // Whoever asks for thinking in another dialect is shown it; in this one showing is asked for by name.
  const asks = request.origin.dialect !== "gemini" && wish.effort !== "none" && wish.budgetTokens !== 0;
  const include = wish.include ?? (asks && !isUnable(target) ? true : undefined);
  const config = { ...amount, ...(include === undefined ? {} : { includeThoughts: include }) };
  return Object.keys(config).length === 0 ? null : config;
}

function isUnable({ info }: UpstreamTarget): boolean {
  return info?.abilities?.reasoning === false || info?.reasoning?.length === 0;
}

function unable(wish: ReasoningWish, warn: Warn): JsonObject {
  const asks = (wish.effort !== undefined && wish.effort !== "none") || (wish.budgetTokens ?? 0) !== 0;
  if (asks) warn({ code: "dropped_parameter", message: "The model does not think.", field: "reasoning" });
  return {};
}

function amountOf(wish: ReasoningWish, target: UpstreamTarget, warn: Warn): JsonObject {
  return takesLevels(target) ? levelOf(wish, target, warn) : budgetFor(wish, target, warn);
}

/** Models of the third generation are asked by level. The catalogue decides; the name does where it is silent. */
export function takesLevels({ info, model }: UpstreamTarget): boolean {
  const forms = info?.reasoning;
  return forms === undefined ? isThirdGeneration(model) : forms.includes("level") || forms.includes("effort");
}

export function isThirdGeneration(model: string): boolean {
  return /gemini-(?:[3-9]|\d\d)/.test(model);
}

function levelOf(wish: ReasoningWish, target: UpstreamTarget, warn: Warn): JsonObject {
  const outputMaximum = target.info?.maxOutputTokens ?? usualOutput;
  const budget = wish.budgetTokens;
  if (wish.effort === undefined && (budget === undefined || budget < 0)) return {};
  const asked = wish.effort ?? effortOf(budget ?? -1, outputMaximum);
  const { effort, changed } = nearestEffort(asked, offeredBy(target.model));
  if (changed) {
    const message = `The model does not offer the effort "${asked}"; it was asked for "${effort}".`;
    warn({ code: "changed_parameter", message, field: "reasoning.effort" });
  }
  return { thinkingLevel: effort.toUpperCase() };
}

/** The larger models do not offer the least effort. */
function offeredBy(model: string): readonly ReasoningEffort[] {
  return /flash/.test(model) ? ["minimal", "low", "medium", "high"] : ["low", "medium", "high"];
}

function budgetFor(wish: ReasoningWish, target: UpstreamTarget, warn: Warn): JsonObject {
  const asked = budgetAsked(wish, target);
  if (asked === undefined) return {};
  const { smallest, largest } = budgetRange(target.model);
  const budget = asked < 0 ? asked : Math.min(Math.max(asked, smallest), largest);
  // An effort is a wish, so only a number that the caller wrote is worth a word when it changes.
  if (budget !== asked && (wish.budgetTokens !== undefined || asked === 0)) {
    const message = `A thinking budget of ${asked} tokens became ${budget}.`;
    warn({ code: "clamped_parameter", message, field: "reasoning.max_tokens" });
  }
  return { thinkingBudget: budget };
}

function budgetAsked(wish: ReasoningWish, { info }: UpstreamTarget): number | undefined {
  if (wish.budgetTokens !== undefined) return wish.budgetTokens;
  if (wish.effort !== undefined) return budgetOf(wish.effort, info?.maxOutputTokens ?? usualOutput);
  return wish.adaptive ? -1 : undefined;
}

/** The larger models of the second generation cannot be kept from thinking: https://ai.google.dev/gemini-api/docs/thinking. */
function budgetRange(model: string): { smallest: number; largest: number } {
  return /-pro/.test(model) ? { smallest: 128, largest: 32_768 } : { smallest: 0, largest: 24_576 };
}
