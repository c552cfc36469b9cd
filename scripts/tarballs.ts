/** Packs what would be published, as npm would get it. */
import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

export interface Manifest {
  name: string;
  private?: boolean;
  exports?: Record<string, unknown>;
  imports?: Record<string, Record<string, string>>;
}
export interface Packed {
  tarball: string;
  /** As published, with `publishConfig` applied. */
  manifest: Manifest;
}

export const root = resolve(import.meta.dirname, "..");

/** A tarball of every public package in the folder. They hold `dist` as it is: build first. */
export function packAll(folder: string): Packed[] {
  const packages = publicFolders().map((packageFolder) => pack(packageFolder, folder));
  if (packages.length === 0) throw new Error("no public package was found");
  return packages;
}

function publicFolders(): string[] {
  return globSync("{packages,plugins}/*/package.json", { cwd: root })
    .filter((file) => !readManifest(join(root, file)).private)
    .map((file) => join(root, dirname(file)))
    .sort();
}

function pack(packageFolder: string, folder: string): Packed {
  const { name } = readManifest(join(packageFolder, "package.json"));
  const tarball = join(folder, `${name.replace("@", "").replace("/", "-")}.tgz`);
  run("pnpm", ["pack", "--out", tarball], packageFolder);

  const files = run("tar", ["-tzf", tarball], folder).split("\n");
  const sources = files.filter((file) => file.startsWith("package/src/"));
  if (sources.length > 0) throw new Error(`${name} ships sources: ${sources.join(", ")}`);

  const manifest: Manifest = JSON.parse(run("tar", ["-xzOf", tarball, "package/package.json"], folder));
  const text = JSON.stringify(manifest);
  if (/"(workspace|catalog):/.test(text)) throw new Error(`${name} was packed with workspace versions`);
  if (text.includes("./src/")) throw new Error(`${name} was packed pointing at its sources`);
  return { tarball, manifest };
}

/** Standard output of a command; its whole output goes into the error when it fails. */
export function run(command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = process.env): string {
  try {
    const timeout = 300_000;
    return execFileSync(command, args, { cwd, env, timeout, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(" ")}\n${stdout}\n${stderr}`, { cause: error });
  }
}

function readManifest(file: string): Manifest {
  return JSON.parse(readFileSync(file, "utf8"));
}
