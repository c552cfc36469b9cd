import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { readFileSync } from "node:fs";
import { faultTypes, type Step } from "@sluice/testkit";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { ask, serve, type Served } from "./_gateway.ts";

// Long enough that what only hurries does not fail by them, short enough for what hangs.
const timeouts = "timeouts: { firstByteMs: 1_500, firstTokenMs: 1_500, idleMs: 1_500, bodyMs: 1_500, totalMs: 4_500 }";
let gateway: Served;
beforeAll(async () => {
  gateway = await serve(timeouts);
}, 60_000);
afterAll(() => gateway.close());
afterEach(() => {
  expect(gateway.stderr()).toBe("");
  gateway.upstream.reset();
});

const words = "one two three four five six";
const steps: Step[] = [
  ...faultTypes.filter((type) => type !== "trickle"),
  "trickle:100",
  "status:400",
  "status:401",
  "status:404",
  "status:429",
  "status:529",
  "status:799",
  "error-200:429",
  { type: "trickle", bytes: 1, everyMs: 10, headers: true },
];

/** The text of an answer and whether it says that it is whole. */
function read(text: string, stream: boolean): { content: string; whole: boolean; failed: boolean } {
  const bodies = stream
    ? text
        .split(/\r\n|\r|\n/)
        .filter((line) => line.startsWith("data: {"))
        .map((line) => JSON.parse(line.slice(6)))
    : [JSON.parse(text)];
  const choices = bodies.flatMap((body) => body.choices ?? []);
  return {
    content: choices.map(({ delta, message }) => (delta ?? message)?.content ?? "").join(""),
    whole: choices.some(({ finish_reason }) => typeof finish_reason === "string"),
    failed: bodies.some(({ error }) => error),
  };
}

test.each(["openai", "anthropic", "gemini"])(
  "F03–F17: whatever goes wrong at %s, an answer is whole or says that it failed, and is settled once",
  async (model) => {
    const asked = gateway.done.length;
    const outcomes = await Promise.all(
      steps.flatMap((step) =>
        [true, false].map(async (stream) => {
          const name = `${typeof step === "string" ? step : step.type} ${stream ? "streamed" : "whole"}`;
          // Every request has its fault in a header of its own, so that all can run at once.
          const alias = `${model}/robust-${JSON.stringify(step).replaceAll(/[^a-z0-9]/g, "")}-${stream}`;
          gateway.upstream.script([step, step, step], { model: alias.slice(model.length + 1), repeat: true });
          const response = await ask(gateway.url, { model: alias, stream, content: words });
          return { name, status: response.status, ...read(await response.text(), stream && response.status === 200) };
        }),
      ),
    );
    for (const { name, status, content, whole, failed } of outcomes) {
      const honest = whole ? content === words && !failed && status === 200 : failed && words.startsWith(content);
      expect({ name, honest, status, content, whole, failed }).toMatchObject({ honest: true });
      expect([401, 402, 403]).not.toContain(status);
    }
    const done = (await gateway.settled(asked + outcomes.length)).slice(asked);
    expect(new Set(done.map(({ requestId }) => requestId)).size).toBe(outcomes.length);
    expect(done).toHaveLength(outcomes.length);
    expect(done.every(({ receipt, error }) => receipt?.complete === (error === null))).toBe(true);
  },
  60_000,
);

test("F16: a decompression bomb, whole, streamed or as an error, is a clean failure in bounded memory", async () => {
  const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024, 0x20));
  const twice = gzipSync(bomb);
  const server = createServer((request, response) => {
    const [, kind] = request.url?.split("/") ?? [];
    request.resume();
    const stacked = kind === "stacked";
    response.writeHead(kind === "error" ? 500 : 200, {
      "content-type": kind === "stream" ? "text/event-stream" : "application/json",
      "content-encoding": stacked ? "gzip, gzip" : kind === "many" ? "gzip, gzip, gzip" : "gzip",
    });
    response.end(stacked ? twice : bomb);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const channels = ["whole", "stream", "error", "stacked", "many"].map(
    (kind) => `extra({ id: "${kind}", baseURL: "http://127.0.0.1:${port}/${kind}", apiKey: "key-of-${kind}" })`,
  );
  const bombed = await serve(
    `plugins: [bombs()]`,
    `import { openai as extra } from "@sluice/provider-openai";
const bombs = definePlugin("bombs", () => ({ providers: [${channels.join(", ")}] }));`,
  );
  try {
    for (const kind of ["whole", "stream", "error", "stacked", "many"]) {
      const response = await ask(bombed.url, { model: `${kind}/m`, stream: kind === "stream", more: { attempts: 1 } });
      expect([kind, response.status]).toEqual([kind, kind === "error" ? 500 : 502]);
      await response.text();
    }
    const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${bombed.pid}/status`, "utf8")) ?? [];
    expect(Number(kilobytes)).toBeLessThan(400 * 1024);
    expect(bombed.stderr()).toBe("");
  } finally {
    await bombed.close();
    server.close();
  }
}, 60_000);

test("S21, S25: nothing of the caller reaches an upstream, no cookie of an upstream the caller, no key a new location", async () => {
  const elsewhere = createServer((request, response) => {
    seen.push(request.headers["authorization"] ?? "");
    response.end("{}");
  }).listen(0, "127.0.0.1");
  const seen: string[] = [];
  await once(elsewhere, "listening");
  const location = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`;
  for (const status of [301, 302, 307, 308]) gateway.upstream.script([{ type: "redirect", location, status }]);
  for (let turn = 0; turn < 4; turn++) expect((await ask(gateway.url, {})).status).toBe(502);
  elsewhere.close();
  expect(seen).toEqual([]);

  gateway.upstream.reset();
  const cookie = { "set-cookie": "session=1", "openai-organization": "org-secret" };
  gateway.upstream.script([{ type: "status", status: 400, headers: cookie }]);
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: "Bearer callers-key",
      cookie: "callers=cookie",
      "x-forwarded-for": "10.0.0.1",
      "x-secret": "callers-header",
    },
    body: JSON.stringify({ model: "openai", messages: [{ role: "user", content: "hi" }] }),
  });
  const request = gateway.upstream.requests[0];
  expect(JSON.stringify(request?.headers)).not.toMatch(/callers|10\.0\.0\.1/);
  expect(request?.headers["authorization"]).toBe("Bearer operators-openai-key");
  expect([...response.headers.keys()]).not.toEqual(expect.arrayContaining(["set-cookie"]));
  expect([...response.headers.keys()]).not.toEqual(expect.arrayContaining(["openai-organization"]));
});
