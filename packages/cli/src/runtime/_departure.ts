import type { IncomingMessage, ServerResponse } from "node:http";
import { Server as NetServer } from "node:net";
import type { Server, ServerRequest } from "srvx";

type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** What is served: a gateway, or whatever stands in front of it. */
export interface Site {
  readonly fetch: (request: Request) => Promise<Response>;
  /** Null where the runtime has no objects of Node. */
  readonly handle: Handle | null;
}

/** Lets a server leave its port to other processes without refusing anything: its clients go over to them. */
export interface Departure {
  fetch(request: ServerRequest): Promise<Response>;
  /** The same for Node's own objects, where the gateway takes those. */
  readonly handle: Handle | null;
  /** Takes no new connection, and tells clients to let go of theirs with their next answer. Resolves when none is left. */
  leave(server: Server): Promise<void>;
  /** Closes the server, whether it is leaving or not. */
  close(server: Server, force?: boolean): Promise<void>;
}

/**
 * Whoever writes to an idle connection just when it is closed is reset. So clients are told to let go first, for as long as
 * most of them pause.
 */
const farewellMs = 5000;

export function createDeparture({ fetch, handle }: Site): Departure {
  let left: Promise<void> | null = null;

  return {
    fetch: (request) => (left === null ? fetch(request) : lastAnswer(request)),
    handle:
      handle &&
      ((request, response) => {
        if (left !== null) response.shouldKeepAlive = false;
        return handle(request, response);
      }),
    leave: (server) => (left ??= leave(server)),
    close: (server, force = false) => (force || left === null ? server.close(force) : left),
  };

  async function lastAnswer(request: ServerRequest): Promise<Response> {
    const node = request.runtime?.node?.res;
    if (node && "shouldKeepAlive" in node) node.shouldKeepAlive = false;
    const response = await fetch(request);
    if (!node) response.headers.set("connection", "close");
    return response;
  }
}

async function leave(server: Server): Promise<void> {
  const http = server.node?.server;
  if (http && "closeIdleConnections" in http) {
    // Not http's own `close`, which cuts idle connections at once.
    const closed = new Promise<void>((resolve) => void NetServer.prototype.close.call(http, () => resolve()));
    // Those that an answer leaves idle from now on, and once, those that are idle already.
    http.keepAliveTimeout = farewellMs;
    const farewell = setTimeout(() => http.closeIdleConnections(), farewellMs);
    await closed;
    return clearTimeout(farewell);
  }
  // Bun closes them together with the port.
  await new Promise((resolve) => setTimeout(resolve, farewellMs));
  // Behind the turn in which waiting connections are taken: what still waits when the port closes is reset.
  await new Promise((resolve) => setImmediate(resolve));
  await server.close();
}
