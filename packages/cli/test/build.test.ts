import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { presetNames } from "../src/presets.ts";
import { ask, jsonLines, run, start } from "./_cli.ts";
import { makeProject, rule, withRule } from "./_project.ts";

const files = { "gateway.config.ts": withRule, "routes/rule.ts": rule("built") };

async function build(preset: string, folder = makeProject(files)) {
  const finished = await run(["build", "--preset", preset, "--json"], { cwd: folder });
  expect(finished.stderr).toBe("");
  const output = join(folder, ".output", preset);
  return { ...finished, folder, output, code: readFileSync(join(output, "index.mjs"), "utf8") };
}

describe("sluice build", { timeout: 60_000 }, () => {
  test.each(presetNames)(
    "--preset %s writes one module that imports nothing but what its runtime has",
    async (preset) => {
      const { code, stdout } = await build(preset);
      const [report] = jsonLines(stdout);
      expect(report).toMatchObject({ preset, entry: "index.mjs" });
      const imports = [...code.matchAll(/^import .*?from\s*["']([^"']+)["']/gm)].map((match) => match[1]);
      const allowed = preset === "cloudflare" || preset === "standard" ? /^$/ : /^(node|bun):/;
      expect(imports.filter((name) => !allowed.test(name ?? ""))).toEqual([]);
      expect(code.includes("undici")).toBe(preset === "node");
      expect(code.includes("--no-allocation-site-pretenuring")).toBe(preset === "node");
    },
  );

  test("says sizes, raw and gzip, and how to run it", async () => {
    const { stdout, code } = await run(["build"], { cwd: makeProject() });
    expect(stdout).toMatch(/Built for node in \d+ ms/);
    expect(stdout).toMatch(/\.output\/node\/index\.mjs +[\d.]+ kB +[\d.]+ kB gzip/);
    expect(stdout).toContain("Run it:   node .output/node/index.mjs");
    expect(code).toBe(0);
  });

  test("cloudflare is a module worker with the files that wrangler and workerd read", async () => {
    const { output, code } = await build("cloudflare");
    expect(code).toMatch(/export\s*\{[^}]*as default[^}]*\}/);
    expect(readFileSync(join(output, "wrangler.toml"), "utf8")).toContain(
      'compatibility_flags = ["enable_request_signal"]',
    );
    expect(readFileSync(join(output, "config.capnp"), "utf8")).toContain('embed "index.mjs"');
  });

  test("standard is an object with fetch", async () => {
    const { output } = await build("standard");
    const { default: app } = (await import(join(output, "index.mjs"))) as {
      default: { fetch(request: Request): Promise<Response> };
    };
    const answer = await app.fetch(new Request("http://localhost/v1/rule"));
    expect(await answer.json()).toMatchObject({ version: "built" });
  });

  test.each([
    ["preview", []],
    ["start", [".output/node"]],
  ])("the node output runs with %s, and drains", async (command, args) => {
    const { folder } = await build("node");
    const cli = start([command, ...args, "--port", "0"], { cwd: folder });
    const url = await cli.url();
    const answer = await ask(url, "mock/echo-8", "one two three four five six", true);
    cli.child.kill("SIGTERM");
    await cli.says(/draining/);
    expect((await answer.text()).trimEnd().endsWith("data: [DONE]")).toBe(true);
    expect((await cli.ended).code).toBe(0);
  });

  test("the standard output is previewed in this process", async () => {
    const { folder } = await build("standard");
    const cli = start(["preview", "--preset", "standard", "--port", "0"], { cwd: folder });
    expect(await (await fetch(`${await cli.url()}/v1/rule`)).json()).toMatchObject({ version: "built" });
  });

  test("refuses a config that does not start, and writes nothing", async () => {
    const folder = makeProject({
      "gateway.config.ts": withRule.replace("mock/echo", "mok/echo"),
      "routes/rule.ts": rule("x"),
    });
    const { code, stderr } = await run(["build"], { cwd: folder });
    expect(stderr).toContain("SLUICE_CONFIG_UNKNOWN_MODEL");
    expect(existsSync(join(folder, ".output"))).toBe(false);
    expect(code).toBe(1);
  });

  test("refuses a bundle that imports what its runtime does not have", async () => {
    const folder = makeProject({
      ...files,
      "gateway.config.ts": `import { hostname } from "node:os";\n${withRule}\nhostname();\n`,
    });
    const { code, stderr } = await run(["build", "--preset", "cloudflare"], { cwd: folder });
    expect(stderr).toContain("SLUICE_BUILD_UNRESOLVED");
    expect(stderr).toContain("node:os");
    expect(code).toBe(1);
  });

  test("suggests the preset that was meant", async () => {
    const { code, stderr } = await run(["build", "--preset", "cloudfare"], { cwd: makeProject() });
    expect(stderr).toContain("Did you mean cloudflare?");
    expect(code).toBe(2);
  });

  test("preview says how to build what is not built", async () => {
    const { code, stderr } = await run(["preview", "--preset", "bun"], { cwd: makeProject() });
    expect(stderr).toContain("sluice build --preset bun");
    expect(code).toBe(1);
  });
});
