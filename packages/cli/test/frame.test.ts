import { describe, expect, test } from "vitest";
import { formatFrame } from "../src/frame.ts";
import { locateMention, locatePath, locateSyntaxError, placeOf } from "../src/locate.ts";
import { createPaint } from "../src/paint.ts";

const plain = createPaint(false);
const config = `import { defineGateway } from "@sluice/core";
export default defineGateway({
  providers: [mock(), openai({ id: "gpt" })],
  models: {
    support: { targets: ["openai/gpt-5.4-mni", "mock/echo"] },
    "gpt-5.4/eu": { targets: ["x/y"] },
    'claude-*': "anthropic/*",
  } as const,
} satisfies object);
`;
const file = "gateway.config.ts";

describe("a frame", () => {
  test("shows code, cause, place, source, caret, fix and what follows", () => {
    const place = locatePath(file, config, "models.support.targets[0]");
    const frame = {
      code: "SLUICE_CONFIG_UNKNOWN_MODEL",
      message: 'Unknown model "openai/gpt-5.4-mni" in models.support.',
      hint: 'Did you mean "openai/gpt-5.4-mini"?',
      place,
      note: "Still serving the config from 12:03:10.",
    };
    expect(formatFrame(frame, plain))
      .toBe(`✖ SLUICE_CONFIG_UNKNOWN_MODEL  Unknown model "openai/gpt-5.4-mni" in models.support.      gateway.config.ts:5:26
   4 │   models: {
 ❯ 5 │     support: { targets: ["openai/gpt-5.4-mni", "mock/echo"] },
     │                          ^^^^^^^^^^^^^^^^^^^^
  Did you mean "openai/gpt-5.4-mini"?
  Still serving the config from 12:03:10.`);
  });

  test("needs no place, code or hint", () => {
    expect(formatFrame({ code: null, message: "It broke.", hint: null, place: null }, plain)).toBe("✖ It broke.");
  });

  test("keeps the caret under a line with tabs", () => {
    const text = "\tx: 1,";
    const [, source, caret] = formatFrame(
      { code: null, message: "m", hint: null, place: placeOf(file, text, 1, 2) },
      plain,
    ).split("\n");
    expect(caret?.indexOf("^")).toBe(source?.indexOf("x"));
  });
});

describe("a path of the config", () => {
  test.each([
    ["providers[1]", 3, 23],
    ["models.support", 5, 5],
    ["models.support.targets[1]", 5, 48],
    ["models.support.targets", 5, 16],
    ["models.gpt-5.4/eu.targets[0]", 6, 31],
    ['models["gpt-5.4/eu"].targets[0]', 6, 31],
    ["models.claude-*", 7, 17],
    ["models.support.strategy", 5, 5],
  ])("%s stands at %i:%i", (path, line, column) => {
    expect(locatePath(file, config, path)).toMatchObject({ line, column });
  });

  test("has no place when its first step is not written there", () => {
    expect(locatePath(file, config, "limits.depth")).toBeNull();
  });

  test("has no place in a file that hands on a variable", () => {
    expect(locatePath(file, "export default defineGateway(config)", "models.a")).toBeNull();
  });
});

test("a word that a message quotes is found as a text, a call or a key", () => {
  expect(locateMention(file, config, "openai/gpt-5.4-mni")).toMatchObject({ line: 5, column: 26 });
  expect(locateMention(file, config, "mock")).toMatchObject({ line: 3, column: 15 });
  expect(locateMention(file, config, "support")).toMatchObject({ line: 5, column: 5 });
  expect(locateMention(file, config, "nowhere")).toBeNull();
});

test("a syntax error has the place where the parser stopped, and valid TypeScript has none", () => {
  expect(locateSyntaxError(file, "const a = 1;\nconst b: = 2;")?.place).toMatchObject({ line: 2 });
  expect(locateSyntaxError(file, config)).toBeNull();
});
