import { createDeepgram } from "@ai-sdk/deepgram";
import { createElevenLabs } from "@ai-sdk/elevenlabs";
import { createFal } from "@ai-sdk/fal";
import { createOpenAI } from "@ai-sdk/openai";
import { createReplicate } from "@ai-sdk/replicate";
import type { Gateway, JsonObject } from "@sluice/core";
import OpenAI, { toFile } from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aiSdk } from "../src/index.ts";
import { ask, gatewayOf } from "./_ask.ts";
import { reply, startVendor, status, type Answer, type Vendor } from "./_vendor.ts";

let vendor: Vendor;
let gateway: Gateway;
let client: OpenAI;

beforeAll(async () => {
  vendor = await startVendor();
  // Packages without an address of their own choice are led to this machine by the `fetch` that they are given.
  const here = (input: unknown, init?: RequestInit) => {
    const { pathname, search } = new URL(input instanceof Request ? input.url : String(input as string | URL));
    return fetch(vendor.url + pathname + search, init);
  };
  const keyed = { apiKey: "key", fetch: here as typeof fetch };
  gateway = gatewayOf(
    aiSdk({ id: "openai-sdk", provider: createOpenAI({ apiKey: "key", baseURL: `${vendor.url}/v1` }) }),
    aiSdk({ id: "elevenlabs", provider: createElevenLabs(keyed) }),
    aiSdk({ id: "deepgram", provider: createDeepgram(keyed) }),
    aiSdk({ id: "fal", provider: createFal(keyed) }),
    aiSdk({ id: "replicate", provider: createReplicate({ apiToken: "key", fetch: here as typeof fetch }) }),
  );
  client = new OpenAI({
    apiKey: "unused",
    baseURL: "http://gateway.test/v1",
    maxRetries: 0,
    fetch: (input, init) => gateway.fetch(new Request(input as string, init as RequestInit)),
  });
});
afterAll(async () => {
  await gateway.close({ graceMs: 0 });
  await vendor.close();
});

const receiptOf = (answer: object) => (answer as { sluice: JsonObject }).sluice;
const png = "iVBORw0KGgo=";
const bytes = (type: string, ...values: number[]): Answer => {
  return (_received, response) => {
    response.writeHead(200, { "content-type": type });
    response.end(Buffer.from(values));
  };
};

describe("pictures", () => {
  test("of OpenAI's package come inline, with what they used", async () => {
    const usage = { input_tokens: 9, output_tokens: 100, total_tokens: 109 };
    vendor.script(reply({ created: 1, data: [{ b64_json: png, revised_prompt: "A red gate" }], usage }));
    const told = await client.images.generate({
      model: "openai-sdk/gpt-image-1",
      prompt: "A gate",
      size: "1024x1024",
      quality: "high",
    });
    expect(told).toMatchObject({ data: [{ b64_json: png, revised_prompt: "A red gate" }], usage });
    expect(vendor.received[0]).toMatchObject({
      url: "/v1/images/generations",
      json: { prompt: "A gate", n: 1, size: "1024x1024" },
    });
    expect(receiptOf(told)).toMatchObject({
      usage: { input_tokens: 9, output_tokens: 100, images: 1, variant: "1024x1024" },
      warnings: [{ code: "dropped_parameter", field: "quality" }],
    });
  });

  test("of OpenAI's package are changed from files", async () => {
    vendor.script(reply({ created: 1, data: [{ b64_json: png }] }));
    const image = await toFile(Buffer.from(png, "base64"), "gate.png", { type: "image/png" });
    const told = await client.images.edit({ model: "openai-sdk/gpt-image-1", image, prompt: "Paint it" });
    expect(told.data?.[0]?.b64_json).toBe(png);
    expect(vendor.received[0]?.url).toBe("/v1/images/edits");
    expect(vendor.received[0]?.text).toContain("Paint it");
  });

  test("beyond one call's limit are several calls of one attempt", async () => {
    vendor.script(reply({ created: 1, data: [{ b64_json: png }] }));
    const told = await client.images.generate({ model: "openai-sdk/dall-e-3", prompt: "A gate", n: 3 });
    expect(told.data).toHaveLength(3);
    expect(vendor.received.map(({ json }) => json["n"])).toEqual([1, 1, 1]);
    expect(receiptOf(told)).toMatchObject({ usage: { images: 3 }, attempts: [{ outcome: "ok" }] });
  });

  test("of fal are read from where the vendor keeps them", async () => {
    vendor.script(
      reply({
        images: [{ url: "https://fal.media/gate.png", width: 8, height: 8, content_type: "image/png" }],
        seed: 1,
      }),
      bytes("image/png", ...Buffer.from(png, "base64")),
    );
    const told = await client.images.generate({ model: "fal/fal-ai/flux/dev", prompt: "A gate" });
    expect(told.data).toEqual([{ b64_json: png }]);
    expect(vendor.received[0]).toMatchObject({ json: { prompt: "A gate" } });
  });

  test("of Replicate are read from where the vendor keeps them", async () => {
    vendor.script(
      reply({
        id: "p",
        status: "succeeded",
        output: ["https://replicate.delivery/gate.png"],
        urls: { get: "https://api.replicate.com/v1/predictions/p" },
      }),
      bytes("image/png", ...Buffer.from(png, "base64")),
    );
    const told = await client.images.generate({ model: "replicate/black-forest-labs/flux-schnell", prompt: "A gate" });
    expect(told.data).toEqual([{ b64_json: png }]);
    expect(vendor.received[0]?.json).toMatchObject({ input: { prompt: "A gate" } });
  });

  test("are not asked for twice, and of nobody else once they may have been begun", async () => {
    vendor.script(status(500, { error: { message: "Broken." } }));
    const body = { model: "openai-sdk/gpt-image-1", prompt: "A gate", fallback: ["fal/fal-ai/flux/dev"] };
    const told = await ask(gateway, body, "/v1/images/generations");
    expect([told.status >= 500, vendor.received.length]).toEqual([true, 1]);
  });

  test("come from another vendor when the first begins nothing", async () => {
    vendor.script(
      status(429, { error: { message: "Busy." } }),
      reply({ images: [{ url: "https://fal.media/gate.png" }] }),
      bytes("image/png", ...Buffer.from(png, "base64")),
    );
    const body = { model: "openai-sdk/gpt-image-1", prompt: "A gate", fallback: ["fal/fal-ai/flux/dev"] };
    const told = await ask(gateway, body, "/v1/images/generations");
    expect(told.receipt["attempts"]).toMatchObject([{ outcome: "rate" }, { outcome: "ok", channel: "fal" }]);
  });

  test("that vary one are no word of the contract", async () => {
    const image = await toFile(Buffer.from(png, "base64"), "gate.png", { type: "image/png" });
    const asking = client.images.createVariation({ model: "openai-sdk/dall-e-2", image });
    await expect(asking).rejects.toMatchObject({ status: 400, param: "image" });
  });

  test("are streamed to whoever wants a stream, though nobody streams them", async () => {
    vendor.script(reply({ created: 1, data: [{ b64_json: png }] }));
    const stream = await client.images.generate({ model: "openai-sdk/gpt-image-1", prompt: "A gate", stream: true });
    const events: unknown[] = [];
    for await (const event of stream) events.push(event);
    expect(events).toMatchObject([{ type: "image_generation.completed", b64_json: png, sluice: { complete: true } }]);
  });
});

describe("speech", () => {
  test.each([
    ["openai-sdk/tts-1", "/v1/audio/speech", "alloy"],
    ["elevenlabs/eleven_multilingual_v2", "/v1/text-to-speech/", "21m00Tcm4TlvDq8ikWAM"],
    ["deepgram/aura-2-helena-en", "/v1/speak", "helena"],
  ])("of %s is sound", async (model, path, voice) => {
    vendor.script(bytes("audio/mpeg", 1, 2, 3, 255));
    const response = await client.audio.speech.create({ model, voice, input: "Hello", response_format: "mp3" });
    expect(response.headers.get("content-type")).toBe("audio/mpeg");
    expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([1, 2, 3, 255]);
    expect(vendor.received[0]?.url).toContain(path);
    expect(vendor.received[0]?.text).toContain("Hello");
  });

  test("is streamed as events to whoever wants them", async () => {
    vendor.script(bytes("audio/mpeg", 1, 2, 3));
    const response = await client.audio.speech.create({
      model: "openai-sdk/tts-1",
      voice: "alloy",
      input: "Hello",
      stream_format: "sse",
    });
    const text = await response.text();
    expect(text).toContain('{"type":"speech.audio.delta","audio":"AQID"}');
    expect(text).toContain('"type":"speech.audio.done"');
  });
});

describe("transcriptions", () => {
  const file = () => toFile(Uint8Array.of(1, 2, 3), "talk.mp3", { type: "audio/mpeg" });
  const openaiWire = {
    text: "Hello there.",
    language: "english",
    duration: 1.5,
    segments: [
      {
        id: 0,
        seek: 0,
        start: 0,
        end: 1.5,
        text: "Hello there.",
        tokens: [],
        temperature: 0,
        avg_logprob: 0,
        compression_ratio: 1,
        no_speech_prob: 0,
      },
    ],
  };
  const elevenWire = {
    language_code: "en",
    language_probability: 1,
    text: "Hello there.",
    words: [
      { text: "Hello", type: "word", start: 0, end: 0.7 },
      { text: "there.", type: "word", start: 0.8, end: 1.5 },
    ],
  };
  const deepgramWire = {
    metadata: { duration: 1.5 },
    results: {
      channels: [
        {
          detected_language: "en",
          alternatives: [
            {
              transcript: "Hello there.",
              words: [
                { word: "hello", start: 0, end: 0.7 },
                { word: "there", start: 0.8, end: 1.5 },
              ],
            },
          ],
        },
      ],
    },
  };

  test.each([
    ["openai-sdk/whisper-1", openaiWire, "/v1/audio/transcriptions"],
    ["elevenlabs/scribe_v1", elevenWire, "/v1/speech-to-text"],
    ["deepgram/nova-3", deepgramWire, "/v1/listen"],
  ])("of %s have text and times", async (model, wire, path) => {
    vendor.script(reply(wire));
    const told = await client.audio.transcriptions.create({
      model,
      file: await file(),
      response_format: "verbose_json",
    });
    expect(told).toMatchObject({
      text: "Hello there.",
      segments: expect.arrayContaining([expect.objectContaining({ start: 0 })]),
    });
    expect(vendor.received[0]?.url).toContain(path);
    expect(vendor.received[0]?.text).toContain("\u0001\u0002\u0003");
  });

  test("are subtitles where those are wanted", async () => {
    vendor.script(reply(openaiWire));
    const told: unknown = await client.audio.transcriptions.create({
      model: "openai-sdk/whisper-1",
      file: await file(),
      response_format: "srt",
    });
    expect(told).toBe("1\n00:00:00,000 --> 00:00:01,500\nHello there.\n");
  });

  test("are priced by the seconds that were heard", async () => {
    vendor.script(reply(deepgramWire));
    const told = await client.audio.transcriptions.create({ model: "deepgram/nova-3", file: await file() });
    expect(receiptOf(told)).toMatchObject({ usage: { audio_input_ms: 1500 } });
  });

  test("say what the package was not told, and are no translations", async () => {
    vendor.script(reply(openaiWire));
    const told = await client.audio.transcriptions.create({
      model: "openai-sdk/whisper-1",
      file: await file(),
      language: "en",
      prompt: "names",
    });
    expect(receiptOf(told)["warnings"]).toMatchObject([{ field: "language" }, { field: "prompt" }]);
    const asking = client.audio.translations.create({ model: "openai-sdk/whisper-1", file: await file() });
    await expect(asking).rejects.toMatchObject({ status: 400 });
  });
});
