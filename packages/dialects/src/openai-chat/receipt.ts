import { fromReceiptUsage, receiptJson } from "@sluice/core";
import type { Json, JsonObject, Receipt } from "@sluice/core";
import { encodeUsage } from "./usage.ts";

/** The receipt as members of an answer: whole, and the fields most people look for beside it. */
export function receiptMembers(receipt: Receipt): JsonObject {
  const { cached, cache_hit, actual_model, total_ms, usage_source, cost_usd } = receipt;
  const members: JsonObject = { sluice: receiptJson(receipt), cached, cache_hit, actual_model, total_ms };
  if (usage_source === "estimated") members.usage_source = usage_source;
  members.cost_usd = cost_usd;
  for (const [name, value] of Object.entries(receipt)) {
    // Amounts in the currency of the config, and in those that plugins add.
    if (/^cost_[a-z]{3}$/.test(name)) members[name] = value as Json;
  }
  return members;
}

/** The gateway's own count as usage in this dialect, or null where it has none. */
export function countedUsage(receipt: Receipt | null): JsonObject | null {
  return receipt?.usage ? encodeUsage(fromReceiptUsage(receipt.usage)) : null;
}

/** Adds the receipt to the last JSON event of a stream; where that carries usage, the usage tells the cost too. */
export function withReceipt(chunk: JsonObject, receipt: Receipt | null): JsonObject {
  if (receipt === null) return chunk;
  const told = { ...chunk, ...receiptMembers(receipt) };
  const { usage } = chunk;
  if (typeof usage !== "object" || usage === null || receipt.cost_usd === null) return told;
  return { ...told, usage: { ...(usage as JsonObject), cost: receipt.cost_usd } };
}
