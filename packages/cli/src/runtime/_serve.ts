import { createGateway, type GatewayDefinition } from "@sluice/core";
import type { Server, ServerOptions } from "srvx";
import { drainOnSignal } from "./_drain.ts";
import { limitStall, nodeLimits } from "./_slow-clients.ts";
import { reportStrays } from "./_strays.ts";

/**
 * Serves a built gateway as a process: PORT and HOST from the environment, drained on SIGTERM.
 *
 * It listens on this machine alone unless HOST says more: whoever reaches it can spend the provider keys.
 */
export async function serveOn(serve: (options: ServerOptions) => Server, definition: GatewayDefinition): Promise<void> {
  const { PORT = "4000", HOST = "127.0.0.1" } = process.env;
  const { timeouts } = definition.config;
  const gateway = createGateway(definition);
  const server = serve({
    fetch(request) {
      limitStall(request, timeouts);
      return gateway.fetch(request);
    },
    port: Number(PORT),
    hostname: HOST,
    silent: true,
    gracefulShutdown: false,
    // Bun closes connections that are silent for ten seconds; models think longer than that.
    bun: { idleTimeout: 0 },
    node: nodeLimits(timeouts),
  });
  reportStrays(console.error);
  drainOnSignal({ gateway, server }, console.error);
  await Promise.all([server.ready(), gateway.ready]);
  console.log(`sluice ready on ${server.url}`);
}
