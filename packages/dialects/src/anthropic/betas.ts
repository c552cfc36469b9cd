import { objectOf, stringOf } from "@sluice/core";
import type { ChatRequest, JsonObject, UpstreamTarget } from "@sluice/core";
import { nativeDomain } from "./thinking-blocks.ts";

/** Tools that the vendor runs or defines only for those who name the beta, by the SDK's types (read 2026-11). */
const ofTools: readonly (readonly [tool: string, beta: string])[] = [
  ["computer_20241022", "computer-use-2024-10-22"],
  ["computer_20250124", "computer-use-2025-01-24"],
  ["computer_20251124", "computer-use-2025-11-24"],
  ["code_execution_20250522", "code-execution-2025-05-22"],
];

/** Lets the model think between calls as well, where it thinks by budget. Elsewhere it does so by itself. */
const interleaved = "interleaved-thinking-2025-05-14";

/**
 * The betas that a translated request needs: its caller cannot know of them. Those who speak this dialect name their own,
 * and other vendors of it have none.
 */
export function betasFor({ origin }: ChatRequest, body: JsonObject, target: UpstreamTarget): string[] {
  if (origin.dialect === "anthropic" || target.stateDomain !== nativeDomain) return [];
  const tools = Array.isArray(body["tools"]) ? body["tools"] : [];
  const types = new Set(tools.map((tool) => stringOf(objectOf(tool)?.["type"])));
  const betas = ofTools.filter(([tool]) => types.has(tool)).map(([, beta]) => beta);
  const thinksByBudget = objectOf(body["thinking"])?.["type"] === "enabled" && tools.length > 0;
  return thinksByBudget ? [...betas, interleaved] : betas;
}
