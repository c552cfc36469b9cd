import type { DecodeContext, Json, JsonObject, UpstreamDialect } from "@sluice/core";
import fc from "fast-check";
import { expect } from "vitest";

// What is done the short way must come out as what is done the long way, which stays beside it and is obvious.

/** The same with most of what may be left out left out: what requests and vendors are usually like. */
export function few<T extends object>(all: fc.Arbitrary<T>, needed: readonly string[]): fc.Arbitrary<T> {
  return fc.tuple(all, fc.infiniteStream(fc.integer({ min: 0, max: 9 }))).map(([whole, dice]) => {
    const kept = Object.entries(whole).filter(([name]) => needed.includes(name) || dice.next().value === 0);
    return Object.fromEntries(kept) as T;
  });
}

/** A body as a patch leaves it. */
export function applied(
  sent: JsonObject,
  { set, remove }: { set: Record<string, Json>; remove: string[] },
): JsonObject {
  const kept = Object.entries(sent).filter(([name]) => !remove.includes(name) || name in set);
  return { ...Object.fromEntries(kept), ...set };
}

/** Holds the usage that is read of whole answers to that of the decoded ones. */
export function expectSameUsage(
  upstream: UpstreamDialect,
  answers: fc.Arbitrary<JsonObject>,
  contexts: fc.Arbitrary<DecodeContext>,
): void {
  let tapped = 0;
  fc.assert(
    fc.property(answers, contexts, (answer, context) => {
      const usage = upstream.tapReply?.(answer, context) ?? null;
      if (usage === null) return;
      tapped++;
      expect(upstream.decodeReply(answer, context).usage).toEqual(usage);
    }),
    { numRuns: 2_000 },
  );
  expect(tapped).toBeGreaterThan(20);
}
