import { expect, test } from "vitest";
import { droppedFields } from "../src/losses.ts";

const fieldsOf = (fields: Parameters<typeof droppedFields>[0]) => droppedFields(fields).map(({ field }) => field);

test("a field that asks for nothing is no loss", () => {
  const nothing = { user: null, include: [], metadata: {}, store: false, background: false, truncation: "disabled" };
  expect(fieldsOf(nothing)).toEqual([]);
});

test("a field that asks for something is", () => {
  const something = {
    store: true,
    truncation: "auto",
    include: ["x"],
    future: false,
    n: 0,
    generationConfig: { a: 1 },
  };
  expect(fieldsOf(something)).toEqual(["store", "truncation", "include", "future", "n", "generationConfig.a"]);
});
