import { describe, expect, test } from "vitest";
import * as fc from "fast-check";
import { createRedaction } from "../src/redaction.ts";

describe("what is printed", () => {
  test("names a variable in place of its value", () => {
    const redact = createRedaction({ OPENAI_API_KEY: "abcdefgh12345", HOME: "/home/me-and-you" });
    expect(redact("sent abcdefgh12345 from /home/me-and-you")).toBe("sent [OPENAI_API_KEY] from /home/me-and-you");
  });

  test.each([
    ['openai({ apiKey: "hunter2hunter2" })', 'openai({ apiKey: "…" })'],
    ["{ token: 'abcd1234' }", "{ token: '…' }"],
    ['{"password":"correct horse"}', '{"password":"…"}'],
  ])("%s loses the value of a field that is named like a secret", (text, expected) => {
    expect(createRedaction({})(text)).toBe(expected);
  });

  test("has nothing that is shaped like a vendor's key", () => {
    expect(createRedaction({})('x("sk-proj-abcdefghijkl0123")')).toBe('x("[key]")');
  });

  test("leaves other text alone", () => {
    const text = 'models: { support: { targets: ["openai/gpt-5.4"] } }, apiKey: env.OPENAI_API_KEY';
    expect(createRedaction({ OPENAI_API_KEY: "secret-value-1" })(text)).toBe(text);
  });

  test("never holds a secret of eight characters or more, wherever it stands", () => {
    const secret = fc.string({ minLength: 8, maxLength: 40 }).filter((text) => !"[API_KEY]…[key]".includes(text));
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (value, before, after) => {
        const redacted = createRedaction({ API_KEY: value })(`${before}${value}${after}`);
        expect(redacted.split("[API_KEY]").join("").includes(value) && !`${before}${after}`.includes(value)).toBe(
          false,
        );
      }),
    );
  });
});
