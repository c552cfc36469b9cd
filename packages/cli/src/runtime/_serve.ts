import { createGateway, type GatewayDefinition } from "@sluice/core";
import type { Server, ServerOptions } from "srvx";
import { createDeparture } from "./_departure.ts";
import { drainOnSignal } from "./_drain.ts";
import { passNodeObjects } from "./_node-objects.ts";
import type { Seat } from "./_seat.ts";
import { nodeLimits } from "./_slow-clients.ts";
import { reportStrays } from "./_strays.ts";

export type Serve = (options: ServerOptions) => Server;

/**
 * Serves a built gateway as a process: PORT and HOST from the environment, drained on SIGTERM. With a seat it is a worker.
 *
 * It listens on this machine alone unless HOST says more: whoever reaches it can spend the provider keys.
 */
export async function serveOn(serve: Serve, definition: GatewayDefinition, seat: Seat | null = null): Promise<void> {
  const { port, host } = addressOf(process.env);
  const { timeouts } = definition.config;
  const gateway = createGateway(definition);
  if (seat) await gateway.ready;
  const departure = createDeparture(gateway);
  const server = serve({
    fetch: (request) => departure.fetch(request),
    port: seat ? await seat.turn() : port,
    hostname: host,
    silent: true,
    gracefulShutdown: false,
    // Bun's workers share the port by themselves, Node's through the process that leads them.
    reusePort: seat !== null && "Bun" in globalThis,
    // Bun closes connections that are silent for ten seconds; models think longer than that.
    bun: { idleTimeout: 0 },
    node: { ...nodeLimits(timeouts), exclusive: seat === null },
  });
  passNodeObjects(server, departure, timeouts);
  const running = { gateway, server: { close: (force?: boolean) => departure.close(server, force) } };
  const ready = Promise.all([server.ready(), gateway.ready]);
  if (!seat) drainOnSignal(running, console.error);
  await ready;
  reportStrays(console.error);
  if (seat) seat.serving({ ...running, leave: () => departure.leave(server), url: server.url ?? "" });
  else console.log(`sluice ready on ${server.url}`);
}

/** Where a built gateway shall listen. */
export function addressOf({ PORT = "4000", HOST = "127.0.0.1" }: Record<string, string | undefined>): {
  port: number;
  host: string;
} {
  return { port: Number(PORT), host: HOST };
}
