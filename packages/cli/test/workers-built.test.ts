import { describe, expect, test, vi } from "vitest";
import { ask, run, start, startProgram, type Running } from "./_cli.ts";
import { isAlive, keepAsking, words, workersOf } from "./_crew.ts";
import { makeProject, rule, withRule, write } from "./_project.ts";

const bun = new URL("../../../node_modules/bun/bin/bun.exe", import.meta.url).pathname;
const two = { PORT: "0", SLUICE_WORKERS: "2" };

const outputs: readonly { what: string; preset: string; serve: (cwd: string) => Running }[] = [
  {
    what: "node index.mjs",
    preset: "node",
    serve: (cwd) => startProgram(process.execPath, [".output/node/index.mjs"], { cwd, env: two }),
  },
  {
    what: "sluice start <dir>",
    preset: "node",
    serve: (cwd) => start(["start", ".output/node", "--workers", "2", "--port", "0"], { cwd }),
  },
  {
    what: "bun run index.mjs",
    preset: "bun",
    serve: (cwd) => startProgram(bun, ["run", ".output/bun/index.mjs"], { cwd, env: two }),
  },
];

describe.each(outputs)("the workers of `$what`", { timeout: 60_000 }, ({ preset, serve }) => {
  test("are replaced by those of a new build on SIGHUP, finish what they began, and drain on SIGTERM", async () => {
    const folder = await build(preset, "one");
    const served = serve(folder);
    await served.says(/sluice ready on \S+, 2 workers/);
    const url = await served.url();
    const old = workersOf(served);
    expect(old).toHaveLength(2);
    const clients = keepAsking(url);
    const long = await ask(url, "mock/echo-4", words, true);
    await build(preset, "two", folder);
    served.child.kill("SIGHUP");
    await served.says(/2 workers replaced/);
    expect(await long.text()).toMatch(/twelve[\s\S]*data: \[DONE\]\s*$/);
    await vi.waitUntil(() => !old.some(isAlive), 20_000);
    expect(await (await fetch(`${url}/v1/rule`)).json()).toMatchObject({ version: "two" });
    const { answered, failures } = await clients.stop();
    expect(failures).toEqual([]);
    expect(answered).toBeGreaterThan(20);

    const last = await ask(url, "mock/echo-8", words, true);
    served.child.kill("SIGTERM");
    await served.says(/SIGTERM: draining/);
    expect(await last.text()).toMatch(/twelve[\s\S]*data: \[DONE\]\s*$/);
    expect((await served.ended).code).toBe(0);
  });

  test("are replaced when they crash, and do not outlive the process that leads them", async () => {
    const served = serve(await build(preset, "one"));
    await served.says(/sluice ready on/);
    const [first] = workersOf(served) as [number];
    process.kill(first, "SIGKILL");
    await served.says(/was ended by SIGKILL\. Another one starts/);
    await served.says(/worker 3 \(pid \d+\) serves/);
    const workers = workersOf(served);
    expect(workers.filter(isAlive)).toHaveLength(2);
    served.child.kill("SIGKILL");
    await vi.waitUntil(() => !workers.some(isAlive), 10_000);
  });
});

test("a built output refuses a number of workers that is none", async () => {
  const served = startProgram(process.execPath, [".output/node/index.mjs"], {
    cwd: await build("node", "one"),
    env: { ...two, SLUICE_WORKERS: "many" },
  });
  const { code, stderr } = await served.ended;
  expect(stderr).toContain("SLUICE_WORKERS: write a whole number");
  expect(code).toBe(1);
}, 60_000);

test("a built output in the cluster of a process manager serves on its own", async () => {
  const cwd = await build("node", "one");
  write(
    cwd,
    "manager.mjs",
    'import cluster from "node:cluster";\ncluster.setupPrimary({ exec: ".output/node/index.mjs" });\ncluster.fork();\n',
  );
  const manager = startProgram(process.execPath, ["manager.mjs"], { cwd, env: { PORT: "0" } });
  expect((await fetch(`${await manager.url()}/readyz`)).status).toBe(200);
}, 60_000);

async function build(preset: string, version: string, folder = makeProject()): Promise<string> {
  write(folder, "gateway.config.ts", withRule);
  write(folder, "routes/rule.ts", rule(version));
  expect((await run(["build", "--preset", preset], { cwd: folder })).stderr).toBe("");
  return folder;
}
