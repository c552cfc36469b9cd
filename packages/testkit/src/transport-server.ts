import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { Worker } from "node:worker_threads";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { sample, type Seen, type TransportAddresses } from "./transport-cases.ts";

export interface TransportServer {
  addresses: TransportAddresses;
  close(): Promise<void>;
}

type Answer = (request: IncomingMessage, response: ServerResponse, seen: Seen) => void;

const mebibyte = 1024 * 1024;

/** A server on 127.0.0.1 that misbehaves on request. Also opens a refusing and a hanging port. */
export async function startTransportServer(): Promise<TransportServer> {
  const cases = new Map<string, Seen>();
  const handle = (request: IncomingMessage, response: ServerResponse) => answer(request, response, cases);
  const servers = [createServer(handle), createServer(handle)] as const;
  const [origin, otherOrigin] = [await listen(servers[0]), await listen(servers[1])];
  const hanging = await startHangingPort();

  return {
    addresses: { origin, otherOrigin, refusingOrigin: await closedPort(), hangingOrigin: hanging.origin },
    async close() {
      await hanging.close();
      await Promise.all(servers.map(stop));
    },
  };
}

function answer(request: IncomingMessage, response: ServerResponse, cases: Map<string, Seen>): void {
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  const id = url.searchParams.get("id") ?? "";
  const seen = cases.get(id) ?? { requests: 0, closed: 0, bytesWritten: 0 };
  if (url.pathname === "/seen") return void response.end(JSON.stringify(seen));

  cases.set(id, seen);
  seen.requests += 1;
  response.on("close", () => (seen.closed += response.writableFinished ? 0 : 1));
  const [, fault = "", argument = ""] = url.pathname.split("/");
  const reply = answers[fault];
  if (reply === undefined) return void response.writeHead(404).end();
  reply(Object.assign(request, { argument }), response, seen);
}

const answers: Record<string, Answer> = {
  status: (request, response) => response.writeHead(Number(argumentOf(request))).end("a body"),
  empty: (request, response) => response.writeHead(Number(argumentOf(request))).end(),
  echo: (request, response) => void echo(request, response),
  headers: (_, response) =>
    response.writeHead(200, ["X-Mixed-Case", "Kept As Is", "X-Twice", "one", "X-Twice", "two"]).end(),
  redirect: (_, response) => response.writeHead(302, { location: "/landed?id=landed" }).end("moved"),
  landed: (_, response) => response.end("landed"),
  "silent-before-headers": () => {},
  "silent-after-headers": (_, response) => void response.writeHead(200).write(sample),
  mebibytes: (request, response, seen) => pour(response, seen, Number(argumentOf(request)) * mebibyte),
  "reset-before-headers": (request) => request.socket.resetAndDestroy(),
  "reset-mid-body": (request, response) =>
    void response.writeHead(200).write(sample, () => request.socket.resetAndDestroy()),
  "cut-length": (request, response) =>
    void response.writeHead(200, { "content-length": sample.length * 2 }).write(sample, () => request.socket.end()),
  "cut-chunked": (request, response) => void response.writeHead(200).write(sample, () => request.socket.end()),
  gzip: (request, response) => offered(request, response, "gzip", gzipSync(sample)),
  deflate: (request, response) => offered(request, response, "deflate", deflateSync(sample)),
  "deflate-raw": (request, response) => offered(request, response, "deflate", deflateRawSync(sample)),
  br: (request, response) => offered(request, response, "br", brotliCompressSync(sample)),
  "gzip-twice": (_, response) => encoded(response, "gzip, gzip", gzipSync(gzipSync(sample))),
  "gzip-thrice": (_, response) => encoded(response, "gzip, gzip, gzip", gzipSync(gzipSync(gzipSync(sample)))),
  "unasked-for": (_, response) => encoded(response, "compress", gzipSync(sample)),
  "gzip-cut": (_, response) => encoded(response, "gzip", gzipSync(sample).subarray(0, -12)),
};

function argumentOf(request: IncomingMessage): string {
  return (request as IncomingMessage & { argument: string }).argument;
}

async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks = await Array.fromAsync(request);
  const body = Buffer.concat(chunks).toString();
  response.end(JSON.stringify({ method: request.method, headers: request.headers, body }));
}

/** Encodes what the other side says that it decodes. */
function offered(request: IncomingMessage, response: ServerResponse, encoding: string, body: Uint8Array): void {
  const offer = String(request.headers["accept-encoding"] ?? "").split(/[\s,;]+/);
  if (offer.includes(encoding)) encoded(response, encoding, body);
  else response.end(sample);
}

function encoded(response: ServerResponse, encoding: string, body: Uint8Array): void {
  response.writeHead(200, { "content-encoding": encoding, "content-length": body.byteLength }).end(body);
}

/** Writes as fast as the other side reads, and no faster. */
function pour(response: ServerResponse, seen: Seen, total: number): void {
  const chunk = Buffer.alloc(64 * 1024, "x");
  const write = () => {
    while (seen.bytesWritten < total) {
      seen.bytesWritten += chunk.byteLength;
      if (!response.write(chunk)) return void response.once("drain", write);
    }
    response.end();
  };
  response.writeHead(200);
  write();
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

async function closedPort(): Promise<string> {
  const server = createServer();
  const origin = await listen(server);
  await stop(server);
  return origin;
}

// Its thread sleeps right after `listen`, so nothing is ever accepted and the kernel's queue stays as full as we make it.
const sleepingListener = `
  const { parentPort } = require("node:worker_threads");
  const server = require("node:net").createServer();
  server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
`;

async function startHangingPort(): Promise<{ origin: string; close(): Promise<void> }> {
  const worker = new Worker(sleepingListener, { eval: true });
  const port = await new Promise<number>((resolve, reject) => worker.once("message", resolve).once("error", reject));
  const queued = await fillBacklog(port);
  return {
    origin: `http://127.0.0.1:${port}`,
    async close() {
      for (const socket of queued) socket.destroy();
      await worker.terminate();
    },
  };
}

/** Dials until a dial gets no answer. */
async function fillBacklog(port: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let connected = true; connected;) {
    const socket = connect(port, "127.0.0.1").on("error", () => {});
    sockets.push(socket);
    connected = await new Promise<boolean>((resolve) => {
      // After a late timer the loop still has to look at its sockets once.
      const timer = setTimeout(() => setImmediate(resolve, false), 100);
      socket.once("connect", () => (clearTimeout(timer), resolve(true)));
    });
    if (sockets.length > 64) throw new Error("This system never fills the queue of a port that accepts nothing.");
  }
  return sockets;
}
