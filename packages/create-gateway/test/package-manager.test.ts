import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  binaryCommand,
  createCommand,
  detectPackageManager,
  runPackageManager,
  runProgram,
  scriptCommand,
} from "../src/package-manager.ts";
import { emptyFolder } from "./_around.ts";

describe("the package manager", () => {
  test.each([
    ["npm/11.19.1 node/v26.10.0 linux x64 workspaces/false", "npm"],
    ["pnpm/12.21.0 npm/? node/v26.10.0 linux x64", "pnpm"],
    ["yarn/4.9.1 npm/? node/v26.10.0 linux x64", "yarn"],
    ["bun/1.4.4 npm/? node/v24.3.0 linux x64", "bun"],
    ["deno/2.9.6 npm/? deno/2.9.6 linux x86_64", "npm"],
    ["", "npm"],
    [undefined, "npm"],
  ])("behind %s is %s", (userAgent, manager) => {
    expect(detectPackageManager(userAgent)).toBe(manager);
  });

  test.each([
    ["npm", "npm run dev", "npm test", "npm run check", "npx sluice"],
    ["pnpm", "pnpm dev", "pnpm test", "pnpm run check", "pnpm sluice"],
    ["yarn", "yarn dev", "yarn test", "yarn run check", "yarn sluice"],
    ["bun", "bun run dev", "bun run test", "bun run check", "bunx sluice"],
  ] as const)("%s is spelled as people type it", (manager, dev, runTest, check, binary) => {
    expect(scriptCommand(manager, "check")).toBe(check);
    expect(scriptCommand(manager, "dev")).toBe(dev);
    expect(scriptCommand(manager, "test")).toBe(runTest);
    expect(binaryCommand(manager, "sluice")).toBe(binary);
  });

  test.each([
    ["npm", ["gw", "-t", "edge"], "npm create gateway gw -- -t edge"],
    ["npm", ["gw"], "npm create gateway gw"],
    ["npm", ["--git", "gw"], "npm create gateway -- --git gw"],
    ["pnpm", ["gw", "-t", "edge"], "pnpm create gateway gw -t edge"],
  ] as const)("%s passes %j on as `%s`", (manager, args, command) => {
    expect(createCommand(manager, args)).toBe(command);
  });
});

describe("running a program", () => {
  const node = process.execPath;
  const inFolder = () => ({ cwd: emptyFolder(), env: {}, output: "ignore" as const });

  test("waits for its end and says that it exists", async () => {
    const options = inFolder();
    const missing = await runProgram(node, ["-e", `require("fs").writeFileSync("done", "yes")`], options);
    expect(missing).toBe(false);
    expect(readFileSync(join(options.cwd, "done"), "utf8")).toBe("yes");
  });

  test("says when there is no such program", async () => {
    expect(await runProgram("no-such-program-here", [], inFolder())).toBe(true);
  });

  test("fails with the command and its exit code", async () => {
    await expect(runProgram(node, ["-e", "process.exit(3)"], inFolder())).rejects.toMatchObject({
      code: "SLUICE_CREATE_COMMAND_FAILED",
      exitCode: 1,
      message: expect.stringContaining("ended with code 3"),
    });
  });

  test("starts a package manager that is not on the path by the file that started us", async () => {
    const options = inFolder();
    const script = join(options.cwd, "yarn.cjs");
    writeFileSync(script, `require("fs").writeFileSync("args", process.argv.slice(2).join(" "));`);
    const env = { PATH: options.cwd, npm_execpath: script, npm_config_user_agent: "yarn/4.9.1" };
    await runPackageManager("yarn", ["install"], { ...options, env });
    expect(readFileSync(join(options.cwd, "args"), "utf8")).toBe("install");
  });

  test.each([
    ["nothing says where it is", {}],
    ["another one started us", { npm_execpath: "/usr/bin/npm-cli.js", npm_config_user_agent: "npm/11.19.1" }],
  ])("refuses a package manager that cannot be started because %s", async (_, env) => {
    const options = inFolder();
    await expect(
      runPackageManager("yarn", ["install"], { ...options, env: { PATH: options.cwd, ...env } }),
    ).rejects.toMatchObject({ message: expect.stringContaining("`yarn install` cannot start") });
  });
});
