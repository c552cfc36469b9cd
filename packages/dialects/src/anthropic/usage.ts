import { numberOf, objectOf } from "@sluice/core";
import type { JsonObject, Usage } from "@sluice/core";
import { DetailsReader } from "../usage-details.ts";

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
    ...detailsOf(raw),
    raw,
  };
}

function detailsOf(raw: JsonObject) {
  const written = objectOf(raw["cache_creation"]) ?? {};
  return new DetailsReader()
    .count("cacheWrite5mTokens", written["ephemeral_5m_input_tokens"])
    .count("cacheWrite1hTokens", written["ephemeral_1h_input_tokens"])
    .callsIn(raw["server_tool_use"], "_requests")
    .tier(raw["speed"])
    .tier(raw["service_tier"])
    .read();
}

/** Unknown counts are 0: clients of this dialect add them up. */
export function encodeUsage(usage: Usage): JsonObject {
  const read = usage.cacheReadTokens ?? 0;
  const written = usage.cacheWriteTokens ?? 0;
  const { cacheWrite5mTokens, cacheWrite1hTokens, toolCalls } = usage.details ?? {};
  return {
    input_tokens: Math.max(0, (usage.inputTokens ?? 0) - read - written),
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
    ...(cacheWrite5mTokens === undefined && cacheWrite1hTokens === undefined
      ? {}
      : {
          cache_creation: {
            ephemeral_5m_input_tokens: cacheWrite5mTokens ?? 0,
            ephemeral_1h_input_tokens: cacheWrite1hTokens ?? 0,
          },
        }),
    ...(toolCalls === undefined ? {} : { server_tool_use: requestsOf(toolCalls) }),
    output_tokens: usage.outputTokens ?? 0,
    ...(usage.reasoningTokens === null ? {} : { output_tokens_details: { thinking_tokens: usage.reasoningTokens } }),
  };
}

function requestsOf(calls: Readonly<Record<string, number>>): JsonObject {
  return Object.fromEntries(Object.entries(calls).map(([kind, count]) => [`${kind}_requests`, count]));
}
