import type { TimeoutsConfig } from "@sluice/core";
import type { ServerResponse } from "node:http";
import type { ServerOptions } from "srvx";

/** Node looks for late clients in rounds, by default every 30 s; headers are late after a round less than 15 s. */
const roundMs = 1_000;
const headersMs = 15_000 - roundMs;
/** The gateway answers a late body with a 408 of its own; the server ends what the gateway does not read. */
const reserveMs = 5_000;
/**
 * Longer than load balancers keep an idle connection to us, 60 s mostly: whoever waits less closes it under a request that is
 * on its way. Node waits 5 s by default.
 */
const idleMs = 75_000;

/** Node's own limits for clients, all of them set: its defaults leave minutes for a body, and seconds for a pause. */
export function nodeLimits(timeouts?: TimeoutsConfig): ServerOptions["node"] {
  return {
    headersTimeout: headersMs,
    requestTimeout: headersMs + (timeouts?.clientBodyMs ?? 30_000) + reserveMs,
    connectionsCheckingInterval: roundMs,
    keepAliveTimeout: idleMs,
  };
}

/**
 * Closes a connection on Node whose client takes nothing of its answer, once all of it is written. Streams are watched by
 * the gateway on every runtime; whole answers are not its any more. Most are with the system by now, and cost no timer.
 */
export function limitStall(response: ServerResponse, timeouts?: TimeoutsConfig): void {
  if (!isStuck(response)) return;
  response.setTimeout(timeouts?.writeStallMs ?? 60_000, () => {
    if (isStuck(response)) response.socket?.destroy();
  });
}

function isStuck({ socket }: ServerResponse): boolean {
  return socket !== null && socket.writableLength > 0;
}
