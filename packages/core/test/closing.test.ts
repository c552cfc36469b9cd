import { createWorld, upstreams } from "@sluice/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createGateway } from "../src/index.ts";
import type { Receipt, TransportRequest } from "../src/index.ts";
import { chatRequest, readStream, replyOf, streamOf, vendor } from "./_simulated.ts";

/** One request: when it comes, what it wants, and when its client leaves. */
const visit = fc.record({
  atMs: fc.nat(400),
  stream: fc.boolean(),
  leavesAfterMs: fc.option(fc.nat(300), { freq: 3, nil: Infinity }),
});

test("closing a gateway ends what it answers, tells everybody, and leaves its neighbour alone", async () => {
  const scene = fc.record({
    visits: fc.array(visit, { minLength: 1, maxLength: 8 }),
    closesAtMs: fc.nat(500),
    graceMs: fc.nat(300),
  });
  const run = fc.asyncProperty(scene, async ({ visits, closesAtMs, graceMs }) => {
    const world = createWorld({ seed: 1 });
    for (const host of ["https://a.test", "https://b.test"]) {
      world.upstream(host, (call) => {
        const { stream } = JSON.parse(new TextDecoder().decode(call.request.body ?? new Uint8Array())) as {
          stream?: boolean;
        };
        return (stream ? upstreams.streaming(streamOf("one", "two")) : upstreams.replying(replyOf("whole")))(call);
      });
    }
    const [closing, neighbour] = ["a", "b"].map((id) => {
      // Each has a transport of its own, as every host gives one.
      const transport = {
        send: (request: TransportRequest) => world.ports.transport.send(request),
        close: async () => {},
      };
      const gateway = createGateway({ providers: [vendor(id)()] }, { ...world.ports, transport });
      const receipts: Receipt[] = [];
      gateway.hooks.hook("request:done", ({ receipt }) => void (receipt && receipts.push(receipt)));
      return { id, gateway, receipts };
    }) as [Place, Place];

    const stay = async ({ id, gateway }: Place, { atMs, stream, leavesAfterMs }: (typeof visits)[number]) => {
      await world.pause(atMs);
      const leaving = new AbortController();
      if (leavesAfterMs < Infinity) void world.pause(leavesAfterMs).then(() => leaving.abort());
      const response = await gateway.fetch(chatRequest({ model: `${id}/m`, stream }, { signal: leaving.signal }));
      const text = await textOf(response, leaving.signal);
      return { status: response.status, whole: text.includes('"whole"') || readStream(text).finish === "stop" };
    };
    const everything = async () => {
      const closed = world.pause(closesAtMs).then(() => closing.gateway.close({ graceMs }));
      const others = Promise.all(visits.map((each) => stay(neighbour, { ...each, leavesAfterMs: Infinity })));
      const own = await Promise.all(visits.map((each) => stay(closing, each)));
      await closed;
      return { own, others: await others };
    };
    const { own, others } = await world.run(everything());

    expect(others.map(({ whole }) => whole)).toEqual(visits.map(() => true));
    expect(own.every(({ status }) => [200, 499, 503].includes(status))).toBe(true);
    expect([closing.gateway.active, neighbour.gateway.active]).toEqual([0, 0]);
    expect(neighbour.receipts).toHaveLength(visits.length);
    expect(new Set(closing.receipts.map(({ request_id }) => request_id)).size).toBe(closing.receipts.length);
    // A connection is read to its end behind the last event.
    await world.run(world.pause(5_000));
    expect(world.calls.filter(({ open }) => open)).toEqual([]);
  });
  await fc.assert(run, { numRuns: 100 });
});

interface Place {
  id: string;
  gateway: ReturnType<typeof createGateway>;
  receipts: Receipt[];
}

async function textOf(response: Response, leaving: AbortSignal): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  leaving.addEventListener("abort", () => void reader?.cancel());
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read())
    text += decoder.decode(read.value);
  return text;
}
