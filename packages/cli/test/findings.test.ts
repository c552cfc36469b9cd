import { definePrice } from "@sluice/core";
import { describe, expect, test } from "vitest";
import { exitCodeFor, formatFindings } from "../src/commands/check.ts";
import { checkChannels, checkModels, checkSecrets, ok, type Finding } from "../src/findings.ts";
import { createPaint } from "../src/paint.ts";
import { channel, inspection, keyless, mockChannel, served } from "./_inspection.ts";

const codes = (findings: Finding[]) => findings.map(({ code }) => code);
const today = new Date("2026-11-20");
const price = (date: string) => definePrice({ perMillion: { input_token: 1, output_token: 1 }, source: "test", date });

describe("check", () => {
  test("warns of a channel without its key, and names the variable", () => {
    const [, finding] = checkChannels([mockChannel, keyless]);
    expect(finding).toMatchObject({
      level: "warning",
      code: "SLUICE_CHECK_NO_KEY",
      fix: expect.stringContaining("ANTHROPIC_API_KEY"),
    });
  });

  test("fails when no channel can serve", () => {
    expect(codes(checkChannels([keyless]))).toContain("SLUICE_CHECK_NO_CHANNEL");
    expect(codes(checkChannels([mockChannel, keyless]))).not.toContain("SLUICE_CHECK_NO_CHANNEL");
  });

  test("fails on a key in a source file and on a tracked .env, and warns of a placeholder", () => {
    const facts = {
      literalKeys: [{ channel: "openai", file: "gateway.config.ts" }],
      placeholders: ["OPENAI_API_KEY"],
      tracked: [".env"],
    };
    const found = checkSecrets(facts).map(({ level, code }) => [level, code]);
    expect(found).toEqual([
      ["error", "SLUICE_CHECK_KEY_IN_SOURCE"],
      ["warning", "SLUICE_CHECK_PLACEHOLDER_KEY"],
      ["error", "SLUICE_CHECK_ENV_IN_GIT"],
    ]);
    expect(checkSecrets({ literalKeys: [], placeholders: [], tracked: [] })).toMatchObject([{ level: "ok" }]);
  });

  test("warns of a name that no ready channel can answer", () => {
    const models = [
      { name: "default", kind: "alias" as const, targets: ["anthropic/claude-sonnet-4-6", "mock/echo"] },
      { name: "claude-*", kind: "pattern" as const, targets: ["anthropic/*"] },
      { name: "again", kind: "alias" as const, targets: ["default"] },
    ];
    const found = checkModels(inspection({ models, channels: [mockChannel, keyless], served: [] }), today);
    expect(found.filter(({ level }) => level === "warning").map(({ message }) => message)).toEqual([
      "claude-* has no ready target: anthropic/*.",
    ]);
    expect(found.find(({ level }) => level === "ok")?.message).toContain("2 of 3 names");
  });

  test("warns of models without a price and of old prices, but not of the mock's or a silent channel's", () => {
    const models = [
      served("openai/new", "openai", price("2026-11-01")),
      served("openai/old", "openai", price("2026-01-01")),
      served("openai/undated", "openai", definePrice({ perMillion: { input_token: 1 }, source: "test" })),
      served("openai/unpriced"),
      served("mock/echo", "mock"),
      served("anthropic/claude", "anthropic"),
    ];
    const found = checkModels(inspection({ served: models }), today).filter(({ level }) => level === "warning");
    expect(found.map(({ code, message }) => [code, message])).toEqual([
      ["SLUICE_CHECK_NO_PRICE", "No price is known for openai/unpriced."],
      ["SLUICE_CHECK_OLD_PRICE", "The price is older than 30 days, or undated, for openai/old, openai/undated."],
    ]);
  });

  test("says all is well of a gateway that is", () => {
    const fine = inspection({
      channels: [mockChannel, channel()],
      served: [served("openai/new", "openai", price("2026-11-01"))],
    });
    expect([...checkChannels(fine.channels), ...checkModels(fine, today)].every(({ level }) => level === "ok")).toBe(
      true,
    );
  });

  test("ends with 1 on an error, 3 on a warning in strict mode, else 0", () => {
    const warning: Finding = { group: "Channels", level: "warning", code: "X", message: "", fix: null };
    const error: Finding = { ...warning, level: "error" };
    expect([
      exitCodeFor([error, warning], true),
      exitCodeFor([warning], true),
      exitCodeFor([warning], false),
      exitCodeFor([], true),
    ]).toEqual([1, 3, 0, 0]);
  });

  test("writes a mark, the finding, its code and the fix, and counts", () => {
    const findings = [ok("Config", "valid."), ...checkChannels([mockChannel, keyless])];
    expect(formatFindings(findings, createPaint(false))).toBe(`Config
  ✔ valid.

Channels
  ✔ mock needs no key (mock).
  ⚠ anthropic has no key.  SLUICE_CHECK_NO_KEY
      Set ANTHROPIC_API_KEY in .env, or remove the channel.

0 errors, 1 warning`);
  });
});
