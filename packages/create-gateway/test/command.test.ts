import { describe, expect, test } from "vitest";
import { readCommand, usage } from "../src/command.ts";
import type { CreateError } from "../src/errors.ts";

const nothing = {
  directory: undefined,
  template: undefined,
  providers: undefined,
  packageManager: undefined,
  install: undefined,
  git: undefined,
  start: undefined,
  yes: false,
  overwrite: false,
  dryRun: false,
  interactive: true,
  json: false,
  help: false,
  version: false,
};

describe("the command line", () => {
  test.each([
    ["", {}],
    ["gw", { directory: "gw" }],
    ["gw -t edge", { directory: "gw", template: expect.objectContaining({ id: "edge" }) }],
    ["--template=plugin gw", { directory: "gw", template: expect.objectContaining({ id: "plugin" }) }],
    ["--providers openai,ollama", { providers: ["openai", "ollama"] }],
    ["--providers=OpenAI,mock,openai", { providers: ["openai", "mock"] }],
    ["--pm pnpm", { packageManager: "pnpm" }],
    ["--install --git --start", { install: true, git: true, start: true }],
    ["--no-install --no-git --no-start", { install: false, git: false, start: false }],
    ["-y", { yes: true }],
    ["--yes --overwrite --dry-run --json", { yes: true, overwrite: true, dryRun: true, json: true }],
    ["--no-interactive", { interactive: false }],
    ["-h", { help: true }],
    ["-v", { version: true }],
  ])("understands `%s`", (line, wishes) => {
    expect(readCommand(words(line))).toEqual({ ...nothing, ...wishes });
  });

  test.each([
    ["--colour", "UNKNOWN_FLAG", "--colour"],
    ["-x", "UNKNOWN_FLAG", "-x"],
    ["--dir gw", "UNKNOWN_FLAG", "--dir"],
    ["--dir=gw", "UNKNOWN_FLAG", "--dir"],
    ["--no-magic", "UNKNOWN_FLAG", "--magic"],
    ["--template", "FLAG_NEEDS_VALUE", "--template"],
    ["--no-template", "FLAG_NEEDS_VALUE", "--template"],
    ["--providers=", "FLAG_NEEDS_VALUE", "--providers"],
    ["--install=no", "FLAG_TAKES_NO_VALUE", "--install"],
    ["--template team", "UNKNOWN_CHOICE", "starter, edge, plugin"],
    ["--providers openai,groq", "UNKNOWN_CHOICE", '"groq"'],
    ["--providers openai,,gemini", "UNKNOWN_CHOICE", '""'],
    ["--pm cargo", "UNKNOWN_CHOICE", "npm, pnpm, yarn, bun"],
    ["gw starter", "TOO_MANY_ARGUMENTS", '"starter"'],
  ])("refuses `%s` as wrong usage and says what is wrong", (line, code, said) => {
    const error = refusal(() => readCommand(words(line)));
    expect(error).toMatchObject({ code: `SLUICE_CREATE_${code}`, exitCode: 2 });
    expect(`${error.message} ${error.hint}`).toContain(said);
  });

  test("shows every flag in its help", async () => {
    const text = await usage("1.2.3");
    const named = ["--template", "--providers", "--pm", "--install", "--no-install", "--git", "--no-git", "--start"];
    const rest = [
      "--no-start",
      "--yes",
      "--overwrite",
      "--dry-run",
      "--no-interactive",
      "--json",
      "--help",
      "--version",
    ];
    for (const flag of [...named, ...rest, "1.2.3"]) expect(text).toContain(flag);
  });
});

function words(line: string): string[] {
  return line.split(" ").filter((word) => word !== "");
}

function refusal(run: () => unknown): CreateError {
  try {
    run();
  } catch (error) {
    return error as CreateError;
  }
  throw new Error("it was not refused");
}
