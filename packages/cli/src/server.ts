import { serve } from "srvx/node";
import type { TimeoutsConfig } from "@sluice/core";
import { errors } from "./errors.ts";
import { createDeparture } from "./runtime/_departure.ts";
import type { Site } from "./runtime/_departure.ts";
import { keepRequestsYoung } from "./runtime/_heap.ts";
import { passNodeObjects } from "./runtime/_node-objects.ts";
import { nodeLimits } from "./runtime/_slow-clients.ts";

export interface Listening {
  /** As people type it: `http://localhost:4000`. */
  url: string;
  port: number;
  /** Takes no new connection and waits for the open ones; `force` cuts them. */
  close(force?: boolean): Promise<void>;
  /** Leaves the port to other processes: no new connection, and no request refused. Resolves when no connection is left. */
  leave(): Promise<void>;
}

export interface ListenOptions {
  /** 0 takes any free port. */
  port: number;
  host: string;
  /** How many ports above the first may be tried. @default 0 */
  spare?: number;
  /** How long clients may take: those of the gateway. @default {} */
  timeouts?: TimeoutsConfig | undefined;
  /** Workers share their port. @default false */
  shared?: boolean;
}

/** Serves a gateway over HTTP on the first free port. Throws `SLUICE_CLI_PORT_BUSY` when there is none. */
export async function listen(site: Site, options: ListenOptions): Promise<Listening> {
  keepRequestsYoung();
  const { port, spare = 0 } = options;
  for (let candidate = port; candidate <= Math.min(port + spare, 65_535); candidate++) {
    const listening = await tryListen(site, candidate, options);
    if (listening) return listening;
  }
  throw errors.CLI_PORT_BUSY(port, options.host);
}

async function tryListen(
  site: Site,
  port: number,
  { host, timeouts, shared = false }: ListenOptions,
): Promise<Listening | null> {
  const departure = createDeparture(site);
  const server = serve({
    fetch: (request) => departure.fetch(request),
    port,
    hostname: host,
    manual: true,
    silent: true,
    gracefulShutdown: false,
    node: { ...nodeLimits(timeouts), exclusive: !shared },
  });
  passNodeObjects(server, departure, timeouts);
  try {
    await server.serve();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") return null;
    throw error;
  }
  const bound = Number(new URL(server.url ?? `http://${host}:${port}`).port);
  return {
    url: `http://${nameOf(host)}:${bound}`,
    port: bound,
    close: (force) => departure.close(server, force),
    leave: () => departure.leave(server),
  };
}

/** Loopback and "every address" are both reached as localhost. */
function nameOf(host: string): string {
  if (["127.0.0.1", "0.0.0.0", "::", "::1", "localhost"].includes(host)) return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
