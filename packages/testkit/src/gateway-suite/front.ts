import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One call as a cloud gets it. Header names are lower-case. */
export interface FrontCall {
  method: string;
  /** Path and query, as they came. */
  url: string;
  headers: Readonly<Record<string, string>>;
  body: Buffer;
}

export interface FrontAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string | Uint8Array | AsyncIterable<Uint8Array>;
}

/** What a cloud makes of a call. `ask` puts it to what stands behind; it ends when the caller leaves. */
export type Front = (
  call: FrontCall,
  ask: (path: string, init: RequestInit) => Promise<Response>,
) => Promise<FrontAnswer>;

export interface RunningFront {
  /** `http://127.0.0.1:<port>`, without a slash. */
  readonly url: string;
  readonly calls: readonly FrontCall[];
  close(): Promise<void>;
}

/**
 * Puts a cloud's own wire (addresses, credentials, framing) in front of another server, e.g. the mock upstream. `behind` is
 * its address, or a function where that is known later.
 */
export async function startFront(front: Front, behind: string | (() => string)): Promise<RunningFront> {
  const calls: FrontCall[] = [];

  async function handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const left = new AbortController();
    response.once("close", () => left.abort());
    const call = await readCall(message);
    calls.push(call);
    const ask = (path: string, init: RequestInit) =>
      fetch((typeof behind === "string" ? behind : behind()) + path, { ...init, signal: left.signal });
    const { status, headers, body } = await front(call, ask);
    response.writeHead(status, headers);
    if (typeof body === "string" || body instanceof Uint8Array) return void response.end(body);
    for await (const piece of body) {
      if (!response.write(piece)) await Promise.race([onceOf(response, "drain"), onceOf(response, "close")]);
    }
    response.end();
  }

  // What breaks behind, breaks here.
  const server = createServer((message, response) => void handle(message, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readCall(message: IncomingMessage): Promise<FrontCall> {
  const pieces: Buffer[] = [];
  for await (const piece of message) pieces.push(piece as Buffer);
  const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, String(value)]));
  return { method: message.method ?? "GET", url: message.url ?? "/", headers, body: Buffer.concat(pieces) };
}

function onceOf(response: ServerResponse, event: string): Promise<void> {
  return new Promise((resolve) => void response.once(event, () => resolve()));
}
