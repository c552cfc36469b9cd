import { arrayOf, isObject, numberOf, objectOf, stringOf } from "@sluice/core";
import type { Json, JsonObject, Usage, UsageDetails } from "@sluice/core";

/** Input tokens are counted here without what came from the cache or went into it. `tier` stands beside the usage. */
export function decodeUsage(usage: JsonObject, tier: Json | undefined): Usage {
  const fresh = numberOf(usage["inputTokens"]) ?? null;
  const cacheRead = numberOf(usage["cacheReadInputTokens"]) ?? null;
  const cacheWrite = numberOf(usage["cacheWriteInputTokens"]) ?? null;
  const details = detailsOf(usage, tier);
  return {
    inputTokens: fresh === null ? null : fresh + (cacheRead ?? 0) + (cacheWrite ?? 0),
    cacheReadTokens: cacheRead,
    cacheWriteTokens: cacheWrite,
    outputTokens: numberOf(usage["outputTokens"]) ?? null,
    reasoningTokens: null,
    ...(Object.keys(details).length > 0 ? { details } : {}),
    raw: usage,
  };
}

const kept = { "5m": "cacheWrite5mTokens", "1h": "cacheWrite1hTokens" } as const;

function detailsOf(usage: JsonObject, tier: Json | undefined): UsageDetails {
  const details: UsageDetails = {};
  for (const written of arrayOf(usage["cacheDetails"]).filter(isObject)) {
    const name = kept[stringOf(written["ttl"]) as keyof typeof kept];
    const tokens = numberOf(written["inputTokens"]) ?? 0;
    if (name !== undefined && tokens > 0) details[name] = tokens;
  }
  const served = stringOf(objectOf(tier)?.["type"]);
  if (served !== undefined && served !== "default") details.serviceTier = served;
  return details;
}
