import { type Ports, TransportError, type TransportResponse } from "@sluice/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as upstreams from "./personality.ts";
import { replay } from "./replay.ts";
import { createTimeline } from "./timeline.ts";
import { createWorld, type World } from "./world.ts";

const events = ["data: one\n\n", "data: two\n\n", "data: three\n\n"];
const [first, second] = ["https://first.test", "https://second.test"];

/** The smallest thing that behaves like a gateway: a first-byte timeout, one fallback, a pulled body, cancellation. */
function createToy(ports: Ports) {
  return {
    async fetch(request: Request): Promise<Response> {
      const { body } = await askEach([first, second], request.signal);
      const bytes = body[Symbol.asyncIterator]();
      const stream = new ReadableStream<Uint8Array>({
        async pull(controller) {
          const next = await bytes.next();
          if (next.done === true) controller.close();
          else controller.enqueue(next.value);
        },
        async cancel() {
          await bytes.return?.();
        },
      });
      return new Response(stream);
    },
    close: () => ports.transport.close(),
  };

  async function askEach([origin = "", ...others]: string[], signal: AbortSignal): Promise<TransportResponse> {
    try {
      const answer = await ask(origin, signal);
      if (answer.status === 200) return answer;
      ports.logger.warn("refused", { status: answer.status });
    } catch (error) {
      if (others.length === 0) throw error;
      ports.logger.warn("lost", { error });
    }
    if (others.length === 0) throw new Error("no upstream answered");
    return askEach(others, signal);
  }

  async function ask(origin: string, client: AbortSignal): Promise<TransportResponse> {
    const late = new AbortController();
    const cancelTimer = ports.timers.set(30_000, () => late.abort(new Error("first byte timeout")));
    try {
      return await ports.transport.send({
        method: "POST",
        url: `${origin}/v1/chat/completions`,
        headers: { "x-request-id": ports.id("req") },
        body: new TextEncoder().encode("{}"),
        credential: null,
        signal: AbortSignal.any([client, late.signal]),
        connectTimeoutMs: 3_000,
      });
    } finally {
      cancelTimer();
    }
  }
}

function toyWorld(primary: upstreams.Personality, fallback: upstreams.Personality = upstreams.streaming(events)) {
  const world = createWorld({ seed: 1 });
  world.upstream(first, primary);
  world.upstream(second, fallback);
  return { world, ...asking(world) };
}

function asking(world: World) {
  const toy = createToy(world.ports);
  const call = (signal?: AbortSignal) => toy.fetch(new Request("https://gateway.test/", { signal: signal ?? null }));
  return { call, ask: async () => (await call()).text() };
}

const actsOf = (world: World) => world.calls.map((call) => [call.origin, ...call.acts]);

describe("a world", () => {
  test("carries a stream in virtual time, at the pace of its upstream", async () => {
    const { world, ask } = toyWorld(upstreams.slow(events));
    expect(await world.run(ask())).toBe(events.join(""));
    expect(world.ports.clock.monotonic()).toBe(11_000);
    expect(world.ports.clock.now()).toBe(Date.UTC(2026, 0, 1) + 11_000);
  });

  test.each([
    ["refuses with 429", upstreams.refusing(429, { "retry-after": "1" }), 50],
    ["refuses with 500", upstreams.refusing(500), 50],
    ["is silent before the headers", upstreams.silentBeforeHeaders, 30_000],
    ["refuses the connection", upstreams.unreachable, 1],
    ["hangs in the dial", upstreams.undiallable, 3_000],
  ])("an upstream that %s costs its own time and no more", async (_, primary, costMs) => {
    const { world, ask } = toyWorld(primary);
    expect(await world.run(ask())).toBe(events.join(""));
    const whole = createWorld({ seed: 1 });
    whole.upstream(first, upstreams.streaming(events));
    await whole.run(asking(whole).ask());
    expect(world.ports.clock.monotonic() - whole.ports.clock.monotonic()).toBe(costMs);
    expect(world.log).toHaveLength(1);
  });

  test("a truncated answer ends early, a reset one fails", async () => {
    const truncated = toyWorld(upstreams.truncatingAfter(2, events));
    expect(await truncated.world.run(truncated.ask())).toBe(events.slice(0, 2).join(""));
    const reset = toyWorld(upstreams.resettingAfter(2, events));
    await expect(reset.world.run(reset.ask())).rejects.toThrow(TransportError);
  });

  test("says which upstream is silent when nothing can settle a promise any more", async () => {
    const { world, ask } = toyWorld(upstreams.silentAfterHeaders);
    await expect(world.run(ask())).rejects.toThrow(/^Deadlock at 50 ms: .* https:\/\/first\.test after head 200\.$/);
  });

  test("says so when virtual time runs on without end", async () => {
    const world = createWorld({ seed: 1 });
    const beat = (): void => void world.ports.timers.set(1_000, beat);
    beat();
    await expect(world.rest(60_000)).rejects.toThrow("Still going on after 60000 ms of virtual time.");
  });

  test("comes to rest once every timer is over", async () => {
    const world = createWorld({ seed: 1 });
    let rings = 0;
    world.ports.timers.set(3_000, () => (rings += 1));
    world.ports.timers.set(5_000, () => (rings += 1))();
    await world.rest();
    expect([rings, world.ports.clock.monotonic()]).toEqual([1, 3_000]);
  });

  test("a client that leaves cancels the upstream, before and in the middle of the body", async () => {
    const { world, call } = toyWorld(upstreams.hangingAfter(1, events));
    const early = new AbortController();
    const refused = world.run(
      call(early.signal).then(
        () => "answered",
        () => "gone",
      ),
    );
    early.abort();
    expect(await refused).toBe("gone");
    const response = await world.run(call());
    await world.run((async () => response.body?.cancel())());
    expect(world.calls.map((one) => one.acts.at(-1))).toEqual(["cancelled", "cancelled"]);
    expect(world.calls.some((one) => one.open)).toBe(false);
  });

  test("a reader that stops pulling stalls the upstream after one buffer", async () => {
    const world = createWorld({ seed: 1 });
    const kibibyte = "x".repeat(1024);
    world.upstream(first, upstreams.streaming(Array.from({ length: 1_000 }, () => kibibyte)));
    const response = await world.run(asking(world).call());
    await world.rest();
    const stalledAt = world.calls[0]?.acts.length ?? 0;
    expect(stalledAt).toBeLessThan(70);
    expect(await world.run(response.text())).toBe(kibibyte.repeat(1_000));
  });

  test("an upstream can be broken and healed, and keeps its turn", async () => {
    const { world, ask } = toyWorld(upstreams.inTurn(upstreams.refusing(503), upstreams.streaming(events)));
    await world.run(ask());
    await world.run(ask());
    world.upstream(first, upstreams.unreachable);
    await world.run(ask());
    expect(actsOf(world).map(([origin, act]) => [origin, act])).toEqual([
      [first, "head 503"],
      [second, "head 200"],
      [first, "head 200"],
      [first, "connect"],
      [second, "head 200"],
    ]);
  });

  test("a closed transport carries nothing", async () => {
    const world = createWorld({ seed: 1 });
    const toy = createToy(world.ports);
    await toy.close();
    await expect(world.run(toy.fetch(new Request("https://gateway.test/")))).rejects.toMatchObject({
      phase: "refused",
    });
  });
});

describe("a replay", () => {
  const scenario = async (world: World) => {
    const any = upstreams.anyOf(
      upstreams.streaming(events),
      upstreams.refusing(500),
      upstreams.truncatingAfter(1, events),
      upstreams.resettingAfter(1, events),
      upstreams.silentBeforeHeaders,
    );
    world.upstream(first, upstreams.jittered(any));
    world.upstream(second, upstreams.jittered(any));
    const { ask } = asking(world);
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        await world.pause(world.ports.random() * 1_000);
        await ask().catch((error: unknown) => world.ports.logger.error("failed", { error }));
      }),
    );
  };

  test("of one seed is the same run, line by line", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const once = await replay(seed, scenario);
        const twice = await replay(seed, scenario);
        expect(twice.lines).toEqual(once.lines);
        expect(twice.hash).toBe(once.hash);
      }),
      { numRuns: 20 },
    );
  });

  test("of other seeds is another run", async () => {
    const hashes = await Promise.all([1, 2, 3, 4, 5].map(async (seed) => (await replay(seed, scenario)).hash));
    expect(new Set(hashes).size).toBe(5);
  });

  test("names the seed of a failure", async () => {
    const broken = async () => Promise.reject(new Error("broken"));
    await expect(replay(42, broken)).rejects.toThrow("The scenario fails with seed 42.");
  });
});

test("timers ring in the order of their time, and of their setting where that is equal", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(50), fc.boolean())), (timers) => {
      const timeline = createTimeline(0);
      const rung: number[] = [];
      const cancels = timers.map(([delay], index) => timeline.set(delay, () => rung.push(index)));
      timers.forEach(([, cancelled], index) => cancelled && cancels[index]?.());
      while (timeline.step());
      const kept = timers
        .map(([delay], index) => ({ delay, index }))
        .filter((_, index) => timers[index]?.[1] === false);
      expect(rung).toEqual(kept.toSorted((a, b) => a.delay - b.delay).map(({ index }) => index));
    }),
  );
});
