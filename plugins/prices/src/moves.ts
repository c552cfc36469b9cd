import type { ModelPrice, PriceChange, PriceLine } from "@sluice/core";
import type { Snapshot } from "./snapshot.ts";

type Change = Pick<PriceChange, "provider" | "model" | "before" | "after">;

/** Every model of these providers whose price is new, gone or another. */
export function changesBetween(before: Snapshot, after: Snapshot, providers: Iterable<string>): Change[] {
  const changes: Change[] = [];
  for (const provider of providers) {
    const old = pricesOf(before, provider);
    const young = pricesOf(after, provider);
    for (const model of new Set([...old.keys(), ...young.keys()])) {
      const [was = null, is = null] = [old.get(model), young.get(model)];
      if (was?.version !== is?.version) changes.push({ provider, model, before: was, after: is });
    }
  }
  return changes;
}

function pricesOf(snapshot: Snapshot, provider: string): Map<string, ModelPrice | null> {
  return new Map(snapshot.list(provider).map(({ id, price }) => [id, price ?? null]));
}

/** A price that is in use may rise or fall by this factor from one snapshot to the next without being asked about. */
const farthest = 4n;

/** Whether a price moves so far that somebody should look at it first, or is not known any more. */
export function movesFar(before: ModelPrice | null, after: ModelPrice | null): boolean {
  if (before === null) return false;
  if (after === null) return true;
  return before.lines.some((line) => {
    const next = after.lines.find((other) => keyOf(other) === keyOf(line));
    return next === undefined ? line.when === undefined : isFar(line, next);
  });
}

function isFar(before: PriceLine, after: PriceLine): boolean {
  const old = before.pico * (after.per ?? 1n);
  const young = after.pico * (before.per ?? 1n);
  return old * farthest < young || young * farthest < old;
}

function keyOf({ unit, when }: PriceLine): string {
  const conditions = Object.entries(when ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([unit, conditions]);
}
