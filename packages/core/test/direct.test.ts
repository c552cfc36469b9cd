import { createServer } from "node:http";
import type { RequestListener, Server as HttpServer } from "node:http";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import { dialects } from "@sluice/dialects";
import { createMockUpstream, type MockUpstream } from "@sluice/testkit";
import type { Server } from "srvx";
import { serve } from "srvx/node";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createGateway, definePlugin, defineProvider } from "../src/index.ts";
import type { Gateway } from "../src/index.ts";
import { readStream, streamOf, vendor } from "./_simulated.ts";

// On Node an answer is written to the socket directly. Here the same calls go that way and over web objects.
let upstream: MockUpstream;
let gateway: Gateway;
const servers = new Map<"fetch" | "handle", Server>();

/** Without pieces it never ends, and minds being left. */
function streamOfPieces(pieces: readonly (string | Error)[]): ReadableStream<Uint8Array> {
  const left = [...pieces];
  return new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      const piece = pieces.length === 0 ? "more " : left.shift();
      if (piece === undefined) controller.close();
      else if (typeof piece === "string") controller.enqueue(new TextEncoder().encode(piece));
      else controller.error(piece);
    },
    cancel() {
      throw new Error("a bug");
    },
  });
}

const redirects = definePlugin("redirects", () => ({
  routes: {
    "GET /v1/elsewhere": () => Response.redirect("http://localhost/v1/there", 307),
    "POST /v1/length": async (call) => ({ length: (await call.request.text()).length }),
    "GET /v1/cookies": () =>
      new Response("two", {
        headers: [
          ["set-cookie", "a=1; Path=/"],
          ["set-cookie", "b=2"],
          ["x-twice", "1"],
          ["x-twice", "2"],
        ],
      }),
    "GET /v1/empty": () => new Response(null, { status: 204, headers: { "x-own": "1" } }),
    "GET /v1/unchanged": () => new Response(null, { status: 304, headers: { etag: '"1"' } }),
    "GET /v1/nothing": () => new Response(null, { status: 200 }),
    "GET /v1/pieces": () => new Response(streamOfPieces(["one ", "", "two"])),
    "GET /v1/broken": () => new Response(streamOfPieces(["one ", new Error("a bug")])),
    "GET /v1/endless": () => new Response(streamOfPieces([])),
    "GET /v1/whereabouts": (call) => ({ url: call.request.url, method: call.request.method }),
  },
}));

beforeAll(async () => {
  upstream = await createMockUpstream();
  const real = defineProvider({
    id: "vendor",
    name: "Vendor",
    dialects,
    speaks: ["openai-chat"],
    baseURL: upstream.baseURL("openai-chat"),
    keyVariables: [],
    auth: { type: "bearer" },
  });
  gateway = createGateway({
    providers: [real({ apiKey: "sk-1" })],
    plugins: [redirects()],
    limits: { bodyBytes: 20_000 },
    receipt: "headers",
  });
  for (const way of ["fetch", "handle"] as const) {
    const server = serve({
      port: 0,
      hostname: "127.0.0.1",
      silent: true,
      gracefulShutdown: false,
      fetch: (request) => gateway.fetch(request),
    });
    await server.ready();
    if (way === "handle") {
      const http = server.node?.server as HttpServer;
      http.removeAllListeners("request").on("request", gateway.handle as RequestListener);
    }
    servers.set(way, server);
  }
});

afterAll(async () => {
  for (const server of servers.values()) await server.close(true);
  await gateway.close();
  await upstream.close();
});

const varying = ["date", "x-request-id", "request-id", "server-timing", "x-sluice-upstream-request-id"];
// How the body is framed is the server's business.
const framing = ["connection", "keep-alive", "transfer-encoding", "content-length"];

async function answerOf(way: "fetch" | "handle", path: string, init: RequestInit) {
  const url = new URL(path, servers.get(way)?.url);
  const response = await fetch(url, { redirect: "manual", ...init });
  const text = await response.text();
  const headers = Object.fromEntries(
    [...response.headers].filter(([name]) => ![...varying, ...framing].includes(name)),
  );
  return { status: response.status, headers, text: text.replaceAll(/req_[0-9a-z]{26}/g, "req_…") };
}

const chat = (body: object, headers: Record<string, string> = {}): [string, RequestInit] => [
  "/v1/chat/completions",
  {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ model: "vendor/gpt-5.1", messages: [{ role: "user", content: "héllo wörld" }], ...body }),
  },
];

describe("written directly and over web objects, the same bytes", () => {
  test.each<[string, [string, RequestInit]]>([
    ["a whole answer", chat({})],
    ["a stream", chat({ stream: true })],
    ["a stream with usage", chat({ stream: true, stream_options: { include_usage: true } })],
    ["a translated answer", ["/v1/messages", { ...chat({ max_tokens: 50 })[1] }]],
    ["a translated stream", ["/v1/messages", { ...chat({ max_tokens: 50, stream: true })[1] }]],
    ["an error of the vendor", chat({ model: "vendor/missing-model" })],
    ["an unknown model", chat({ model: "nobody/knows" })],
    ["a credential twice", chat({}, { authorization: "Bearer sk-1", "x-api-key": "sk-2" })],
    ["a body that is too large", chat({ x: "x".repeat(30_000) })],
    ["a malformed body", ["/v1/chat/completions", { ...chat({})[1], body: "{" }]],
    ["an empty body", ["/v1/chat/completions", { ...chat({})[1], body: "" }]],
    ["a model list", ["/v1/models?limit=1", {}]],
    ["health", ["/healthz", {}]],
    ["a path that is none", ["/v1/%2e%2e/x?key=1", {}]],
    ["a method that is none", ["/v1/chat/completions", { method: "DELETE" }]],
    ["a response of a plugin", ["/v1/elsewhere", {}]],
    ["a response with several cookies", ["/v1/cookies", {}]],
    ["a response without content", ["/v1/empty", {}]],
    ["a response that nothing has changed", ["/v1/unchanged", {}]],
    ["a response without a body", ["/v1/nothing", {}]],
    ["a response in pieces", ["/v1/pieces", {}]],
    ["a HEAD", ["/healthz", { method: "HEAD" }]],
    ["a plugin that reads the request itself", ["/v1/length", { method: "POST", body: "12345" }]],
  ])("for %s", async (_name, [path, init]) => {
    const over = await answerOf("fetch", path, init);
    expect(await answerOf("handle", path, init)).toEqual(over);
    expect(over.status).toBeGreaterThanOrEqual(200);
  });
});

/** What a connection brings on which these bytes are sent, without what varies. The client may leave after a while. */
function raw(way: "fetch" | "handle", pieces: readonly string[], leaveAfterMs = Infinity): Promise<string> {
  const { hostname, port } = new URL(servers.get(way)?.url ?? "");
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) });
    let text = "";
    socket.on("data", (data) => (text += data.toString()));
    socket.on("error", () => {});
    socket.on("close", () => resolve(settled(text)));
    void (async () => {
      for (const piece of pieces) {
        socket.write(piece);
        await new Promise((later) => setTimeout(later, 20));
      }
    })();
    if (leaveAfterMs < Infinity) setTimeout(() => socket.destroy(), leaveAfterMs);
  });
}

function settled(text: string): string {
  return text
    .replaceAll(/req_[0-9a-z]{26}/g, "req_…")
    .replaceAll(/^(date|server-timing|keep-alive|connection|transfer-encoding|content-length): .*\r\n/gim, "")
    .replaceAll(/"(total_ms|ms|ttft_ms|started_ms)":\d+/g, '"$1":0')
    .replaceAll(/(HTTP\/1.1 \d+) .*/g, "\r\n$1 ")
    .replaceAll(/upstream-request-id: \w+/g, "upstream-request-id: …")
    .replaceAll("http://_invalid_", "http://localhost")
    .toLowerCase();
}

/** Without its framing, which is the server's business. */
function linesOf(text: string): string[] {
  return text
    .split("\r\n")
    .filter((line) => !/^[0-9a-f]{0,4}$/.test(line))
    .toSorted();
}

const head = (line: string, ...headers: string[]) => [line, ...headers].join("\r\n") + "\r\n\r\n";
const close = "connection: close";

describe("on a bare connection, the same", () => {
  const body = JSON.stringify({ model: "vendor/gpt-5.1", messages: [{ role: "user", content: "hi" }] });
  const post = (...headers: string[]) =>
    head("POST /v1/chat/completions HTTP/1.1", "host: localhost", "content-type: application/json", ...headers);

  test.each<[string, string[], RegExp]>([
    [
      "a whole URL",
      [head("GET http://localhost/v1/whereabouts?a=1 HTTP/1.1", "host: localhost", close)],
      /whereabouts\?a=1/,
    ],
    ["a host that is none", [head("GET /v1/whereabouts HTTP/1.1", "host: a b", close)], / 200 /],
    ["a path with two slashes", [head("GET //v1/whereabouts HTTP/1.1", "host: localhost", close)], / 404 /],
    ["HTTP/1.0", [head("GET /healthz HTTP/1.0")], / 200 /],
    [
      "a client that waits for leave to send",
      [post("expect: 100-continue", close, `content-length: ${body.length}`), body],
      / 100 [^]* 200 /,
    ],
    [
      "a body in chunks",
      [post("transfer-encoding: chunked", close), `${body.length.toString(16)}\r\n${body}\r\n`, "0\r\n\r\n"],
      / 200 /,
    ],
    [
      "several requests at once",
      [post(`content-length: ${body.length}`) + body + head("GET /healthz HTTP/1.1", "host: localhost", close)],
      / 200 [^]* 200 /,
    ],
    [
      "a request after an error",
      [post("content-length: 1") + "{", head("GET /healthz HTTP/1.1", "host: localhost", close)],
      / 400 [^]* 200 /,
    ],
    [
      "a request after one that was too large",
      [post("content-length: 25000") + "x".repeat(25_000), head("GET /healthz HTTP/1.1", "host: localhost", close)],
      / 413 [^]* 200 /,
    ],
    ["nonsense", ["NONSENSE\r\n\r\n"], / 400 /],
    ["a length and chunks", [post("transfer-encoding: chunked", "content-length: 5", close) + "0\r\n\r\n"], / 400 /],
  ])("for %s", async (_name, pieces, expected) => {
    const over = await raw("fetch", pieces);
    const straight = await raw("handle", pieces);
    expect(straight).toMatch(expected);
    expect(linesOf(straight)).toEqual(linesOf(over));
  });
});

describe("a client that leaves", () => {
  const strays: unknown[] = [];
  const note = (reason: unknown) => void strays.push(reason);
  beforeEach(() => void process.on("unhandledRejection", note).on("uncaughtException", note));
  afterEach(async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off("unhandledRejection", note).off("uncaughtException", note);
    expect(strays.splice(0)).toEqual([]);
  });

  const long = JSON.stringify({ model: "vendor/gpt-5.1", stream: true, messages: [{ role: "user", content: "hi" }] });
  const post = (length: number) =>
    head(
      "POST /v1/chat/completions HTTP/1.1",
      "host: localhost",
      "content-type: application/json",
      `content-length: ${length}`,
    );

  test.each<[string, string[]]>([
    ["in its headers", ["POST /v1/chat/comp"]],
    ["before its body", [post(100)]],
    ["in its body", [post(100), "{"]],
    ["in its large body", [post(19_000), "{"]],
    ["behind its body", [post(long.length) + long]],
    ["in a plugin's answer", [head("GET /v1/endless HTTP/1.1", "host: localhost")]],
  ])("%s leaves nothing behind", async (_name, pieces) => {
    for (const afterMs of [1, 10, 40]) await raw("handle", pieces, afterMs);
    await expect.poll(() => gateway.active).toBe(0);
  });

  test("has half an answer of a plugin that broke, and sees that it is", async () => {
    const url = new URL("/v1/broken", servers.get("handle")?.url);
    await expect(fetch(url).then((response) => response.text())).rejects.toThrow("terminated");
  });

  test("while a stage is at work is not waited for", async () => {
    const waiting = definePlugin("waiting", () => ({
      admit: () => new Promise<void>((resolve) => setTimeout(resolve, 50)),
    }));
    const slow = createGateway({ providers: [vendor("slow")()], plugins: [waiting()] });
    const server = createServer(slow.handle as RequestListener);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    socket.write(post(long.length) + long);
    await expect.poll(() => slow.active).toBe(1);
    socket.destroy();
    await expect.poll(() => slow.active, { timeout: 5_000 }).toBe(0);
    await slow.close();
    server.close();
  });
});

test("a server that changes responses has one to change", async () => {
  const response = await gateway.fetch(new Request(`http://localhost${chat({})[0]}`, chat({})[1]));
  response.headers.set("x-own", "1");
  expect(response.headers.get("x-own")).toBe("1");
  expect(await response.json()).toMatchObject({ object: "chat.completion" });
});

test("a connection whose stream has ended carries the next call, also when the body ends later than the stream", async () => {
  const sockets = new Set<unknown>();
  const slowEnd = createServer((incoming, outgoing) => {
    sockets.add(incoming.socket);
    incoming.resume();
    outgoing.writeHead(200, { "content-type": "text/event-stream" });
    outgoing.write(streamOf("one", "two").join(""));
    setTimeout(() => outgoing.end(), 50);
  });
  await new Promise<void>((resolve) => slowEnd.listen(0, "127.0.0.1", resolve));
  const { port } = slowEnd.address() as AddressInfo;
  const slow = createGateway({ providers: [vendor("slow")({ baseURL: `http://127.0.0.1:${port}/v1` })] });
  for (let call = 0; call < 3; call++) {
    const response = await slow.fetch(
      new Request("http://localhost/v1/chat/completions", chat({ model: "slow/m", stream: true })[1]),
    );
    expect(readStream(await response.text())).toMatchObject({ content: "onetwo", finish: "stop" });
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  expect(sockets.size).toBe(1);
  await slow.close();
  slowEnd.close();
});
