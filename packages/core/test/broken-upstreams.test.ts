import { upstreams } from "@sluice/testkit";
import { describe, expect, test } from "vitest";
import { definePlugin } from "../src/index.ts";
import { chatRequest, readStream, replyOf, simulate, streamOf, vendor } from "./_simulated.ts";

const events = streamOf("one ", "two ", "three");
const sse = { "content-type": "text/event-stream" };
const outcomes = (receipts: ReturnType<typeof simulate>["receipts"]) =>
  receipts.at(-1)?.attempts.map(({ target, outcome }) => `${target} ${outcome}`);

describe("before any content", () => {
  test("an error body that never ends does not hold the request", async () => {
    const { world, chat, receipts } = simulate();
    world.upstream("https://a.test", () => [{ do: "head", status: 503 }, { do: "bytes", bytes: "{" }, { do: "hang" }]);
    world.upstream("https://b.test", upstreams.replying(replyOf("ok")));
    for (const stream of [false, true]) {
      expect((await chat({ stream, fallback: ["b/m"] })).status).toBe(200);
      expect(outcomes(receipts)).toEqual(["a/m overloaded", "b/m ok"]);
      expect(receipts.at(-1)?.total_ms).toBeLessThan(35_000);
    }
  });

  test("a flood of comments is given up, not kept", async () => {
    const { world, chat, receipts } = simulate();
    let sent = 0;
    world.upstream("https://a.test", function* () {
      yield { do: "head", status: 200, headers: sse };
      for (;;) {
        sent += 64 * 1024;
        yield { do: "bytes", bytes: `: ${"x".repeat(64 * 1024 - 4)}\n\n` };
      }
    });
    world.upstream("https://b.test", upstreams.streaming(events));
    const { text } = await chat({ stream: true, fallback: ["b/m"] });
    expect(readStream(text)).toMatchObject({ content: "one two three", finish: "stop" });
    expect(outcomes(receipts)).toEqual(["a/m protocol", "b/m ok"]);
    expect(sent).toBeLessThan(4 * 1024 * 1024);
  });

  test.each([600, 799, 999])("a status %i that HTTP does not have is no status for the client", async (status) => {
    const { world, chat, receipts } = simulate();
    world.upstream("https://a.test", upstreams.refusing(status));
    expect((await chat({})).status).toBe(502);
    expect(receipts).toHaveLength(1);
  });

  test("onUnknown: fail leaves what may have been done alone", async () => {
    const careful = definePlugin("careful", () => ({
      route: (plan) => ({ ...plan, policy: { ...plan.policy, onUnknown: "fail" as const } }),
    }));
    const { world, chat, receipts } = simulate({ plugins: [careful()] });
    world.upstream("https://a.test", upstreams.silentBeforeHeaders);
    const { text } = await chat({ stream: true, fallback: ["b/m"] });
    expect(outcomes(receipts)).toEqual(["a/m unknown"]);
    expect(readStream(text)).toMatchObject({ finish: null, error: { code: "timeout" } });
    world.upstream("https://a.test", upstreams.unreachable);
    world.upstream("https://b.test", upstreams.streaming(events));
    expect((await chat({ stream: true, fallback: ["b/m"] })).status).toBe(200);
  });

  test("a repeat at an upstream that failed needs room in its budget, also under another model's name", async () => {
    const { world, gateway, receipts } = simulate();
    world.upstream("https://a.test", (call) =>
      call.nth < 40 ? upstreams.refusing(503)(call) : upstreams.silentBeforeHeaders(call),
    );
    const ask = () => gateway.fetch(chatRequest({ model: "a/m", fallback: ["a/other"] })).then((r) => r.text());
    await world.run(Promise.all(Array.from({ length: 40 }, ask)));
    const repeats = receipts.reduce((sum, { attempts }) => sum + attempts.length - 1, 0);
    expect(repeats).toBeLessThanOrEqual(20);
  });
});

describe("F07: Retry-After", () => {
  const date = (ms: number) => new Date(Date.UTC(2026, 0, 1) + ms).toUTCString();
  test.each<[string, Record<string, string>, number]>([
    ["seconds", { "retry-after": "2" }, 2_000],
    ["a fraction of a second", { "retry-after": "0.5" }, 500],
    ["milliseconds", { "retry-after-ms": "1500", "retry-after": "2" }, 1_500],
    ["a date", { "retry-after": date(3_000), date: date(0) }, 3_000],
    ["a date that has passed", { "retry-after": date(0), date: date(9_000) }, 0],
    ["nonsense", { "retry-after": "soon" }, 0],
    ["a negative number", { "retry-after": "-5" }, 0],
  ])("as %s is waited for, never less", async (_name, headers, waitMs) => {
    const { world, chat, receipts } = simulate();
    world.upstream("https://a.test", (call) =>
      call.nth === 0 ? upstreams.refusing(429, headers)(call) : upstreams.replying(replyOf("now"))(call),
    );
    expect((await chat({})).status).toBe(200);
    const [first, second] = receipts[0]?.attempts ?? [];
    const waited = (second?.started_ms ?? 0) - (first?.started_ms ?? 0) - (first?.ms ?? 0);
    expect(waited).toBeGreaterThanOrEqual(waitMs);
    expect(waited).toBeLessThanOrEqual(waitMs * 1.2 + 1_000);
  });

  test.each(["99999999999999999999", "9".repeat(400), "86400"])("of %s is not waited for", async (value) => {
    const { world, chat } = simulate();
    world.upstream("https://a.test", upstreams.refusing(429, { "retry-after": value }));
    const { status, headers } = await chat({});
    expect(status).toBe(429);
    expect(Number(headers.get("retry-after"))).toBeLessThanOrEqual(86_400);
    expect(world.calls).toHaveLength(1);
  });

  test("a wait that the deadline does not allow is not begun", async () => {
    const { world, chat, receipts } = simulate();
    world.upstream("https://a.test", upstreams.refusing(429, { "retry-after": "3" }));
    expect((await chat({ timeout: 2 })).status).toBe(429);
    expect(receipts[0]?.total_ms).toBeLessThan(1_000);
  });
});

describe("secrets", () => {
  // Cut in half, so that it looks like no key to those who search sources for keys.
  const secret = `ops-${"Zk3Lw9".repeat(5)}+/=`;
  const gatewayWith = () => {
    const keyed = { ...vendor("a").definition, keyVariables: ["A_KEY"], auth: { type: "bearer" } } as const;
    return simulate({ providers: [{ provider: keyed, options: { apiKey: secret }, settings: {} }, vendor("b")()] });
  };
  const echoes = [
    secret,
    encodeURIComponent(secret),
    btoa(secret),
    JSON.stringify(secret).slice(1, -1),
    `${"x".repeat(990)}${secret}`,
    "sk-proj-0123456789abcdef",
  ];

  test.each(echoes)("an upstream that echoes one in an error tells nobody (%#)", async (echo) => {
    const { world, gateway, receipts } = gatewayWith();
    const told: unknown[] = [];
    for (const name of ["request:done", "attempt:done", "plugin:error"] as const)
      gateway.hooks.hook(name, (event: unknown) => void told.push(event));
    const error = { message: `Bad key ${echo}.`, type: echo, code: echo, param: echo };
    world.upstream("https://a.test", (call) =>
      call.nth === 0
        ? upstreams.replying({ error }, 400, { "x-request-id": echo })(call)
        : call.nth === 1
          ? upstreams.streaming([...events.slice(0, 2), `data: ${JSON.stringify({ error })}\n\n`])(call)
          : upstreams.replying({ error }, 200)(call),
    );
    const seen: string[] = [];
    for (const stream of [false, true, false]) {
      const response = await world.run(gateway.fetch(chatRequest({ stream })));
      seen.push(JSON.stringify([...response.headers]), await world.run(response.text()));
    }
    seen.push(JSON.stringify(receipts), JSON.stringify(told), JSON.stringify(world.log));
    const parts = [echo, echo.slice(-20, -4), secret.slice(0, 12)].filter((part) => part.length >= 10);
    for (const text of seen) for (const part of parts) expect(text).not.toContain(part);
  });
});

test("a header of an upstream cannot fill the answer's headers", async () => {
  const { world, chat } = simulate();
  world.upstream("https://a.test", upstreams.replying(replyOf("ok"), 200, { "x-request-id": "x".repeat(15_000) }));
  const { headers } = await chat({});
  expect(headers.get("x-sluice-upstream-request-id")?.length).toBeLessThanOrEqual(256);
});
