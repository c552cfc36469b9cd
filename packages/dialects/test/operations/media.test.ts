import { bytesOf, createGateway, defineProvider } from "@sluice/core";
import type { Gateway, JsonObject, Transport, TransportRequest } from "@sluice/core";
import OpenAI, { toFile } from "openai";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { dialects } from "../../src/index.ts";

/** A vendor in process: takes what is sent, answers what it is told to. */
class Vendor implements Transport {
  readonly sent: TransportRequest[] = [];
  status = 200;
  type = "application/json";
  pieces: (string | Uint8Array)[] = [];

  async send(request: TransportRequest) {
    this.sent.push(request);
    const { pieces } = this;
    const encoder = new TextEncoder();
    async function* body() {
      for (const piece of pieces) yield typeof piece === "string" ? encoder.encode(piece) : piece;
    }
    return { status: this.status, headers: new Map([["content-type", this.type]]), body: body() };
  }

  close = () => Promise.resolve();

  answers(type: string, ...pieces: (string | Uint8Array)[]): void {
    Object.assign(this, { type, pieces });
  }

  /** The body of the last call, as text. */
  get text(): string {
    return new TextDecoder().decode(bytesOf(this.sent.at(-1)?.body ?? null));
  }
}

let vendor: Vendor;
let gateway: Gateway;
let client: OpenAI;

beforeEach(() => {
  vendor = new Vendor();
  const provider = defineProvider({
    id: "vendor",
    name: "Vendor",
    dialects,
    speaks: ["openai-images", "openai-speech", "openai-transcription"],
    baseURL: "https://vendor.example/v1",
    keyVariables: [],
    auth: { type: "none" },
    modelQuirks: [["inline-*", { refuse: ["response_format"] }]],
  });
  const silent = () => undefined;
  const logger = { debug: silent, info: silent, warn: silent, error: silent };
  gateway = createGateway({ providers: [provider()], attempts: 1 }, { transport: vendor, logger });
  client = new OpenAI({
    apiKey: "unused",
    baseURL: "http://gateway.test/v1",
    maxRetries: 0,
    fetch: (input, init) => gateway.fetch(new Request(input as string, init as RequestInit)),
  });
});
afterEach(() => gateway.close({ graceMs: 0 }));

const receiptOf = (answer: object) => (answer as { sluice: JsonObject }).sluice;
const event = (value: JsonObject) => `event: ${value["type"] as string}\ndata: ${JSON.stringify(value)}\n\n`;
const png = "iVBORw0KGgo=";

describe("pictures", () => {
  const answer = {
    created: 1_790_000_000,
    data: [{ b64_json: png, revised_prompt: "A red gate" }],
    output_format: "png",
    size: "1024x1024",
    usage: { input_tokens: 9, output_tokens: 100, total_tokens: 109, input_tokens_details: { image_tokens: 0 } },
    xFuture: { kept: true },
  };

  test("are made, with everything that the vendor says and what they cost", async () => {
    vendor.answers("application/json", JSON.stringify(answer));
    const told = await client.images.generate({
      model: "vendor/some-model",
      prompt: "A gate",
      n: 1,
      size: "1024x1024",
    });
    expect(told).toMatchObject(answer);
    expect(receiptOf(told)).toMatchObject({
      complete: true,
      path: "byte",
      usage: { input_tokens: 9, output_tokens: 100 },
    });
    expect(vendor.sent[0]).toMatchObject({ url: "https://vendor.example/v1/images/generations" });
    expect(JSON.parse(vendor.text)).toEqual({ model: "some-model", prompt: "A gate", n: 1, size: "1024x1024" });
  });

  test("are changed and varied from files of a form", async () => {
    vendor.answers("application/json", JSON.stringify(answer));
    const image = await toFile(Buffer.from(png, "base64"), "gate.png", { type: "image/png" });
    const mask = await toFile(Buffer.from("mask"), "mask.png", { type: "image/png" });
    await client.images.edit({ model: "vendor/some-model", image: [image, image], mask, prompt: "Paint it" });
    expect(vendor.sent[0]?.url).toMatch(/\/images\/edits$/);
    expect(vendor.sent[0]?.headers["content-type"]).toMatch(/^multipart\/form-data; boundary=/);
    expect(vendor.text.match(/name="image\[\]"; filename="gate\.png"/g)).toHaveLength(2);
    expect(vendor.text).toMatch(/name="mask"; filename="mask\.png"/);
    expect(vendor.text).toContain('name="model"\r\n\r\nsome-model\r\n');
    await client.images.createVariation({ model: "vendor/some-model", image });
    expect(vendor.sent[1]?.url).toMatch(/\/images\/variations$/);
  });

  test("are streamed with their drafts, and the last event has the receipt", async () => {
    const usage = { input_tokens: 9, output_tokens: 100, total_tokens: 109 };
    const draft = { type: "image_generation.partial_image", b64_json: "ZHJhZnQ=", partial_image_index: 0 };
    const last = { type: "image_generation.completed", b64_json: png, usage };
    vendor.answers("text/event-stream", event(draft), event(last));
    const stream = await client.images.generate({
      model: "vendor/some-model",
      prompt: "A gate",
      stream: true,
      partial_images: 1,
    });
    const events: unknown[] = [];
    for await (const one of stream) events.push(one);
    expect(events).toMatchObject([draft, last]);
    expect(receiptOf(events[1] as object)).toMatchObject({ complete: true, usage: { output_tokens: 100 } });
  });

  test("of a model that gives them inline are not asked for in another form, and that is said", async () => {
    vendor.answers("application/json", JSON.stringify(answer));
    const told = await client.images.generate({ model: "vendor/inline-1", prompt: "A gate", response_format: "url" });
    expect(JSON.parse(vendor.text)).not.toHaveProperty("response_format");
    expect(receiptOf(told)["warnings"]).toMatchObject([{ code: "dropped_parameter", field: "response_format" }]);
  });

  test("are never asked for twice", async () => {
    vendor.status = 500;
    vendor.answers("application/json", JSON.stringify({ error: { message: "Broken." } }));
    const asking = client.images.generate({ model: "vendor/some-model", prompt: "A gate" }, { query: {} });
    await expect(asking).rejects.toMatchObject({ status: 500 });
    expect(vendor.sent).toHaveLength(1);
  });

  test.each([
    [{ model: "vendor/some-model", prompt: "" }, "prompt"],
    [{ model: "vendor/some-model", prompt: "x", n: 0 }, "n"],
    [{ model: "vendor/some-model", prompt: "x", n: 1.5 }, "n"],
    [{ model: "vendor/some-model", prompt: "x", response_format: "pdf" }, "response_format"],
    [{ prompt: "x" }, "model"],
  ])("are refused for %j", async (body, param) => {
    const asking = client.post("/images/generations", { body });
    await expect(asking).rejects.toMatchObject({ status: 400, param });
    expect(vendor.sent).toEqual([]);
  });

  test("need a picture to start from", async () => {
    const form = new FormData();
    form.set("model", "vendor/some-model");
    form.set("prompt", "Paint it");
    const response = await gateway.fetch(
      new Request("http://gateway.test/v1/images/edits", { method: "POST", body: form }),
    );
    expect([response.status, (await response.json()) as unknown]).toMatchObject([400, { error: { param: "image" } }]);
  });

  test.each([
    ["an error with status 200", { error: { message: "No.", code: "rate_limit_exceeded" } }],
    ["an answer without pictures", { created: 1, data: [] }],
    ["anything else", []],
  ])("%s is no answer", async (_name, body) => {
    vendor.answers("application/json", JSON.stringify(body));
    await expect(client.images.generate({ model: "vendor/some-model", prompt: "x" })).rejects.toMatchObject({
      status: expect.toSatisfy((status: number) => status >= 429),
    });
  });
});

describe("speech", () => {
  const asking = { model: "vendor/some-model", voice: "alloy", input: "Hello ✓" };

  test("passes as it comes, in the vendor's own type", async () => {
    vendor.answers("audio/mpeg", Uint8Array.of(1, 2, 3), Uint8Array.of(4));
    const response = await client.audio.speech.create(asking);
    expect(response.headers.get("content-type")).toBe("audio/mpeg");
    expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([1, 2, 3, 4]);
    expect(JSON.parse(vendor.text)).toEqual({ ...asking, model: "some-model" });
  });

  test("is billed by its characters where the vendor counts nothing", async () => {
    vendor.answers("audio/mpeg", Uint8Array.of(1));
    let receipt: JsonObject = {};
    gateway.hooks.hook("request:done", (done) => {
      receipt = JSON.parse(
        JSON.stringify(done.receipt, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value)),
      ) as JsonObject;
    });
    await (await client.audio.speech.create(asking)).arrayBuffer();
    expect(receipt["usage"]).toMatchObject({ characters: 7 });
  });

  test("is streamed as events, the last with usage and receipt", async () => {
    const delta = { type: "speech.audio.delta", audio: "AQID" };
    const done = { type: "speech.audio.done", usage: { input_tokens: 3, output_tokens: 9, total_tokens: 12 } };
    vendor.answers("text/event-stream", event(delta), event(done));
    const response = await client.audio.speech.create({ ...asking, stream_format: "sse" });
    const text = await response.text();
    const events = text
      .split("\n")
      .filter((line) => line.startsWith("data: "))
      .map((line) => JSON.parse(line.slice(6)) as JsonObject);
    expect(events).toMatchObject([delta, { ...done, sluice: { complete: true, usage: { output_tokens: 9 } } }]);
  });

  test.each([
    ["an empty body", "audio/mpeg", []],
    ["JSON", "application/json", ['{"error":{"message":"No.","type":"server_error"}}']],
    ["a page", "text/html", ["<html></html>"]],
  ])("%s is none", async (_name, type, pieces) => {
    vendor.answers(type, ...pieces);
    await expect(client.audio.speech.create(asking)).rejects.toMatchObject({ status: 502 });
  });

  test("that is cut is not ended as if it were whole", async () => {
    vendor.answers("audio/mpeg", Uint8Array.of(1));
    const whole = vendor.send.bind(vendor);
    vendor.send = async (request) => ({
      ...(await whole(request)),
      body: (async function* () {
        yield Uint8Array.of(1);
        throw new Error("lost");
      })(),
    });
    const response = await client.audio.speech.create(asking);
    await expect(response.arrayBuffer()).rejects.toBeInstanceOf(Error);
  });
});

describe("transcription", () => {
  const file = () => toFile(Uint8Array.of(1, 2, 3, 255), "talk.mp3", { type: "audio/mpeg" });

  test("is asked for with the sound itself, and tells what it used", async () => {
    vendor.answers(
      "application/json",
      JSON.stringify({ text: "Hello", usage: { type: "duration", seconds: 3 }, xFuture: 1 }),
    );
    const told = await client.audio.transcriptions.create({
      model: "vendor/some-model",
      file: await file(),
      language: "en",
      timestamp_granularities: ["word"],
    });
    expect(told).toMatchObject({ text: "Hello", usage: { seconds: 3 }, xFuture: 1 });
    expect(receiptOf(told)).toMatchObject({ usage: { audio_input_ms: 3000 } });
    expect(vendor.text).toContain('name="model"\r\n\r\nsome-model\r\n');
    expect(vendor.text).toContain('name="language"\r\n\r\nen\r\n');
    const bytes = bytesOf(vendor.sent[0]?.body ?? null);
    expect(Buffer.from(bytes).includes(Buffer.from([13, 10, 13, 10, 1, 2, 3, 255, 13, 10]))).toBe(true);
  });

  test("is translated at its own path", async () => {
    vendor.answers("application/json", JSON.stringify({ text: "Hello" }));
    await client.audio.translations.create({ model: "vendor/some-model", file: await file() });
    expect(vendor.sent[0]?.url).toMatch(/\/audio\/translations$/);
  });

  test("is plain text where that was asked for", async () => {
    vendor.answers("text/plain", "1\n00:00:00,000 --> 00:00:01,000\nHello\n");
    const told: unknown = await client.audio.transcriptions.create({
      model: "vendor/some-model",
      file: await file(),
      response_format: "srt",
    });
    expect(told).toBe("1\n00:00:00,000 --> 00:00:01,000\nHello\n");
  });

  test("is streamed as events, the last with usage and receipt", async () => {
    const delta = { type: "transcript.text.delta", delta: "Hel" };
    const done = {
      type: "transcript.text.done",
      text: "Hello",
      usage: { type: "tokens", input_tokens: 14, output_tokens: 2, total_tokens: 16 },
    };
    vendor.answers("text/event-stream", event(delta), event(done));
    const stream = await client.audio.transcriptions.create({
      model: "vendor/some-model",
      file: await file(),
      stream: true,
    });
    const events: unknown[] = [];
    for await (const one of stream) events.push(one);
    expect(events).toMatchObject([delta, { ...done, sluice: { complete: true, usage: { input_tokens: 14 } } }]);
  });

  test("needs a file", async () => {
    const form = new FormData();
    form.set("model", "vendor/some-model");
    const response = await gateway.fetch(
      new Request("http://gateway.test/v1/audio/transcriptions", { method: "POST", body: form }),
    );
    expect([response.status, (await response.json()) as unknown]).toMatchObject([400, { error: { param: "file" } }]);
    const json = await gateway.fetch(
      new Request("http://gateway.test/v1/audio/transcriptions", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: "{}",
      }),
    );
    expect(json.status).toBe(415);
  });
});
