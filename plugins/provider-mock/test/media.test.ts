import { inflateSync } from "node:zlib";
import { createGateway, hostPorts } from "@sluice/core";
import type { Gateway, Receipt } from "@sluice/core";
import OpenAI, { toFile } from "openai";
import { afterEach, beforeEach, expect, test } from "vitest";
import { mock } from "../src/index.ts";

let gateway: Gateway;
let sdk: OpenAI;
let receipts: Receipt[];
let ahead: number;

function open(): Gateway {
  const ports = hostPorts();
  const clock = { now: () => ports.clock.now() + ahead, monotonic: () => ports.clock.monotonic() };
  const silent = () => undefined;
  const logger = { debug: silent, info: silent, warn: silent, error: silent };
  const opened = createGateway({ providers: [mock()] }, { ...ports, clock, logger });
  opened.hooks.hook("request:done", ({ receipt }) => void (receipt && receipts.push(receipt)));
  return opened;
}

beforeEach(() => {
  [receipts, ahead] = [[], 0];
  gateway = open();
  const fetch = (url: string | URL | Request, init?: RequestInit) => gateway.fetch(new Request(url, init));
  sdk = new OpenAI({ apiKey: "any", baseURL: "http://gateway.test/v1", fetch, maxRetries: 0 });
});
afterEach(() => gateway.close());

test("pictures are PNGs that any program can read, the same for the same words", async () => {
  const draw = async (prompt: string) =>
    (await sdk.images.generate({ model: "mock/draw", prompt, n: 2 })).data?.map(({ b64_json }) => b64_json ?? "") ?? [];
  const [one = "", other = ""] = await draw("A gate");
  expect(await draw("A gate")).toEqual([one, other]);
  expect(one).not.toBe(other);
  const bytes = Buffer.from(one, "base64");
  expect(bytes.subarray(1, 4).toString()).toBe("PNG");
  const at = bytes.indexOf("IDAT");
  const pixels = inflateSync(bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at - 4)));
  expect(pixels).toHaveLength(64 * (1 + 64 * 3));
  expect(receipts.at(-1)?.cost_nano_usd).toBe("20000000");
});

test("a picture is edited, and streamed", async () => {
  const image = await toFile(Buffer.from("any"), "gate.png", { type: "image/png" });
  const { data } = await sdk.images.edit({ model: "mock/draw", image, prompt: "Paint it" });
  expect(data).toHaveLength(1);
  const events = await Array.fromAsync(
    await sdk.images.generate({ model: "mock/draw", prompt: "A gate", stream: true }),
  );
  expect(events.map(({ type }) => type)).toEqual(["image_generation.completed"]);
});

test("what is spoken is heard again, whole and as events", async () => {
  const input = "The gate opens at dawn";
  const spoken = await sdk.audio.speech.create({ model: "mock/speak", voice: "any", input });
  expect(spoken.headers.get("content-type")).toBe("audio/wav");
  const sound = Buffer.from(await spoken.arrayBuffer());
  expect([sound.subarray(0, 4).toString(), sound.readUInt32LE(4)]).toEqual(["RIFF", sound.length - 8]);
  expect(receipts.at(-1)?.cost_nano_usd).toBe(String(input.length * 15_000));
  const file = await toFile(sound, "word.wav", { type: "audio/wav" });
  const heard = await sdk.audio.transcriptions.create({ model: "mock/hear", file });
  expect(heard.text).toBe(input);
  const events = await sdk.audio.speech.create({ model: "mock/speak", voice: "any", input, stream_format: "sse" });
  const [delta, done] = (await events.text()).split("\n\n");
  expect(delta).toContain(sound.toString("base64"));
  expect(done).toContain("speech.audio.done");
});

test("a video takes its time, is found by a gateway that was started again, and is fetched", async () => {
  const { id, status } = await sdk.videos.create({ model: "mock/film", prompt: "A gate opens", seconds: "8" });
  expect(status).toMatch(/queued|in_progress/);
  expect(receipts.at(-1)?.cost_nano_usd).toBe("800000000");
  await expect(sdk.videos.downloadContent(id)).rejects.toMatchObject({ status: 404 });
  await gateway.close();
  gateway = open();
  ahead = 1_000;
  expect(await sdk.videos.retrieve(id)).toMatchObject({ id, status: "in_progress", seconds: "8" });
  ahead = 2_500;
  expect(await sdk.videos.retrieve(id)).toMatchObject({ id, status: "completed", progress: 100 });
  const content = await sdk.videos.downloadContent(id);
  const bytes = Buffer.from(await content.arrayBuffer());
  const header = bytes.indexOf("mvhd");
  expect([bytes.subarray(4, 8).toString(), bytes.readUInt32BE(header + 20)]).toEqual(["ftyp", 8_000]);
  expect(await sdk.videos.delete(id)).toMatchObject({ id, deleted: true });
});

test.each([
  ["images/generations", { model: "mock/draw", prompt: "x", n: 11 }, 400],
  ["images/generations", { model: "mock/echo", prompt: "x" }, 404],
  ["audio/speech", { model: "mock/speak", input: "x", response_format: "mp3" }, 400],
  ["videos", { model: "mock/film", prompt: "x", seconds: "0.5" }, 400],
])("%s is refused where %j makes no sense", async (path, body, status) => {
  const headers = { "content-type": "application/json" };
  const request = new Request(`http://gateway.test/v1/${path}`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  expect((await gateway.fetch(request)).status).toBe(status);
});
