import { Agent, type buildConnector, type Dispatcher, ProxyAgent } from "undici";
import { type Transport, TransportError, type TransportRequest } from "../ports.ts";
import { toOutgoing } from "./outgoing-request.ts";
import { acceptEncoding, Exchange } from "./undici-exchange.ts";

/**
 * Carries calls on Node with keep-alive pools: one for each outbound proxy and connect timeout.
 *
 * No proxy is taken from the environment. Waiting for an answer is not limited here: the core's timers abort the signal.
 */
export function createUndiciTransport(): Transport {
  const agents = new Map<string, Dispatcher>();
  const closing = new AbortController();

  return {
    async send(request) {
      const { url, headers } = toOutgoing(request);
      if (closing.signal.aborted) throw new TransportError("refused", "The transport is closed.");
      if (request.signal.aborted) throw new TransportError("connect", "The call was cancelled.", request.signal.reason);

      const exchange = new Exchange(request.signal);
      headers["accept-encoding"] = acceptEncoding;
      const { method, body } = request;
      agentFor(request).dispatch(
        { origin: url.origin, path: url.pathname + url.search, method, headers, body },
        exchange,
      );
      exchange.limitDial(request.connectTimeoutMs);
      return exchange.answer;
    },
    async close() {
      // Destroying an agent leaves its dials under way, and a hung one would hold up the process.
      closing.abort();
      await Promise.all([...agents.values()].map((agent) => agent.destroy()));
    },
  };

  function agentFor({ connectTimeoutMs, proxy }: TransportRequest): Dispatcher {
    // Whole seconds: callers may cut the timeout to what remains of a deadline, which must not make a pool each.
    const connectTimeout = Math.max(1, Math.ceil(connectTimeoutMs / 1000)) * 1000;
    const key = `${connectTimeout} ${proxy ?? ""}`;
    const known = agents.get(key);
    if (known !== undefined) return known;
    const agent = createAgent(connectTimeout, proxy, closing.signal);
    agents.set(key, agent);
    return agent;
  }
}

function createAgent(connectTimeout: number, proxy: string | undefined, closing: AbortSignal): Dispatcher {
  const options: Agent.Options = {
    connectTimeout,
    // HTTP/1.1 has one call on a connection, so that cancelling one closes a connection and concerns nobody else.
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    // Below the idle limits of common load balancers (60 s and more), above most pauses of a busy gateway.
    keepAliveTimeout: 30_000,
  };
  // Node's sockets take a signal; undici hands the option on, though its types do not have it.
  const dial = { signal: closing } as buildConnector.BuildOptions;
  if (proxy === undefined) return new Agent({ ...options, connect: dial });
  if (!URL.canParse(proxy)) throw new TransportError("refused", "The URL of the outbound proxy is not valid.");
  return new ProxyAgent({ ...options, uri: proxy, proxyTls: dial });
}
