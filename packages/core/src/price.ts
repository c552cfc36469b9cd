import type { ModelPrice } from "./catalogue.ts";
import type { Usage } from "./event.ts";

const million = 1_000_000;

/**
 * What the operator owes for one attempt, in nanodollars: one rounding, upward, at the very end. No float touches it.
 *
 * `null` when a price or a token count is unknown: unknown is never 0.
 */
export function costNano(usage: Usage, price: ModelPrice | undefined, multiplier: number): bigint | null {
  if (!price || usage.inputTokens === null || usage.outputTokens === null) return null;
  const read = tokens(usage.cacheReadTokens ?? 0);
  const write = tokens(usage.cacheWriteTokens ?? 0);
  const input = tokens(usage.inputTokens);
  const fresh = input > read + write ? input - read - write : 0n;
  const pico =
    fresh * price.inputPico +
    read * (price.cacheReadPico ?? price.inputPico) +
    write * (price.cacheWritePico ?? price.inputPico) +
    tokens(usage.outputTokens) * price.outputPico;
  const scaled = pico * BigInt(Math.round(multiplier * million));
  return (scaled + 999_999_999n) / 1_000_000_000n;
}

// Usage is untrusted input: negative, fractional or absurd counts are bounded before they become money.
function tokens(count: number): bigint {
  return Number.isFinite(count) && count > 0 ? BigInt(Math.min(Math.floor(count), 1_000_000_000)) : 0n;
}

/** Nanodollars as dollars, for reading only. */
export function toDollars(nano: bigint): number {
  return Number(nano) / 1e9;
}
