/**
 * Checks what a user gets, not what the repository holds: packs every public package, lints the tarballs (publint,
 * attw), installs them all into an empty project and imports every export on Node, Bun and Deno.
 *
 * Needs `pnpm run build` first. Run it with `pnpm run check:packages`.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packAll, root, run, type Packed } from "./tarballs.ts";

const tools = join(root, "node_modules/.bin");
const folder = mkdtempSync(join(tmpdir(), "sluice-packages-"));

try {
  const packages = packAll(folder);
  packages.forEach(lintTarball);
  const project = install(packages);
  importEverything(project, packages);
  checkHosts(project, packages);
  console.log(`${packages.length} packages: packed, linted, installed and imported`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function lintTarball({ tarball, manifest }: Packed): void {
  console.log(`${manifest.name}: publint, attw`);
  run(join(tools, "publint"), ["run", tarball, "--strict"], folder);
  // A package with a command and nothing to import has no types to check.
  if (manifest.exports) run(join(tools, "attw"), [tarball, "--profile", "esm-only"], folder);
}

/** An empty project with every tarball in it, as npm would install them together. */
function install(packages: Packed[]): string {
  const dependencies = Object.fromEntries(packages.map(({ manifest, tarball }) => [manifest.name, `file:${tarball}`]));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module", dependencies }));
  run("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"], folder);
  return folder;
}

function importEverything(project: string, packages: Packed[]): void {
  const names = packages.flatMap(({ manifest }) =>
    Object.keys(manifest.exports ?? {})
      .filter((path) => path !== "./package.json" && !path.includes("*"))
      .map((path) => manifest.name + path.slice(1)),
  );
  const lines = names.map(
    (name) => `if (Object.keys(await import("${name}")).length === 0) throw new Error("${name} exports nothing");`,
  );
  onEveryRuntime(project, "import.mjs", [...lines, `console.log("ok");`].join("\n"), () => "ok");
}

/** `#host` must mean the Node host on Node and the web host elsewhere, in the published core too. */
function checkHosts(project: string, packages: Packed[]): void {
  const host = packages.find(({ manifest }) => manifest.name === "@sluice/core")?.manifest.imports?.["#host"];
  if (!host) throw new Error("@sluice/core was packed without #host");
  const core = join(project, "node_modules/@sluice/core");
  const files = [...new Set(Object.values(host))];
  // Asked from inside the package, where `#host` is in scope, by importing it: `require` resolves it differently on Deno.
  const lines = files.map((file) => `if ((await import("${file}")) === host) console.log("${file}");`);
  writeFileSync(join(core, "probe.mjs"), [`const host = await import("#host");`, ...lines].join("\n"));
  onEveryRuntime(
    project,
    "host.mjs",
    `await import("./node_modules/@sluice/core/probe.mjs");`,
    (runtime) => host[runtime] ?? "",
  );
}

function onEveryRuntime(project: string, file: string, program: string, expected: (runtime: string) => string): void {
  writeFileSync(join(project, file), program);
  const commands = { node: [file], bun: [file], deno: ["run", "-A", "--no-remote", "--node-modules-dir=manual", file] };
  for (const [runtime, args] of Object.entries(commands)) {
    const answer = run(join(tools, runtime), args, project).trim();
    if (answer !== expected(runtime)) throw new Error(`${file} on ${runtime}: got ${answer}, not ${expected(runtime)}`);
  }
}
