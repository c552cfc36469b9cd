import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { defineConfig, type UserConfig } from "tsdown";

/** One build per workspace package. The entries are the `dist` files its `publishConfig` promises, so manifest and build cannot disagree. */
export default defineConfig(
  globSync("{packages,plugins}/*/package.json", { cwd: import.meta.dirname })
    .map((file) => `${import.meta.dirname}/${dirname(file)}`)
    .filter((folder) => existsSync(`${folder}/src`))
    .map(packageBuild),
);

function packageBuild(folder: string): UserConfig {
  const manifest = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
  const { exports, imports, bin } = manifest.publishConfig;
  return {
    cwd: folder,
    name: manifest.name,
    entry: entriesOf([exports, imports, bin]),
    format: "esm",
    platform: "neutral",
    target: "node22.19",
    fixedExtension: true,
    dts: true,
    // Resolved by the conditions in the published package's own `imports`, at run time.
    deps: { neverBundle: [/^#/, /^node:/] },
  };
}

/** `./dist/host/node.mjs` anywhere in the given manifest fields becomes `{ "host/node": "src/host/node.ts" }`. */
function entriesOf(field: unknown): Record<string, string> {
  if (typeof field === "string") {
    const name = /^\.\/dist\/(.+)\.mjs$/.exec(field)?.[1];
    return name === undefined ? {} : { [name]: `src/${name}.ts` };
  }
  if (typeof field !== "object" || field === null) return {};
  return Object.assign({}, ...Object.values(field).map(entriesOf));
}
