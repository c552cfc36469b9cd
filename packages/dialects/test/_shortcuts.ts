import { defineLate } from "@sluice/core";
import type {
  ChatRequest,
  ClientCall,
  ClientDialect,
  DecodeContext,
  JsonObject,
  MayHold,
  Patch,
  UpstreamDialect,
  UpstreamTarget,
} from "@sluice/core";
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
function applied(sent: JsonObject, { set, remove }: Patch): JsonObject {
  const kept = Object.entries(sent).filter(([name]) => !remove.includes(name) || name in set);
  return { ...Object.fromEntries(kept), ...set };
}

/** The body with a history that is parsed when it is read, and how often that was. */
function withLate(sent: JsonObject, history: string): { body: JsonObject; looks: () => number; mayHold: MayHold } {
  let looked = 0;
  const body: JsonObject = {};
  for (const [name, value] of Object.entries(sent)) {
    if (name !== history) body[name] = value;
    else defineLate(body, name, () => (looked++, value));
  }
  const mayHold: MayHold = (name, text) => JSON.stringify(sent[name] ?? null).includes(JSON.stringify(text));
  return { body, looks: () => looked, mayHold };
}

/** Holds patches that need not look at the history to those that do. */
export function expectSamePatch(
  upstream: UpstreamDialect,
  history: string,
  cases: fc.Arbitrary<{ sent: JsonObject; request: ChatRequest; target: UpstreamTarget }>,
): void {
  let short = 0;
  fc.assert(
    fc.property(cases, ({ sent, request, target }) => {
      const long = upstream.patchRequest(sent, request, target);
      const { body, looks, mayHold } = withLate(sent, history);
      const quick = upstream.patchRequest(body, request, target, mayHold);
      if (looks() === 0) short++;
      expect(applied(sent, quick)).toEqual(applied(sent, long));
      expect(quick.warnings).toEqual(long.warnings);
    }),
    { numRuns: 2_000 },
  );
  expect(short).toBeGreaterThan(20);
}

/** Holds requests whose history is decoded when it is read to those that are decoded at once. */
export function expectSameRequest(
  client: ClientDialect,
  history: string,
  call: ClientCall,
  bodies: fc.Arbitrary<JsonObject>,
): void {
  let unread = 0;
  fc.assert(
    fc.property(bodies, (sent) => {
      const { body, looks, mayHold } = withLate(sent, history);
      const request = client.decodeRequest(body, call, mayHold);
      if (looks() === 0) unread++;
      expect({ ...request }).toEqual(client.decodeRequest(sent, call));
    }),
  );
  expect(unread).toBeGreaterThan(20);
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
