import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";

/** Test projects stand inside the playground, where the packages of a user's project are installed. */
const home = new URL("../../../playground/.sluice/", import.meta.url).pathname;
const created: string[] = [];

afterAll(() => {
  for (const folder of created.splice(0)) rmSync(folder, { recursive: true, force: true });
});

export type Files = Record<string, string>;

/** Makes a project of the given files, gone after the test file. */
export function makeProject(files: Files = {}): string {
  mkdirSync(home, { recursive: true });
  const folder = mkdtempSync(join(home, "test-"));
  created.push(folder);
  for (const [name, text] of Object.entries({ "gateway.config.ts": config(), ...files })) write(folder, name, text);
  return folder;
}

export function write(folder: string, name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

const mockProvider = "@sluice/provider-mock";

/** A config file with the mock; `fields` are written into `defineGateway`, `imports` above it. */
export function config(fields = `models: { default: "mock/echo" }`, imports = "", providers = "mock()"): string {
  return `import { defineGateway } from "@sluice/core";
import { mock } from "${mockProvider}";
${imports}
export default defineGateway({
  providers: [${providers}],
  ${fields},
});
`;
}

/** A rule in a file of its own, with a route that tells its version. */
export function rule(version: string): string {
  return `import { definePlugin } from "@sluice/core";

export const rule = definePlugin("rule", () => ({
  route: (plan) => ({ ...plan, why: [...plan.why, "${version}"] }),
  routes: { "GET /v1/rule": () => ({ version: "${version}", mood: process.env.MOOD ?? "none" }) },
}));
`;
}

export const withRule: string = config(
  `models: { default: "mock/echo" },\n  plugins: [rule()]`,
  `import { rule } from "./routes/rule.ts";`,
);
