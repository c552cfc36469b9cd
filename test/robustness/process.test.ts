import { setTimeout as pause } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { ask, serve, type Served } from "./_gateway.ts";

const running: Served[] = [];
const started = async (...options: Parameters<typeof serve>) => {
  const served = await serve(...options);
  running.push(served);
  return served;
};
afterEach(async () => {
  await Promise.all(running.splice(0).map((served) => served.close()));
});

describe("F49: on SIGTERM", () => {
  test("live streams of every dialect end whole, and the process with 0", async () => {
    const gateway = await started();
    const words = "one two three four five ".repeat(20);
    const streams = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        ask(gateway.url, {
          model: ["openai", "anthropic", "gemini"][index % 3] as string,
          stream: true,
          content: words,
        }),
      ),
    );
    const code = gateway.terminate();
    const texts = await Promise.all(streams.map((response) => response.text()));
    for (const text of texts) expect(text.trimEnd().endsWith("data: [DONE]")).toBe(true);
    expect(await code).toBe(0);
    expect(gateway.done).toHaveLength(30);
    expect(gateway.done.every(({ receipt }) => receipt?.complete)).toBe(true);
  }, 60_000);
});

describe("F52, F53: a new config", () => {
  test("is served at once; streams that run end under the old one, and a bad one changes nothing", async () => {
    const gateway = await started("", "", "dev");
    gateway.upstream.script(["stall:2"]);
    const old = await ask(gateway.url, { stream: true, content: "one two three four" });
    const reader = old.body?.getReader();
    await reader?.read();
    gateway.write("attempts: 0");
    await pause(1_000);
    expect((await ask(gateway.url, {})).status).toBe(200);
    gateway.write('receipt: "headers"');
    for (let turn = 0; turn < 50; turn++) {
      const body = (await (await ask(gateway.url, {})).json()) as object;
      if (!("sluice" in body)) break;
      await pause(100);
    }
    expect(await (await ask(gateway.url, {})).json()).not.toHaveProperty("sluice");
    await reader?.cancel();
    expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
  }, 60_000);
});

describe("F54, F55: plugins that do anything", () => {
  const before = `
const never = () => new Promise(() => {});
const late = () => new Promise((_resolve, reject) => setTimeout(() => reject(new Error("late")), 400));
const stages = {
  admit: { admit: late },
  request: { request: () => { throw new Error("a bug"); } },
  route: { route: () => undefined },
  respond: { respond: never },
  attempt: { attempt: async () => ({ kind: "reply" }) },
  stream: { async *stream(events) { for await (const event of events) { yield event; if (event.type === "text-delta") await never(); } } },
  settle: { settle: late },
  nothing: {},
};
const chaos = definePlugin("chaos", () => Object.fromEntries(
  ["admit", "request", "route", "respond", "attempt", "stream", "settle"].map((stage) => [stage, (...args) => {
    const ctx = [...args].find((each) => each?.headers);
    const chosen = stages[ctx.headers.get("x-chaos") ?? "nothing"][stage];
    if (chosen) return chosen(...args);
    return { route: args[0], stream: args[0], respond: stage === "respond" && args[1](), attempt: stage === "attempt" && args[2]() }[stage] || undefined;
  }]).concat([["hooks", { "request:start": never, "attempt:done": () => { throw new Error("hook"); }, "request:done": late }]])
));`;

  test("concern their own request: the process stays up, nothing stays open, no rejection is left behind", async () => {
    const gateway = await started("plugins: [chaos()], timeouts: { stageMs: 200, totalMs: 4_000 }", before);
    const stages = ["admit", "request", "route", "respond", "attempt", "stream", "settle", "nothing"];
    const answers = await Promise.all(
      stages.flatMap((stage) =>
        [true, false].map(async (stream) => {
          const response = await fetch(`${gateway.url}/v1/chat/completions`, {
            method: "POST",
            headers: { "content-type": "application/json", "x-chaos": stage },
            body: JSON.stringify({ model: "openai", stream, messages: [{ role: "user", content: "one two" }] }),
          });
          const text = await response.text();
          return { stage, stream, failed: response.status >= 500 || text.includes('"error":{') };
        }),
      ),
    );
    for (const { stage, failed } of answers)
      expect({ stage, failed }).toEqual({ stage, failed: !["settle", "nothing"].includes(stage) });
    await gateway.settled(answers.length);
    // Longer than what is late: a second end, or a rejection, would be seen.
    await pause(600);
    expect(gateway.done).toHaveLength(answers.length);
    expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
    expect(gateway.stderr()).not.toContain("Nobody caught");
    expect(await gateway.terminate()).toBe(0);
  }, 60_000);
});
