import { createServer } from "node:http";
import type { RequestListener, Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dialects } from "@sluice/dialects";
import { createMockUpstream, type MockUpstream } from "@sluice/testkit";
import type { Server } from "srvx";
import { serve } from "srvx/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createGateway, definePlugin, defineProvider } from "../src/index.ts";
import type { Gateway } from "../src/index.ts";
import { readStream, streamOf, vendor } from "./_simulated.ts";

// On Node an answer is written to the socket directly. Here the same calls go that way and over web objects.
let upstream: MockUpstream;
let gateway: Gateway;
const servers = new Map<"fetch" | "handle", Server>();

const redirects = definePlugin("redirects", () => ({
  routes: {
    "GET /v1/elsewhere": () => Response.redirect("http://localhost/v1/there", 307),
    "POST /v1/length": async (call) => ({ length: (await call.request.text()).length }),
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
    ["a plugin that reads the request itself", ["/v1/length", { method: "POST", body: "12345" }]],
  ])("for %s", async (_name, [path, init]) => {
    const over = await answerOf("fetch", path, init);
    expect(await answerOf("handle", path, init)).toEqual(over);
    expect(over.status).toBeGreaterThanOrEqual(200);
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
