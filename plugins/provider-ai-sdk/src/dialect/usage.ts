import { numberOf, objectOf } from "@sluice/core";
import type { Json, Usage } from "@sluice/core";
import { detailsOf } from "./usage-details.ts";

/** Reads `LanguageModelV4Usage`. Its totals have the cached and the reasoning tokens inside, as ours. */
export function decodeUsage(value: Json | undefined): Usage {
  const usage = objectOf(value);
  const input = objectOf(usage?.["inputTokens"]);
  const output = objectOf(usage?.["outputTokens"]);
  const raw = objectOf(usage?.["raw"]);
  return {
    inputTokens: count(input?.["total"]) ?? sum(input?.["noCache"], input?.["cacheRead"], input?.["cacheWrite"]),
    cacheReadTokens: count(input?.["cacheRead"]),
    cacheWriteTokens: count(input?.["cacheWrite"]),
    outputTokens: count(output?.["total"]) ?? sum(output?.["text"], output?.["reasoning"]),
    reasoningTokens: count(output?.["reasoning"]),
    ...detailsOf(raw),
    ...(raw === undefined ? {} : { raw }),
  };
}

function count(value: Json | undefined): number | null {
  const number = numberOf(value);
  return number === undefined || number < 0 ? null : number;
}

/** The whole of parts of which the first is known; unknown without it. */
function sum(first: Json | undefined, ...others: (Json | undefined)[]): number | null {
  const known = count(first);
  return known === null ? null : others.reduce<number>((total, value) => total + (count(value) ?? 0), known);
}
