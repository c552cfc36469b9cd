import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fieldPart, readForm, textOf, writeForm } from "../src/multipart.ts";
import type { FormPart } from "../src/multipart.ts";

const boundary = "sluice-form_01k";
const type = `multipart/form-data; boundary=${boundary}`;
const name = fc.string({ minLength: 1, maxLength: 20, unit: "grapheme" }).filter((text) => !/%0|%22|%5C|\0/.test(text));
const bytes = fc.uint8Array({ maxLength: 300 });
const lines = new TextEncoder().encode("one\r\n--two\r\n");
const part: fc.Arbitrary<FormPart> = fc.oneof(
  fc.record({ name, filename: fc.constant(null), mediaType: fc.constant(null), bytes }),
  fc.record({ name, filename: name, mediaType: fc.constantFrom("audio/wav", "application/octet-stream", null), bytes }),
);

/** What looks like the end of a part, or nearly. */
const trap = fc.constantFrom("\r\n", "\r\n--", `\r\n--${boundary.slice(0, -1)}`, "\r\n\r\n", "--");

describe("a form", () => {
  test("is read as it was written, whatever its parts hold", () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const read = readForm(writeForm(parts, boundary), type);
        expect(read.map((one) => ({ ...one, bytes: [...one.bytes] }))).toEqual(
          parts.map((one) => ({ ...one, bytes: [...one.bytes] })),
        );
      }),
    );
  });

  test("keeps bytes that look like a boundary", () => {
    fc.assert(
      fc.property(trap, bytes, (text, before) => {
        const content = new Uint8Array([...before, ...new TextEncoder().encode(text), 1]);
        const file: FormPart = { name: "file", filename: "f", mediaType: null, bytes: content };
        const [read] = readForm(writeForm([file, fieldPart("model", "m")], boundary), type);
        expect([...(read?.bytes ?? [])]).toEqual([...content]);
      }),
    );
  });

  test("that is cut anywhere, or has more behind its end, is none", () => {
    const whole = writeForm(
      [fieldPart("a", "v"), { name: "b", filename: "f", mediaType: null, bytes: lines }],
      boundary,
    );
    // The line end behind the last boundary may be missing.
    for (let cut = 0; cut < whole.length - 2; cut++) {
      expect([cut, outcomeOf(whole.subarray(0, cut))]).toEqual([cut, "SLUICE_REQUEST_MALFORMED_FORM"]);
    }
    expect(outcomeOf(whole.subarray(0, -2))).toBe("read");
    expect(outcomeOf(new Uint8Array([...whole, 33]))).toBe("SLUICE_REQUEST_MALFORMED_FORM");
  });

  test.each(['multipart/form-data; boundary="a b;c"', "multipart/form-data; charset=utf-8; boundary=a_b; x=y"])(
    "has its boundary as its type says it: %s",
    (told) => {
      const own = told.includes('"') ? "a b;c" : "a_b";
      expect(readForm(writeForm([fieldPart("a", "v")], own), told)).toMatchObject([{ name: "a" }]);
    },
  );

  test("is written so that the platform reads it too", async () => {
    const file: FormPart = {
      name: "file",
      filename: 'a "b".wav',
      mediaType: "audio/wav",
      bytes: new Uint8Array([0, 255]),
    };
    const body = writeForm([fieldPart("model", "größe ✓"), file], boundary) as BodyInit;
    const form = await new Response(body, { headers: { "content-type": type } }).formData();
    const read = form.get("file") as File;
    expect([form.get("model"), read.name, read.type, read.size]).toEqual(["größe ✓", 'a "b".wav', "audio/wav", 2]);
  });

  test.each([
    ['form-data; name="file"; filename="录音 ✓.wav"', "录音 ✓.wav"],
    ["form-data; name=file; filename=plain.wav", "plain.wav"],
    [`form-data; name="file"; filename="x"; filename*=UTF-8''%E5%BD%95.wav`, "录.wav"],
    ['form-data; name="file"; filename="a \\"b\\".wav"', 'a "b".wav'],
    ['form-data; filename="a; name=other"; name="file"', "a; name=other"],
  ])("names its files in every alphabet: %s", (disposition, filename) => {
    const body = `--${boundary}\r\ncontent-disposition: ${disposition}\r\n\r\nx\r\n--${boundary}--\r\n`;
    expect(readForm(new TextEncoder().encode(body), type)).toMatchObject([{ name: "file", filename }]);
  });

  test("has names that end where they end for readers who know backslashes too", () => {
    const smuggler = "x\\";
    const part: FormPart = { name: smuggler, filename: "; name=model; ", mediaType: null, bytes: new Uint8Array() };
    const written = new TextDecoder().decode(writeForm([part], boundary));
    expect(written).not.toContain("\\");
    expect(readForm(new TextEncoder().encode(written), type)).toMatchObject([{ name: smuggler }]);
  });

  test("has an end to its parts, and to its fields", () => {
    const many = Array.from({ length: 1_001 }, (_, index) => fieldPart(`f${index}`, ""));
    expect(() => readForm(writeForm(many, boundary), type)).toThrow("more than 1000 parts");
    const large = fieldPart("f", "x".repeat(1024 * 1024 + 1));
    expect(() => readForm(writeForm([large], boundary), type)).toThrow("a field is larger than");
  });

  test("is read whatever bytes come, or refused by name", () => {
    fc.assert(
      fc.property(bytes, fc.boolean(), (noise, framed) => {
        const body = framed ? new Uint8Array([...new TextEncoder().encode(`--${boundary}\r\n`), ...noise]) : noise;
        expect(outcomeOf(body)).toMatch(/^read$|SLUICE_REQUEST_MALFORMED_FORM/);
      }),
    );
  });

  test("has fields in the encoding that they name", () => {
    const latin: FormPart = {
      name: "f",
      filename: null,
      mediaType: "text/plain; charset=iso-8859-1",
      bytes: new Uint8Array([0xfc]),
    };
    expect(textOf(latin)).toBe("ü");
    expect(() => textOf({ ...latin, mediaType: null })).toThrow("is not text in utf-8");
  });
});

function outcomeOf(body: Uint8Array): string {
  try {
    readForm(body, type);
    return "read";
  } catch (thrown) {
    return String((thrown as { code?: string }).code);
  }
}
