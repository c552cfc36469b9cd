import { createServer, request, type IncomingMessage } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { ask, jsonLines, run, start } from "./_cli.ts";
import { config, makeProject, rule, withRule, write } from "./_project.ts";

const dev = (cwd: string, ...more: string[]) => start(["dev", "--port", "0", ...more], { cwd });
/** `fetch` does not let a caller choose the Host header; a browser takes it from the page's name. */
async function statusFor(port: number, host: string): Promise<number | undefined> {
  const call = request({ port, host: "127.0.0.1", path: "/healthz", headers: { host: `${host}:${port}` } }).end();
  const [response] = (await once(call, "response")) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}
const ruleOf = async (url: string) => (await fetch(`${url}/v1/rule`)).json();

describe("sluice dev", { timeout: 30_000 }, () => {
  test("serves the config, says so in a banner, and writes a line for each request", async () => {
    const cli = dev(makeProject());
    const url = await cli.url();
    const answer = await ask(url, "default", "hello");
    expect(answer.status).toBe(200);
    await cli.says(/200 chat {2}default → mock\/echo \(mock\) .* req_/);
    expect(cli.stdout()).toMatch(/sluice \d+\.\d+\.\d+ +ready in \d+ ms/);
    expect(cli.stdout()).toContain("mock         ✔ mock, no key needed");
    expect(cli.stdout()).toContain('{"model":"default"');
    expect(cli.stdout()).not.toContain("\u001B[");
  });

  test("takes the next free port when the wanted one is taken, and says so", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const cli = start(["dev", "--port", String(port)], { cwd: makeProject() });
    const url = await cli.url();
    await cli.says(new RegExp(`Port ${port} is taken`));
    expect(Number(new URL(url).port)).toBeGreaterThan(port);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    other.close();
  });

  test("speaks JSON lines alone with --json", async () => {
    const cwd = makeProject();
    const cli = dev(cwd, "--json");
    const url = await cli.url();
    await ask(url, "default", "hello");
    await ask(url, "nowhere", "hello");
    await cli.says(/"type":"request"[^\n]*UNKNOWN_MODEL[^\n]*\n/);
    write(cwd, "gateway.config.ts", config(`models: { other: "mock/echo" }`));
    await cli.says(/"type":"reload"[^\n]*\n/);
    const lines = jsonLines(cli.stdout());
    expect(lines.map(({ type }) => type)).toEqual(["ready", "request", "request", "reload"]);
    expect(lines[0]).toMatchObject({ model: "default", url });
    expect(lines[1]).toMatchObject({ status: 200, receipt: { requested_model: "default", actual_model: "echo" } });
  });

  test("reloads when a file that the config imports is edited", async () => {
    const cwd = makeProject({ "gateway.config.ts": withRule, "routes/rule.ts": rule("one") });
    const cli = dev(cwd);
    const url = await cli.url();
    expect(await ruleOf(url)).toMatchObject({ version: "one" });
    write(cwd, "routes/rule.ts", rule("two"));
    await cli.says(/reloaded .*routes\/rule\.ts/);
    expect(await ruleOf(url)).toMatchObject({ version: "two" });
    write(cwd, "routes/rule.ts", rule("three"));
    await cli.says(/(?:reloaded[\s\S]*){2}/);
    expect(await ruleOf(url)).toMatchObject({ version: "three" });
  });

  test("reloads when .env comes, changes and goes", async () => {
    const cwd = makeProject({ "gateway.config.ts": withRule, "routes/rule.ts": rule("one"), ".env": "MOOD=calm" });
    const cli = dev(cwd);
    const url = await cli.url();
    expect(await ruleOf(url)).toMatchObject({ mood: "calm" });
    write(cwd, ".env", "MOOD=bright");
    await cli.says(/reloaded .*\.env/);
    expect(await ruleOf(url)).toMatchObject({ mood: "bright" });
    write(cwd, ".env", "OTHER=1");
    await cli.says(/(?:reloaded[\s\S]*){2}/);
    expect(await ruleOf(url)).toMatchObject({ mood: "none" });
  });

  test("lets a stream in flight end on the gateway that it began on", async () => {
    const cwd = makeProject({ "gateway.config.ts": withRule, "routes/rule.ts": rule("one") });
    const cli = dev(cwd);
    const url = await cli.url();
    const answer = await ask(
      url,
      "mock/echo-8",
      "one two three four five six seven eight nine ten eleven twelve",
      true,
    );
    write(cwd, "routes/rule.ts", rule("two"));
    await cli.says(/reloaded/);
    expect(await ruleOf(url)).toMatchObject({ version: "two" });
    const text = await answer.text();
    expect(text).toContain("twelve");
    expect(text).toMatch(/"why":\[[^\]]*"one"\]/);
    expect(text.trimEnd().endsWith("data: [DONE]")).toBe(true);
  });

  test("keeps the last good config when a file breaks, tells where, and goes on when it is mended", async () => {
    const cwd = makeProject({ "gateway.config.ts": withRule, "routes/rule.ts": rule("one") });
    const cli = dev(cwd);
    const url = await cli.url();
    write(cwd, "routes/rule.ts", `${rule("two")}\nexport const broken: = 1;\n`);
    await cli.says(/Still serving the config from \d\d:\d\d:\d\d\./);
    expect(cli.stderr()).toMatch(/✖ SLUICE_CONFIG_SYNTAX .*routes\/rule\.ts:8:\d+/);
    expect(cli.stderr()).toContain("❯ 8 │ export const broken: = 1;");
    expect(await ruleOf(url)).toMatchObject({ version: "one" });
    write(cwd, "routes/rule.ts", rule("three"));
    await cli.says(/reloaded/);
    expect(await ruleOf(url)).toMatchObject({ version: "three" });
  });

  test("keeps the last good config when a model is misspelt, and points at the word", async () => {
    const cwd = makeProject();
    const cli = dev(cwd);
    const url = await cli.url();
    write(cwd, "gateway.config.ts", config(`models: { default: { targets: ["mok/echo"] } }`));
    await cli.says(/Still serving/);
    expect(cli.stderr()).toMatch(/SLUICE_CONFIG_UNKNOWN_MODEL .*gateway\.config\.ts:6:34/);
    expect(cli.stderr()).toMatch(/\n {5}│ {34}\^{10}\n/);
    expect((await ask(url, "default", "still there")).status).toBe(200);
  });

  test.each([
    [
      "a module that is not installed",
      { "gateway.config.ts": config("models: {}", `import "not-installed-here";`) },
      /SLUICE_CONFIG_MISSING_MODULE .*gateway\.config\.ts:3:8[\s\S]*npm install not-installed-here/,
    ],
    [
      "an error while it is evaluated",
      { "gateway.config.ts": config("models: {}", `throw new Error("out of luck");`) },
      /SLUICE_CONFIG_THREW {2}out of luck .*gateway\.config\.ts:3:7/,
    ],
    [
      "a field that does not exist",
      { "gateway.config.ts": config("modles: {}") },
      /SLUICE_CONFIG_UNKNOWN_FIELD .*gateway\.config\.ts:6:3[\s\S]*Did you mean "models"\?/,
    ],
    ["no gateway in it", { "gateway.config.ts": "export default 1;" }, /SLUICE_CONFIG_NOT_A_GATEWAY/],
  ])("does not start with %s", async (_what, files, expected) => {
    const { code, stdout, stderr } = await run(["dev", "--port", "0"], { cwd: makeProject(files) });
    expect(stderr).toMatch(expected);
    expect(stdout).toBe("");
    expect(code).toBe(1);
  });

  test("does not answer to a name that a web page could have made up, unless it is allowed", async () => {
    const cli = dev(makeProject(), "--allow-host", "tunnel.example");
    const port = Number(new URL(await cli.url()).port);
    expect(await statusFor(port, "attacker.example")).toBe(403);
    expect(await statusFor(port, "tunnel.example")).toBe(200);
    for (const host of ["localhost", "127.0.0.1", "[::1]", "app.localhost"])
      expect(await statusFor(port, host)).toBe(200);
  });

  test("ends with 0 on Ctrl-C", async () => {
    const cli = dev(makeProject());
    await cli.url();
    cli.child.kill("SIGINT");
    expect((await cli.ended).code).toBe(0);
  });

  test("says what is missing in a folder without a config", async () => {
    const { code, stderr } = await run(["dev", "--config", "nowhere.ts"], { cwd: makeProject() });
    expect(stderr).toContain("SLUICE_CONFIG_NOT_FOUND");
    expect(code).toBe(1);
  });

  test("prints no key, in the source of an error neither", async () => {
    const broken = config(`models: { default: { targets: ["mok/echo"] } }`, "", `mock({ apiKey: "hunter2-hunter2" })`);
    const oneLine = broken.replace(/\n {2}models/, " models");
    const { stderr } = await run(["dev", "--port", "0"], { cwd: makeProject({ "gateway.config.ts": oneLine }) });
    expect(stderr).toContain("SLUICE_CONFIG_UNKNOWN_MODEL");
    expect(stderr).toContain("mok/echo");
    expect(stderr).not.toContain("hunter2");
  });
});
