import fc from "fast-check";
import { expect, test } from "vitest";
import { NameMap, digest } from "../src/names.ts";
import type { NameRule } from "../src/names.ts";

const tools: NameRule = { pattern: /^[a-zA-Z0-9_-]+$/, maxLength: 64, replacement: "_" };
const gemini: NameRule = { pattern: /^[a-zA-Z_][a-zA-Z0-9_.:-]*$/, maxLength: 128, replacement: "_" };
const nine: NameRule = { pattern: /^[a-zA-Z0-9]{9}$/, maxLength: 9, replacement: "" };

test("leaves valid names alone, even when a rewritten one would take their place", () => {
  const first = new NameMap(tools, ["get.weather"]).toWire("get.weather");
  const map = new NameMap(tools, ["get.weather", first]);
  expect(map.toWire(first)).toBe(first);
  expect(map.toWire("get.weather")).not.toBe(first);
});

test("keeps a rewritten name readable", () => {
  expect(new NameMap(tools, []).toWire("files/read file")).toMatch(/^files_read_file_[a-z0-9]{8}$/);
});

test("returns a name that it never saw", () => {
  expect(new NameMap(tools, ["a b"]).fromWire("invented")).toBe("invented");
});

test.for([
  ["tool names", tools],
  ["Gemini's names", gemini],
  ["nine letters or digits", nine],
] as const)("gives valid, distinct and reversible names: %s", ([, rule]) => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.oneof(fc.string(), fc.string({ minLength: 60, maxLength: 140 }))), (names) => {
      const map = new NameMap(rule, names);
      const wire = names.map((name) => map.toWire(name));
      expect(new Set(wire).size).toBe(names.length);
      for (const name of wire) expect(name).toMatch(rule.pattern);
      for (const name of wire) expect(name.length).toBeLessThanOrEqual(rule.maxLength);
      expect(wire.map((name) => map.fromWire(name))).toEqual(names);
    }),
  );
});

test("a digest depends on every character", () => {
  const digests = ["", "a", "b", "ab", "ba", "aa", "call_1", "call_2"].map((text) => digest(text, 24));
  expect(new Set(digests).size).toBe(digests.length);
  for (const text of digests) expect(text).toMatch(/^[a-z0-9]{24}$/);
});
