import { dialects } from "@sluice/dialects";
import { createWorld, upstreams } from "@sluice/testkit";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createGateway, definePlugin, defineProvider } from "../src/index.ts";
import type { ChatRequest, ModelRequest, Plugin } from "../src/index.ts";
import { become, defineLate } from "../src/late.ts";
import { chatRequest, replyOf, simulate, streamOf, vendor } from "./_simulated.ts";

// Large histories are decoded when somebody reads them, at whatever time of a request's life that is.
const filler = "x".repeat(9_000);
const long = { messages: [{ role: "user", content: filler }] };
/** A history that vendors might take, and that nobody here can read. */
const unreadable = { messages: [...long.messages, { role: "nobody", content: 1 }] };

const strays: unknown[] = [];
const note = (reason: unknown) => void strays.push(reason);
beforeEach(() => void process.on("unhandledRejection", note));
afterEach(async () => {
  await new Promise((resolve) => setTimeout(resolve, 5));
  process.off("unhandledRejection", note);
  expect(strays.splice(0)).toEqual([]);
});

const { usage: _, ...uncounted } = replyOf("hello") as { usage: object };
const uncountedStream = streamOf("hel", "lo").filter((event) => !event.includes('"usage"'));

describe("a history that cannot be read", () => {
  test.each([false, true])(
    "passes to a vendor that takes it, also when usage must be estimated (stream: %s)",
    async (stream) => {
      const { chat, world, receipts, gateway } = simulate();
      world.upstream("https://a.test", stream ? upstreams.streaming(uncountedStream) : upstreams.replying(uncounted));
      const { status, text } = await chat({ ...unreadable, stream });
      expect([status, text.includes("lo")]).toEqual([200, true]);
      expect(receipts).toMatchObject([
        { path: "byte", complete: true, usage_source: "estimated", usage: { input_tokens: 0 } },
      ]);
      expect(gateway.active).toBe(0);
    },
  );

  test("settles once when its reader leaves in the middle of the answer", async () => {
    const { world, receipts, gateway } = simulate();
    world.upstream("https://a.test", upstreams.hangingAfter(2, uncountedStream));
    const read = async () => {
      const response = await gateway.fetch(chatRequest({ ...unreadable, stream: true }));
      const reader = response.body?.getReader();
      await reader?.read();
      await reader?.cancel();
    };
    await world.run(read());
    expect(receipts).toMatchObject([{ complete: false, error: { code: "SLUICE_CLIENT_GONE" } }]);
    expect(gateway.active).toBe(0);
  });

  const looking = (request: ModelRequest) => (request as ChatRequest).messages.length;
  const readers: [string, Parameters<typeof definePlugin>[1]][] = [
    ["request", () => ({ request: (ctx) => void looking(ctx.request) })],
    ["request, by a copy", () => ({ request: (ctx) => ({ request: { ...ctx.request } }) })],
    ["request, later", () => ({ request: async (ctx) => void looking(ctx.request) })],
    ["route", () => ({ route: (plan, ctx) => (looking(ctx.request) ? plan : plan) })],
    ["respond", () => ({ respond: (ctx, next) => (looking(ctx.request) ? next() : next()) })],
    ["attempt", () => ({ attempt: async (ctx, _attempt, next) => (looking(ctx.request) ? next() : next()) })],
    ["stream", () => ({ stream: (events, ctx) => (looking(ctx.request) ? events : events) })],
  ];

  describe.each(["open", "closed"] as const)("where plugins fail %s", (onError) => {
    test.each(readers)("is the client's fault, told in its dialect, when it is read in %s", async (_stage, define) => {
      for (const stream of [false, true]) {
        const plugin = definePlugin("reader", () => ({ onError, ...define({}) }))();
        const { chat, world, receipts, gateway } = simulate({ plugins: [plugin as Plugin] });
        world.upstream(
          "https://a.test",
          stream ? upstreams.streaming(streamOf("x")) : upstreams.replying(replyOf("x")),
        );
        const { status, text } = await chat({ ...unreadable, stream });
        expect(text).toContain("SLUICE_REQUEST_INVALID");
        expect(text).toContain("messages[1].role");
        expect([200, 400]).toContain(status);
        expect(receipts).toMatchObject([{ complete: false, error: { code: "SLUICE_REQUEST_INVALID", status: 400 } }]);
        expect(gateway.active).toBe(0);
      }
    });
  });

  test("that is read in settle or afterwards breaks nothing", async () => {
    const plugin = definePlugin("late", () => ({
      settle: (ctx) => void looking((ctx as unknown as { request: ChatRequest }).request),
    }))();
    const { chat, world, receipts } = simulate({ plugins: [plugin] });
    world.upstream("https://a.test", upstreams.replying(replyOf("x")));
    expect((await chat(unreadable)).status).toBe(200);
    expect(receipts).toMatchObject([{ complete: true }]);
  });

  test("is skipped by a fallback that would have to translate it, and what the first vendor said stays", async () => {
    const world = createWorld({ seed: 1 });
    const other = defineProvider({
      id: "other",
      name: "Other",
      dialects,
      speaks: ["anthropic"],
      baseURL: "https://other.test",
      keyVariables: [],
      auth: { type: "none" },
    });
    const gateway = createGateway({ providers: [vendor("a")(), other()] }, world.ports);
    world.upstream("https://a.test", upstreams.refusing(503));
    world.upstream("https://other.test", upstreams.refusing(500));
    const response = await world.run(gateway.fetch(chatRequest({ ...unreadable, fallback: ["other/m"] })));
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      sluice: { skipped: [{ target: "other/m", reason: expect.stringContaining("messages[1].role") }] },
    });
    expect(world.calls.map(({ url }) => new URL(url).host)).toEqual(["a.test"]);
  });
});

describe("a large request", () => {
  test("reaches a vendor of another dialect with every member it came with", async () => {
    const world = createWorld({ seed: 1 });
    const seen: unknown[] = [];
    const plugin = definePlugin("same", () => ({
      request: ({ request }) =>
        request.operation === "chat"
          ? { request: { ...request, sampling: { ...request.sampling, temperature: 0.5 } } }
          : undefined,
    }))();
    const gateway = createGateway({ providers: [vendor("a")()], plugins: [plugin] }, world.ports);
    world.upstream("https://a.test", (call) => {
      seen.push(JSON.parse(new TextDecoder().decode(call.request.body ?? new Uint8Array())));
      return upstreams.replying(replyOf("x"))(call);
    });
    const prediction = { type: "content", content: "y".repeat(3_000) };
    const response = await world.run(gateway.fetch(chatRequest({ ...long, prediction })));
    expect(response.status).toBe(200);
    expect(seen).toMatchObject([{ ...long, prediction, temperature: 0.5 }]);
  });

  test("loses its extras and nothing else, wherever they stand", async () => {
    const seen: Record<string, unknown>[] = [];
    const { chat, world } = simulate();
    world.upstream("https://a.test", (call) => {
      seen.push(JSON.parse(new TextDecoder().decode(call.request.body ?? new Uint8Array())) as Record<string, unknown>);
      return upstreams.replying(replyOf("x"))(call);
    });
    const own = { own: "y".repeat(3_000) };
    await chat({ ...long, tags: { a: "1" }, extra_body: { timeout: 5, ...own } });
    expect(seen).toEqual([{ model: "m", ...long, extra_body: own }]);
  });

  test("names nothing twice", async () => {
    const { gateway, world } = simulate();
    const body = `{"model":"a/m","messages":${JSON.stringify(long.messages)},"m\\u0065ssages":[]}`;
    const headers = { "content-type": "application/json" };
    const request = new Request("http://gateway.test/v1/chat/completions", { method: "POST", headers, body });
    const response = await world.run(gateway.fetch(request));
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("SLUICE_REQUEST_DUPLICATE_FIELD");
    expect(world.calls).toEqual([]);
  });
});

describe("a late member", () => {
  const make = () => {
    let made = 0;
    const object: Record<string, unknown> = { early: 1 };
    defineLate(object, "late", () => ({ made: ++made }));
    return object;
  };

  test.each<[string, (object: Record<string, unknown>) => Record<string, unknown>]>([
    ["itself", (object) => object],
    ["frozen", (object) => Object.freeze(object)],
    ["sealed", (object) => Object.seal(object)],
    ["a spread", (object) => ({ ...object })],
    ["a clone", (object) => structuredClone(object)],
    ["JSON", (object) => JSON.parse(JSON.stringify(object)) as Record<string, unknown>],
    ["an heir", (object) => Object.create(object) as Record<string, unknown>],
    ["its descriptors", (object) => Object.defineProperties({}, Object.getOwnPropertyDescriptors(object))],
  ])("is plain data that is made once, in %s", (_name, copy) => {
    const object = copy(make());
    expect(object["late"]).toEqual({ made: 1 });
    expect(object["late"]).toBe(object["late"]);
  });

  test("may have any name, and be written instead of read", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "toString")), (name) => {
        const object = {};
        defineLate(object, name, () => [name]);
        expect(Object.keys(object)).toEqual([name]);
        expect((object as Record<string, unknown>)[name]).toEqual([name]);
        expect(Object.getPrototypeOf(object)).toBe(Object.prototype);
        const other = {};
        defineLate(other, name, () => [name]);
        (other as Record<string, unknown>)[name] = 1;
        become(other, "more", 2);
        expect(new Set(Object.values(other))).toEqual(new Set(name === "more" ? [2] : [1, 2]));
      }),
    );
  });
});
