import { serve } from "srvx/node";
import type { TimeoutsConfig } from "@sluice/core";
import { errors } from "./errors.ts";
import { limitStall, nodeLimits } from "./runtime/_slow-clients.ts";

export interface Listening {
  /** As people type it: `http://localhost:4000`. */
  url: string;
  port: number;
  /** Takes no new connection and waits for the open ones; `force` cuts them. */
  close(force?: boolean): Promise<void>;
}

export interface ListenOptions {
  /** 0 takes any free port. */
  port: number;
  host: string;
  /** How many ports above the first may be tried. @default 0 */
  spare?: number;
  /** How long clients may take: those of the gateway. @default {} */
  timeouts?: TimeoutsConfig | undefined;
}

/** Serves a fetch handler over HTTP on the first free port. Throws `SLUICE_CLI_PORT_BUSY` when there is none. */
export async function listen(
  fetch: (request: Request) => Promise<Response>,
  options: ListenOptions,
): Promise<Listening> {
  const { port, spare = 0 } = options;
  for (let candidate = port; candidate <= Math.min(port + spare, 65_535); candidate++) {
    const listening = await tryListen(fetch, candidate, options);
    if (listening) return listening;
  }
  throw errors.CLI_PORT_BUSY(port, options.host);
}

async function tryListen(
  fetch: (request: Request) => Promise<Response>,
  port: number,
  { host, timeouts }: ListenOptions,
): Promise<Listening | null> {
  const server = serve({
    fetch(request) {
      limitStall(request, timeouts);
      return fetch(request);
    },
    port,
    hostname: host,
    manual: true,
    silent: true,
    gracefulShutdown: false,
    node: nodeLimits(timeouts),
  });
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
    close: (force = false) => server.close(force),
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
