import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { create } from "../src/create.ts";
import { around, type Watched } from "./_around.ts";

const enter = "\r";
const space = " ";
const down = "\u001B[B";
const escape = "\u0003";

/** Answers each question once it is on the screen. */
async function answer(
  place: Watched,
  script: readonly (readonly [question: string, keys: readonly string[]])[],
): Promise<void> {
  for (const [question, keys] of script) {
    while (!place.screen().includes(question)) await wait(5);
    for (const key of keys) {
      place.input.write(key);
      await wait(20);
    }
  }
}

const env = { OPENAI_API_KEY: "sk-found-in-the-shell", ANTHROPIC_API_KEY: "sk-ant-found" };

/** A person with a package manager that only notes what it was asked. */
function person(): Watched {
  const folder = around().cwd;
  const file = join(folder, "yarn.cjs");
  writeFileSync(file, `require("fs").appendFileSync("called", process.argv.slice(2).join(" ") + "\\n");`);
  const found = { ...env, PATH: folder, npm_config_user_agent: "yarn/4.9.1", npm_execpath: file };
  return around({ person: true, env: found });
}

test("Enter four times gives a good project, installed and started, with no key in it", async () => {
  const place = person();
  const questions = answer(place, [
    ["Project name", [enter]],
    ["What are you building?", [enter]],
    ["Providers", [enter]],
    ["Install with yarn and start?", [enter]],
  ]);
  const [code] = await Promise.all([create([], place), questions]);
  expect(code).toBe(0);
  expect(readFileSync(join(place.cwd, "my-gateway/called"), "utf8")).toBe("install\nrun dev\n");
  expect(readFileSync(join(place.cwd, "my-gateway/.env"), "utf8")).not.toMatch(/^[^#\n]*sk-/m);
});

test("a ticked box copies the key that it named, and only that one; no key is ever shown", async () => {
  const place = person();
  const questions = answer(place, [
    ["Project name", ["gw", enter]],
    ["What are you building?", [enter]],
    ["found OPENAI_API_KEY", [space, enter]],
    ["Install with", ["n"]],
  ]);
  const [code] = await Promise.all([create([], place), questions]);
  expect(code).toBe(0);
  const text = readFileSync(join(place.cwd, "gw/.env"), "utf8");
  expect(text).toContain(`OPENAI_API_KEY=${env.OPENAI_API_KEY}\n`);
  expect(text).not.toContain(env.ANTHROPIC_API_KEY);
  expect(place.screen() + place.printed().out).not.toContain("sk-");
  expect(existsSync(join(place.cwd, "gw/called"))).toBe(false);
});

test("what the command line says is not asked again", async () => {
  const place = person();
  const code = await create(["gw", "-t", "edge", "--providers", "openai", "--no-install"], place);
  expect(code).toBe(0);
  expect(place.screen()).not.toMatch(/Project name|What are you|Providers|Install with/);
  expect(readFileSync(join(place.cwd, "gw/.env"), "utf8")).not.toMatch(/^[^#\n]*sk-/m);
});

test.each([["-y"], ["--no-interactive"], ["--json"]])("%s asks nothing", async (flag) => {
  const place = person();
  expect(await create(["gw", flag, "--no-install"], place)).toBe(0);
  expect(place.screen()).toBe("");
});

test("a plugin is asked neither for providers nor to start", async () => {
  const place = person();
  const questions = answer(place, [
    ["Project name", ["word-count", enter]],
    ["What are you building?", [down, down, enter]],
    ["Install with yarn?", [enter]],
  ]);
  const [code] = await Promise.all([create([], place), questions]);
  expect(code).toBe(0);
  expect(place.screen()).not.toContain("Providers");
  expect(readFileSync(join(place.cwd, "word-count/called"), "utf8")).toBe("install\n");
});

test("a name that is taken is said at once, and another one may be typed", async () => {
  const place = person();
  const questions = answer(place, [
    ["Project name", ["sluice", enter]],
    ["is no package name", ["2", enter]],
  ]);
  const [code] = await Promise.all([
    create(["-t", "starter", "--providers", "mock", "--no-install"], place),
    questions,
  ]);
  expect(code).toBe(0);
  expect(existsSync(join(place.cwd, "sluice2/gateway.config.ts"))).toBe(true);
});

test("leaving at a question writes nothing", async () => {
  const place = person();
  const questions = answer(place, [
    ["Project name", ["gw", enter]],
    ["What are you building?", [escape]],
  ]);
  const [code] = await Promise.all([create([], place), questions]);
  expect(code).toBe(1);
  expect(place.screen()).toContain("Nothing was written.");
  expect(existsSync(join(place.cwd, "gw"))).toBe(false);
});
