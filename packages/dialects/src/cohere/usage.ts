import { numberOf, objectOf, usageWith } from "@sluice/core";
import type { JsonObject, Usage } from "@sluice/core";

/** What Cohere bills: tokens of texts that were embedded, searches of a reranker. */
export function billedUsage(meta: JsonObject | undefined): Usage {
  const units = objectOf(meta?.["billed_units"]);
  const tokens = objectOf(meta?.["tokens"]);
  const searchUnits = numberOf(units?.["search_units"]);
  return usageWith({
    inputTokens: numberOf(units?.["input_tokens"]) ?? numberOf(tokens?.["input_tokens"]) ?? null,
    // Neither generates anything.
    outputTokens: 0,
    ...(searchUnits === undefined ? {} : { details: { searchUnits } }),
    ...(units ? { raw: units } : {}),
  });
}
