import { serve } from "srvx/node";
import { errors } from "./errors.ts";

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
}

/** Serves a fetch handler over HTTP on the first free port. Throws `SLUICE_CLI_PORT_BUSY` when there is none. */
export async function listen(
  fetch: (request: Request) => Promise<Response>,
  options: ListenOptions,
): Promise<Listening> {
  const { port, host, spare = 0 } = options;
  for (let candidate = port; candidate <= Math.min(port + spare, 65_535); candidate++) {
    const listening = await tryListen(fetch, candidate, host);
    if (listening) return listening;
  }
  throw errors.CLI_PORT_BUSY(port, host);
}

async function tryListen(
  fetch: (request: Request) => Promise<Response>,
  port: number,
  host: string,
): Promise<Listening | null> {
  const server = serve({ fetch, port, hostname: host, manual: true, silent: true, gracefulShutdown: false });
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
