import { numberOf } from "@sluice/core";
import type { JsonObject, Usage } from "@sluice/core";

/** Input tokens are counted here without what came from the cache or went into it. */
export function decodeUsage(usage: JsonObject): Usage {
  const fresh = numberOf(usage["inputTokens"]) ?? null;
  const cacheRead = numberOf(usage["cacheReadInputTokens"]) ?? null;
  const cacheWrite = numberOf(usage["cacheWriteInputTokens"]) ?? null;
  return {
    inputTokens: fresh === null ? null : fresh + (cacheRead ?? 0) + (cacheWrite ?? 0),
    cacheReadTokens: cacheRead,
    cacheWriteTokens: cacheWrite,
    outputTokens: numberOf(usage["outputTokens"]) ?? null,
    reasoningTokens: null,
    raw: usage,
  };
}
