import { gzipSync } from "node:zlib";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown, type OutputChunk, type Plugin } from "rolldown";
import { manifestName, type BundleManifest } from "./bundle-manifest.ts";
import { errors } from "./errors.ts";
import type { BuiltProject, Preset } from "./presets/preset.ts";

export interface BundleOptions {
  preset: Preset;
  /** The config file. */
  config: string;
  cwd: string;
  folder: string;
  variables: readonly string[];
  baseURLs: readonly string[];
  /** @default the preset's */
  minify?: boolean | undefined;
}

export interface BundledFile {
  name: string;
  bytes: number;
  gzipBytes: number;
}

export interface Bundle {
  preset: string;
  folder: string;
  entry: string;
  files: BundledFile[];
}

/** Bundles the config, the core and everything they use into one module, and writes the output folder anew. */
export async function writeBundle(options: BundleOptions): Promise<Bundle> {
  const { preset, folder, cwd, variables, baseURLs } = options;
  const chunks = await bundle(options);
  assertResolved(preset, chunks);

  const built: BuiltProject = { name: await projectName(cwd), entry: preset.file, variables, baseURLs };
  const manifest: BundleManifest = { preset: preset.name, entry: preset.file };
  const files: Record<string, string> = {
    ...Object.fromEntries(chunks.map(({ fileName, code }) => [fileName, code])),
    ...preset.files?.(built),
    [manifestName]: `${JSON.stringify(manifest, null, 2)}\n`,
  };

  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const sizes = Object.entries(files).map(([name, text]) => ({
    name,
    bytes: Buffer.byteLength(text),
    gzipBytes: gzipSync(text).length,
  }));
  return { preset: preset.name, folder, entry: preset.file, files: sizes };
}

async function bundle({ preset, config, cwd, minify }: BundleOptions): Promise<OutputChunk[]> {
  try {
    const build = await rolldown({
      cwd,
      input: virtualEntry,
      // Bundles for Node, Bun and Deno may `require` the runtime's own modules from CommonJS packages.
      platform: preset.builtins?.test("node:fs") ? "node" : "browser",
      resolve: { conditionNames: [...preset.conditions], mainFields: ["module", "main"] },
      external: (id) => preset.builtins?.test(id) === true,
      plugins: [entryPlugin(preset, config)],
      transform: { define: { "process.env.NODE_ENV": '"production"' } },
      logLevel: "silent",
    });
    try {
      const { output } = await build.generate({
        format: "esm",
        codeSplitting: false,
        minify: minify ?? preset.minify,
        entryFileNames: preset.file,
        // Licences of what is bundled stay with it.
        comments: { legal: true, annotation: false, jsdoc: false },
      });
      return output.filter((file): file is OutputChunk => file.type === "chunk");
    } finally {
      await build.close();
    }
  } catch (error) {
    throw errors.BUILD_FAILED(error instanceof Error ? error.message : String(error)).because(error);
  }
}

const virtualEntry = "\0sluice:entry";

/** The entry: the config and the runtime, tied by one line of the preset. */
function entryPlugin(preset: Preset, config: string): Plugin {
  return {
    name: "sluice:entry",
    resolveId: {
      order: "pre",
      async handler(id, importer) {
        if (id === virtualEntry) return id;
        if (id === "sluice:gateway") return config;
        if (id === "sluice:runtime") return runtimeFile(preset.runtime);
        // One core in the bundle: the one that the config uses.
        if (id === "@sluice/core" && importer !== undefined && importer !== config)
          return this.resolve(id, config, { skipSelf: true });
        return null;
      },
    },
    load(id) {
      if (id !== virtualEntry) return null;
      return `import gateway from "sluice:gateway";\nimport * as runtime from "sluice:runtime";\n${preset.entry}\n`;
    },
  };
}

function runtimeFile(name: string): string {
  return fileURLToPath(import.meta.resolve(`sluice/runtime/${name}`));
}

/** A bundle that imports what its runtime does not have would fail at its first request, or at its start. */
function assertResolved(preset: Preset, chunks: readonly OutputChunk[]): void {
  const own = new Set(chunks.map(({ fileName }) => fileName));
  const foreign = chunks
    .flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports])
    .filter((id) => !own.has(id) && preset.builtins?.test(id) !== true);
  if (foreign.length > 0) throw errors.BUILD_UNRESOLVED(preset.name, [...new Set(foreign)]);
}

async function projectName(cwd: string): Promise<string> {
  try {
    const { name } = JSON.parse(await readFile(join(cwd, "package.json"), "utf8")) as { name?: string };
    return name ?? basename(cwd);
  } catch {
    return basename(cwd);
  }
}
