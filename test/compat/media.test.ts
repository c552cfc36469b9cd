import { fal, replicate } from "@sluice/provider-compatible";
import { gemini } from "@sluice/provider-gemini";
import { openai } from "@sluice/provider-openai";
import { jobs } from "@sluice/jobs";
import OpenAI, { toFile } from "openai";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { check as cell } from "./cells.ts";
import { openGateway, type Running } from "./running.ts";

let running: Running;
beforeAll(async () => {
  running = await openGateway({
    // Whoever ordered a video is the one who may look after it.
    plugins: [jobs()],
    channels: (mock, literal) => [
      openai({ id: "media", apiKey: "sk-any", baseURL: `${literal.url}/v1`, models: ["media-*"] }),
      openai({ id: "videos-openai", apiKey: "sk-any", baseURL: mock.baseURL("openai-videos") }),
      gemini({ id: "videos-gemini", apiKey: "sk-any", baseURL: mock.baseURL("gemini-videos") }),
      replicate({ id: "videos-replicate", apiKey: "sk-any", baseURL: mock.baseURL("replicate-videos") }),
      fal({ id: "videos-fal", apiKey: "sk-any", baseURL: mock.baseURL("fal-videos") }),
    ],
  });
});
afterAll(() => running.close());

const sdk = () => new OpenAI({ apiKey: "sk-any", baseURL: `${running.url}/v1`, maxRetries: 0 });
const check = (endpoint: string, provider: string, feature: string, body: () => Promise<void>) =>
  cell({ endpoint, group: "OpenAI's library", client: "openai", provider, feature }, () => running, body);
const answers = (contentType: string, body: string | Uint8Array) =>
  void (running.literal.answer = { contentType, body });
const json = (value: object) => answers("application/json", JSON.stringify(value));
const events = (...values: ({ type: string } & Record<string, unknown>)[]) =>
  answers(
    "text/event-stream",
    values.map((value) => `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`).join(""),
  );
const reached = () => running.literal.bodies.at(-1) ?? "";

const png = "iVBORw0KGgo=";
const picture = () => toFile(Buffer.from(png, "base64"), "gate.png", { type: "image/png" });
const usage = { input_tokens: 9, output_tokens: 100, total_tokens: 109 };
const pictures = { created: 1_790_000_000, data: [{ b64_json: png }], usage };

describe("images", () => {
  const model = "media-pictures";
  check("images", "openai", "generate", async () => {
    json(pictures);
    expect(await sdk().images.generate({ model, prompt: "A gate", n: 1 })).toMatchObject(pictures);
    expect(JSON.parse(reached())).toEqual({ model, prompt: "A gate", n: 1 });
  });
  check("images", "openai", "stream of drafts", async () => {
    const draft = { type: "image_generation.partial_image", b64_json: "ZHJhZnQ=", partial_image_index: 0 };
    const last = { type: "image_generation.completed", b64_json: png, usage };
    events(draft, last);
    const stream = await sdk().images.generate({ model, prompt: "A gate", stream: true, partial_images: 1 });
    expect(await Array.fromAsync(stream)).toMatchObject([draft, last]);
  });
  check("images", "openai", "edit of several pictures", async () => {
    json(pictures);
    const image = [await picture(), await picture()];
    expect(await sdk().images.edit({ model, image, prompt: "Paint it" })).toMatchObject(pictures);
    expect(reached().match(/name="image\[\]"; filename="gate\.png"/g)).toHaveLength(2);
  });
  check("images", "openai", "variation", async () => {
    json(pictures);
    expect(await sdk().images.createVariation({ model, image: await picture() })).toMatchObject(pictures);
  });
});

describe("speech", () => {
  const asked = { model: "media-voice", voice: "alloy", input: "Hello" } as const;
  const sound = Uint8Array.from({ length: 300 }, (_, at) => at % 256);
  check("speech", "openai", "bytes as they come", async () => {
    answers("audio/mpeg", sound);
    const spoken = await sdk().audio.speech.create(asked);
    expect([spoken.headers.get("content-type"), new Uint8Array(await spoken.arrayBuffer())]).toEqual([
      "audio/mpeg",
      sound,
    ]);
  });
  check("speech", "openai", "events", async () => {
    events({ type: "speech.audio.delta", audio: "AAEC" }, { type: "speech.audio.done", usage });
    const spoken = await sdk().audio.speech.create({ ...asked, stream_format: "sse" });
    expect(await spoken.text()).toMatch(/speech\.audio\.delta[\s\S]*speech\.audio\.done/);
  });
});

describe("transcriptions", () => {
  const model = "media-ears";
  const file = () => toFile(Buffer.from("RIFF"), "word.wav", { type: "audio/wav" });
  const heard = { text: "Hello", usage: { type: "duration", seconds: 3 } };
  check("transcriptions", "openai", "JSON", async () => {
    json(heard);
    expect(await sdk().audio.transcriptions.create({ model, file: await file() })).toMatchObject({ text: "Hello" });
    expect(reached()).toMatch(/name="file"; filename="word\.wav"/);
  });
  check("transcriptions", "openai", "words and times", async () => {
    json({ ...heard, task: "transcribe", duration: 3, segments: [{ id: 0, start: 0, end: 3, text: "Hello" }] });
    const asked = { model, file: await file(), response_format: "verbose_json" } as const;
    expect(await sdk().audio.transcriptions.create(asked)).toMatchObject({ segments: [{ text: "Hello" }] });
  });
  for (const format of ["text", "srt", "vtt"] as const)
    check("transcriptions", "openai", format, async () => {
      answers("text/plain; charset=utf-8", "Hello\n");
      const asked = { model, file: await file(), response_format: format };
      expect(await sdk().audio.transcriptions.create(asked)).toBe("Hello\n");
    });
  check("transcriptions", "openai", "stream", async () => {
    events({ type: "transcript.text.delta", delta: "Hel" }, { type: "transcript.text.done", text: "Hello" });
    const stream = await sdk().audio.transcriptions.create({ model, file: await file(), stream: true });
    expect((await Array.fromAsync(stream)).map(({ type }) => type)).toEqual([
      "transcript.text.delta",
      "transcript.text.done",
    ]);
  });
  check("transcriptions", "openai", "translation", async () => {
    json(heard);
    expect((await sdk().audio.translations.create({ model, file: await file() })).text).toBe("Hello");
  });
});

const films = {
  openai: "videos-openai/sora-2",
  "gemini, Veo": "videos-gemini/veo-3.1-generate-preview",
  replicate: "videos-replicate/minimax/video-01",
  fal: "videos-fal/fal-ai/kling-video/v2/master/text-to-video",
} as const;

describe.each(Object.entries(films))("videos of %s", (provider, model) => {
  const order = { model, prompt: "A gate opens", seconds: "8", size: "1280x720" } as const;
  check("videos", provider, "order, look after, fetch", async () => {
    const ordered = await sdk().videos.create(order);
    expect(ordered.status).toMatch(/queued|in_progress/);
    let looked = ordered;
    for (let times = 0; times < 5 && looked.status !== "completed"; times++)
      looked = await sdk().videos.retrieve(ordered.id);
    expect(looked).toMatchObject({ id: ordered.id, status: "completed", progress: 100 });
    const content = Buffer.from(await (await sdk().videos.downloadContent(ordered.id)).arrayBuffer());
    expect(content.subarray(4, 8).toString()).toBe("ftyp");
  });
  check("videos", provider, "from a picture", async () => {
    const ordered = await sdk().videos.create({ ...order, input_reference: await picture() });
    expect(ordered.object).toBe("video");
  });
  check("videos", provider, "list", async () => {
    const { id } = await sdk().videos.create(order);
    expect((await sdk().videos.list()).data.map((video) => video.id)).toContain(id);
  });
  check("videos", provider, "delete", async () => {
    const { id } = await sdk().videos.create(order);
    expect(await sdk().videos.delete(id)).toMatchObject({ id, deleted: true });
    await expect(sdk().videos.retrieve(id)).rejects.toMatchObject({ status: 404 });
  });
  check("videos", provider, "remix", async () => {
    const { id } = await sdk().videos.create(order);
    for (let times = 0; times < 5 && (await sdk().videos.retrieve(id)).status !== "completed"; times++);
    expect(await sdk().videos.remix(id, { prompt: "It closes" })).toMatchObject({ object: "video" });
  });
});
