import fc from "fast-check";
import { expect, test } from "vitest";
import { parseJson } from "../src/json-text.ts";
import { become } from "../src/late.ts";

interface Spelled {
  value: unknown;
  text: string;
}

const shorts = new Map(Object.entries({ '"': '"', "\\": "\\", "/": "/", "\b": "b", "\n": "n", "\t": "t" }));
const code = (letter: string) => letter.charCodeAt(0).toString(16).padStart(4, "0");

/** All ways to write a letter in JSON. */
const spellings = (letter: string): string[] => {
  const ways = [String.raw`\u${code(letter)}`, String.raw`\u${code(letter).toUpperCase()}`];
  const short = shorts.get(letter);
  if (short !== undefined) ways.push(`\\${short}`);
  if (letter >= " " && letter !== '"' && letter !== "\\") ways.push(letter, letter, letter);
  return ways;
};

// The letters of escapes themselves: a name made of them is what another's escapes look like.
const letter = fc.constantFrom(...Array.from('\\\\\\"\n\t/unb065ce~é\u{d800}: ,{}[]'));
const word = fc
  .array(
    letter.chain((value) => fc.constantFrom(...spellings(value)).map((text) => ({ value, text }))),
    { maxLength: 8 },
  )
  .map((letters): Spelled => ({
    value: letters.map(({ value }) => value).join(""),
    text: `"${letters.map(({ text }) => text).join("")}"`,
  }));
const name = fc.oneof(
  word,
  fc.constantFrom("a", "__proto__", "1").map((value): Spelled => ({ value, text: `"${value}"` })),
);
const space = fc.constantFrom("", "", " ", "\n\t ");

const { json } = fc.letrec<{ json: Spelled }>((tie) => ({
  json: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    word,
    fc.integer().map((value): Spelled => ({ value, text: String(value) })),
    fc.array(tie("json"), { maxLength: 3 }).map((items): Spelled => ({
      value: items.map(({ value }) => value),
      text: `[${items.map(({ text }) => text).join(",")}]`,
    })),
    fc.array(fc.tuple(name, tie("json"), space, space), { maxLength: 4 }).map((members): Spelled => {
      const value = {};
      for (const [called, { value: member }] of members) become(value, String(called.value), member);
      const texts = members.map(([called, member, before, after]) => `${before}${called.text}${after}:${member.text}`);
      return { value, text: `{${texts.join(",")}}` };
    }),
  ),
}));

test("gives what was written, however it was spelled and whatever was read before", () => {
  fc.assert(
    fc.property(json, ({ value, text }) => {
      const parsed = parseJson(text);
      expect(parsed).toStrictEqual(value);
      expect(JSON.stringify(parsed)).toBe(JSON.stringify(value));
    }),
    { numRuns: 5_000 },
  );
});

test.each([
  ["of one letter", String.raw`{"h":1,"\\":1}`, String.raw`{"h":1,"\u006e":5}`, "n"],
  ["of many letters", String.raw`{"i":1,"\\u006":1}`, String.raw`{"i":1,"\u006dodel":5}`, "model"],
  [
    "with an escape behind its first letters",
    String.raw`{"j":1,"mo\\u0":1}`,
    String.raw`{"j":1,"mo\u0064el":5}`,
    "model",
  ],
  ["that needs an escape", String.raw`{"k":1,"\\":1}`, String.raw`{"k":1,"\"":5}`, '"'],
  ["beside one that looks like a mark", String.raw`{"l":1,"\\":1,"~~n":6}`, String.raw`{"l":1,"\n":5,"~~n":6}`, "\n"],
])("reads a name %s that looks like one it has met", (_what, met, source, wanted) => {
  for (let time = 0; time < 100; time++) parseJson(met);
  expect(Object.entries(parseJson(source) as object)[1]).toEqual([wanted, 5]);
  expect(parseJson(`[${source}]`)).toEqual([parseJson(source)]);
});

test("throws what the engine throws, at the place where it does", () => {
  expect(() => parseJson(String.raw`{"\u006e":1,}`)).toThrow(/position 12/);
});

test("reads a long text with many escapes in time that grows with its length", () => {
  const value = { long: '\n\\"'.repeat(1_000_000), '"': '\n\\"'.repeat(1_000_000) };
  expect(parseJson(JSON.stringify(value))).toEqual(value);
});
