import { once } from "node:events";
import { readFileSync } from "node:fs";
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { heldBytes, startFlood, type Flood } from "../_flood.ts";
import { ask, serve, type Served } from "./_gateway.ts";
import { chat, openWire, post, type Wire } from "./_wire.ts";

let gateway: Served;
beforeAll(async () => {
  gateway = await serve();
}, 60_000);
afterAll(() => gateway.close());
afterEach(() => {
  expect(gateway.stderr()).toBe("");
  gateway.upstream.reset();
});

const words = "one two three four five six";

describe("F24, F25: a client that leaves", () => {
  test.each([
    ["before the headers of a whole answer", "hang", false, 0],
    ["in the middle of a whole answer", "stall:1", false, 0],
    ["before the headers of a stream", "hang", true, 0],
    ["before the first content", "silence", true, 0],
    ["in the middle of a stream", "stall:2", true, 1],
    ["between two bytes of an event", "trickle:1", true, 1],
  ] as const)("%s cancels the upstream and is settled once", async (_name, fault, stream, events) => {
    const asked = gateway.done.length;
    gateway.upstream.script([fault]);
    const leaving = new AbortController();
    const reading = ask(gateway.url, { stream, content: words, signal: leaving.signal }).then(async (response) => {
      const reader = response.body?.getReader();
      for (let event = 0; reader && event < events; event++) await reader.read();
      leaving.abort();
    });
    reading.catch(() => {});
    const request = await gateway.upstream.nextRequest();
    if (events === 0) setTimeout(() => leaving.abort(), 50);
    await reading.catch(() => {});
    // The upstream never ends by itself, and no limit of the gateway is that near.
    expect(await request.ended).toBe("aborted");
    const [done, ...more] = (await gateway.settled(asked + 1)).slice(asked);
    expect(done).toMatchObject({ error: { code: "SLUICE_CLIENT_GONE" }, receipt: { complete: false } });
    expect(more).toEqual([]);
    expect(gateway.upstream.requests).toHaveLength(1);
  });

  test("with the SDK of each vendor is noticed alike", async () => {
    gateway.upstream.script(["stall:2", "stall:2", "stall:2"]);
    const openai = new OpenAI({ apiKey: "any", baseURL: `${gateway.url}/v1`, maxRetries: 0 });
    const anthropic = new Anthropic({ apiKey: "any", baseURL: gateway.url, maxRetries: 0 });
    const google = new GoogleGenAI({ apiKey: "any", httpOptions: { baseUrl: `${gateway.url}/gemini` } });
    const messages = [{ role: "user" as const, content: words }];
    const leave = new AbortController();
    const streams: AsyncIterable<unknown>[] = [
      await openai.chat.completions.create({ model: "openai", messages, stream: true }, { signal: leave.signal }),
      await anthropic.messages.create(
        { model: "anthropic", messages, max_tokens: 100, stream: true },
        { signal: leave.signal },
      ),
      await google.models.generateContentStream({
        model: "gemini",
        contents: words,
        config: { abortSignal: leave.signal },
      }),
    ];
    const reading = streams.map(async (stream) => {
      for await (const _ of stream);
    });
    setTimeout(() => leave.abort(), 200);
    await Promise.allSettled(reading);
    for (const request of gateway.upstream.requests) expect(await request.ended).toBe("aborted");
    expect(gateway.upstream.requests).toHaveLength(3);
  });

  test("in the middle of its own body asks nobody, and breaks nothing", async () => {
    const asked = gateway.done.length;
    const wire = openWire(gateway.port);
    wire.write(post(chat("half"), { "content-length": "9999" }));
    setTimeout(() => wire.socket.destroy(), 100);
    const [done] = (await gateway.settled(asked + 1)).slice(asked);
    expect(done).toMatchObject({ status: 499, error: { code: "SLUICE_CLIENT_GONE" } });
    expect(gateway.upstream.requests).toEqual([]);
  });
});

test("F32: a client that stalls stops the upstream, and is gone after the write stall", async () => {
  const flood = await startFlood();
  const served = await serveFlood(flood, "timeouts: { writeStallMs: 1_000 },");
  const wire = await stalledReader(served);
  await flood.left();
  const [done] = await served.settled(1);
  expect(done).toMatchObject({ error: { code: "SLUICE_CLIENT_GONE" }, receipt: { complete: false } });
  // What the system buffers on two connections, and what the gateway does.
  expect(flood.taken()).toBeLessThan(heldBytes);
  const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${served.pid}/status`, "utf8")) ?? [];
  expect(Number(kilobytes)).toBeLessThan(300 * 1024);
  wire.socket.destroy();
  flood.close();
  await served.close();
}, 60_000);

test("F32: each of many clients that stall costs less than half a megabyte", async () => {
  const flood = await startFlood();
  const served = await serveFlood(flood);
  const wires = [await stalledReader(served)];
  await flood.still();
  // What the first one cost is the code that it woke.
  const before = await heldBy(served);
  const readers = 40;
  for (let reader = 0; reader < readers; reader++) wires.push(await stalledReader(served));
  expect(await flood.still()).toBeLessThan((readers + 1) * heldBytes);
  const after = await heldBy(served);
  expect((after - before) / readers).toBeLessThan(512 * 1024);
  for (const { socket } of wires) socket.destroy();
  await flood.left();
  flood.close();
  await served.close();
}, 60_000);

function serveFlood(flood: Flood, more = ""): Promise<Served> {
  return serve(
    `${more} plugins: [floods(), memory()]`,
    `import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { openai as extra } from "@sluice/provider-openai";
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");
const memory = definePlugin("memory", () => ({
  routes: {
    "GET /memory": async () => {
      // What the first finds is given back behind it.
      for (let round = 0; round < 3; round++) {
        collect();
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return process.memoryUsage();
    },
  },
}));
const floods = definePlugin("floods", () => ({
  providers: [extra({ id: "flood", baseURL: "${flood.url}", apiKey: "key-of-flood" })],
}));`,
  );
}

/** A client that reads the beginning of an answer, and no more. */
async function stalledReader({ port }: Served): Promise<Wire> {
  const wire = openWire(port);
  wire.write(post(JSON.stringify({ model: "flood/m", stream: true, messages: [{ role: "user", content: "hi" }] })));
  await once(wire.socket, "data");
  wire.socket.pause();
  return wire;
}

/** What the process holds, in bytes, after a collection: what its allocator keeps for later depends on how busy the machine is. */
async function heldBy({ url }: Served): Promise<number> {
  const response = await fetch(`${url}/memory`);
  const { heapUsed, external } = (await response.json()) as NodeJS.MemoryUsage;
  return heapUsed + external;
}
