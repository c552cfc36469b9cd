import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readBody } from "../src/body.ts";
import { fromRequest } from "../src/host/web-http.ts";
import { scanObject } from "../src/scan.ts";
import { appendMembers, concat, spliceMembers } from "../src/splice.ts";
import type { Json, JsonObject } from "../src/json.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const limits = { depth: 64, keys: 10_000 };

// Through JSON once, because JSON has no -0.
const jsonValue = (maxDepth: number) =>
  fc.jsonValue({ maxDepth }).map((value) => JSON.parse(JSON.stringify(value)) as Json);
const jsonObject = fc.dictionary(fc.string(), jsonValue(4), { maxKeys: 8 });
const spaced = (value: unknown) =>
  fc.constantFrom(0, 1, "\t", "  ").map((indent) => JSON.stringify(value, null, indent));

describe("the scan of a body", () => {
  test("finds every top-level member where it stands", () => {
    fc.assert(
      fc.property(
        jsonObject.chain((object) => spaced(object).map((text) => ({ object, text }))),
        ({ object, text }) => {
          const bytes = bytesOf(text);
          const { members } = scanObject(bytes, limits);
          expect(members.map(({ name }) => name)).toEqual(Object.keys(object));
          for (const { name, valueStart, end } of members) {
            expect(JSON.parse(textOf(bytes.subarray(valueStart, end)))).toEqual(object[name]);
          }
        },
      ),
    );
  });

  test.each([
    ["10,000 nested brackets", `{"a":${"[".repeat(10_000)}${"]".repeat(10_000)}}`, "SLUICE_REQUEST_TOO_DEEP"],
    [
      "10,001 keys",
      JSON.stringify(Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`k${i}`, i]))),
      "SLUICE_REQUEST_TOO_MANY_KEYS",
    ],
    ["a number that no double holds", `{"a":1e400}`, "SLUICE_REQUEST_MALFORMED"],
    ["400 digits", `{"a":${"9".repeat(400)}}`, "SLUICE_REQUEST_MALFORMED"],
    ["an array", "[]", "SLUICE_REQUEST_MALFORMED"],
    ["a body that ends too early", `{"a":{"b":1`, "SLUICE_REQUEST_MALFORMED"],
    ["an unclosed string", `{"a":"b`, "SLUICE_REQUEST_MALFORMED"],
    ["something after the object", `{"a":1} x`, "SLUICE_REQUEST_MALFORMED"],
  ])("refuses %s", (_name, text, code) => {
    expect(() => scanObject(bytesOf(text), limits)).toThrow(expect.objectContaining({ code }));
  });
});

describe("splicing members", () => {
  const edits = fc.record({
    object: jsonObject,
    set: fc.dictionary(fc.string(), jsonValue(2), { maxKeys: 3 }),
    remove: fc.array(fc.string(), { maxLength: 3 }),
  });

  test("is the same as editing the parsed object, in order", () => {
    fc.assert(
      fc.property(
        edits.chain((edit) => spaced(edit.object).map((text) => ({ ...edit, text }))),
        ({ object, set, remove, text }) => {
          const bytes = bytesOf(text);
          const spliced = concat(spliceMembers(bytes, scanObject(bytes, limits), set, remove));
          const kept = Object.entries(object).filter(([name]) => !remove.includes(name) || Object.hasOwn(set, name));
          expect(JSON.parse(textOf(spliced))).toEqual(Object.fromEntries([...kept, ...Object.entries(set)]));
        },
      ),
    );
  });

  test("leaves the bytes of everything else alone", () => {
    const bytes = bytesOf('{ "model" : "a",  "temperature":1.0,"big":1e2, "x":{"y":[1 , 2]},"timeout":3 }');
    const out = concat(spliceMembers(bytes, scanObject(bytes, limits), { model: "b" }, ["timeout"]));
    expect(textOf(out)).toBe('{ "model" : "b",  "temperature":1.0,"big":1e2, "x":{"y":[1 , 2]}}');
  });

  test("appends members to an object of any shape", () => {
    const append = (text: string) => textOf(appendMembers(bytesOf(text), { a: 1, b: undefined }));
    expect(append("{}")).toBe('{"a":1}');
    expect(append('{"x":"}"}\n')).toBe('{"x":"}","a":1}\n');
    expect(append("{ }")).toBe('{"a":1 }'.replace("{", "{ ").replace(" }", "}"));
  });
});

describe("reading a body", () => {
  const timers = { set: () => () => {} };
  const read = async (body: BodyInit | null, headers: Record<string, string> = {}, bodyBytes = 1_000) =>
    readBody(
      fromRequest(
        new Request("http://x/", {
          method: "POST",
          body,
          headers: { "content-type": "application/json", ...headers },
          duplex: "half",
        } as RequestInit),
      ),
      { ...limits, bodyBytes, bodyMs: 1_000 },
      timers,
    );

  test("gives bytes, members and one parse", async () => {
    const body = await read('{"model":"m"}');
    expect(body.json).toEqual({ model: "m" });
    expect(textOf(body.bytes)).toBe('{"model":"m"}');
  });

  test("stops reading a chunked body at the limit", async () => {
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent++;
        controller.enqueue(bytesOf(" ".repeat(100)));
      },
    });
    await expect(read(endless)).rejects.toMatchObject({ code: "SLUICE_REQUEST_TOO_LARGE", status: 413 });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(sent).toBeLessThan(25);
  });

  test.each([
    ["no body", null, {}, "SLUICE_REQUEST_MALFORMED", 400],
    ["a declared size over the limit", '{"a":1}', { "content-length": "5000" }, "SLUICE_REQUEST_TOO_LARGE", 413],
    ["a form", "a=b", { "content-type": "application/x-www-form-urlencoded" }, "SLUICE_REQUEST_MEDIA_TYPE", 415],
    ["an encoded body", "{}", { "content-encoding": "gzip" }, "SLUICE_REQUEST_MEDIA_TYPE", 415],
    ["a field sent twice", '{"model":"a","model":"b"}', {}, "SLUICE_REQUEST_DUPLICATE_FIELD", 400],
    ["a NUL", '{"model":"a\\u0000b"}', {}, "SLUICE_REQUEST_MALFORMED", 400],
    [
      "bytes that are not UTF-8",
      new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
      {},
      "SLUICE_REQUEST_MALFORMED",
      400,
    ],
    ["JSON with a trailing comma", '{"a":1,}', {}, "SLUICE_REQUEST_MALFORMED", 400],
  ])("refuses %s", async (_name, body, headers, code, status) => {
    await expect(read(body as BodyInit, headers as Record<string, string>)).rejects.toMatchObject({ code, status });
  });

  test.each([String.raw`{"model":"x","\u006e":5}`, String.raw`{"in":{"model":"x","\u006e":5}}`])(
    "reads in %s the name that stands there, whatever names it has read before",
    async (text) => {
      for (let time = 0; time < 100; time++) await read(String.raw`{"model":"x","\\":1}`);
      const { json } = await read(text);
      expect(json["in"] ?? json).toEqual({ model: "x", n: 5 });
    },
  );

  test("takes an escaped backslash before u0000 for what it is", async () => {
    const body = await read(String.raw`{"a":"\\u0000"}`);
    expect((body.json as JsonObject)["a"]).toBe("\\u0000");
  });
});
