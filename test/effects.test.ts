import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** Each of these reaches outside the core. Every line is its own file, so that one finding cannot hide another. */
const effects = [
  `export const x = Date.now();`,
  `export const x = new Date();`,
  `export const x = globalThis.Date.now();`,
  `export const x = performance.now();`,
  `export const x = Math.random();`,
  `export const { random } = Math;`,
  `setTimeout(() => {}, 1);`,
  `setInterval(() => {}, 1);`,
  `setImmediate(() => {});`,
  `export const x = globalThis.setTimeout;`,
  `export const x = AbortSignal.timeout(1);`,
  `export const x = await fetch("http://localhost");`,
  `export const { fetch } = globalThis;`,
  `export const x = crypto.randomUUID();`,
  `export const x = process.env.HOME;`,
  `export const x = Buffer.from("x");`,
  `console.log("x");`,
  `export { readFile } from "node:fs/promises";`,
  `import { request } from "undici"; export const x = request;`,
  `export const x = () => import("node:crypto");`,
];
const harmless = `export const x = { fetch: (now: number) => Math.max(now, 1), signal: AbortSignal.any([]) };`;

describe("the lint rule that keeps effects out of the core", () => {
  const root = join(import.meta.dirname, "..");
  const folder = mkdtempSync(join(tmpdir(), "sluice-effects-"));
  let findings: Map<string, number>;

  beforeAll(() => {
    cpSync(join(root, ".oxlintrc.json"), join(folder, ".oxlintrc.json"));
    effects.forEach((line, index) => {
      write(`packages/core/src/effect-${index}.ts`, line);
      write(`packages/core/src/host/effect-${index}.ts`, line);
    });
    write("packages/core/src/harmless.ts", harmless);
    findings = lint();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(effects.map((line, index) => [line, index] as const))("refuses %s", (_, index) => {
    expect(findings.get(`packages/core/src/effect-${index}.ts`)).toBeGreaterThan(0);
  });

  test("allows all of them in packages/core/src/host, and plain code anywhere", () => {
    const elsewhere = [...findings.keys()].filter((file) => !/^packages\/core\/src\/effect-\d+\.ts$/.test(file));
    expect(elsewhere).toEqual([]);
  });

  function write(file: string, text: string): void {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }

  /** Restricted-effect findings per file. */
  function lint(): Map<string, number> {
    const { stdout } = spawnSync(join(root, "node_modules/.bin/oxlint"), ["--format=json"], {
      cwd: folder,
      encoding: "utf8",
    });
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string; filename: string }[] };
    const counts = new Map<string, number>();
    for (const { code, filename } of diagnostics) {
      if (code.includes("no-restricted-")) counts.set(filename, (counts.get(filename) ?? 0) + 1);
    }
    return counts;
  }
});
