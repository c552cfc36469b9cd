import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { RequestDone } from "@sluice/core";
import { defineCommand, type CommandDef } from "citty";
import { hostOf, portOf, projectArguments } from "../arguments.ts";
import { manifestName, type BundleManifest } from "../bundle-manifest.ts";
import { openProject } from "../config.ts";
import { errors, exitCodes } from "../errors.ts";
import { openGateway } from "../opened.ts";
import { clockTime, formatRequestLine, isHealthCheck } from "../request-line.ts";
import { leadCrew } from "../runtime/_crew.ts";
import { drainOnSignal, graceMs } from "../runtime/_drain.ts";
import { takeSeat } from "../runtime/_seat.ts";
import { reportStrays } from "../runtime/_strays.ts";
import { workersOf } from "../runtime/_worker-count.ts";
import { listen } from "../server.ts";
import { createTerminal, type Terminal } from "../terminal.ts";

const args = {
  dir: { type: "positional", required: false, description: "A built output for Node, or a project" },
  ...projectArguments,
  port: { type: "string", alias: "p", description: "Port (PORT, else 4000)" },
  host: { type: "string", description: "Address (HOST, else 127.0.0.1); alone: every address" },
} as const;

export const start: CommandDef<typeof args> = defineCommand({
  meta: { name: "start", description: "Serve in production: a built output, or the config" },
  args,
  async run({ args }): Promise<number> {
    const terminal = createTerminal(args);
    const port = portOf(args.port ?? process.env["PORT"] ?? "4000");
    const host = hostOf(args.host ?? process.env["HOST"]);
    const folder = resolve(args.cwd ?? ".", args.dir ?? ".");
    const manifest = readManifest(folder);
    if (manifest) return startOutput(folder, manifest, port, host);
    return startProject({ cwd: folder, config: args.config }, { port, host }, terminal);
  },
});

/** The manifest of an output folder, or null for a folder that is none. */
export function readManifest(folder: string): BundleManifest | null {
  const file = join(folder, manifestName);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as BundleManifest) : null;
}

/** A Node output is a server: it listens, and drains, on its own. */
async function startOutput(
  folder: string,
  { preset, entry }: BundleManifest,
  port: number,
  host: string,
): Promise<number> {
  if (preset !== "node") {
    throw errors.CLI_ARGUMENT(
      folder,
      `is built for ${preset}`,
      `Run it with \`sluice preview --preset ${preset}\`, or build with --preset node.`,
    );
  }
  Object.assign(process.env, { PORT: String(port), HOST: host });
  await import(pathToFileURL(join(folder, entry)).href);
  return forever();
}

async function startProject(
  options: { cwd: string; config: string | undefined },
  address: { port: number; host: string },
  terminal: Terminal,
): Promise<number> {
  const project = openProject({
    cwd: options.cwd,
    ...(options.config === undefined ? {} : { config: options.config }),
  });
  try {
    const { gateway, definition } = await openGateway(project, terminal);
    gateway.hooks.hook("request:done", (event: RequestDone) => report(event, terminal));
    const server = await listen((request) => gateway.serve(request), {
      ...address,
      timeouts: definition.config.timeouts,
    });
    reportStrays((text) => terminal.logger.error(text));
    drainOnSignal({ gateway, server }, (text) => say(terminal, "drain", text), graceMs);
    say(terminal, "ready", `sluice ready on ${server.url}`, { url: server.url, port: server.port });
    return await forever();
  } catch (error) {
    await terminal.thrown(error, { config: project.file(), files: project.files() });
    project.close();
    return exitCodes.failed;
  }
}

function report(event: RequestDone, terminal: Terminal): void {
  if (terminal.json) terminal.data({ type: "request", time: new Date().toISOString(), ...event });
  else if (!isHealthCheck(event)) terminal.line(formatRequestLine(event, clockTime(new Date()), terminal.paint));
}

function say(terminal: Terminal, type: string, text: string, fields: object = {}): void {
  if (terminal.json) terminal.data({ type, ...fields });
  else terminal.line(text);
}

/** Signals end the process. */
function forever(): Promise<never> {
  return new Promise(() => {});
}
