import { numberOf, objectOf } from "@sluice/core";
import type { JsonObject, Usage } from "@sluice/core";

/** Adds what a later event says to what is known: totals replace totals, null and absent fields erase nothing. */
export function joinUsage(known: JsonObject, next: JsonObject): JsonObject {
  const said = Object.entries(next).filter(([, value]) => value !== null && value !== undefined);
  return { ...known, ...Object.fromEntries(said) };
}

/** On this wire `input_tokens` leaves out what was read from or written to the cache; the canonical count has it all. */
export function decodeUsage(raw: JsonObject): Usage {
  const fresh = numberOf(raw["input_tokens"]);
  const cacheReadTokens = numberOf(raw["cache_read_input_tokens"]) ?? null;
  const cacheWriteTokens = numberOf(raw["cache_creation_input_tokens"]) ?? null;
  return {
    inputTokens: fresh === undefined ? null : fresh + (cacheReadTokens ?? 0) + (cacheWriteTokens ?? 0),
    cacheReadTokens,
    cacheWriteTokens,
    outputTokens: numberOf(raw["output_tokens"]) ?? null,
    reasoningTokens: numberOf(objectOf(raw["output_tokens_details"])?.["thinking_tokens"]) ?? null,
    raw,
  };
}

/** Unknown counts are 0: clients of this dialect add them up. */
export function encodeUsage(usage: Usage): JsonObject {
  const read = usage.cacheReadTokens ?? 0;
  const written = usage.cacheWriteTokens ?? 0;
  return {
    input_tokens: Math.max(0, (usage.inputTokens ?? 0) - read - written),
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
    output_tokens: usage.outputTokens ?? 0,
    ...(usage.reasoningTokens === null ? {} : { output_tokens_details: { thinking_tokens: usage.reasoningTokens } }),
  };
}
