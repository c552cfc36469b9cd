import type { Socket } from "node:net";
import { Agent, buildConnector, type Dispatcher, Pool, ProxyAgent } from "undici";
import { type Transport, TransportError, type TransportRequest } from "../ports.ts";
import { Outbound } from "./outgoing-request.ts";
import { lookupPublic } from "./public-address.ts";
import { acceptEncoding, Exchange } from "./undici-exchange.ts";

/**
 * Carries calls on Node with keep-alive pools: one for each outbound proxy and connect timeout, foreign addresses apart.
 *
 * No proxy is taken from the environment. Waiting for an answer is not limited here: the core's timers abort the signal.
 */
export function createUndiciTransport(): Transport {
  const agents = new Map<string, Dispatcher>();
  const dials = new Set<Socket>();
  const outbound = new Outbound();
  let closed = false;

  return {
    send(request) {
      try {
        return dispatch(request).answer;
      } catch (thrown) {
        return Promise.reject(thrown as Error);
      }
    },
    async close() {
      // Destroying an agent leaves its dials under way, and a hung one would hold up the process.
      closed = true;
      for (const socket of dials) socket.destroy(new Error("The transport was closed."));
      await Promise.all([...agents.values()].map((agent) => agent.destroy()));
    },
  };

  function dispatch(request: TransportRequest): Exchange {
    const { address, headers } = outbound.check(request);
    if (closed) throw new TransportError("refused", "The transport is closed.");
    // Before there is anything to fail: nobody hears of an exchange that is not returned.
    const agent = agentFor(request);
    const exchange = new Exchange(request);
    // It was aborted before anything was sent.
    if (exchange.over) return exchange;
    headers["accept-encoding"] = acceptEncoding;
    const { method, body } = request;
    const { origin, path } = address;
    // Pieces have no length of their own, and without one they would be sent in chunks.
    if (Array.isArray(body)) headers["content-length"] = String(body.reduce((sum, piece) => sum + piece.length, 0));
    agent.dispatch({ origin, path, method, headers, body: body as Dispatcher.DispatchOptions["body"] }, exchange);
    exchange.limitDial(request.connectTimeoutMs);
    return exchange;
  }

  function agentFor(request: TransportRequest): Dispatcher {
    const { connectTimeoutMs, proxy } = request;
    const isForeign = request.isForeign === true;
    // Whole seconds: callers may cut the timeout to what remains of a deadline, which must not make a pool each.
    const connectTimeout = Math.max(1, Math.ceil(connectTimeoutMs / 1000)) * 1000;
    const key = `${connectTimeout} ${isForeign} ${proxy ?? ""}`;
    const known = agents.get(key);
    if (known !== undefined) return known;
    const agent = createAgent(connectTimeout, proxy, isForeign, dials);
    agents.set(key, agent);
    return agent;
  }
}

function createAgent(
  connectTimeout: number,
  proxy: string | undefined,
  isForeign: boolean,
  dials: Set<Socket>,
): Dispatcher {
  const options: Agent.Options = {
    connectTimeout,
    // HTTP/1.1 has one call on a connection, so that cancelling one closes a connection and concerns nobody else.
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    // Below the idle limits of common load balancers (60 s and more), above most pauses of a busy gateway.
    keepAliveTimeout: 30_000,
  };
  if (proxy === undefined) {
    const dial = { timeout: connectTimeout, allowH2: false, ...(isForeign ? { lookup: lookupPublic } : {}) };
    return new Agent({ ...options, connect: noted(buildConnector(dial), dials) });
  }
  if (!URL.canParse(proxy)) throw new TransportError("refused", "The URL of the outbound proxy is not valid.");
  const clientFactory = (origin: URL, given: object) => {
    const { connect } = given as { connect: buildConnector.connector };
    return new Pool(origin, { ...given, connect: noted(connect, dials) });
  };
  return new ProxyAgent({ ...options, uri: proxy, clientFactory });
}

/** Notes a dial while it is under way. A signal of the transport would do, but Node's sockets never let go of one. */
function noted(connect: buildConnector.connector, dials: Set<Socket>): buildConnector.connector {
  return (options, callback) => {
    // It returns the socket, though its types do not say so.
    const socket = connect(options, (...result) => {
      dials.delete(socket);
      callback(...result);
    }) as unknown as Socket;
    dials.add(socket);
  };
}
