import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { RequestDone } from "@sluice/core";
import { defineCommand, type CommandDef } from "citty";
import { hostOf, portOf, projectArguments, workersFrom } from "../arguments.ts";
import { manifestName, type BundleManifest } from "../bundle-manifest.ts";
import { openProject } from "../config.ts";
import { frameOf } from "../diagnosis.ts";
import { errors, exitCodes } from "../errors.ts";
import { openGateway } from "../opened.ts";
import { clockTime, formatRequestLine, isHealthCheck } from "../request-line.ts";
import { leadCrew, type CrewEvent } from "../runtime/_crew.ts";
import { drainOnSignal, graceMs } from "../runtime/_drain.ts";
import { takeSeat, type Seat } from "../runtime/_seat.ts";
import { reportStrays } from "../runtime/_strays.ts";
import { listen } from "../server.ts";
import { createTerminal, type Terminal } from "../terminal.ts";

const args = {
  dir: { type: "positional", required: false, description: "A built output for Node, or a project" },
  ...projectArguments,
  port: { type: "string", alias: "p", description: "Port (PORT, else 4000)" },
  host: { type: "string", description: "Address (HOST, else 127.0.0.1); alone: every address" },
  workers: {
    type: "string",
    description: "Processes that share the port (SLUICE_WORKERS, else 1); auto: one per core",
    valueHint: "n",
  },
} as const;

interface Address {
  port: number;
  host: string;
}

export const start: CommandDef<typeof args> = defineCommand({
  meta: { name: "start", description: "Serve in production: a built output, or the config" },
  args,
  async run({ args }): Promise<number> {
    const address = {
      port: portOf(args.port ?? process.env["PORT"] ?? "4000"),
      host: hostOf(args.host ?? process.env["HOST"]),
    };
    const workers = workersFrom(args.workers ?? process.env["SLUICE_WORKERS"]);
    const folder = resolve(args.cwd ?? ".", args.dir ?? ".");
    const manifest = readManifest(folder);
    if (manifest) return startOutput(folder, manifest, address, workers);
    const seat = takeSeat();
    const terminal = createTerminal({ ...args, worker: seat?.worker });
    if (workers > 1 && seat === null) return startWorkers(workers, address, terminal);
    return startProject({ cwd: folder, config: args.config }, address, terminal, seat);
  },
});

/** The manifest of an output folder, or null for a folder that is none. */
export function readManifest(folder: string): BundleManifest | null {
  const file = join(folder, manifestName);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as BundleManifest) : null;
}

/** A Node output is a server: it listens, has its workers, and drains, on its own. */
async function startOutput(
  folder: string,
  { preset, entry }: BundleManifest,
  { port, host }: Address,
  workers: number,
): Promise<number> {
  if (preset !== "node") {
    throw errors.CLI_ARGUMENT(
      folder,
      `is built for ${preset}`,
      `Run it with \`sluice preview --preset ${preset}\`, or build with --preset node.`,
    );
  }
  Object.assign(process.env, { PORT: String(port), HOST: host, SLUICE_WORKERS: String(workers) });
  await import(pathToFileURL(join(folder, entry)).href);
  return forever();
}

/** This process leads, and reads no config: workers do, each time one starts. */
async function startWorkers(size: number, address: Address, terminal: Terminal): Promise<number> {
  const tell = (event: CrewEvent, text: string, fields: object = {}) => {
    if (event === "failed") terminal.frame(frameOf(errors.CLI_WORKERS_FAILED(text)));
    else say(terminal, event, text, fields);
  };
  try {
    process.exit(await leadCrew({ size, ...address, say: tell }));
  } catch (error) {
    const isBusy = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
    throw isBusy ? errors.CLI_PORT_BUSY(address.port, address.host) : error;
  }
}

async function startProject(
  options: { cwd: string; config: string | undefined },
  address: Address,
  terminal: Terminal,
  seat: Seat | null,
): Promise<number> {
  const project = openProject({
    cwd: options.cwd,
    ...(options.config === undefined ? {} : { config: options.config }),
  });
  try {
    const { gateway, definition } = await openGateway(project, terminal);
    gateway.hooks.hook("request:done", (event: RequestDone) => report(event, terminal));
    const server = await listen(gateway, {
      ...address,
      ...(seat && { port: await seat.turn(), shared: true }),
      timeouts: definition.config.timeouts,
    });
    reportStrays((text) => terminal.logger.error(text));
    if (seat) seat.serving({ gateway, server, leave: () => server.leave(), url: server.url });
    else {
      drainOnSignal({ gateway, server }, (text) => say(terminal, "drain", text), graceMs);
      say(terminal, "ready", `sluice ready on ${server.url}`, { url: server.url, port: server.port });
    }
    return await forever();
  } catch (error) {
    await terminal.thrown(error, { config: project.file(), files: project.files() });
    // A worker that cannot serve must end, whatever else keeps it alive.
    if (seat) process.exit(exitCodes.failed);
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
