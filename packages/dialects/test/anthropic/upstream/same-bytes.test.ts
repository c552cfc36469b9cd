import { expect, test } from "vitest";
import { encode, tool } from "./_encoding.ts";

test("gives the same bytes for the same request", () => {
  const request = { tools: [tool, { name: "a b" }], reasoning: { effort: "high" as const }, user: "u" };
  expect(JSON.stringify(encode(request).body)).toBe(JSON.stringify(encode(structuredClone(request)).body));
});
