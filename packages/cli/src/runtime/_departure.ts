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
 * Bun closes idle connections together with the port, and whoever writes to one just then is reset. So they are told to
 * let go first, for as long as most clients keep an idle connection.
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
  // Not http's own `close`: it would cut idle connections, and whoever writes to one just then would be reset. They end by
  // their own time limit, which clients know.
  if (http) return new Promise((resolve) => void NetServer.prototype.close.call(http as NetServer, () => resolve()));
  await new Promise((resolve) => setTimeout(resolve, farewellMs));
  // Behind the turn in which waiting connections are taken: what still waits when the port closes is reset.
  await new Promise((resolve) => setImmediate(resolve));
  await server.close();
}
