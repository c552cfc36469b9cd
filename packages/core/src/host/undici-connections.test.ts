import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { startTransportServer } from "@sluice/testkit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Transport, TransportRequest } from "../ports.ts";
import { createUndiciTransport } from "./undici-transport.ts";

describe("the connections of the undici transport", () => {
  let transport: Transport;
  let servers: Server[];
  beforeEach(() => {
    transport = createUndiciTransport();
    servers = [];
  });
  afterEach(async () => {
    await transport.close();
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
    vi.unstubAllEnvs();
  });

  test("are kept for the next call", async () => {
    const { url, sockets } = await serve();
    for (let call = 0; call < 3; call += 1) await read(url);
    expect(sockets.size).toBe(1);
  });

  test("are kept although what is left of a deadline differs", async () => {
    const { url, sockets } = await serve();
    for (const connectTimeoutMs of [3_000, 2_999, 2_500]) await read(url, { connectTimeoutMs });
    expect(sockets.size).toBe(1);
  });

  test("are never used again after a cancelled call (F40)", async () => {
    const { url, sockets } = await serve();
    const abort = new AbortController();
    const { body } = await send(`${url}endless`, { signal: abort.signal });
    await body[Symbol.asyncIterator]().next();
    abort.abort();
    expect(await read(url)).toBe("direct /");
    expect(sockets.size).toBe(2);
  });

  test("go through the proxy of the call, and only then", async () => {
    const { url } = await serve();
    const proxy = await serveProxy();
    expect(await read(url, { proxy: proxy.url })).toBe(`proxied ${url}`);
    expect(await read(url)).toBe("direct /");
  });

  test("take no proxy from the environment (S29)", async () => {
    const { url } = await serve();
    const proxy = await serveProxy();
    for (const name of ["HTTP_PROXY", "http_proxy", "ALL_PROXY"]) vi.stubEnv(name, proxy.url);
    expect(await read(url)).toBe("direct /");
  });

  test("to a proxy that is away, or has no valid address, fail before anything is sent", async () => {
    const { url } = await serve();
    const gone = await serve();
    gone.server.close();
    await expect(send(url, { proxy: gone.url })).rejects.toMatchObject({ phase: "connect" });
    await expect(send(url, { proxy: "not a url" })).rejects.toMatchObject({ phase: "refused" });
  });

  test("of a TLS upstream are tunnelled: a tunnel that the proxy refuses is a failed connection", async () => {
    const proxy = await serveProxy();
    await expect(send("https://127.0.0.1:1/", { proxy: proxy.url })).rejects.toMatchObject({ phase: "connect" });
    expect(proxy.tunnels).toEqual(["127.0.0.1:1"]);
  });

  test("under way when the transport closes are given up: nothing holds up the process", async () => {
    const faulty = await startTransportServer();
    const socketsBefore = openSockets();
    const dial = send(faulty.addresses.hangingOrigin, { connectTimeoutMs: 60_000 });
    const tunnel = send("https://127.0.0.1:1/", { connectTimeoutMs: 60_000, proxy: faulty.addresses.hangingOrigin });
    const ended = Promise.allSettled([dial, tunnel]);
    expect(openSockets()).toBe(socketsBefore + 2);
    await transport.close();
    expect((await ended).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await vi.waitUntil(() => openSockets() === socketsBefore);
    await faulty.close();
  });

  test("that are closed are forgotten: a transport that lives for months keeps none of them", async () => {
    const { url } = await serve();
    const sockets: WeakRef<object>[] = [];
    const note = (message: unknown) => void sockets.push(new WeakRef((message as { socket: object }).socket));
    subscribe("net.client.socket", note);
    for (let call = 0; call < 20; call += 1) {
      const { body } = await send(`${url}endless`);
      await body[Symbol.asyncIterator]().return?.();
    }
    unsubscribe("net.client.socket", note);
    expect(sockets).toHaveLength(20);
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const kept = () => (collect(), sockets.filter((socket) => socket.deref() !== undefined).length);
    await vi.waitUntil(() => kept() < 5, 5_000);
  });

  function openSockets(): number {
    return process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
  }

  async function read(url: string, call?: Partial<TransportRequest>): Promise<string> {
    const { body } = await send(url, call);
    const text = Buffer.concat(await Array.fromAsync(body)).toString();
    // A connection is free once undici has left the parser of its last answer.
    await setImmediate();
    return text;
  }

  function send(url: string, call: Partial<TransportRequest> = {}) {
    const { signal } = new AbortController();
    const defaults = {
      method: "GET",
      headers: {},
      body: null,
      credential: null,
      signal,
      connectTimeoutMs: 3_000,
    } as const;
    return transport.send({ ...defaults, url, ...call });
  }

  async function serve() {
    const sockets = new Set<Socket>();
    const server = createServer((request, response) => {
      if (request.url === "/endless") response.write("more");
      else response.end(`direct ${request.url}`);
    });
    server.on("connection", (socket) => sockets.add(socket));
    return { url: await listen(server), server, sockets };
  }

  async function serveProxy() {
    const tunnels: string[] = [];
    const server = createServer((request, response) => response.end(`proxied ${request.url}`));
    server.on("connect", (request, socket: Socket) => {
      tunnels.push(request.url ?? "");
      const port = Number(request.url?.split(":").at(-1));
      connect(port, "127.0.0.1").on("error", () => socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
    });
    return { url: await listen(server), tunnels };
  }

  async function listen(server: Server): Promise<string> {
    servers.push(server);
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }
});
