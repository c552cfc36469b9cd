import { defineOperationDialect } from "../src/index.ts";
import type { FurtherCall, ResultBody } from "../src/index.ts";
import { dialects } from "@sluice/dialects";
import { upstreams, type Personality } from "@sluice/testkit";
import { describe, expect, test } from "vitest";
import { operate, vendor } from "./_operations.ts";

/** Pictures of a vendor that answers with where to ask next. */
const tasks = defineOperationDialect({
  id: "task-images",
  operation: "images",
  upstream: {
    route: () => ({ method: "POST", path: "/tasks" }),
    passHeaders: [],
    patchRequest: () => ({ set: {}, remove: [], warnings: [] }),
    encodeRequest: ({ prompt }) => ({ body: { prompt }, warnings: [] }),
    next({ json }: ResultBody, { headers }): FurtherCall | null {
      const at = headers.get("location") ?? (json as { next?: string } | undefined)?.next;
      const waitMs = (json as { wait?: number } | undefined)?.wait ?? 0;
      return at === undefined ? null : { method: "GET", at, waitMs };
    },
    decodeResult: ({ bytes }) => ({
      model: null,
      created: 1,
      images: [{ source: { kind: "data", mediaType: "image/png", data: btoa(String.fromCharCode(...bytes)) } }],
      usage: { inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0, reasoningTokens: 0 },
      warnings: [],
    }),
    decodeError: (status) => ({ class: status === 429 ? "rate" : "server", status, message: `HTTP ${status}` }),
  },
});

const tasking = (id: string) => vendor(id, ["task-images"], { dialects: [...dialects, tasks] });
const order = { model: "a/m", prompt: "A gate" };

describe("an answer that says where to ask further", () => {
  test("is followed, with waits, until there is a result", async () => {
    const { world, post, sent } = operate({ providers: [tasking("a")()] });
    const answers = [{ next: "/tasks/1", wait: 2_000 }, { next: "/tasks/1", wait: 2_000 }, { done: true }];
    world.upstream("https://a.test", (call) => upstreams.replying(answers.shift() ?? {})(call));
    const { status, json } = await post("/v1/images/generations", order);
    expect([status, json["data"]]).toEqual([200, [{ b64_json: btoa('{"done":true}') }]]);
    expect(sent.map(({ url }) => url)).toEqual([
      "https://a.test/v1/tasks",
      ...Array(2).fill("https://a.test/v1/tasks/1"),
    ]);
    expect(json["sluice"]).toMatchObject({ attempts: [{ outcome: "ok" }] });
    expect(json["sluice"].total_ms).toBeGreaterThanOrEqual(4_000);
  });

  test("leads to another host without the channel's credential, and to public names over https alone", async () => {
    const { world, post, sent } = operate({ providers: [tasking("a")({ headers: { "x-team": "gate" } })] });
    let next = "https://files.example/1.png";
    world.upstream("https://a.test", (call) => upstreams.replying({ next })(call));
    world.upstream("https://files.example", upstreams.replying({ bytes: true }));
    expect((await post("/v1/images/generations", order)).status).toBe(200);
    const { headers } = sent.at(-1) as (typeof sent)[number];
    expect(headers).toEqual({ accept: "*/*", "user-agent": "sluice" });
    const before = sent.length;
    for (next of [
      "http://files.example/1",
      "https://127.0.0.1/1",
      "https://localhost/1",
      "https://[::1]/1",
      "https://files.example:8443/1",
      "https://u:p@files.example/1",
      "file:///etc/passwd",
      "nonsense",
    ]) {
      const refused = await post("/v1/images/generations", order);
      expect([next, refused.status, refused.json["sluice"].code]).toEqual([next, 502, "SLUICE_UPSTREAM_BAD_RESPONSE"]);
    }
    expect(sent.slice(before).every(({ url }) => url === "https://a.test/v1/tasks")).toBe(true);
  });

  test("does not come home from another host with what the channel has", async () => {
    const { world, post, sent } = operate({ providers: [tasking("a")({ headers: { "x-team": "gate" } })] });
    const foreign: unknown[] = [];
    world.upstream("https://a.test", (call) => {
      foreign.push(call.request.isForeign ?? false);
      return upstreams.replying(call.request.method === "POST" ? { next: "https://files.example/1" } : {})(call);
    });
    world.upstream("https://files.example", upstreams.replying({ next: "https://a.test/v1/account" }));
    expect((await post("/v1/images/generations", order)).status).toBe(200);
    expect(sent.map(({ url, headers }) => [url, "x-team" in headers])).toEqual([
      ["https://a.test/v1/tasks", true],
      ["https://files.example/1", false],
      ["https://a.test/v1/account", false],
    ]);
    expect(foreign).toEqual([false, true]);
  });

  test.each([401, 403, 404, 429])("is nothing against the channel where another host answers %i", async (status) => {
    const { world, post, receipts } = operate({ providers: [tasking("a")()] });
    world.upstream("https://a.test", upstreams.replying({ next: "https://files.example/1" }));
    world.upstream("https://files.example", upstreams.refusing(status));
    expect((await post("/v1/images/generations", order)).status).toBeGreaterThanOrEqual(400);
    expect(receipts[0]?.attempts).toMatchObject([{ outcome: "protocol", status }]);
  });

  test("may be a redirect, which nobody else's answer may be", async () => {
    const redirecting: Personality = () => [
      { do: "head", status: 302, headers: { location: "https://files.example/1.png" } },
      { do: "end" },
    ];
    const { world, post, sent } = operate({ providers: [tasking("a")(), vendor("b", ["openai-images"])()] });
    world.upstream("https://a.test", redirecting);
    world.upstream("https://b.test", redirecting);
    world.upstream("https://files.example", upstreams.replying({ bytes: true }));
    expect((await post("/v1/images/generations", order)).status).toBe(200);
    expect(sent.at(-1)?.url).toBe("https://files.example/1.png");
    const refused = await post("/v1/images/generations", { ...order, model: "b/m" });
    expect([refused.status, sent.at(-1)?.url]).toEqual([502, "https://b.test/v1/images/generations"]);
  });

  test("that leads in a circle ends", async () => {
    const { world, post, sent } = operate({ providers: [tasking("a")()] });
    world.upstream("https://a.test", upstreams.replying({ next: "/tasks/1" }));
    expect((await post("/v1/images/generations", order)).status).toBe(502);
    expect(sent.length).toBeLessThan(10);
  });

  test.each([429, 500, 401, 400])("with %i after it is given up: what was begun is not begun again", async (status) => {
    const { world, post, sent, receipts } = operate({ providers: [tasking("a")(), tasking("b")()] });
    const personalities = [upstreams.replying({ next: "/tasks/1" }), upstreams.refusing(status)];
    world.upstream("https://a.test", (call) => (personalities.shift() ?? upstreams.replying({}))(call));
    world.upstream("https://b.test", upstreams.replying({}));
    const answer = await post("/v1/images/generations", { ...order, fallback: ["b/m"] });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(sent.map(({ url }) => url)).toEqual(["https://a.test/v1/tasks", "https://a.test/v1/tasks/1"]);
    expect(receipts[0]?.attempts).toHaveLength(1);
  });

  test.each([
    ["a moment in which nobody can say how far it is", [503, 429, 500], 200, 5],
    ["no more than three of them", [503, 503, 503, 503], 503, 5],
    ["none where the task is refused", [404], 404, 2],
  ])("survives %s", async (_, statuses, status, calls) => {
    const { world, post, sent } = operate({ providers: [tasking("a")()] });
    const answers = [
      upstreams.replying({ next: "/tasks/1", wait: 1_000 }),
      ...statuses.map((refused) => upstreams.refusing(refused)),
    ];
    world.upstream("https://a.test", (call) => (answers.shift() ?? upstreams.replying({ done: true }))(call));
    expect((await post("/v1/images/generations", order)).status).toBe(status);
    expect(sent).toHaveLength(calls);
    expect(sent.filter(({ url }) => url.endsWith("/tasks"))).toHaveLength(1);
  });

  test("ends with the deadline, and asks no more", async () => {
    const { world, post, sent } = operate({ providers: [tasking("a")()] });
    world.upstream("https://a.test", upstreams.replying({ next: "/tasks/1", wait: 1_000 }));
    expect((await post("/v1/images/generations", { ...order, timeout: 5 })).status).toBe(504);
    expect(sent.length).toBeLessThanOrEqual(6);
  });
});
