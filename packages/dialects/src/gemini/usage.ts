import { numberOf } from "@sluice/core";
import type { JsonObject, Usage } from "@sluice/core";

/** Thoughts are outside the candidates on this wire and inside the output for us; cached tokens are inside the prompt. */
export function decodeUsage(metadata: JsonObject): Usage {
  const prompt = numberOf(metadata["promptTokenCount"]);
  const toolUse = numberOf(metadata["toolUsePromptTokenCount"]);
  const candidates = numberOf(metadata["candidatesTokenCount"]);
  const thoughts = numberOf(metadata["thoughtsTokenCount"]);
  return {
    inputTokens: sum(prompt, toolUse),
    cacheReadTokens: numberOf(metadata["cachedContentTokenCount"]) ?? null,
    cacheWriteTokens: null,
    outputTokens: sum(candidates, thoughts),
    reasoningTokens: thoughts ?? null,
    raw: metadata,
  };
}

function sum(a: number | undefined, b: number | undefined): number | null {
  return a === undefined && b === undefined ? null : (a ?? 0) + (b ?? 0);
}

export function encodeUsage(usage: Omit<Usage, "raw">): JsonObject {
  const { inputTokens, cacheReadTokens, outputTokens, reasoningTokens } = usage;
  const metadata: JsonObject = {};
  if (inputTokens !== null) metadata["promptTokenCount"] = inputTokens;
  if (cacheReadTokens !== null) metadata["cachedContentTokenCount"] = cacheReadTokens;
  if (outputTokens !== null) metadata["candidatesTokenCount"] = Math.max(0, outputTokens - (reasoningTokens ?? 0));
  if (reasoningTokens !== null) metadata["thoughtsTokenCount"] = reasoningTokens;
  if (inputTokens !== null || outputTokens !== null) {
    metadata["totalTokenCount"] = (inputTokens ?? 0) + (outputTokens ?? 0);
  }
  return metadata;
}
