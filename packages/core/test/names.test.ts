import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matchesGlob } from "../src/glob.ts";
import { nearest } from "../src/guess.ts";
import { credentialOf } from "../src/credential.ts";
import { openState, sealState } from "../src/state.ts";
import { Credential } from "../src/ports.ts";

describe("globs", () => {
  test("match like the regular expression they stand for", () => {
    const piece = fc.constantFrom("a", "b", "-", "*");
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 6 }),
        fc.array(fc.constantFrom("a", "b", "-"), { maxLength: 8 }),
        (pattern, name) => {
          const regular = new RegExp(`^${pattern.join("").replaceAll("*", ".*")}$`);
          expect(matchesGlob(pattern.join(""), name.join(""))).toBe(regular.test(name.join("")));
        },
      ),
    );
  });

  test("a hostile pattern takes linear time", () => {
    expect(matchesGlob("*a*a*a*a*a*b", "a".repeat(20_000))).toBe(false);
  });
});

test("the nearest name is near, or none", () => {
  expect(nearest("gpt-5.4-mni", ["gpt-5.4", "gpt-5.4-mini"])).toBe("gpt-5.4-mini");
  expect(nearest("completely-else", ["gpt-5.4"])).toBeNull();
});

describe("the caller's credential", () => {
  const from = (headers: Record<string, string>, query = "") =>
    credentialOf(
      new Map(Object.entries(headers).map(([name, value]) => [name, value.trim()])),
      new URLSearchParams(query),
    );

  test("is found wherever an SDK puts it", () => {
    expect(from({ authorization: "Bearer sk-1" })).toEqual({ place: "authorization", value: "sk-1" });
    expect(from({ "x-api-key": "sk-1" })?.value).toBe("sk-1");
    expect(from({ "x-goog-api-key": "sk-1" })?.value).toBe("sk-1");
    expect(from({}, "key=sk-1")).toEqual({ place: "query key", value: "sk-1" });
    expect(from({})).toBeNull();
  });

  test("may be repeated, but not contradicted", () => {
    expect(from({ authorization: "Bearer sk-1", "x-api-key": "sk-1" })?.value).toBe("sk-1");
    expect(() => from({ authorization: "Bearer sk-1", "x-api-key": "sk-2" })).toThrow(
      expect.objectContaining({ code: "SLUICE_AUTH_CONFLICT", status: 401 }),
    );
    expect(() => from({}, "key=a&key=b")).toThrow(expect.objectContaining({ code: "SLUICE_AUTH_CONFLICT" }));
  });

  test.each(["", "Bearer ", 'Bearer "sk-1"', "Basic dXNlcjpwYXNz", "Bearer a b", "Bearer a, Bearer a"])(
    "refuses %j",
    (value) => {
      expect(() => from({ authorization: value })).toThrow(
        expect.objectContaining({ code: "SLUICE_AUTH_MALFORMED", status: 401 }),
      );
    },
  );
});

describe("opaque state", () => {
  test("stays bare at home and comes back from an envelope anywhere else", () => {
    const state = fc.record({
      kind: fc.constantFrom("signature" as const, "redacted" as const, "encrypted" as const),
      domain: fc.constantFrom("anthropic", "gemini", "my-vendor.eu"),
      data: fc.string({ unit: "grapheme" }),
    });
    fc.assert(
      fc.property(state, (value) => {
        expect(openState(sealState(value, "openai"), "openai", "signature")).toEqual(value);
      }),
    );
    expect(sealState({ kind: "signature", domain: "anthropic", data: "EqQB" }, "anthropic")).toBe("EqQB");
  });

  test("a garbled envelope is an ordinary value", () => {
    for (const value of ["sl1.", "sl1.x", "sl1.a.!!!", "sl1.a.e30"]) {
      expect(openState(value, "anthropic", "signature")).toEqual({
        kind: "signature",
        domain: "anthropic",
        data: value,
      });
    }
  });
});

describe("a credential", () => {
  const credential = new Credential("openai", ["https://api.example.com"], { authorization: "Bearer sk-secret-1" });

  test("opens for its own origins alone", () => {
    expect(credential.headersFor("https://api.example.com/v1/x")).toEqual({ authorization: "Bearer sk-secret-1" });
    for (const url of ["http://api.example.com/", "https://api.example.com.evil.test/", "https://evil.test/"]) {
      expect(() => credential.headersFor(url)).toThrow("not for this origin");
    }
  });

  test("shows its name wherever it is printed", () => {
    expect(
      `${String(credential)} ${JSON.stringify({ credential })} ${Object.entries(credential).join()}`,
    ).not.toContain("sk-secret");
  });
});
