import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { emptyFolder } from "./_around.ts";

const main = join(import.meta.dirname, "../src/main.ts");

function run(args: string[], env: Record<string, string> = {}) {
  const cwd = emptyFolder();
  const { PATH = "" } = process.env;
  return {
    cwd,
    ...spawnSync(process.execPath, [main, ...args], { cwd, env: { PATH, ...env }, encoding: "utf8", input: "" }),
  };
}

test("without a terminal it asks nothing and the last line is the next command", () => {
  const { status, stdout, stderr, cwd } = run(["gw", "--no-install", "--no-git"]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout.trimEnd().split("\n").at(-1)).toBe("cd gw && npm install && npm run dev");
  // oxlint-disable-next-line eslint/no-control-regex
  expect(stdout).not.toMatch(/\u001B/);
  expect(readdirSync(join(cwd, "gw"))).toContain("gateway.config.ts");
});

test.each([[{ CI: "true" }], [{ AI_AGENT: "somebody" }], [{ CLAUDECODE: "1" }], [{ NO_COLOR: "1", TERM: "dumb" }]])(
  "with %j the output is the same",
  (env) => {
    const { status, stdout } = run(["gw", "--no-install", "--no-git"], env);
    expect(status).toBe(0);
    expect(stdout.trimEnd().split("\n").at(-1)).toBe("cd gw && npm install && npm run dev");
  },
);

test("a refusal goes to standard error and ends with 2", () => {
  const { status, stdout, stderr, cwd } = run(["gw", "--tempalte", "edge"]);
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr).toContain("There is no flag --tempalte.");
  expect(readdirSync(cwd)).toEqual([]);
});
