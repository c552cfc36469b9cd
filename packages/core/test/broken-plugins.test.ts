import { upstreams } from "@sluice/testkit";
import { describe, expect, test } from "vitest";
import { definePlugin } from "../src/index.ts";
import type { Plugin, StreamEvent } from "../src/index.ts";
import { chatRequest, readStream, replyOf, simulate, streamOf } from "./_simulated.ts";

/** What a plugin written without types may return. */
const untyped = (id: string, definition: object): Plugin => definePlugin(id, () => definition as never)();
const never = () => new Promise<never>(() => {});
const codeOf = (text: string): string => JSON.parse(text).sluice.code;

function withPlugins(...plugins: Plugin[]) {
  const simulated = simulate({ plugins, timeouts: { stageMs: 1_000 } });
  simulated.world.upstream("https://a.test", ({ request }) => {
    const { stream } = JSON.parse(new TextDecoder().decode(request.body ?? new Uint8Array())) as { stream?: boolean };
    const personality = stream ? upstreams.streaming(streamOf("hel", "lo")) : upstreams.replying(replyOf("hello"));
    return personality({ request, nth: 0, random: () => 0 });
  });
  return simulated;
}

describe("nonsense from a stage", () => {
  test.each([
    ["request: text", { request: () => "nonsense" }],
    ["request: a request that is none", { request: () => ({ request: null }) }],
    ["request: an answer that is none", { request: () => ({ answer: {} }) }],
    ["route: nothing", { route: () => undefined }],
    ["route: a promise", { route: async (plan: unknown) => plan }],
    ["route: targets that are none", { route: (plan: object) => ({ ...plan, targets: ["a/m"] }) }],
    ["respond: nothing", { respond: async () => undefined }],
    ["respond: not even a promise", { respond: () => undefined }],
    ["respond: an answer that is none", { respond: async () => ({ kind: "reply" }) }],
    ["attempt: nothing", { attempt: async () => undefined }],
    ["attempt: a stream that is none", { attempt: async () => ({ kind: "stream", frames: [] }) }],
    ["stream: nothing", { stream: () => undefined }],
  ])("is the plugin's failure, or passed over when it fails open (%s)", async (_name, stage) => {
    const closed = withPlugins(untyped("broken", stage));
    const refused = await closed.chat({});
    expect([refused.status, codeOf(refused.text)]).toEqual([500, "SLUICE_PLUGIN_FAILED"]);
    expect(closed.world.log.some(({ message }) => message.includes('"broken"'))).toBe(true);
    expect(closed.receipts.length).toBeLessThanOrEqual(1);

    const open = withPlugins(untyped("broken", { onError: "open", ...stage }));
    expect((await open.chat({})).status).toBe(200);
  });

  test("an answer that a stream stage cut short or failed is no success, streamed or not", async () => {
    const cutting = definePlugin("cutting", () => ({
      async *stream(events) {
        for await (const event of events) if (event.type !== "end") yield event;
      },
    }));
    const failing = definePlugin("failing", () => ({
      async *stream(events): AsyncGenerator<StreamEvent> {
        for await (const event of events)
          yield event.type === "finish" ? { type: "error", failure: { class: "local", message: "blocked" } } : event;
      },
    }));
    for (const plugin of [cutting(), failing()]) {
      const { chat, receipts } = withPlugins(plugin);
      expect((await chat({})).status).toBeGreaterThanOrEqual(500);
      expect(readStream((await chat({ stream: true })).text).error).not.toBeNull();
      expect(receipts).toMatchObject([{ complete: false }, { complete: false }]);
    }
  });
});

describe("a stage that hangs", () => {
  const hanging = {
    respond: { respond: never },
    attempt: { attempt: never },
    stream: {
      async *stream(events: AsyncIterable<StreamEvent>) {
        for await (const event of events) {
          yield event;
          if (event.type === "text-delta") await never();
        }
      },
    },
  };

  test.each(["respond", "attempt", "stream"] as const)("in %s ends at the deadline", async (stage) => {
    for (const stream of [false, true]) {
      const { chat, receipts, gateway } = withPlugins(untyped("hanging", hanging[stage]));
      const { status, text } = await chat({ stream, timeout: 20 });
      const error = status === 200 ? readStream(text).error : JSON.parse(text).error;
      expect(error).toMatchObject({ code: "timeout" });
      expect(receipts).toMatchObject([{ complete: false, error: { code: "SLUICE_UPSTREAM_TIMEOUT" } }]);
      expect(gateway.active).toBe(0);
    }
  });

  test.each(["respond", "attempt", "stream"] as const)(
    "in %s holds nothing open once the client left",
    async (stage) => {
      for (const stream of [false, true]) {
        const { world, gateway, receipts } = withPlugins(untyped("hanging", hanging[stage]));
        const leaving = new AbortController();
        const request = chatRequest({ stream }, { signal: leaving.signal });
        void gateway.fetch(request).then(async (response) => {
          const reader = response.body?.getReader();
          leaving.signal.addEventListener("abort", () => void reader?.cancel());
          while (reader && !(await reader.read()).done);
        });
        await world.run(world.pause(200));
        leaving.abort();
        await world.run(world.pause(2_000));
        expect(receipts).toMatchObject([{ complete: false, error: { code: "SLUICE_CLIENT_GONE" } }]);
        expect([gateway.active, world.calls.filter(({ open }) => open)]).toEqual([0, []]);
        expect(request.signal.aborted).toBe(true);
      }
    },
  );

  test("a promise of any make has a stage's time", async () => {
    const thenable = new Proxy({}, { get: (_target, name) => (name === "then" ? () => {} : undefined) });
    const { chat } = withPlugins(untyped("hanging", { admit: () => thenable }));
    const { status, text } = await chat({});
    expect([status, codeOf(text)]).toEqual([500, "SLUICE_PLUGIN_TIMEOUT"]);
  });
});

describe("a plugin's route", () => {
  const get = async (handler: () => unknown) => {
    const simulated = withPlugins(untyped("page", { routes: { "GET /v1/page": handler } }));
    const done: number[] = [];
    simulated.gateway.hooks.hook("request:done", ({ status }) => void done.push(status));
    const response = await simulated.world.run(simulated.gateway.fetch(new Request("http://gateway.test/v1/page")));
    return { response, done, ...simulated };
  };

  test("that throws fails under the plugin's name", async () => {
    const { response, done, world } = await get(() => {
      throw new Error("a bug");
    });
    expect([response.status, codeOf(await response.text()), done]).toEqual([500, "SLUICE_PLUGIN_FAILED", [500]]);
    expect(world.log.some(({ message }) => message.includes('"page"'))).toBe(true);
  });

  test("may hand on any response, once", async () => {
    const { response, done } = await get(() => Response.redirect("http://gateway.test/elsewhere"));
    expect([response.status, response.headers.get("location"), done]).toEqual([
      302,
      "http://gateway.test/elsewhere",
      [302],
    ]);
    expect(response.headers.get("x-request-id")).toMatch(/^req_/);
    const broken = await get(() => Response.error());
    expect([broken.response.status, broken.done]).toEqual([500, [500]]);
  });

  test("that hangs ends when the client leaves", async () => {
    const simulated = withPlugins(untyped("page", { routes: { "GET /v1/page": never } }));
    const leaving = new AbortController();
    const request = new Request("http://gateway.test/v1/page", { signal: leaving.signal });
    const answer = simulated.gateway.fetch(request);
    leaving.abort();
    expect((await simulated.world.run(answer)).status).toBe(499);
    expect(simulated.gateway.active).toBe(0);
  });
});

describe("closing", () => {
  test("goes on past hooks and disposers that throw or hang", async () => {
    let disposed = 0;
    const counting = definePlugin("counting", () => ({ setup: () => () => void disposed++ }));
    const throwing = definePlugin("throwing", () => ({
      setup: () => () => {
        throw new Error("a bug");
      },
    }));
    const stuck = definePlugin("stuck", () => ({ setup: () => never, hooks: { "gateway:close": never } }));
    const { world, gateway } = withPlugins(counting(), throwing(), stuck());
    gateway.hooks.hook("gateway:close", () => {
      throw new Error("a bug");
    });
    await world.run(gateway.ready);
    await world.run(gateway.close());
    expect(disposed).toBe(1);
  });

  test("twice is once: nobody's answer is cut by the second call", async () => {
    const { world, gateway, chat } = withPlugins();
    const answer = chat({ stream: true });
    await world.run(Promise.resolve()).catch(() => {});
    const closed = [gateway.close(), gateway.close()];
    expect(readStream((await answer).text)).toMatchObject({ content: "hello", finish: "stop" });
    await Promise.all(closed);
  });
});
