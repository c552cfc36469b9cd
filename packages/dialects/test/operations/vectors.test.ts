import type { EmbeddingInput, EmbeddingsRequest, UpstreamTarget } from "@sluice/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { batchesOf } from "../../src/embeddings/batches.ts";
import { decodeVector, toFormat } from "../../src/embeddings/vectors.ts";

const floats = fc.array(
  fc.float({ noNaN: true }).map((value) => Math.fround(value)),
  { minLength: 1, maxLength: 64 },
);

test("a vector of single precision survives base64, whichever side it comes from", () => {
  fc.assert(
    fc.property(floats, (numbers) => {
      const text = toFormat(numbers, "base64") as string;
      // What a client does with it: <https://github.com/openai/openai-node> reads the bytes as they are.
      const bytes = Buffer.from(text, "base64");
      expect(numbers.map((_, index) => bytes.readFloatLE(index * 4))).toEqual(numbers);
      expect(toFormat(decodeVector(text), "float")).toEqual(numbers);
      expect(toFormat(decodeVector(text), "base64")).toBe(text);
    }),
  );
});

test.each([undefined, null, "", "not base64!", "AAA=", [], ["1"], {}, 1, [null]])("%j is no vector", (value) => {
  expect(() => decodeVector(value as never)).toThrow("an embedding is no vector");
});

describe("batches", () => {
  const request = (inputs: EmbeddingInput[]): EmbeddingsRequest => ({
    operation: "embeddings",
    model: "m",
    stream: false,
    inputs,
    format: "float",
    origin: { dialect: "openai-embeddings", rest: {}, prefers: {} },
  });
  const target: UpstreamTarget = { model: "m", quirks: {}, info: null, stateDomain: "s" };
  const input = fc.oneof(
    fc.string({ minLength: 1, maxLength: 40 }).map((text): EmbeddingInput => ({ type: "text", text })),
    fc.array(fc.nat(), { minLength: 1, maxLength: 20 }).map((tokens): EmbeddingInput => ({ type: "tokens", tokens })),
  );
  const sizeOf = (one: EmbeddingInput) =>
    one.type === "text" ? Math.ceil(Buffer.byteLength(one.text) / 2) : one.type === "tokens" ? one.tokens.length : 0;

  test("hold all inputs in order, none more than a call may hold unless one alone is more", () => {
    const limits = fc.record({ inputs: fc.integer({ min: 1, max: 5 }), tokens: fc.integer({ min: 1, max: 60 }) });
    fc.assert(
      fc.property(fc.array(input, { minLength: 1, maxLength: 30 }), limits, (inputs, embeddings) => {
        const batches = batchesOf(2_048).split(request(inputs), { ...target, quirks: { embeddings } });
        expect(batches.flatMap((batch) => batch.inputs)).toEqual(inputs);
        for (const batch of batches) {
          expect(batch.inputs.length).toBeLessThanOrEqual(embeddings.inputs);
          const size = batch.inputs.reduce((sum, one) => sum + sizeOf(one), 0);
          expect(batch.inputs.length === 1 || size <= embeddings.tokens).toBe(true);
        }
      }),
    );
  });

  test("merge in order, and add up what was used; what one did not count is unknown", () => {
    const usage = { cacheReadTokens: null, cacheWriteTokens: null, outputTokens: 0, reasoningTokens: null };
    const result = (vector: number[], inputTokens: number | null) => ({
      model: "m",
      vectors: [vector],
      usage: { ...usage, inputTokens },
      warnings: [],
    });
    const batches = batchesOf(1);
    expect(batches.merge([result([1], 3), result([2], 4)])).toMatchObject({
      vectors: [[1], [2]],
      usage: { inputTokens: 7 },
    });
    expect(batches.merge([result([1], 3), result([2], null)]).usage.inputTokens).toBeNull();
  });
});
