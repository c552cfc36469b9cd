import { upstreams } from "@sluice/testkit";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { answerWith, defineErrors, definePlugin, maybe } from "../src/index.ts";
import type { GatewayConfig, Plugin, StreamEvent } from "../src/index.ts";
import { chatRequest, readStream, replyOf, simulate, streamOf, vendor } from "./_simulated.ts";

const withPlugins = (...plugins: Plugin[]) => {
  const simulated = simulate({ plugins, timeouts: { stageMs: 50 } });
  simulated.world.upstream("https://a.test", upstreams.replying(replyOf("hello")));
  return simulated;
};
const codeOf = (text: string): string => JSON.parse(text).sluice.code;
const acme = defineErrors("ACME", {
  TOO_LATE: (day: string) => ({ status: 403, message: `Closed on ${day}.`, hint: "Come back." }),
});

describe("stages", () => {
  test("run in list order on the way in and in reverse on the way out", async () => {
    const seen: string[] = [];
    const noisy = (id: string, order?: "pre" | "post") =>
      definePlugin(id, () => ({
        ...(order ? { order } : {}),
        admit: () => void seen.push(`${id} admit`),
        request: () => void seen.push(`${id} request`),
        route: (plan) => (seen.push(`${id} route`), plan),
        async respond(_ctx, next) {
          seen.push(`${id} respond`);
          const answer = await next();
          seen.push(`${id} responded`);
          return answer;
        },
        async attempt(_ctx, _attempt, next) {
          seen.push(`${id} attempt`);
          return next();
        },
        settle: () => void seen.push(`${id} settle`),
      }))();
    const { chat } = withPlugins(noisy("last", "post"), noisy("one"), noisy("two"), noisy("first", "pre"));
    expect((await chat({})).status).toBe(200);
    const order = (stage: string) =>
      seen.filter((each) => each.endsWith(` ${stage}`)).map((each) => each.split(" ")[0]);
    for (const stage of ["admit", "request", "route", "respond", "attempt"]) {
      expect(order(stage)).toEqual(["first", "one", "two", "last"]);
    }
    expect(order("responded")).toEqual(["last", "two", "one", "first"]);
    expect(order("settle")).toEqual(["last", "two", "one", "first"]);
  });

  test("a coded error is a verdict with its own code, and nothing is sent upstream", async () => {
    const closed = definePlugin("closed", () => ({
      admit() {
        throw acme.TOO_LATE("Sunday");
      },
    }));
    const { chat, world, receipts } = withPlugins(closed());
    const { status, text } = await chat({});
    expect(status).toBe(403);
    expect(JSON.parse(text)).toMatchObject({
      error: { message: "Closed on Sunday.", code: "acme_too_late" },
      sluice: { code: "ACME_TOO_LATE", hint: "Come back." },
    });
    expect(world.calls).toEqual([]);
    expect(receipts).toEqual([]);
  });

  test.each(["admit", "request", "route", "respond", "attempt"] as const)(
    "a throw in %s fails that request closed, or is passed over when the plugin fails open",
    async (stage) => {
      const broken = (onError: "open" | "closed") =>
        definePlugin("broken", () => ({
          onError,
          [stage]: () => {
            throw new Error("a bug");
          },
        }));
      const closed = withPlugins(broken("closed")());
      const refused = await closed.chat({});
      expect([refused.status, codeOf(refused.text)]).toEqual([500, "SLUICE_PLUGIN_FAILED"]);
      expect(refused.text).not.toContain("a bug");
      expect(closed.world.log.some(({ level, message }) => level === "error" && message.includes("broken"))).toBe(true);

      const open = withPlugins(broken("open")());
      expect((await open.chat({})).status).toBe(200);
    },
  );

  test("a stage that hangs is given up after its time", async () => {
    const hanging = definePlugin("hanging", () => ({ admit: () => new Promise<void>(() => {}) }));
    const { chat } = withPlugins(hanging());
    const { status, text } = await chat({});
    expect([status, codeOf(text)]).toEqual([500, "SLUICE_PLUGIN_TIMEOUT"]);
  });

  test("a broken settle stage neither breaks the answer nor the other plugins", async () => {
    let settled = 0;
    const counting = definePlugin("counting", () => ({ settle: () => void settled++ }));
    const broken = definePlugin("broken", () => ({
      settle() {
        throw new Error("a bug");
      },
    }));
    const { chat } = withPlugins(counting(), broken());
    expect((await chat({})).status).toBe(200);
    expect(settled).toBe(1);
  });

  test("request may answer at once, and may change the request for every dialect alike", async () => {
    const canned = definePlugin("canned", () => ({
      request(ctx) {
        if (ctx.request.operation !== "chat") return;
        if (ctx.request.model !== "a/canned")
          return { request: { ...ctx.request, sampling: { ...ctx.request.sampling, temperature: 0.5 } } };
        return {
          answer: answerWith({
            id: null,
            model: "canned",
            created: null,
            choices: [{ parts: [{ type: "text", text: "from the plugin" }], finish: "stop" }],
            usage: { inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0, reasoningTokens: 0 },
            warnings: [],
          }),
        };
      },
    }));
    const { chat, world, receipts } = withPlugins(canned());
    const { text } = await chat({ model: "a/canned", stream: true });
    expect(readStream(text)).toMatchObject({ content: "from the plugin", finish: "stop", done: true });
    expect(world.calls).toEqual([]);
    expect(receipts[0]).toMatchObject({ source: "plugin", attempts: [] });
    await chat({ temperature: 2 });
    expect(JSON.parse(world.calls[0]?.body ?? "")).toMatchObject({ temperature: 0.5 });
  });

  test("attempt may call again, and every call is an attempt of its own in the receipt", async () => {
    const twice = definePlugin("twice", () => ({
      async attempt(_ctx, _attempt, next) {
        try {
          return await next();
        } catch {
          return next();
        }
      },
    }));
    const { chat, world, receipts } = withPlugins(twice());
    world.upstream("https://a.test", (call) =>
      call.nth === 0 ? upstreams.refusing(401)(call) : upstreams.replying(replyOf("x"))(call),
    );
    expect((await chat({})).status).toBe(200);
    expect(receipts[0]?.attempts.map(({ outcome }) => outcome)).toEqual(["credential", "ok"]);
  });

  test("stream sees canonical events for streamed and unstreamed answers, and closes the byte path only when it acts", async () => {
    async function* shout(events: AsyncIterable<StreamEvent>): AsyncGenerator<StreamEvent> {
      for await (const event of events)
        yield event.type === "text-delta" ? { ...event, text: event.text.toUpperCase() } : event;
    }
    const shouting = definePlugin("shouting", () => ({
      extras: { shout: z.boolean().default(false) },
      stream: (events, ctx) => (ctx.extras.shout ? shout(events) : events),
    }));
    const { chat, world, receipts } = withPlugins(shouting());
    expect(JSON.parse((await chat({ shout: true })).text).choices[0].message.content).toBe("HELLO");
    world.upstream("https://a.test", upstreams.streaming(streamOf("hel", "lo")));
    expect(readStream((await chat({ shout: true, stream: true })).text)).toMatchObject({
      content: "HELLO",
      finish: "stop",
      done: true,
    });
    expect(readStream((await chat({ stream: true })).text).content).toBe("hello");
    expect(receipts.map(({ path }) => path)).toEqual(["codec", "codec", "byte"]);
  });

  test("a stream stage that breaks ends the answer with an error, never a clean finish", async () => {
    async function* breaking(events: AsyncIterable<StreamEvent>): AsyncGenerator<StreamEvent> {
      for await (const event of events) {
        if (event.type === "finish") throw new Error("a bug");
        yield event;
      }
    }
    const broken = definePlugin("broken", () => ({ stream: (events) => breaking(events) }));
    const { chat, world } = withPlugins(broken());
    world.upstream("https://a.test", upstreams.streaming(streamOf("hel", "lo")));
    const answer = readStream((await chat({ stream: true })).text);
    expect(answer).toMatchObject({ content: "hello", finish: null, error: { code: "sluice_plugin_failed" } });
  });

  test("settle runs exactly once, whatever happens", async () => {
    const outcomes: string[] = [];
    const ledger = definePlugin("ledger", () => ({
      settle: (_ctx, { result, receipt }) => void outcomes.push(`${result} ${receipt.complete}`),
    }));
    const { chat, world, gateway } = withPlugins(ledger());
    await chat({});
    await chat({ model: "nobody/knows" });
    world.upstream("https://a.test", upstreams.refusing(500));
    await chat({});
    world.upstream("https://a.test", upstreams.resettingAfter(2, streamOf("x", "y")));
    await chat({ stream: true });
    world.upstream("https://a.test", upstreams.hangingAfter(2, streamOf("x", "y")));
    const response = await world.run(gateway.fetch(chatRequest({ stream: true })));
    await world.run(response.body?.cancel() ?? Promise.reject());
    expect(outcomes).toEqual(["success true", "refusal false", "failure false", "failure false", "abort false"]);
  });
});

describe("context", () => {
  test("flows from admit to later stages, to plugins that use it, and into the receipt", async () => {
    const team = definePlugin("team", () => ({ admit: (ctx) => ({ name: ctx.headers.get("x-team") ?? "none" }) }));
    const tagged = definePlugin("tagged", () => ({
      uses: [team, maybe(team)],
      settle: (ctx) => ctx.report({ team: ctx.team?.name }),
    }));
    const { chat, receipts } = withPlugins(team(), tagged());
    const { text } = await chat({}, { headers: { "x-team": "search" } });
    expect(JSON.parse(text).sluice.tagged).toEqual({ team: "search" });
    expect(receipts[0]?.["tagged"]).toEqual({ team: "search" });
  });

  test("holds no credential or cookie, and the credential only as the caller's own", async () => {
    const seen: unknown[] = [];
    const spy = definePlugin("spy", () => ({
      admit(ctx) {
        seen.push(
          [...ctx.headers.keys()].filter((name) => ["authorization", "x-api-key", "cookie"].includes(name)),
          ctx.credential?.place,
        );
      },
    }));
    const { chat } = withPlugins(spy());
    await chat({}, { headers: { authorization: "Bearer sk-1", cookie: "a=b" } });
    expect(seen).toEqual([[], "authorization"]);
  });

  test("two gateways in one process never meet", async () => {
    const counter = definePlugin("counter", () => {
      let count = 0;
      return {
        admit: () => ({ count: ++count }),
        settle: (ctx) => ctx.report((ctx.counter as { count: number }).count),
      };
    });
    const [one, two] = [withPlugins(counter()), withPlugins(counter())];
    await one.chat({});
    await one.chat({});
    await two.chat({});
    expect([one.receipts, two.receipts].map((receipts) => receipts.map((each) => each["counter"]))).toEqual([
      [1, 2],
      [1],
    ]);
  });
});

describe("plugin routes", () => {
  const view = definePlugin("view", () => ({
    admit: (ctx) => {
      if (ctx.credential?.value === "bad") throw acme.TOO_LATE("Monday");
      return { who: ctx.credential?.value ?? "nobody" };
    },
    routes: { "GET /v1/view/:id": (call, ctx) => ({ id: call.params["id"], who: ctx.view.who }) },
  }));

  test("answer under the gateway's auth", async () => {
    const { gateway, world } = withPlugins(view());
    const get = (key: string) =>
      world.run(gateway.fetch(new Request("http://x/v1/view/7", { headers: { authorization: `Bearer ${key}` } })));
    expect(await (await get("sk-1")).json()).toEqual({ id: "7", who: "sk-1" });
    expect((await get("bad")).status).toBe(403);
  });
});

describe("lifecycle", () => {
  test("requests wait for set-up, readiness follows it, and close undoes it in reverse", async () => {
    const steps: string[] = [];
    const store = (id: string) =>
      definePlugin(id, () => ({
        async setup({ ports }) {
          await new Promise<void>((resolve) => void ports.timers.set(100, resolve));
          steps.push(`open ${id}`);
          return () => void steps.push(`close ${id}`);
        },
      }))();
    const { gateway, world, chat } = withPlugins(store("one"), store("two"));
    const ready = async () => (await gateway.fetch(new Request("http://x/readyz"))).status;
    expect(await ready()).toBe(503);
    expect((await chat({})).status).toBe(200);
    expect(await ready()).toBe(200);
    await world.run(gateway.close());
    await world.run(gateway.close());
    expect(await ready()).toBe(503);
    expect(steps).toEqual(["open one", "open two", "close two", "close one"]);
    expect((await chat({})).status).toBe(503);
  });

  test("closing lets answers finish, and ends what outlasts the grace with an in-band error", async () => {
    const { gateway, world } = withPlugins();
    world.upstream("https://a.test", upstreams.hangingAfter(2, streamOf("one", "two")));
    const response = await world.run(gateway.fetch(chatRequest({ stream: true })));
    const text = response.text();
    const closed = gateway.close({ graceMs: 5_000 });
    const answer = readStream(await world.run(text));
    await world.run(closed);
    expect(answer).toMatchObject({ content: "one", finish: null, error: { code: "shutting_down" } });
  });
});

describe("boot", () => {
  const config = (extra: object): GatewayConfig => ({ providers: [vendor("a")()], ...extra }) as GatewayConfig;
  const boot = (extra: object) => () => simulate(config(extra));
  const plain = (id: string, extra: object = {}) => definePlugin(id, () => extra as { order?: "pre" })();

  test.each([
    ["a misspelt field", { modles: {} }, "SLUICE_CONFIG_UNKNOWN_FIELD", 'Did you mean "models"?'],
    ["a misspelt limit", { limits: { bodyByte: 1 } }, "SLUICE_CONFIG_UNKNOWN_FIELD", 'Did you mean "bodyBytes"?'],
    [
      "a misspelt channel option",
      { providers: [vendor("a")({ apikey: "x" } as object)] },
      "SLUICE_CONFIG_UNKNOWN_FIELD",
      'Did you mean "apiKey"?',
    ],
    [
      "a misspelt stage",
      { plugins: [plain("x", { respnd: 1 })] },
      "SLUICE_CONFIG_UNKNOWN_FIELD",
      'Did you mean "respond"?',
    ],
    [
      "a misspelt model setting",
      { models: { m: { targets: ["a/m"], strategi: 1 } } },
      "SLUICE_CONFIG_UNKNOWN_FIELD",
      "Known: targets",
    ],
    ["a blank limit", { limits: { bodyBytes: 0 } }, "SLUICE_CONFIG_INVALID", "default"],
    ["a weight that is none", { providers: [vendor("a")({ weight: Number.NaN })] }, "SLUICE_CONFIG_INVALID", "for 1"],
    ["a negative multiplier", { providers: [vendor("a")({ multiplier: -1 })] }, "SLUICE_CONFIG_INVALID", "for 1"],
    [
      "a proxy that is no URL",
      { providers: [vendor("a")({ proxy: "here" })] },
      "SLUICE_CONFIG_INVALID",
      "http://host:port",
    ],
    ["two channels of one id", { providers: [vendor("a")(), vendor("a")()] }, "SLUICE_CONFIG_DUPLICATE", 'id: "a-2"'],
    ["two plugins of one id", { plugins: [plain("x"), plain("x")] }, "SLUICE_CONFIG_DUPLICATE", "Remove"],
    [
      "a plugin that was not called",
      { plugins: [definePlugin("x", () => ({}))] },
      "SLUICE_CONFIG_INVALID",
      "Call the factory",
    ],
    [
      "a plugin whose needs are missing",
      { plugins: [definePlugin("x", () => ({ uses: [definePlugin("y", () => ({}))] }))()] },
      "SLUICE_CONFIG_MISSING_PLUGIN",
      "Add y()",
    ],
    [
      "two claims of one extra",
      { plugins: [plain("x", { extras: { max: z.number() } }), plain("y", { extras: { max: z.number() } })] },
      "SLUICE_CONFIG_INVALID",
      "Leave one",
    ],
    ["a plugin with a name of ctx", { plugins: [plain("request")] }, "SLUICE_CONFIG_INVALID", "another id"],
    [
      "an unknown target",
      { models: { m: { targets: ["aa/m"] } } },
      "SLUICE_CONFIG_UNKNOWN_MODEL",
      'Did you mean "a/m"?',
    ],
    [
      "a circle of aliases",
      { models: { m: { targets: ["n"] }, n: { targets: ["m"] } } },
      "SLUICE_CONFIG_INVALID",
      "provider's model",
    ],
  ])("refuses %s and says what would fix it", (_name, extra, code, hint) => {
    expect(boot(extra)).toThrow(expect.objectContaining({ code, hint: expect.stringContaining(hint) }));
  });
});
