import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { defineCommand, type CommandDef } from "citty";
import { hostOf, portOf } from "../arguments.ts";
import { errors } from "../errors.ts";
import type { Preset, StartCommand } from "../presets/preset.ts";
import { drainOnSignal } from "../runtime/_drain.ts";
import type { FetchApp } from "../runtime/standard.ts";
import { listen } from "../server.ts";
import { createTerminal } from "../terminal.ts";
import { presetOf } from "./build.ts";
import { readManifest } from "./start.ts";

const args = {
  preset: { type: "string", description: "Output to run", default: "node", valueHint: "name" },
  output: { type: "string", alias: "o", description: "Output folder (.output/<preset>)", valueHint: "dir" },
  cwd: { type: "string", description: "Folder of the project", valueHint: "dir" },
  port: { type: "string", alias: "p", description: "Port", default: "4000" },
  host: { type: "string", description: "Address; alone: every address" },
  json: { type: "boolean", description: "JSON instead of text" },
  verbose: { type: "boolean", description: "More detail, with stacks" },
} as const;

export const preview: CommandDef<typeof args> = defineCommand({
  meta: { name: "preview", description: "Run a built output with its own runtime" },
  args,
  async run({ args }): Promise<number> {
    const preset = presetOf(args.preset);
    const cwd = resolve(args.cwd ?? ".");
    const folder = resolve(cwd, args.output ?? `.output/${preset.name}`);
    const address = { port: portOf(args.port), host: hostOf(args.host) };
    if (readManifest(folder)?.preset !== preset.name) throw errors.CLI_NOT_BUILT(folder, preset.name);
    if (preset.start === null) return serveModule(join(folder, preset.file), address, args.json === true);
    return runOutput(preset, preset.start, folder, cwd, address);
  },
});

/** The runtime as a child in a group of its own: npm's starters of runtimes do not pass signals on. */
function runOutput(
  preset: Preset,
  start: StartCommand,
  folder: string,
  cwd: string,
  { port, host }: { port: number; host: string },
): Promise<number> {
  const command = findRuntime(start.runtime, cwd);
  if (command === null) throw errors.CLI_NO_RUNTIME(start.runtime, preset.name);
  const fill = (text: string) => text.replaceAll("{port}", String(port)).replaceAll("{host}", host);
  const child = spawn(command, start.args.map(fill), {
    cwd: folder,
    env: { ...process.env, PORT: String(port), HOST: host },
    stdio: "inherit",
    detached: true,
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => signalGroup(child.pid, signal));
  return new Promise((settle, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => settle(code ?? (signal === "SIGTERM" || signal === "SIGINT" ? 0 : 1)));
  });
}

function signalGroup(pid: number | undefined, signal: "SIGTERM" | "SIGINT"): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // It has ended in the meantime.
  }
}

/** The runtime's command: beside the project, beside the CLI, or on the PATH. */
function findRuntime(runtime: StartCommand["runtime"], cwd: string): string | null {
  if (runtime === "node") return process.execPath;
  const folders = [
    ...binFolders(cwd),
    ...binFolders(import.meta.dirname),
    ...(process.env["PATH"] ?? "").split(delimiter),
  ];
  return folders.map((folder) => join(folder, runtime)).find((file) => existsSync(file)) ?? null;
}

function binFolders(from: string): string[] {
  const folders: string[] = [];
  for (let folder = from; ; folder = dirname(folder)) {
    folders.push(join(folder, "node_modules/.bin"));
    if (folder === dirname(folder)) return folders;
  }
}

/** A standard output is a module: this process is its host. */
async function serveModule(file: string, address: { port: number; host: string }, json: boolean): Promise<number> {
  const { default: app } = (await import(pathToFileURL(file).href)) as { default: FetchApp };
  const server = await listen({ fetch: (request) => app.fetch(request), handle: null }, address);
  drainOnSignal({ gateway: { close: async () => {} }, server });
  const terminal = createTerminal({ json });
  if (json) terminal.data({ type: "ready", url: server.url, port: server.port });
  else terminal.line(`sluice ready on ${server.url}`);
  return new Promise(() => {});
}
