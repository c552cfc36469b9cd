import { resolve } from "node:path";
import { defineCommand, type CommandDef } from "citty";
import { projectArguments } from "../arguments.ts";
import type { Bundle } from "../bundle.ts";
import { shortPath } from "../short-path.ts";
import { errors, exitCodes } from "../errors.ts";
import { withGateway } from "../opened.ts";
import { presetNames, presets } from "../presets.ts";
import type { Preset } from "../presets/preset.ts";
import { createTerminal, type Terminal } from "../terminal.ts";
import { nearest } from "@sluice/core";

const args = {
  ...projectArguments,
  preset: {
    type: "string",
    description: `Runtime to build for: ${presetNames.join(", ")}`,
    default: "node",
    valueHint: "name",
  },
  output: { type: "string", alias: "o", description: "Output folder (.output/<preset>)", valueHint: "dir" },
  minify: { type: "boolean", description: "Shorten names and drop white space" },
} as const;

export const build: CommandDef<typeof args> = defineCommand({
  meta: { name: "build", description: "Bundle the gateway for a runtime" },
  args,
  async run({ args }): Promise<number> {
    const terminal = createTerminal(args);
    const preset = presetOf(args.preset);
    const started = performance.now();
    // Opened first: a config that does not start is not built.
    return withGateway(args, terminal, async ({ gateway, project }) => {
      const { writeBundle } = await import("../bundle.ts");
      const config = project.file() as string;
      const folder = resolve(project.cwd, args.output ?? `.output/${preset.name}`);
      const { channels } = gateway.inspect();
      const variables = channels.flatMap(({ key }) =>
        key.from === "variable" ? [key.variable] : key.from === "missing" ? key.variables : [],
      );
      const bundle = await writeBundle({
        preset,
        config,
        cwd: project.cwd,
        folder,
        variables: [...new Set(variables)],
        baseURLs: channels.map(({ baseURL }) => baseURL),
        minify: args.minify,
      });
      report(bundle, preset, performance.now() - started, terminal);
      return exitCodes.ok;
    });
  },
});

export function presetOf(name: string): Preset {
  const preset = Object.hasOwn(presets, name) ? presets[name] : undefined;
  if (preset) return preset;
  const guess = nearest(name, presetNames);
  throw errors.CLI_ARGUMENT(
    "--preset",
    `there is no "${name}"`,
    `${guess === null ? "" : `Did you mean ${guess}? `}Known: ${presetNames.join(", ")}.`,
  );
}

function report(bundle: Bundle, preset: Preset, ms: number, terminal: Terminal): void {
  if (terminal.json) return terminal.data({ ...bundle, ms: Math.round(ms) });
  const { paint } = terminal;
  const folder = shortPath(bundle.folder);
  terminal.line(`${paint.green("✔")} Built for ${paint.bold(preset.name)} in ${Math.round(ms)} ms`);
  bundle.files.forEach(({ name, bytes, gzipBytes }, index) => {
    const branch = index === bundle.files.length - 1 ? "└─" : "├─";
    terminal.line(
      `  ${paint.dim(branch)} ${folder}/${name.padEnd(14)} ${size(bytes).padStart(9)}  ${paint.dim(`${size(gzipBytes)} gzip`)}`,
    );
  });
  terminal.line(`\n  Run it:   ${paint.cyan(preset.usage.replaceAll("{folder}", folder))}`);
  if (preset.start) terminal.line(`  Try it:   ${paint.cyan(`sluice preview --preset ${preset.name}`)}`);
}

/** In kB as packages are measured: thousands of bytes. */
function size(bytes: number): string {
  return bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`;
}
