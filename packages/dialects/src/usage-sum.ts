import { noUsage } from "@sluice/core";
import type { Usage, UsageDetails } from "@sluice/core";

/** What several calls used together; a count that one of them did not give is unknown. */
export function sumOfUsage(usages: readonly Usage[]): Usage {
  const [first = noUsage, ...others] = usages;
  return others.reduce(add, first);
}

function add(left: Usage, right: Usage): Usage {
  const sum: Usage = {
    inputTokens: plus(left.inputTokens, right.inputTokens),
    cacheReadTokens: plus(left.cacheReadTokens, right.cacheReadTokens),
    cacheWriteTokens: plus(left.cacheWriteTokens, right.cacheWriteTokens),
    outputTokens: plus(left.outputTokens, right.outputTokens),
    reasoningTokens: plus(left.reasoningTokens, right.reasoningTokens),
  };
  const details = addDetails(left.details ?? {}, right.details ?? {});
  return Object.keys(details).length > 0 ? { ...sum, details } : sum;
}

function plus(left: number | null, right: number | null): number | null {
  return left === null || right === null ? null : left + right;
}

const counted = [
  "images",
  "characters",
  "searchUnits",
  "audioInputMs",
  "imageInputTokens",
  "audioInputTokens",
] as const;

function addDetails(left: UsageDetails, right: UsageDetails): UsageDetails {
  const sum: UsageDetails = {};
  for (const name of counted) {
    const [a, b] = [left[name], right[name]];
    if (a !== undefined && b !== undefined) sum[name] = a + b;
  }
  return sum;
}
