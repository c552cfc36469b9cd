import type { JsonObject } from "@sluice/core";

const categories = ["harassment", "hate", "illicit", "self-harm", "sexual", "violence"] as const;

/** Flags a text for the categories that it names, so that an application can be tried without anything awful in it. */
export function judge(text: string): JsonObject {
  const lower = text.toLowerCase();
  const found = categories.map((category) => [category, lower.includes(category)] as const);
  return {
    flagged: found.some(([, is]) => is),
    categories: Object.fromEntries(found),
    category_scores: Object.fromEntries(found.map(([category, is]) => [category, is ? 0.99 : 0.01])),
    category_applied_input_types: Object.fromEntries(found.map(([category]) => [category, ["text"]])),
  };
}
