import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseBody } from "../src/body.ts";
import type { Json } from "../src/json.ts";
import { Watch } from "../src/watch.ts";

// Large members are parsed when they are read. Whoever reads them must not be able to tell.
const limits = { depth: 64, keys: 10_000 };
const bytesOf = (text: string) => new TextEncoder().encode(text);
const filler = "x".repeat(9_000);
const words = ["reasoning", "developer", "image_url", "audio"];
const watch = new Watch(words);

const value = fc
  .oneof(fc.constantFrom<Json>(...words), fc.jsonValue({ maxDepth: 3 }), fc.array(fc.constantFrom<Json>(...words)))
  .map((given) => JSON.parse(JSON.stringify(given)) as Json);
const object = fc.dictionary(fc.oneof(fc.string(), fc.constantFrom(...words, "__proto__")), value, { maxKeys: 5 });

/** The same JSON with some letters of its strings as escapes, in either case, and any white space between. */
const respelled = (value: Json) =>
  fc.tuple(fc.infiniteStream(fc.nat(9)), fc.constantFrom(0, 1, "\t", "\n")).map(([dice, indent]) => {
    const often = dice.next().value === 0 ? 9 : 1;
    const respell = (letter: string) => {
      if (letter.startsWith("\\") || (dice.next().value ?? 0) >= often) return letter;
      const code = letter.charCodeAt(0).toString(16).padStart(4, "0");
      return String.raw`\u${dice.next().value === 0 ? code.toUpperCase() : code}`;
    };
    return JSON.stringify(value, null, indent).replaceAll(/"(?:[^"\\]|\\.)*"/g, (quoted) =>
      quoted.replaceAll(/\\u[\da-f]{4}|\\.|[^"\\]/gi, respell),
    );
  });

describe("a large body", () => {
  test("parses to what one parse of the whole gives", () => {
    fc.assert(
      fc.property(object, fc.constantFrom(0, 1, "\t"), (given, indent) => {
        const text = JSON.stringify({ ...given, large: [filler, given] }, null, indent);
        const { json } = parseBody(bytesOf(text), limits);
        expect(Object.keys(json)).toEqual(Object.keys(JSON.parse(text) as object));
        expect(JSON.stringify(json)).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  test.each([
    ["a missing comma", `{"a":1 "b":["${filler}"]}`],
    ["two commas", `{"a":1,,"b":["${filler}"]}`],
    ["a comma at the end", `{"a":1,"b":["${filler}"],}`],
    ["two names", `{"a" "b":["${filler}"]}`],
    ["a word before a name", `{x "b":["${filler}"]}`],
    ["another bracket at the end", `{"b":["${filler}"]]`],
  ])("with %s is refused at once", (_what, text) => {
    expect(() => parseBody(bytesOf(text), limits)).toThrow(
      expect.objectContaining({ code: "SLUICE_REQUEST_MALFORMED" }),
    );
  });

  test.each([
    ["before the whole", `\u{feff}{"a":1,"b":["${filler}"]}`],
    ["before a value", `{"a":\u{feff}1,"b":["${filler}"]}`],
    ["before a large value", `{"a":1,"b":\u{feff}["${filler}"]}`],
  ])("with a byte order mark %s is refused", (_where, text) => {
    expect(() => parseBody(bytesOf(text), limits).json["b"]).toThrow(
      expect.objectContaining({ code: "SLUICE_REQUEST_MALFORMED" }),
    );
  });

  const malformed: unknown = expect.objectContaining({ code: "SLUICE_REQUEST_MALFORMED" });

  test("with nonsense inside a large member is refused when that is read", () => {
    const { json } = parseBody(bytesOf(`{"a":1,"b":["${filler}",nope]}`), limits);
    expect(json["a"]).toBe(1);
    expect(() => json["b"]).toThrow(malformed as Error);
  });

  test("keeps what is unread unread when its descriptors are copied", () => {
    const { json } = parseBody(bytesOf(`{"b":["${filler}",nope]}`), limits);
    const copy = Object.defineProperties({}, Object.getOwnPropertyDescriptors(json)) as typeof json;
    expect(() => copy["b"]).toThrow(malformed as Error);
    copy["b"] = 1;
    expect(copy["b"]).toBe(1);
    expect(() => json["b"]).toThrow(malformed as Error);
  });

  test("is known not to hold a text only where it does not", () => {
    const stands = (inside: Json, text: string): boolean => {
      if (typeof inside === "string") return inside === text;
      if (typeof inside !== "object" || inside === null) return false;
      if (Array.isArray(inside)) return inside.some((item) => stands(item, text));
      return Object.entries(inside).some(([name, item]) => name === text || stands(item ?? null, text));
    };
    let absent = 0;
    fc.assert(
      fc.property(
        object.chain((given) =>
          respelled({ messages: [given, 'short \u00e9 \ud83d\ude00 " \\'] }).map((text) => ({ given, text })),
        ),
        ({ given, text }) => {
          const { json, mayHold } = parseBody(bytesOf(text), limits, watch);
          expect((json["messages"] as Json[])[0]).toEqual(given);
          for (const word of words) {
            if (!mayHold("messages", word)) absent++;
            expect(mayHold("messages", word) || !stands(given as Json, word)).toBe(true);
          }
          expect(mayHold("messages", "a text that nobody watches")).toBe(true);
          expect(mayHold("elsewhere", words[0] as string)).toBe(false);
        },
      ),
      { numRuns: 2_000 },
    );
    expect(absent).toBeGreaterThan(100);
  });
});
