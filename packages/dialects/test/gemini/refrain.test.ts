import type { DecodeContext, JsonObject, StreamEvent } from "@sluice/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { reducer } from "../../src/gemini/decode-stream.ts";
import { decodeContext } from "./fixtures.ts";

const words = fc.oneof(
  fc.constantFrom("", "Hi", " there", 'say "no"', "a\nb", "text", "model", ":", "}}", "\u2028", "é", "\\", "12"),
  fc.string(),
);

const counts = fc.record(
  {
    promptTokenCount: fc.constantFrom<unknown>(250, 250, 251, null),
    candidatesTokenCount: fc.oneof(
      { weight: 8, arbitrary: fc.nat(300) },
      fc.constantFrom<unknown>(null, -1, 1.5, 1e21, "7", 0, 123_456_789_012_345, 2 ** 53),
    ),
    thoughtsTokenCount: fc.nat(300),
    totalTokenCount: fc.nat(600),
    promptTokensDetails: fc.constantFrom(null, [{ modality: "IMAGE", tokenCount: 258 }]),
    // A count with the name of another, where it means something else.
    cacheTokensDetails: fc.constant([{ modality: "TEXT", candidatesTokenCount: 5 }]),
  },
  { requiredKeys: ["promptTokenCount", "candidatesTokenCount", "totalTokenCount"] },
);
const usual = fc.record({
  promptTokenCount: fc.constant(250),
  candidatesTokenCount: fc.nat(300),
  totalTokenCount: fc.nat(600),
});

const part = fc.oneof(
  { weight: 10, arbitrary: words.map((text): JsonObject => ({ text })) },
  { weight: 4, arbitrary: words.map((text): JsonObject => ({ text, thought: true })) },
  fc.constantFrom<JsonObject>(
    { text: "Hm", thoughtSignature: "c2ln" },
    { functionCall: { name: "clock", args: {} } },
    { text: 7 },
    {},
  ),
);

const candidate = fc.record(
  {
    content: fc.record({
      parts: fc.oneof({ weight: 10, arbitrary: part.map((one) => [one]) }, fc.array(part, { maxLength: 2 })),
      role: fc.constant("model"),
    }),
    index: fc.constantFrom(0, 0, 0, 0, 1),
  },
  { requiredKeys: ["content"] },
);

const said = fc.oneof(
  { weight: 12, arbitrary: candidate.map((one): unknown[] => [one]) },
  candidate.map((one) => [{ ...one, finishReason: "STOP" }]),
  candidate.map((one) => [{ ...one, groundingMetadata: { webSearchQueries: ["a"] } }]),
  candidate.map((one) => [{ ...one, aNewOne: 1 }]),
  // A count's name where it counts something else.
  candidate.map((one) => [{ ...one, aNewOne: { thoughtsTokenCount: 7 } }]),
  fc.array(candidate, { maxLength: 2 }),
);

const chunk = fc.record(
  {
    candidates: said,
    usageMetadata: fc.oneof({ weight: 3, arbitrary: usual }, counts),
    modelVersion: fc.constant("gemini-2.5-flash"),
    responseId: fc.constant("r"),
    promptFeedback: fc.constantFrom(null, null, null, null, { blockReason: "SAFETY" }),
  },
  { requiredKeys: ["candidates", "modelVersion"] },
);

const written = (value: unknown) =>
  fc.oneof(
    { weight: 16, arbitrary: fc.constant(JSON.stringify(value)) },
    fc.constantFrom(
      JSON.stringify(value, null, 1).replaceAll("\n", ""),
      JSON.stringify(value).replaceAll("e", String.raw`\u0065`),
      JSON.stringify(value).replace(/(TokenCount":)(\d)/, "$10$2"),
      JSON.stringify(value).slice(0, -1),
      JSON.stringify([value, { candidates: [] }]),
    ),
  );

/** Chunks as vendors write them: the same but for the text and the counts. */
const alike = fc
  .tuple(chunk, fc.array(fc.tuple(words, fc.nat(300)), { minLength: 1, maxLength: 6 }))
  .chain(([first, more]) =>
    fc.tuple(written(first), ...more.map(([text, count]) => written(again(first, text, count)))),
  );

function again(first: { usageMetadata?: unknown; candidates: unknown }, text: string, count: number): unknown {
  const usageMetadata = { ...(first.usageMetadata as JsonObject | undefined), candidatesTokenCount: count };
  const candidates = JSON.parse(JSON.stringify(first.candidates), (name, value: unknown) => {
    if (name === "thoughtsTokenCount") return count;
    return name === "text" && typeof value === "string" ? text : value;
  }) as unknown;
  return { ...first, candidates, ...(first.usageMetadata === undefined ? {} : { usageMetadata }) };
}

test("chunks that differ in their text and counts are decoded as if each was parsed whole", () => {
  let short = 0;
  fc.assert(
    fc.property(fc.array(fc.oneof({ weight: 3, arbitrary: alike }, chunk.chain(written)), { maxLength: 4 }), (runs) => {
      const chunks = runs.flat();
      expect(decoded(chunks, (isShort) => (short += Number(isShort)))).toEqual(decodedWhole(chunks));
    }),
    { numRuns: 3_000 },
  );
  expect(short).toBeGreaterThan(500);
});

function decoded(chunks: readonly string[], told: (isShort: boolean) => void): StreamEvent[] {
  const state = reducer.initial(decodeContext as DecodeContext);
  return chunks.flatMap((data) => {
    told(state.refrainOf !== null && state.refrain.textOf(data) !== null);
    return reducer.step(state, { raw: new Uint8Array(0), event: null, data });
  });
}

function decodedWhole(chunks: readonly string[]): StreamEvent[] {
  const state = reducer.initial(decodeContext as DecodeContext);
  return chunks.flatMap((data) => {
    state.refrainOf = null;
    return reducer.step(state, { raw: new Uint8Array(0), event: null, data });
  });
}

test("a number with the name of a count, elsewhere than among the counts, is none", () => {
  const chunk = (text: string, count: number) =>
    JSON.stringify({
      candidates: [{ content: { parts: [{ text }] }, aNewOne: { candidatesTokenCount: count } }],
      usageMetadata: { promptTokenCount: 3 },
    });
  const chunks = [chunk("zero", 1), chunk("a", 1), chunk("bb", 999)];
  expect(decoded(chunks, () => {})).toEqual(decodedWhole(chunks));
});
