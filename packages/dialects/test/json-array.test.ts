import { cutFrames } from "@sluice/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createArrayReader, startsArray } from "../src/json-array.ts";

async function frames(bytes: Uint8Array, cuts: readonly number[] = [], maxEventBytes = 1 << 20) {
  const found: { raw: Uint8Array; data: string }[] = [];
  for await (const { raw, data } of cutFrames({ createFrameReader: createArrayReader }, pieces(bytes, cuts), {
    maxEventBytes,
  })) {
    found.push({ raw: Uint8Array.from(raw), data });
  }
  return found;
}

async function* pieces(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const places = [0, ...cuts.toSorted((one, other) => one - other), bytes.length];
  for (const [index, start] of places.slice(0, -1).entries()) yield bytes.subarray(start, places[index + 1]);
}

const bytesOf = (text: string) => new TextEncoder().encode(text);

test("every array of objects comes back element by element, wherever it is cut and however it is laid out", async () => {
  const objects = fc.array(fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(objects, fc.nat(4), fc.array(fc.nat(1000), { maxLength: 9 }), async (elements, indent, places) => {
      const bytes = bytesOf(`\n${JSON.stringify(elements, null, indent)}\r\n`);
      const cuts = places.map((place) => place % (bytes.length + 1));
      const found = await frames(bytes, cuts);
      expect(found.filter((frame) => frame.data !== "").map((frame) => JSON.parse(frame.data) as unknown)).toEqual(
        JSON.parse(JSON.stringify(elements)),
      );
      expect(Buffer.concat(found.map((frame) => frame.raw)).equals(bytes)).toBe(true);
    }),
  );
});

test.each(["[", '[{"a":1}', '[{"a":"]', '[{"a":1},'])("%s is cut", async (text) => {
  await expect(frames(bytesOf(text))).rejects.toMatchObject({ failure: { class: "truncated" } });
});

test.each(['{"a":1}', "[{}] more", "<html>"])("%s is no array", async (text) => {
  await expect(frames(bytesOf(text))).rejects.toMatchObject({ failure: { class: "protocol" } });
});

test("an element is bounded before its end is seen", async () => {
  const endless = bytesOf(`[{"a":"${"x".repeat(5000)}`);
  await expect(frames(endless, [], 1000)).rejects.toMatchObject({ failure: { class: "protocol" } });
});

test("the first byte that says something decides", () => {
  expect(startsArray(bytesOf(" \r\n\uFEFF"))).toBeNull();
  expect(startsArray(bytesOf("\uFEFF [{"))).toBe(true);
  expect(startsArray(bytesOf("data: ["))).toBe(false);
});
