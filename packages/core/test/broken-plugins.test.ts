import { upstreams } from "@sluice/testkit";
import { describe, expect, test } from "vitest";
import { definePlugin } from "../src/index.ts";
import type { Plugin, StreamEvent } from "../src/index.ts";
import { chatRequest, readStream, replyOf, simulate, streamOf } from "./_simulated.ts";

/** What a plugin written without types may return. */
const untyped = (id: string, definition: object): Plugin => definePlugin(id, () => definition as never)();
const never = () => new Promise<never>(() => {});
const bug = () => {
  throw new Error("a bug");
};
/** A promise as other libraries make them. */
const thenable = (value: unknown): unknown => {
  const promise = Promise.resolve(value);
  return new Proxy({}, { get: (_target, name) => (name === "then" ? promise.then.bind(promise) : undefined) });
};
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
    ["request: text of any make of promise", { request: () => thenable("nonsense") }],
    ["respond: not even a promise", { respond: () => undefined }],
    ["respond: null", { respond: () => null }],
    ["attempt: null", { attempt: () => null }],
    ["respond: a throw", { respond: bug }],
    ["attempt: a throw", { attempt: bug }],
    ["request: a throw", { request: bug }],
    ["admit: a throw", { admit: bug }],
    ["admit: a rejection", { admit: async () => bug() }],
    ["respond: a rejection after next", { respond: async (_: unknown, next: () => unknown) => (await next(), bug()) }],
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

describe("a stage and what lies inside it", () => {
  type Next = () => Promise<unknown>;
  const own = { answer: null as unknown };
  const asks = definePlugin("asks", () => ({
    async respond(_ctx, next) {
      const answer = await next();
      own.answer = answer;
      return answer;
    },
  }));

  test("a promise of any make is as good as our own", async () => {
    const { chat, world } = withPlugins(
      untyped("makes", {
        admit: () => thenable({ name: "somebody" }),
        request: (ctx: { makes: object; request: object }) =>
          thenable({ request: { ...ctx.request, user: JSON.stringify(ctx.makes) } }),
        respond: (_: unknown, next: Next) => thenable(next()),
      }),
    );
    expect((await chat({})).status).toBe(200);
    expect(world.calls).toHaveLength(1);
  });

  test.each(["respond", "attempt"])("a failure that %s did not wait for is nobody's", async (stage) => {
    const strays: unknown[] = [];
    const note = (reason: unknown) => void strays.push(reason);
    process.on("unhandledRejection", note);
    const { chat: ask } = withPlugins(asks());
    await ask({});
    for (const [onError, rest] of [
      ["closed", bug],
      ["open", bug],
      ["closed", () => own.answer],
      ["closed", () => thenable(own.answer)],
    ] as const) {
      const begins = (...given: unknown[]) => (void (given.at(-1) as Next)(), rest());
      const { chat, world, gateway } = withPlugins(untyped("begins", { onError, [stage]: begins }));
      world.upstream("https://a.test", upstreams.refusing(400));
      const { status } = await chat({});
      expect(status).toBe(rest === bug ? (onError === "open" ? 400 : 500) : 200);
      await world.run(world.pause(1_000));
      expect(gateway.active).toBe(0);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
    process.off("unhandledRejection", note);
    expect(strays).toEqual([]);
  });

  test("calling next twice makes two calls, and the answer that is returned is the answer", async () => {
    const { chat, world, receipts } = withPlugins(
      untyped("twice", { respond: async (_: unknown, next: Next) => (await next(), next()) }),
    );
    expect((await chat({})).status).toBe(200);
    expect(world.calls).toHaveLength(2);
    expect(receipts).toMatchObject([{ attempts: [{ outcome: "ok" }, { outcome: "ok" }] }]);
  });

  test("calling next after it has answered changes nothing for the client", async () => {
    let later: Next | null = null;
    const { chat, world, gateway, receipts } = withPlugins(
      asks(),
      untyped("later", { respond: (_: unknown, next: Next) => ((later = next), Promise.resolve(own.answer)) }),
    );
    expect((await chat({})).status).toBe(200);
    await world.run((later as Next | null)?.().catch(() => {}) ?? Promise.resolve());
    expect([receipts.length, gateway.active]).toEqual([1, 0]);
  });

  test("its reports may be taken off their context", async () => {
    const { chat, receipts } = withPlugins(
      definePlugin("detached", () => ({
        request({ report, warn, log }) {
          report({ seen: true });
          warn("odd", "Something is odd.");
          log.info("seen");
        },
      }))(),
    );
    await chat({});
    expect(receipts).toMatchObject([{ detached: { seen: true }, warnings: [{ code: "odd" }] }]);
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
