import type { ReasoningEffort } from "@sluice/core";

/** From least to most. */
const efforts: readonly ReasoningEffort[] = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

export function isEffort(word: unknown): word is ReasoningEffort {
  return efforts.some((effort) => effort === word);
}

/** The share of the output maximum that an effort may think for, in percent. */
const shares: Record<ReasoningEffort, number> = {
  none: 0,
  minimal: 2,
  low: 10,
  medium: 30,
  high: 60,
  xhigh: 90,
  max: 95,
};

/** The thinking budget in tokens that an effort stands for, as a share of the model's output maximum. */
export function budgetOf(effort: ReasoningEffort, maxOutputTokens: number): number {
  return Math.floor((maxOutputTokens * shares[effort]) / 100);
}

/** The highest effort whose budget fits into `budgetTokens`; 0 is `none`, -1 (the model decides) is `medium`. */
export function effortOf(budgetTokens: number, maxOutputTokens: number): ReasoningEffort {
  if (budgetTokens === 0) return "none";
  if (budgetTokens < 0) return "medium";
  const fitting = efforts.filter((effort) => effort !== "none" && budgetOf(effort, maxOutputTokens) <= budgetTokens);
  return fitting.at(-1) ?? "minimal";
}

/**
 * The effort that a model offers for the one that was asked for: the same, the nearest below, else the lowest offered.
 * Asking for some thinking never becomes `none`.
 */
export function nearestEffort(
  effort: ReasoningEffort,
  offered: readonly ReasoningEffort[],
): { effort: ReasoningEffort; changed: boolean } {
  if (offered.length === 0 || offered.includes(effort)) return { effort, changed: false };
  const thinking = efforts.filter((candidate) => candidate !== "none" && offered.includes(candidate));
  const below = thinking.filter((candidate) => efforts.indexOf(candidate) < efforts.indexOf(effort));
  return { effort: below.at(-1) ?? thinking[0] ?? "none", changed: true };
}
