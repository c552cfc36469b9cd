import { type RequestDone } from "@sluice/core";
import { defineCommand, type CommandDef } from "citty";
import { hostOf, portOf, projectArguments } from "../arguments.ts";
import { exampleModel, formatBanner } from "../banner.ts";
import { openProject } from "../config.ts";
import { shortPath } from "../short-path.ts";
import { exitCodes } from "../errors.ts";
import { guardHosts } from "../hosts.ts";
import { openLive, type LiveGateway } from "../live.ts";
import type { Opened } from "../opened.ts";
import { clockTime, formatRequestLine, isHealthCheck } from "../request-line.ts";
import { drainOnSignal } from "../runtime/_drain.ts";
import { reportStrays } from "../runtime/_strays.ts";
import { isLoopback, listen } from "../server.ts";
import { listenToKeys } from "../shortcuts.ts";
import { createTerminal, type Terminal } from "../terminal.ts";
import { version } from "../version.ts";
import { watchFiles } from "../watch.ts";

const args = {
  ...projectArguments,
  port: { type: "string", alias: "p", description: "Port; when taken, the next free one", default: "4000" },
  host: { type: "string", description: "Address to listen on; alone: every address" },
  "allow-host": {
    type: "string",
    description: "Names to answer to beside localhost, e.g. of a tunnel",
    valueHint: "a,b",
  },
} as const;

const shutdownGraceMs = 2000;
const sparePorts = 100;

export const dev: CommandDef<typeof args> = defineCommand({
  meta: { name: "dev", description: "Serve the gateway and reload it when its files change" },
  args,
  async run({ args }): Promise<number> {
    const terminal = createTerminal(args);
    const options = { port: portOf(args.port), host: hostOf(args.host) };
    const project = openProject(args);
    try {
      const live = await openLive(project, terminal, (opened) =>
        reportRequests(opened, terminal, args.verbose === true),
      );
      const allowed = (args["allow-host"] ?? "").split(",").filter((name) => name !== "");
      const server = await listen(isLoopback(options.host) ? guardHosts(live, allowed) : live, {
        ...options,
        timeouts: live.current().definition.config.timeouts,
        spare: options.port === 0 ? 0 : sparePorts,
      });
      // Before anything is said: whoever reads the banner may edit a file or send a signal at once.
      const watch = watchFiles((changed) => void reload(changed));
      watch.set(project.files());
      reportStrays((text) => terminal.logger.error(text));
      drainOnSignal({ gateway: live, server }, () => {}, shutdownGraceMs);
      announce(live, server, options, terminal);
      if (terminal.interactive) listenToKeys(terminal, live, () => reload([]));
      return await forever();

      async function reload(changed: string[]): Promise<void> {
        await reloadOnce(live, changed, terminal, project);
        watch.set(project.files());
      }
    } catch (error) {
      await terminal.thrown(error, { config: project.file(), files: project.files() });
      project.close();
      return exitCodes.failed;
    }
  },
});

function announce(
  live: LiveGateway,
  server: { url: string; port: number },
  { port, host }: { port: number; host: string },
  terminal: Terminal,
): void {
  const inspection = live.current().gateway.inspect();
  const { url } = server;
  if (terminal.json) {
    const { channels, models, served } = inspection;
    terminal.data({
      type: "ready",
      url,
      port: server.port,
      model: exampleModel(inspection),
      channels,
      models,
      served: served.length,
    });
    return;
  }
  const busyPort = port !== 0 && server.port !== port ? port : null;
  const network = isLoopback(host)
    ? null
    : `${host}:${server.port} — open to whoever reaches it, and to your provider keys`;
  const banner = { version, readyMs: performance.now(), url, busyPort, network };
  terminal.line(formatBanner(inspection, banner, terminal.paint));
  if (terminal.interactive) terminal.line("  h help · m models · r reload · q quit\n");
}

function reportRequests({ gateway }: Opened, terminal: Terminal, verbose: boolean): void {
  gateway.hooks.hook("request:done", (event: RequestDone) => {
    if (terminal.json) terminal.data({ type: "request", time: new Date().toISOString(), ...event });
    else if (verbose || !isHealthCheck(event))
      terminal.line(formatRequestLine(event, clockTime(new Date()), terminal.paint));
  });
}

async function reloadOnce(
  live: LiveGateway,
  changed: readonly string[],
  terminal: Terminal,
  project: { file(): string | null; files(): string[] },
): Promise<void> {
  const before = performance.now();
  const names = changed.map((file) => shortPath(file));
  try {
    await live.reload();
    const ms = Math.round(performance.now() - before);
    if (terminal.json) terminal.data({ type: "reload", files: names, ms });
    else
      terminal.line(
        `${terminal.paint.dim(clockTime(new Date()))} ↻ reloaded ${names.join(", ") || "the config"} in ${ms} ms`,
      );
  } catch (error) {
    const suspects = { config: project.file(), files: project.files() };
    await terminal.thrown(error, suspects, `Still serving the config from ${clockTime(live.since())}.`);
  }
}

/** Signals end the process. */
function forever(): Promise<never> {
  return new Promise(() => {});
}
