import { execFile } from "node:child_process";
import { globSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { create } from "../src/create.ts";
import { providerIds } from "../src/providers.ts";
import { templateChoices } from "../src/templates.ts";
import { around } from "./_around.ts";

const root = join(import.meta.dirname, "../../..");
const tools = join(root, "node_modules/.bin");

const all = providerIds.join(",");
/** Each provider alone, two of one package, and all. */
const choices = [...providerIds, "deepseek,ollama", all];
const projects = templateChoices.flatMap(({ id, providers }): [template: string, args: string[]][] =>
  providers ? choices.map((chosen) => [id, ["--providers", chosen]]) : [[id, []]],
);
const smallAndLarge = projects.filter(([, [, providers]]) => [undefined, "mock", all].includes(providers));

describe("a generated project, on the sources of this workspace", { timeout: 60_000 }, () => {
  test.each(projects)("%s with %j has no type error", async (template, args) => {
    const project = await generate(["word-count", "--template", template, ...args]);
    const { output } = await run(join(tools, "tsc"), ["--noEmit", "--pretty", "false"], project);
    // Errors of the workspace itself are found by its own check.
    expect(output.split("\n").filter((line) => /^\S/.test(line) && !line.startsWith("../"))).toEqual([]);
  });

  test.each(smallAndLarge)("%s with %j passes its own tests", async (template, args) => {
    const project = await generate(["word-count", "--template", template, ...args]);
    const { code, output } = await run("npm", ["test"], project);
    expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(/\btests 3\b|Tests .*\d+ passed/) });
  });
});

async function generate(args: string[]): Promise<string> {
  const place = around();
  expect(await create([...args, "--no-install", "--no-git"], place)).toBe(0);
  const project = join(place.cwd, "word-count");
  link(project);
  return project;
}

/** What an install would bring, as links into this workspace. */
function link(project: string): void {
  for (const manifest of globSync("{packages,plugins}/*/package.json", { cwd: root })) {
    const { name } = JSON.parse(readFileSync(join(root, manifest), "utf8")) as { name: string };
    linkPackage(project, name, join(root, dirname(manifest)));
  }
  linkPackage(project, "zod", join(root, "packages/core/node_modules/zod"));
  for (const name of ["@types/node", "typescript", "vitest"])
    linkPackage(project, name, join(root, "node_modules", name));
}

function linkPackage(project: string, name: string, target: string): void {
  const path = join(project, "node_modules", name);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}

/** Runs a command to its end, with everything that it printed. */
async function run(command: string, args: string[], cwd: string): Promise<{ code: number; output: string }> {
  // A provider key of this machine must not be found, and npm's own variables must not leak in.
  const env = { PATH: `${tools}:${process.env.PATH}`, HOME: process.env.HOME, NO_COLOR: "1" };
  return new Promise((resolve) => {
    execFile(command, args, { cwd, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr });
    });
  });
}
