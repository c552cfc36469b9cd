import type { ModelPrice, PriceLine } from "@sluice/core";

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
