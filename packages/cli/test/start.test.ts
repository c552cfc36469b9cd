import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { ask, jsonLines, run, start } from "./_cli.ts";
import { config, makeProject } from "./_project.ts";

const words = "one two three four five six seven eight nine ten eleven twelve";

describe("sluice start", { timeout: 30_000 }, () => {
  test("drains on SIGTERM: not ready at once, nothing new, running answers end whole, exit 0", async () => {
    const cli = start(["start", "--port", "0"], { cwd: makeProject() });
    const url = await cli.url();
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const answer = await ask(url, "mock/echo-8", words, true);
    cli.child.kill("SIGTERM");
    await cli.says(/SIGTERM: draining/);
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    expect((await ask(url, "default", "too late")).status).toBe(503);
    const text = await answer.text();
    expect(text).toContain("twelve");
    expect(text.trimEnd().endsWith("data: [DONE]")).toBe(true);
    expect((await cli.ended).code).toBe(0);
  });

  test("keeps an idle connection longer than load balancers keep theirs", async () => {
    const cli = start(["start", "--port", "0"], { cwd: makeProject() });
    const { headers } = await fetch(`${await cli.url()}/healthz`);
    const [, seconds] = /timeout=(\d+)/.exec(headers.get("keep-alive") ?? "") ?? [];
    expect(Number(seconds)).toBeGreaterThan(60);
  });

  test("ends at once on a second signal", async () => {
    const cli = start(["start", "--port", "0"], { cwd: makeProject() });
    const answer = await ask(await cli.url(), "mock/echo-1", words, true);
    cli.child.kill("SIGTERM");
    await cli.says(/draining/);
    cli.child.kill("SIGTERM");
    expect((await cli.ended).code).toBe(143);
    await expect(answer.text()).rejects.toThrow(/terminated/);
  });

  test("fails when its port is taken: a server must not move on its own", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const { code, stderr } = await run(["start", "--port", String(port)], { cwd: makeProject() });
    expect(stderr).toContain("SLUICE_CLI_PORT_BUSY");
    expect(code).toBe(1);
    other.close();
  });

  test("goes on when a plugin leaves an error behind that nobody catches", async () => {
    const careless = `import { definePlugin } from "@sluice/core";
const careless = definePlugin("careless", () => ({
  request() {
    void Promise.reject(new Error("left behind"));
    setTimeout(() => { throw new Error("thrown late"); }, 1);
  },
}));`;
    const cli = start(["start", "--port", "0"], {
      cwd: makeProject({ "gateway.config.ts": config("plugins: [careless()]", careless) }),
    });
    const url = await cli.url();
    expect((await ask(url, "mock/echo", "one")).status).toBe(200);
    await cli.says(/the gateway goes on: Error: left behind/);
    await cli.says(/the gateway goes on: Error: thrown late/);
    expect((await ask(url, "mock/echo", "two")).status).toBe(200);
  });

  test("takes PORT and a folder, and writes JSON lines with --json", async () => {
    const folder = makeProject();
    const cli = start(["start", folder, "--json"], { env: { PORT: "0" } });
    await ask(await cli.url(), "default", "hello");
    await cli.says(/"type":"request".*\n/);
    expect(jsonLines(cli.stdout()).map(({ type }) => type)).toEqual(["ready", "request"]);
  });

  test("exits with 1 and says where when the config is no good", async () => {
    const folder = makeProject({ "gateway.config.ts": config("attempts: 0") });
    const { code, stderr } = await run(["start", "--port", "0"], { cwd: folder });
    expect(stderr).toMatch(/SLUICE_CONFIG_INVALID .*gateway\.config\.ts:6/);
    expect(code).toBe(1);
  });
});
