import { upstreams } from "@sluice/testkit";
import { describe, expect, test } from "vitest";
import { definePlugin } from "../src/index.ts";
import { chatRequest, readStream, replyOf, simulate, streamOf } from "./_simulated.ts";

const outcomes = (receipts: ReturnType<typeof simulate>["receipts"]) =>
  receipts.at(-1)?.attempts.map(({ target, outcome }) => `${target} ${outcome}`);

describe("before the first content event", () => {
  test("429, then a hang, then a stream that dies: the client sees one clean answer and the receipt lists all", async () => {
    const { world, chat, receipts } = simulate({ attempts: 4 });
    world.upstream("https://a.test", (call) =>
      call.nth === 0 ? upstreams.refusing(429)(call) : upstreams.streaming(streamOf("hel", "lo"))(call),
    );
    world.upstream("https://b.test", upstreams.silentBeforeHeaders);
    world.upstream("https://c.test", upstreams.truncatingAfter(1, streamOf("lost")));
    const plan = { model: "a/m", fallback: ["b/m", "c/m", "a/other"], stream: true };

    const { status, text } = await chat(plan);
    const answer = readStream(text);
    expect({ status, ...answer, sluice: null }).toEqual({
      status: 200,
      content: "hello",
      finish: "stop",
      error: null,
      done: true,
      sluice: null,
    });
    expect(outcomes(receipts)).toEqual(["a/m rate", "b/m unknown", "c/m protocol", "a/other ok"]);
    expect(answer.sluice?.attempts).toEqual(receipts[0]?.attempts);
    expect(answer.sluice).toMatchObject({ complete: true, actual_model: "other", requested_model: "a/m" });
  });

  test.each([
    ["429", upstreams.refusing(429), "rate"],
    ["500", upstreams.refusing(500), "server"],
    ["503", upstreams.refusing(503), "overloaded"],
    ["401", upstreams.refusing(401), "credential"],
    ["silence before headers", upstreams.silentBeforeHeaders, "unknown"],
    ["silence after headers", upstreams.silentAfterHeaders, "stalled"],
    ["a reset after the role", upstreams.resettingAfter(1, streamOf("x")), "protocol"],
    ["a clean close after the role", upstreams.truncatingAfter(1, streamOf("x")), "protocol"],
  ])("%s falls back to the next target", async (_name, personality, outcome) => {
    const { world, chat, receipts } = simulate();
    world.upstream("https://a.test", personality);
    world.upstream("https://b.test", upstreams.streaming(streamOf("ok")));
    const { status, text } = await chat({ fallback: ["b/m"], stream: true });
    expect(status).toBe(200);
    expect(readStream(text)).toMatchObject({ content: "ok", finish: "stop", error: null });
    expect(outcomes(receipts)).toEqual([`a/m ${outcome}`, "b/m ok"]);
  });

  test("a refusal of the request itself is not repeated anywhere", async () => {
    const { world, chat, receipts } = simulate();
    world.upstream("https://a.test", upstreams.refusing(400));
    world.upstream("https://b.test", upstreams.replying(replyOf("never")));
    const { status } = await chat({ fallback: ["b/m"] });
    expect(status).toBe(400);
    expect(outcomes(receipts)).toEqual(["a/m invalid"]);
  });

  test("an operator's credential is never blamed on the caller", async () => {
    const { world, chat } = simulate();
    world.upstream("https://a.test", upstreams.refusing(401));
    const { status, text } = await chat({});
    expect(status).toBe(502);
    expect(JSON.parse(text).sluice.code).toBe("SLUICE_UPSTREAM_CREDENTIAL");
  });

  test("a plan of one target is a relay: 429 stays 429, with its Retry-After and no storm", async () => {
    const { world, chat, receipts } = simulate();
    world.upstream("https://a.test", upstreams.refusing(429, { "retry-after": "30" }));
    const { status, headers } = await chat({});
    expect(status).toBe(429);
    expect(headers.get("retry-after")).toBe("30");
    expect(outcomes(receipts)).toEqual(["a/m rate"]);
  });

  test("a short Retry-After is waited for, never less", async () => {
    const { world, chat, receipts } = simulate();
    world.upstream("https://a.test", (call) =>
      call.nth === 0 ? upstreams.refusing(429, { "retry-after": "2" })(call) : upstreams.replying(replyOf("now"))(call),
    );
    const { status } = await chat({});
    expect(status).toBe(200);
    const [first, second] = receipts[0]?.attempts ?? [];
    const waited = (second?.started_ms ?? 0) - (first?.started_ms ?? 0) - (first?.ms ?? 0);
    expect(waited).toBeGreaterThanOrEqual(2_000);
    expect(waited).toBeLessThanOrEqual(2_400);
  });

  test("the number of attempts is bounded", async () => {
    const { world, chat, receipts } = simulate();
    for (const id of ["a", "b", "c"]) world.upstream(`https://${id}.test`, upstreams.refusing(503));
    const { status } = await chat({ fallback: ["b/m", "c/m"], attempts: 2 });
    expect(status).toBe(503);
    expect(outcomes(receipts)).toHaveLength(2);
  });

  test("one deadline covers all attempts", async () => {
    const { world, chat, receipts } = simulate({ timeouts: { keepAliveMs: 100_000 } });
    for (const id of ["a", "b", "c"]) world.upstream(`https://${id}.test`, upstreams.silentBeforeHeaders);
    const { status, text } = await chat({ fallback: ["b/m", "c/m"], timeout: 45, stream: true });
    expect(JSON.parse(text).sluice.code).toBe("SLUICE_UPSTREAM_TIMEOUT");
    expect(status).toBe(504);
    expect(receipts[0]?.total_ms).toBe(45_000);
    expect(outcomes(receipts)).toHaveLength(2);
  });

  test("a slow start gets comments after a while, and fallback is still possible", async () => {
    const { world, chat, receipts } = simulate();
    world.upstream("https://a.test", upstreams.silentBeforeHeaders);
    world.upstream("https://b.test", upstreams.streaming(streamOf("late")));
    const { status, text } = await chat({ fallback: ["b/m"], stream: true });
    expect(status).toBe(200);
    expect(text.startsWith(":")).toBe(true);
    expect(readStream(text)).toMatchObject({ content: "late", finish: "stop", done: true });
    expect(outcomes(receipts)).toEqual(["a/m unknown", "b/m ok"]);
  });
});

describe("after the first content event", () => {
  test.each([
    ["a clean close without terminator", upstreams.truncatingAfter(3, streamOf("one ", "two ", "three"))],
    ["a reset", upstreams.resettingAfter(3, streamOf("one ", "two ", "three"))],
    ["silence", upstreams.hangingAfter(3, streamOf("one ", "two ", "three"))],
  ])("%s ends in an explicit error, never a clean finish", async (_name, personality) => {
    const { world, chat, receipts } = simulate();
    world.upstream("https://a.test", personality);
    world.upstream("https://b.test", upstreams.streaming(streamOf("never")));
    const { status, text } = await chat({ fallback: ["b/m"], stream: true });
    expect(status).toBe(200);
    const answer = readStream(text);
    expect(answer).toMatchObject({ content: "one two ", finish: null, done: true });
    expect(answer.error).toMatchObject({ code: "stream_interrupted" });
    expect(outcomes(receipts)).toEqual(["a/m truncated"]);
    expect(receipts[0]).toMatchObject({ complete: false, error: { reason: "stream_interrupted" } });
  });
});

describe("a client that leaves", () => {
  test("before headers cancels the upstream at once and is settled once", async () => {
    const { world, gateway, receipts } = simulate();
    world.upstream("https://a.test", upstreams.silentBeforeHeaders);
    const leaving = new AbortController();
    const response = gateway.fetch(chatRequest({}, { signal: leaving.signal }));
    await world.run(world.pause(100));
    leaving.abort();
    expect((await world.run(response)).status).toBe(499);
    expect(receipts.map(({ error, complete }) => [error?.code, complete])).toEqual([["SLUICE_CLIENT_GONE", false]]);
    expect(world.calls[0]?.acts.at(-1)).toBe("cancelled");
  });

  test("in the middle of a stream cancels the upstream and is settled once", async () => {
    const { world, gateway, receipts } = simulate();
    world.upstream("https://a.test", upstreams.hangingAfter(3, streamOf("one ", "two ", "three")));
    const response = await world.run(gateway.fetch(chatRequest({ stream: true })));
    const reader = response.body?.getReader();
    await world.run(reader?.read() ?? Promise.reject());
    await world.run(reader?.cancel() ?? Promise.reject());
    expect(receipts.map(({ error }) => error?.code)).toEqual(["SLUICE_CLIENT_GONE"]);
    expect(receipts[0]?.attempts[0]?.outcome).toBe("abort");
    expect(world.calls[0]?.acts.at(-1)).toBe("cancelled");
  });

  test("who never reads a single byte is settled all the same", async () => {
    const { world, gateway, receipts } = simulate();
    world.upstream("https://a.test", upstreams.streaming(streamOf("one")));
    const response = await world.run(gateway.fetch(chatRequest({ stream: true })));
    await world.run(response.body?.cancel() ?? Promise.reject());
    expect(receipts.map(({ error }) => error?.code)).toEqual(["SLUICE_CLIENT_GONE"]);
  });
});

test("no attempt is open when everything is answered", async () => {
  const seen: number[] = [];
  const watch = definePlugin("watch", () => ({
    route(plan, _ctx, world) {
      seen.push(...plan.targets.map((target) => world.health(target.id).inFlight));
      return plan;
    },
  }));
  const { world, chat } = simulate({ plugins: [watch()] });
  world.upstream("https://a.test", upstreams.resettingAfter(3, streamOf("one", "two")));
  await chat({ stream: true });
  await chat({ stream: true });
  expect(seen).toEqual([0, 0]);
});

test("a run is replayed exactly from its seed", async () => {
  const run = async (seed: number) => {
    const { world, chat } = simulate({}, seed);
    world.upstream("https://a.test", upstreams.refusing(503));
    world.upstream("https://b.test", upstreams.streaming(streamOf("a", "b")));
    await chat({ fallback: ["b/m"], stream: true });
    return world.trace.hash();
  };
  expect(await run(7)).toBe(await run(7));
});
