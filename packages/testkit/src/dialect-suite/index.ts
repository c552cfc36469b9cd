import type { Dialect } from "@sluice/core";
import { describe, expect, test } from "vitest";
import type { Recording } from "../recordings.ts";
import { acceptanceCases, isWitnessed } from "./acceptance.ts";
import { askingCases, understandingCases } from "./asking.ts";
import { decodingCases } from "./decoding.ts";
import { encodingCases } from "./encoding.ts";
import { streamCases } from "./streams.ts";
import { exactnessCases } from "./exactness.ts";
import { Subject } from "./subject.ts";
import type { DialectTraits } from "./subject.ts";

/**
 * Proves that a dialect keeps its contract: every recording is read the same however it is cut, streamed and whole answers
 * agree, what is written is read back unchanged, a broken stream is never complete, requests are written the same each time.
 * A dialect with both halves is also put into a gateway, on both sides: there streams come in every framing, and broken in
 * every way (`streams.ts`), and what nobody knows passes unchanged (`exactness.ts`).
 *
 * @example testDialect(anthropic, recordings("anthropic"), { stateDomain: "anthropic", model: "claude-haiku-4-5" });
 */
export function testDialect(dialect: Dialect, recordings: readonly Recording[], traits: DialectTraits = {}): void {
  const subject = new Subject(dialect, recordings, traits);

  describe(`the dialect ${dialect.id}`, () => {
    test("has recordings and at least one half", () => {
      expect(subject.streams.length).toBeGreaterThan(0);
      expect([dialect.client, dialect.upstream].filter((half) => half !== undefined).length).toBeGreaterThan(0);
    });

    describe.each(halvesOf(dialect))("%s", (_name, defineCases) => {
      defineCases(subject);
    });
  });
}

type Cases = (subject: Subject) => void;

/** What can be proven of a dialect by the halves that it has. */
function halvesOf(dialect: Dialect): [name: string, defineCases: Cases][] {
  if (dialect.upstream === undefined) return [];
  const upstream: [string, Cases][] = [
    ["reads answers", decodingCases],
    ["asks", askingCases],
    ...(isWitnessed(dialect.id) ? [["is understood by its vendor", acceptanceCases] as [string, Cases]] : []),
  ];
  if (dialect.client === undefined) return upstream;
  return [
    ...upstream,
    ["understands requests", understandingCases],
    ["answers", encodingCases],
    ["is streamed", streamCases],
    ["passes what it does not know", exactnessCases],
  ];
}
