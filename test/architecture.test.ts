import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import { importsOf, violations, type Source } from "./_arrows.ts";

const root = new URL("..", import.meta.url).pathname;
const sources: Source[] = globSync("{packages,plugins}/*/{src,test}/**/*.ts", { cwd: root }).map((path) => ({
  path,
  text: readFileSync(root + path, "utf8"),
}));

describe("the arrows between packages", () => {
  test("every import in the repository points downwards", () => {
    expect(sources.length).toBeGreaterThan(0);
    expect(sources.flatMap((source) => violations(source))).toEqual([]);
  });

  test.each([
    ["packages/core/src/a.ts", "@sluice/dialects"],
    ["packages/core/src/a.ts", "@sluice/provider-openai"],
    ["packages/core/src/a.ts", "../../dialects/src/index.ts"],
    ["packages/dialects/src/a.ts", "@sluice/testkit"],
    ["packages/dialects/src/a.ts", "sluice"],
    ["packages/testkit/src/a.ts", "sluice"],
    ["packages/cli/src/a.ts", "@sluice/testkit"],
    ["packages/create-gateway/src/a.ts", "@sluice/core"],
    ["plugins/quota/src/a.ts", "@sluice/testkit"],
    ["plugins/quota/src/a.ts", "@sluice/keys"],
    ["plugins/quota/src/a.ts", "../../keys/src/index.ts"],
    ["plugins/quota/src/a.ts", "sluice"],
  ])("%s may not import %s", (path, name) => {
    expect(violations({ path, text: `import { x } from "${name}";` })).toHaveLength(1);
  });

  test.each([
    ["packages/dialects/src/a.ts", "@sluice/core"],
    ["packages/dialects/test/a.test.ts", "@sluice/testkit"],
    ["packages/testkit/src/a.ts", "@sluice/dialects"],
    ["packages/cli/src/a.ts", "@sluice/core"],
    ["packages/core/src/a.ts", "./b.ts"],
    ["packages/core/src/a.ts", "#host"],
    ["plugins/quota/src/a.ts", "@sluice/core"],
    ["plugins/quota/test/a.test.ts", "@sluice/testkit"],
    ["plugins/quota/test/a.test.ts", "../src/index.ts"],
  ])("%s may import %s", (path, name) => {
    expect(violations({ path, text: `import { x } from "${name}";` })).toEqual([]);
  });

  test("a plugin may import another plugin it names in `uses`", () => {
    const text = `import { keys } from "@sluice/keys";\nexport const quota = definePlugin("quota", () => ({ uses: [clock, maybe(keys)] }));`;
    expect(violations({ path: "plugins/quota/src/index.ts", text })).toEqual([]);
    expect(violations({ path: "plugins/quota/src/index.ts", text: text.replace("maybe(keys)", "") })).toHaveLength(1);
  });

  test("sees every form of import, and none inside a comment", () => {
    const text = `
      import "a1";
      import type { A } from "a2";
      export * from "a3";
      export { b } from "a4";
      const c = await import("a5");
      type D = import("a6").D;
      // import "b1";
      /** import { x } from "b2" */
    `;
    expect(importsOf(text)).toEqual(["a1", "a2", "a3", "a4", "a5", "a6"]);
  });
});

describe("the workspace manifests", () => {
  const manifests = globSync("{packages,plugins}/*/package.json", { cwd: root });

  test.each(manifests)("%s takes every third-party version from the catalog", (path) => {
    const { dependencies, devDependencies, peerDependencies } = JSON.parse(readFileSync(root + path, "utf8"));
    const ranges = Object.entries<string>({ ...dependencies, ...devDependencies, ...peerDependencies });
    expect(ranges.filter(([, range]) => !/^(catalog:|workspace:)/.test(range))).toEqual([]);
  });

  test.each(manifests)("%s publishes from dist what it exports from src", (path) => {
    const { exports = {}, imports = {}, bin = {}, publishConfig } = JSON.parse(readFileSync(root + path, "utf8"));
    const published = JSON.stringify([
      publishConfig.exports ?? {},
      publishConfig.imports ?? {},
      publishConfig.bin ?? {},
    ]);
    expect(published).not.toContain("/src/");
    for (const field of ["exports", "imports", "bin"] as const) {
      expect(Object.keys(publishConfig[field] ?? {})).toEqual(Object.keys({ exports, imports, bin }[field]));
    }
  });

  test("both npm entry scripts pin the same pnpm", () => {
    const { scripts } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
    const pins = [scripts.start, scripts.test].map((script: string) => /pnpm@(\S+)/.exec(script)?.[1]);
    expect(new Set(pins).size).toBe(1);
    expect(readFileSync(`${root}.ci/run`, "utf8")).toContain(`pnpm@${pins[0]}`);
  });

  test("no file is called utils, helpers, common or services", () => {
    const vague = /^(utils?|helpers?|common|services?)(\.test)?(\.ts)?$/;
    expect(sources.filter(({ path }) => path.split("/").some((part) => vague.test(basename(part))))).toEqual([]);
  });
});
