import { connect } from "node:net";
import type { ServerResponse } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { guardHosts } from "../src/hosts.ts";
import { listen } from "../src/server.ts";
import type { Listening } from "../src/server.ts";

// A web page that calls this machine under a name of its own must not get through, on either way into the gateway.
let reached = 0;
const site = guardHosts(
  {
    fetch: () => (reached++, Promise.resolve(new Response("in"))),
    handle: async (_request, response) => (reached++, void (response as ServerResponse).end("in")),
  },
  ["my.box"],
);
const servers = new Map<string, Listening>();

beforeAll(async () => {
  const options = { port: 0, host: "127.0.0.1" };
  servers.set("handle", await listen(site, options));
  servers.set("fetch", await listen({ ...site, handle: null }, options));
});

afterAll(() => Promise.all([...servers.values()].map((server) => server.close(true))));

function call(way: string, target: string, ...hosts: string[]): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(servers.get(way)?.port ?? 0, "127.0.0.1");
    let text = "";
    socket.on("data", (data) => (text += data.toString()));
    socket.on("close", () => resolve(text));
    socket.write(
      [`GET ${target} HTTP/1.1`, ...hosts.map((host) => `host: ${host}`), "connection: close", "", ""].join("\r\n"),
    );
  });
}

describe.each(["fetch", "handle"])("a call by %s", (way) => {
  test.each([
    ["localhost"],
    ["localhost:4000"],
    ["LOCALHOST"],
    ["gateway.localhost"],
    ["127.0.0.1:4000"],
    ["127.1.2.3"],
    ["[::1]:4000"],
    ["my.box"],
    ["my.box:80"],
  ])("to %s is answered", async (host) => {
    expect(await call(way, "/", host)).toContain("in");
  });

  test.each([
    ["evil.test"],
    ["evil.test:4000"],
    ["localhost.evil.test"],
    ["evil.test#localhost"],
    ["127.0.0.1.evil.test"],
    ["notlocalhost"],
    ["10.0.0.1"],
    ["[::2]"],
    ["my.box.evil.test"],
  ])("to %s is refused", async (host) => {
    const before = reached;
    const answer = await call(way, "/", host);
    expect(answer).toMatch(/^HTTP\/1.1 4\d\d /);
    expect(answer).toContain("foreign_host");
    expect(reached).toBe(before);
  });

  test("with two hosts counts by the first, as the connection does", async () => {
    expect(await call(way, "/", "evil.test", "localhost")).not.toMatch(/\r\n\r\nin$/);
  });
});
