import { createServer, type IncomingMessage } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { jsonLines, run, start } from "./_cli.ts";
import { config, makeProject, rule, withRule, write } from "./_project.ts";

/** A provider with a key, made in the test: it speaks what the mock speaks, at an address of ours. */
const vendor = (baseURL: string) => `import { defineProvider } from "@sluice/core";
const vendor = defineProvider({ ...mock.definition, id: "vendor", name: "Vendor", mock: false, transport: undefined, baseURL: "${baseURL}", keyVariables: ["VENDOR_KEY"], auth: { type: "bearer" } });
`;

describe("the command line", { timeout: 30_000 }, () => {
  test("lists its commands with --help and ends with 0", async () => {
    const { code, stdout } = await run(["--help"]);
    for (const command of ["dev", "start", "build", "preview", "check", "inspect", "models", "chat"])
      expect(stdout).toContain(command);
    expect(stdout).not.toContain("\u001B[");
    expect(code).toBe(0);
  });

  test("tells the flags of a command", async () => {
    const { code, stdout } = await run(["build", "--help"]);
    expect(stdout).toContain("--preset");
    expect(code).toBe(0);
  });

  test.each([
    [["chek"], 'Did you mean "check"?'],
    [["dev", "--prot", "1"], "Did you mean --port?"],
    [["dev", "--port", "many"], "0 (any free port) to 65535"],
    [["dev", "extra"], "sluice dev --help"],
    [["models", "--cwd"], "sluice models --help"],
  ])("%j is a usage error with a way out", async (args, hint) => {
    const { code, stdout, stderr } = await run(args);
    expect(stderr).toContain(hint);
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });

  test("without a command shows what there is and ends with 2", async () => {
    const { code, stdout } = await run([]);
    expect(stdout).toContain("dev");
    expect(code).toBe(2);
  });

  test("tells its version", async () => {
    expect(await run(["--version"])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  test("writes errors as JSON with --json", async () => {
    const { code, stdout } = await run(["check", "--json", "--config", "none.ts"], { cwd: makeProject() });
    expect(jsonLines(stdout)).toMatchObject([{ type: "error", code: "SLUICE_CONFIG_NOT_FOUND" }]);
    expect(code).toBe(1);
  });

  test("says that it needs Node where a runtime has no module hooks", async () => {
    const { code, stderr } = await run(["check"], { cwd: makeProject(), runtime: "bun" });
    expect(stderr).toContain("SLUICE_CLI_NEEDS_NODE");
    expect(code).toBe(1);
  });

  test("NO_COLOR wins over FORCE_COLOR", async () => {
    const cwd = makeProject();
    const colored = await run(["inspect"], { cwd, env: { FORCE_COLOR: "1" } });
    const plain = await run(["inspect"], { cwd, env: { FORCE_COLOR: "1", NO_COLOR: "1" } });
    expect(colored.stdout).toContain("\u001B[");
    expect(plain.stdout).not.toContain("\u001B[");
  });
});

describe("sluice check", { timeout: 30_000 }, () => {
  const withVendor = (baseURL = "http://127.0.0.1:9/v1") =>
    config(`models: { default: "vendor/echo" }`, vendor(baseURL), "mock(), vendor()");

  test("says all is well of the mock", async () => {
    const { code, stdout } = await run(["check", "--strict"], { cwd: makeProject() });
    expect(stdout).toContain("✔ gateway.config.ts is valid");
    expect(stdout).toContain("0 errors, 0 warnings");
    expect(code).toBe(0);
  });

  test("warns of a missing key, which ends with 3 in strict mode alone", async () => {
    const cwd = makeProject({ "gateway.config.ts": withVendor() });
    const { code, stdout } = await run(["check"], { cwd });
    expect(stdout).toContain("⚠ vendor has no key.  SLUICE_CHECK_NO_KEY");
    expect(stdout).toContain("SLUICE_CHECK_NO_READY_TARGET");
    expect(code).toBe(0);
    expect((await run(["check", "--strict"], { cwd })).code).toBe(3);
  });

  test("finds a key that is written in the config, and does not print it", async () => {
    const key = "vendor-key-0123456789";
    const cwd = makeProject({
      "gateway.config.ts": config(
        "models: {}",
        vendor("http://127.0.0.1:9/v1"),
        `mock(), vendor({ apiKey: "${key}" })`,
      ),
    });
    const { code, stdout, stderr } = await run(["check"], { cwd });
    expect(stdout).toContain("SLUICE_CHECK_KEY_IN_SOURCE");
    expect(stdout + stderr).not.toContain(key);
    expect(code).toBe(1);
  });

  test("finds a placeholder", async () => {
    const cwd = makeProject({ "gateway.config.ts": withVendor(), ".env": "VENDOR_KEY=your-api-key-here\n" });
    expect((await run(["check"], { cwd })).stdout).toContain("SLUICE_CHECK_PLACEHOLDER_KEY");
  });

  test.each([
    [200, "takes the key", 0],
    [401, "SLUICE_CHECK_KEY_REFUSED", 1],
    [404, "SLUICE_CHECK_PROBE_UNCLEAR", 0],
  ])("--online tells a vendor that answers %i", async (status, expected, code) => {
    const requests: IncomingMessage[] = [];
    const server = createServer((request, response) => {
      requests.push(request);
      response.writeHead(status, { "content-type": "application/json" }).end("{}");
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    const cwd = makeProject({ "gateway.config.ts": withVendor(base), ".env": "VENDOR_KEY=real-key-42-42" });
    const finished = await run(["check", "--online"], { cwd });
    server.close();
    expect(requests.map(({ url, headers }) => [url, headers.authorization])).toEqual([
      ["/v1/models", "Bearer real-key-42-42"],
    ]);
    expect(finished.stdout).toContain(expected);
    expect(finished.stdout + finished.stderr).not.toContain("real-key-42-42");
    expect(finished.code).toBe(code);
  });

  test("--online tells a vendor that is not there", async () => {
    const cwd = makeProject({
      "gateway.config.ts": withVendor("http://127.0.0.1:1/v1"),
      ".env": "VENDOR_KEY=real-key-42-42",
    });
    const { code, stdout } = await run(["check", "--online"], { cwd });
    expect(stdout).toContain("SLUICE_CHECK_UNREACHABLE");
    expect(code).toBe(1);
  });

  test("--online asks nobody who makes the calls in process", async () => {
    const inProcess = `const own = defineProvider({ ...vendor.definition, id: "own", keyVariables: [], auth: { type: "none" },
      transport: () => ({ send: () => Promise.reject(new Error("was asked")), close: () => Promise.resolve() }) });`;
    const cwd = makeProject({
      "gateway.config.ts": config("models: {}", vendor("http://127.0.0.1:9/v1") + inProcess, "mock(), own()"),
    });
    const { code, stdout } = await run(["check", "--online"], { cwd });
    expect(stdout).toContain("own makes its calls in process, and was not asked.");
    expect(code).toBe(0);
  });

  test("writes each finding as a JSON line with --json", async () => {
    const lines = jsonLines((await run(["check", "--json"], { cwd: makeProject() })).stdout);
    expect(lines[0]).toMatchObject({ group: "Config", level: "ok", code: null });
    expect(lines.length).toBeGreaterThan(2);
  });
});

describe("sluice inspect", { timeout: 30_000 }, () => {
  const cwd = () => makeProject({ "gateway.config.ts": withRule, "routes/rule.ts": rule("x") });

  test("shows plugins with their stages, channels, models and routes", async () => {
    const { code, stdout } = await run(["inspect"], { cwd: cwd() });
    expect(stdout).toMatch(/rule +route +fails closed/);
    expect(stdout).toMatch(/default +alias +mock\/echo/);
    expect(stdout).toMatch(/POST +\/v1\/chat\/completions/);
    expect(stdout).toMatch(/GET +\/v1\/rule/);
    expect(code).toBe(0);
  });

  test("is one JSON value with --json", async () => {
    const [inspection] = jsonLines((await run(["inspect", "--json"], { cwd: cwd() })).stdout);
    expect(inspection).toMatchObject({ plugins: [{ id: "rule", stages: ["route"] }], channels: [{ id: "mock" }] });
  });
});

describe("sluice models", { timeout: 30_000 }, () => {
  test("lists what is served, with prices and their day", async () => {
    const { code, stdout } = await run(["models"], { cwd: makeProject() });
    expect(stdout).toMatch(/^MODEL +BY +CONTEXT/);
    expect(stdout).toMatch(/mock\/echo +mock +1\.0M +100k +\$1\.00 +\$4\.00 +\d{4}-\d\d-\d\d +pretend/);
    expect(code).toBe(0);
  });

  test("takes a glob, and ends with 1 when nothing matches", async () => {
    const cwd = makeProject();
    const { stdout } = await run(["models", "mock/l*", "--json"], { cwd });
    expect(jsonLines(stdout).map(({ id }) => id)).toEqual(["mock/lorem"]);
    const none = await run(["models", "nothing/*"], { cwd });
    expect(none).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining('"nothing/*"') });
  });

  test("takes the filters of the list, and refuses what is no amount", async () => {
    const cwd = makeProject({
      "gateway.config.ts": config(`prices: { "mock/json": { perMillion: { input_token: 9 } } }`),
    });
    const ids = async (...flags: string[]) =>
      jsonLines((await run(["models", "--json", ...flags], { cwd })).stdout).map(({ id }) => id);
    expect(await ids("--max-input-price", "2", "--ability", "tools,vision", "--search", "mock js")).toEqual([]);
    expect(await ids("--max-input-price", "9", "--search", "mock js")).toEqual(["mock/json"]);
    expect(await ids("--no-priced")).toEqual([]);
    const wrong = await run(["models", "--min-context", "much"], { cwd });
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("--min-context") });
  });

  test("asks price sources for news with --refresh, and ends with 1 where something is staged", async () => {
    const moving = `import { definePlugin, definePrice } from "@sluice/core";
const price = (dollars) => definePrice({ perMillion: { input_token: dollars, output_token: 8 }, source: "list" });
const change = (model, before, after, state) => ({ source: "list", provider: "acme", model, before, after, state });
const changes = [change("a", price(1), price(2), process.env.STATE), change("b", null, price(3), process.env.STATE)];
const moving = definePlugin("moving", () => ({
  setup: (gateway) => gateway.addPrices({ id: "list", version: "1", find: () => null, refresh: async () => changes }),
}));`;
    const cwd = makeProject({ "gateway.config.ts": config("plugins: [moving()]", moving) });
    const active = await run(["models", "--refresh"], { cwd, env: { STATE: "active" } });
    expect(active.stdout).toMatch(/acme\/a +\$1\.00 +→ \$2\.00 +\$8\.00 +→ \$8\.00 +active +list/);
    expect(active.stdout).toMatch(/acme\/b +new +→ \$3\.00/);
    expect(active.code).toBe(0);
    const staged = await run(["models", "--refresh"], { cwd, env: { STATE: "staged" } });
    expect(staged).toMatchObject({ code: 1, stderr: expect.stringContaining("Confirm") });
    const none = await run(["models", "--refresh"], { cwd: makeProject() });
    expect(none).toMatchObject({ code: 0, stdout: "Nothing changed.\n" });
  });
});

describe("sluice chat", { timeout: 30_000 }, () => {
  test("waits for a model that takes its time, with nothing else to do", async () => {
    const { code, stdout, stderr } = await run(["chat", "mock/slow-200", "hello there"], { cwd: makeProject() });
    expect(code, stderr).toBe(0);
    expect(stdout).toContain("hello there");
  });

  test("answers from the config in process: the text alone on standard output", async () => {
    const { code, stdout, stderr } = await run(["chat", "mock/echo", "hello there"], { cwd: makeProject() });
    expect(stdout).toBe("hello there\n");
    expect(stderr).toMatch(/— mock\/echo \(mock\) · \d+→\d+ tok · \$\S+ · \d+/);
    expect(code).toBe(0);
  });

  test("asks the default model with what comes on standard input", async () => {
    const { stdout } = await run(["chat"], { cwd: makeProject(), input: "from a pipe\n" });
    expect(stdout).toBe("from a pipe\n");
  });

  test("asks a running gateway with --url, and tells an answer as JSON", async () => {
    const cli = start(["dev", "--port", "0"], { cwd: makeProject() });
    const url = await cli.url();
    const { stdout } = await run(["chat", "--json", "--url", `${url}/v1`, "default", "over the wire"]);
    expect(jsonLines(stdout)).toMatchObject([
      { content: "over the wire", complete: true, receipt: { channel: "mock" } },
    ]);
  });

  test("ends with 1 and the gateway's hint when the model is not served", async () => {
    const { code, stderr } = await run(["chat", "mok/echo", "hello"], { cwd: makeProject() });
    expect(stderr).toContain('"mok/echo" is not served here');
    expect(code).toBe(1);
  });

  test("ends with 1 when no gateway is at the URL", async () => {
    const { code, stderr } = await run(["chat", "--url", "http://127.0.0.1:1", "x", "hello"]);
    expect(stderr).toContain("SLUICE_CLI_UNREACHABLE");
    expect(code).toBe(1);
  });

  test("ends with 2 when there is nothing to say", async () => {
    expect((await run(["chat"], { cwd: makeProject(), input: "" })).code).toBe(2);
  });
});

describe("the playground", { timeout: 30_000 }, () => {
  const cwd = new URL("../../../playground", import.meta.url).pathname;

  test("is valid without any key, and says which keys are missing", async () => {
    const { code, stdout } = await run(["check"], { cwd });
    expect(stdout).toContain("0 errors");
    for (const channel of ["openai", "anthropic", "gemini"]) expect(stdout).toContain(`${channel} has no key`);
    expect(code).toBe(0);
  });

  test("answers on the mock, through its own plugin and rule", async () => {
    const { stdout } = await run(["chat", "--json", "default", "hello"], { cwd });
    const [spoken] = jsonLines(stdout);
    expect(spoken).toMatchObject({
      content: "hello",
      complete: true,
      receipt: { channel: "mock", visits: { number: 1 } },
    });
    const long = await run(["chat", "--json", "default"], { cwd, input: "long ".repeat(5000) });
    expect(JSON.stringify(jsonLines(long.stdout)[0])).toContain("widest context first");
  });
});

test("an edited file is read anew by each command", { timeout: 30_000 }, async () => {
  const cwd = makeProject({ "gateway.config.ts": withRule, "routes/rule.ts": rule("x") });
  write(cwd, "gateway.config.ts", config(`models: { renamed: "mock/echo" }`));
  expect((await run(["models", "renamed"], { cwd })).code).toBe(0);
});
