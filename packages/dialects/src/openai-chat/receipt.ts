import { receiptJson } from "@sluice/core";
import type { Json, JsonObject, Receipt } from "@sluice/core";

/** The receipt as members of an answer: whole, and the fields most people look for beside it. */
export function receiptMembers(receipt: Receipt): JsonObject {
  const { cached, cache_hit, actual_model, total_ms, cost_usd } = receipt;
  const members: JsonObject = { sluice: receiptJson(receipt), cached, cache_hit, actual_model, total_ms, cost_usd };
  for (const [name, value] of Object.entries(receipt)) {
    // Amounts in the currencies that a plugin adds.
    if (/^cost_[a-z]{3}$/.test(name)) members[name] = value as Json;
  }
  return members;
}

/** Adds the receipt to the last JSON event of a stream; where that carries usage, the usage tells the cost too. */
export function withReceipt(chunk: JsonObject, receipt: Receipt | null): JsonObject {
  if (receipt === null) return chunk;
  const told = { ...chunk, ...receiptMembers(receipt) };
  const { usage } = chunk;
  if (typeof usage !== "object" || usage === null || receipt.cost_usd === null) return told;
  return { ...told, usage: { ...(usage as JsonObject), cost: receipt.cost_usd } };
}
