import { existsSync } from "node:fs";
import { createServer, get, type IncomingMessage } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { ask, jsonLines, run, start } from "./_cli.ts";
import { answeringWorkers, freePort, isAlive, keepAsking, words, workersOf } from "./_crew.ts";
import { config, makeProject, rule, withRule, write } from "./_project.ts";

const twoWorkers = ["start", "--workers", "2", "--port", "0"];

describe("sluice start --workers", { timeout: 60_000 }, () => {
  test("answers nobody before every worker could", async () => {
    const late = `import { definePlugin } from "@sluice/core";
import cluster from "node:cluster";
import { existsSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
const late = definePlugin("late", () => ({
  async setup() {
    if (cluster.worker?.id !== 2) return;
    writeFileSync("waiting", "");
    while (!existsSync("go")) await setTimeout(20);
  },
}));`;
    const folder = makeProject({
      "gateway.config.ts": config("plugins: [late()], timeouts: { stageMs: 30_000 }", late),
    });
    const port = await freePort();
    const cli = start(["start", "--workers", "2", "--port", String(port)], { cwd: folder });
    await vi.waitUntil(() => existsSync(join(folder, "waiting")), 20_000);
    await expect(fetch(`http://127.0.0.1:${port}/readyz`)).rejects.toThrow("fetch failed");
    expect(cli.stdout()).toBe("");
    write(folder, "go", "");
    await cli.says(/sluice ready on \S+, 2 workers/);
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
  });

  test("spreads requests, and every JSON line of a worker has its number", async () => {
    const cli = start([...twoWorkers, "--json"], { cwd: makeProject() });
    const url = await cli.url();
    const clients = keepAsking(url);
    await vi.waitUntil(() => answeringWorkers(cli.stdout()).size === 2, 20_000);
    expect((await clients.stop()).failures).toEqual([]);
    expect(answeringWorkers(cli.stdout())).toEqual(new Set([1, 2]));
    const ready = jsonLines(cli.stdout()).find(({ type }) => type === "ready");
    expect(ready).toMatchObject({ url, workers: [{ worker: 1 }, { worker: 2 }] });
  });

  test("drains every worker on SIGTERM, also where it reaches the whole process group, and exits with 0", async () => {
    const cli = start(twoWorkers, { cwd: makeProject() });
    const url = await cli.url();
    const answers = await Promise.all(Array.from({ length: 6 }, () => ask(url, "mock/echo-8", words, true)));
    const workers = workersOf(cli);
    for (const pid of [...workers, cli.child.pid as number]) process.kill(pid, "SIGTERM");
    await cli.says(/SIGTERM: draining/);
    await vi.waitUntil(async () => (await fetch(`${url}/readyz`)).status === 503);
    for (const answer of answers) {
      const text = await answer.text();
      expect(text).toContain("twelve");
      expect(text.trimEnd().endsWith("data: [DONE]")).toBe(true);
    }
    expect((await cli.ended).code).toBe(0);
    expect(workers.filter(isAlive)).toEqual([]);
  });

  test("ends every worker at once on a second signal", async () => {
    const cli = start(twoWorkers, { cwd: makeProject() });
    const answer = await ask(await cli.url(), "mock/echo-1", words, true);
    const workers = workersOf(cli);
    cli.child.kill("SIGTERM");
    await cli.says(/draining/);
    cli.child.kill("SIGTERM");
    expect((await cli.ended).code).toBe(143);
    await expect(answer.text()).rejects.toThrow(/terminated/);
    await vi.waitUntil(() => !workers.some(isAlive));
  });

  test("on SIGHUP serves the new config, and drops no request and no stream meanwhile", async () => {
    const folder = makeProject({ "gateway.config.ts": withRule, "routes/rule.ts": rule("one") });
    const cli = start(twoWorkers, { cwd: folder });
    const url = await cli.url();
    const old = workersOf(cli);
    const clients = keepAsking(url);
    const long = await ask(url, "mock/echo-4", words, true);
    write(folder, "routes/rule.ts", rule("two"));
    cli.child.kill("SIGHUP");
    await cli.says(/2 workers replaced/);
    // New connections reach new workers alone.
    for (let turn = 0; turn < 8; turn++) expect(await versionOf(url)).toBe("two");
    expect(await long.text()).toMatch(/twelve[\s\S]*data: \[DONE\]\s*$/);
    await vi.waitUntil(() => !old.some(isAlive), 20_000);
    const { answered, failures } = await clients.stop();
    expect(failures).toEqual([]);
    expect(answered).toBeGreaterThan(20);
    cli.child.kill("SIGTERM");
    expect((await cli.ended).code).toBe(0);
  });

  test("on SIGHUP with a bad config says so, and the old workers go on", async () => {
    const folder = makeProject({ "gateway.config.ts": withRule, "routes/rule.ts": rule("good") });
    const cli = start(twoWorkers, { cwd: folder });
    const url = await cli.url();
    const workers = workersOf(cli);
    write(folder, "gateway.config.ts", config("attempts: 0"));
    cli.child.kill("SIGHUP");
    await cli.says(/SLUICE_CONFIG_INVALID .*gateway\.config\.ts:6/);
    await cli.says(/2 of 2 workers were not replaced and go on as they were/);
    expect(await versionOf(url)).toBe("good");
    expect(workers.every(isAlive)).toBe(true);

    write(folder, "gateway.config.ts", withRule);
    write(folder, "routes/rule.ts", rule("better"));
    cli.child.kill("SIGHUP");
    await cli.says(/2 workers replaced/);
    expect(await versionOf(url)).toBe("better");
  });

  test("replaces a worker that was killed, and goes on with the others until then", async () => {
    const cli = start([...twoWorkers], { cwd: makeProject() });
    const url = await cli.url();
    const [first] = workersOf(cli) as [number, number];
    process.kill(first, "SIGKILL");
    await cli.says(new RegExp(`pid ${first}\\) was ended by SIGKILL\\. Another one starts in 0\\.25 s`));
    expect((await ask(url, "mock/echo", "hello")).status).toBe(200);
    await cli.says(/worker 3 \(pid \d+\) serves/);
    cli.child.kill("SIGTERM");
    expect((await cli.ended).code).toBe(0);
  });

  test("ends with 1 and the reason when workers crash in a row, with longer and longer waits between", async () => {
    const deadly = `import { definePlugin } from "@sluice/core";
const deadly = definePlugin("deadly", () => ({ routes: { "GET /v1/end": () => process.exit(7) } }));`;
    const cli = start(twoWorkers, { cwd: makeProject({ "gateway.config.ts": config("plugins: [deadly()]", deadly) }) });
    const url = await cli.url();
    let isOver = false;
    void cli.ended.then(() => (isOver = true));
    while (!isOver) await fetch(`${url}/v1/end`, { signal: AbortSignal.timeout(1000) }).catch(() => {});
    const { code, stdout, stderr } = await cli.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/SLUICE_CLI_WORKERS_FAILED +worker \d+ \(pid \d+\) ended with code 7, the 5th in a row/);
    const waits = [...stdout.matchAll(/Another one starts in ([\d.]+) s/g)].map((match) => Number(match[1]));
    expect(waits).toEqual([0.25, 0.5, 1, 2]);
  });

  test("a config that broke meanwhile does not take the workers along that serve", async () => {
    const folder = makeProject();
    const cli = start(twoWorkers, { cwd: folder });
    const url = await cli.url();
    write(folder, "gateway.config.ts", config("attempts: 0"));
    process.kill(workersOf(cli)[0] as number, "SIGKILL");
    await cli.says(/worker 6 ended with code 1 before it served\. Another one starts in 4 s/);
    expect((await ask(url, "mock/echo", "hello")).status).toBe(200);
  });

  test("exits with 1 and says once what is wrong when the config is no good", async () => {
    const { code, stderr } = await run(twoWorkers, {
      cwd: makeProject({ "gateway.config.ts": config("attempts: 0") }),
    });
    expect(stderr.match(/SLUICE_CONFIG_INVALID/g)).toHaveLength(1);
    expect(stderr).toMatch(/SLUICE_CLI_WORKERS_FAILED +worker 1 ended with code 1 before it served/);
    expect(code).toBe(1);
  });

  test("fails when its port is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const { code, stderr } = await run(["start", "--workers", "2", "--port", String(port)], { cwd: makeProject() });
    expect(stderr).toContain("SLUICE_CLI_PORT_BUSY");
    expect(code).toBe(1);
    other.close();
  });

  test.each(["0", "-1", "two", "1.5", "2000"])("refuses --workers=%s", async (count) => {
    const { code, stderr } = await run(["start", `--workers=${count}`], { cwd: makeProject() });
    expect(stderr).toContain("SLUICE_CLI_ARGUMENT");
    expect(code).toBe(2);
  });
});

/** On a connection of its own. */
async function versionOf(url: string): Promise<unknown> {
  const [response] = (await once(get(`${url}/v1/rule`, { agent: false }), "response")) as [IncomingMessage];
  const answer = JSON.parse((await response.toArray()).join("")) as { version: unknown };
  return answer.version;
}
