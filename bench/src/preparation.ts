import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { built, portkeyFolder } from "./subjects.ts";

const root = join(import.meta.dirname, "..");

/** Builds this gateway as users do, bundles the small subjects the same way, installs the peers once. */
export async function prepare(report: (text: string) => void): Promise<void> {
  for (const preset of ["node", "bun"]) {
    report(`building the gateway for ${preset}`);
    buildGateway(preset);
  }
  await bundle("floor.ts", built.floor);
  await bundle("bare-proxy.ts", built.bare);
  if (existsSync(join(portkeyFolder, "node_modules"))) return;
  report("installing Portkey's gateway from npm");
  installPeer(portkeyFolder);
}

function buildGateway(preset: string): void {
  const cli = join(root, "../packages/cli/src/main.ts");
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    [cli, "build", "--preset", preset, "--cwd", join(root, "gateway")],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`sluice build --preset ${preset} failed:\n${stdout}${stderr}`);
}

async function bundle(source: string, file: string): Promise<void> {
  const build = await rolldown({
    input: join(root, "src/subjects", source),
    platform: "node",
    external: /^node:/,
    logLevel: "silent",
  });
  await build.write({ file, format: "esm", codeSplitting: false });
  await build.close();
}

/** A peer that cannot be installed is left out of the table, which then says so. */
function installPeer(folder: string): void {
  spawnSync("npm", ["install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"], {
    cwd: folder,
    stdio: "ignore",
  });
}
