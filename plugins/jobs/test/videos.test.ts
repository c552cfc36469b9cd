import { createGateway, MemoryStorage, videoJob } from "@sluice/core";
import type { Gateway, JsonObject, Receipt } from "@sluice/core";
import { fal, replicate } from "@sluice/provider-compatible";
import { gemini } from "@sluice/provider-gemini";
import { openai } from "@sluice/provider-openai";
import { createMockUpstream, quietPorts, testPlugin } from "@sluice/testkit";
import type { MockUpstream } from "@sluice/testkit";
import OpenAI, { toFile } from "openai";
import { createStorage } from "unstorage";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { jobs } from "../src/index.ts";
import type { JobsOptions } from "../src/index.ts";

testPlugin(() => jobs());

let upstream: MockUpstream;
const opened: Gateway[] = [];
const receipts: Receipt[] = [];
beforeAll(async () => void (upstream = await createMockUpstream()));
afterAll(() => upstream.close());
afterEach(async () => {
  await Promise.all(opened.splice(0).map((gateway) => gateway.close({ graceMs: 0 })));
  upstream.reset();
  receipts.length = 0;
});

const prices = { "*": { perHour: { video_output_ms: 360 } } };

function open(options: JobsOptions = {}): Gateway {
  const key = { apiKey: "sk-vendor", prices };
  const providers = [
    openai({ ...key, baseURL: upstream.baseURL("openai-videos") }),
    gemini({ ...key, baseURL: upstream.baseURL("gemini-videos") }),
    replicate({ ...key, baseURL: upstream.baseURL("replicate-videos") }),
    fal({ ...key, baseURL: upstream.baseURL("fal-videos") }),
  ];
  const gateway = createGateway({ providers, plugins: [jobs(options)] }, quietPorts());
  gateway.hooks.hook("request:done", ({ receipt }) => void (receipt && receipts.push(receipt)));
  opened.push(gateway);
  return gateway;
}

function sdkOf(gateway: Gateway, apiKey = "sk-one"): OpenAI {
  const fetch = (url: string | URL | Request, init?: RequestInit) => gateway.fetch(new Request(url, init));
  return new OpenAI({ apiKey, baseURL: "http://gateway.test/v1", fetch, maxRetries: 0 });
}

const vendors = {
  openai: "openai/sora-2",
  veo: "gemini/veo-3.1-generate-preview",
  replicate: "replicate/minimax/video-01",
  fal: "fal/fal-ai/kling-video/v2/master/text-to-video",
} as const;
const order = { prompt: "A gate opens", seconds: "8", size: "1280x720" } as const;

describe.each(Object.entries(vendors))("a video of %s", (vendor, model) => {
  test("is ordered, looked after and fetched with OpenAI's own library", async () => {
    const sdk = sdkOf(open());
    const ordered = await sdk.videos.create({ model, ...order });
    expect(ordered).toMatchObject({ object: "video", seconds: "8", prompt: order.prompt, error: null });
    expect(ordered.status).toMatch(/queued|in_progress/);
    expect(ordered.created_at).toBeGreaterThan(0);

    const looked = await sdk.videos.retrieve(ordered.id);
    expect(looked).toMatchObject({ id: ordered.id, status: "in_progress", seconds: "8", prompt: order.prompt });
    const done = await sdk.videos.retrieve(ordered.id);
    expect(done).toMatchObject({ id: ordered.id, status: "completed", progress: 100, size: "1280x720" });

    const content = await sdk.videos.downloadContent(ordered.id);
    expect(content.headers.get("content-type")).toBe("video/mp4");
    const bytes = Buffer.from(await content.arrayBuffer());
    expect(bytes.subarray(4, 12).toString()).toBe("ftypisom");
  });

  test("is billed once by the length that was ordered, and looking after it costs nothing", async () => {
    const sdk = sdkOf(open());
    const { id } = await sdk.videos.create({ model, ...order });
    await sdk.videos.retrieve(id);
    await sdk.videos.retrieve(id);
    await (await sdk.videos.downloadContent(id)).arrayBuffer();
    // 360 dollars an hour are 0.1 a second, and 8 of them were ordered.
    expect(receipts.map(({ cost_nano_usd }) => cost_nano_usd)).toEqual(["800000000", "0", "0", "0"]);
    const [attempt] = receipts[0]?.attempts ?? [];
    const lines = attempt?.price?.lines ?? [];
    expect(lines.map(({ unit, quantity }) => [unit, Number(quantity)])).toEqual([["video_output_ms", 8000]]);
  });

  test("says that it failed, and why", async () => {
    const sdk = sdkOf(open());
    const failing = model.replace(/[^/]+$/, "failing-model");
    const { id } = await sdk.videos.create({ model: failing, ...order });
    await sdk.videos.retrieve(id);
    const failed = await sdk.videos.retrieve(id);
    expect(failed).toMatchObject({ status: "failed", error: { message: expect.stringMatching(/made|blocked/) } });
  });

  test("cannot be fetched before it is done", async () => {
    const sdk = sdkOf(open());
    const { id } = await sdk.videos.create({ model, ...order });
    await expect(sdk.videos.downloadContent(id)).rejects.toMatchObject({
      status: 404,
      message: expect.stringMatching(/video is|not ready/i),
    });
  });

  test("is nobody else's", async () => {
    const gateway = open();
    const { id } = await sdkOf(gateway).videos.create({ model, ...order });
    const before = upstream.requests.length;
    const other = sdkOf(gateway, "sk-two");
    await expect(other.videos.retrieve(id)).rejects.toMatchObject({ status: 404, code: "not_found" });
    await expect(other.videos.downloadContent(id)).rejects.toMatchObject({ status: 404 });
    await expect(other.videos.delete(id)).rejects.toMatchObject({ status: 404 });
    await expect(other.videos.remix(id, { prompt: "mine" })).rejects.toMatchObject({ status: 404 });
    expect((await other.videos.list()).data).toEqual([]);
    expect(upstream.requests).toHaveLength(before);
  });

  test("is found again after a restart", async () => {
    const storage = createStorage();
    const first = open({ storage });
    const { id, created_at } = await sdkOf(first).videos.create({ model, ...order });
    await first.close({ graceMs: 0 });
    const sdk = sdkOf(open({ storage }));
    expect(await sdk.videos.retrieve(id)).toMatchObject({ id, created_at, prompt: order.prompt });
    expect((await sdk.videos.list()).data.map((video) => video.id)).toEqual([id]);
  });

  test.each(["reset", "hang", "empty", "status:500", "silence"] as const)(
    "is never ordered twice when the order ends with %s",
    async (fault) => {
      upstream.script([fault, "ok", "ok"]);
      const sdk = sdkOf(open());
      const others = Object.values(vendors).filter((other) => other !== model);
      const body = { model, ...order, fallback: others, timeout: 1 };
      await expect(sdk.videos.create(body)).rejects.toMatchObject({ status: expect.any(Number) });
      expect(upstream.requests).toHaveLength(1);
      expect(receipts[0]?.attempts).toHaveLength(1);
    },
  );

  test("is ordered elsewhere when the vendor says that it begins nothing", async () => {
    upstream.script(["status:429", "ok"]);
    const other = vendor === "openai" ? vendors.veo : vendors.openai;
    const body = { model, ...order, fallback: [other] };
    const made = await sdkOf(open()).videos.create(body);
    expect(made.model).toBe(other.split("/").slice(1).join("/"));
    expect(upstream.requests).toHaveLength(2);
  });
});

describe("videos of OpenAI's own", () => {
  test("pass as they came, but for their ids", async () => {
    const gateway = open();
    const sdk = sdkOf(gateway);
    const { id } = await sdk.videos.create({ model: vendors.openai, ...order });
    expect(receipts[0]).toMatchObject({ path: "byte", actual_model: "sora-2" });
    const remix = await sdk.videos.remix(id, { prompt: "The gate shuts" });
    expect(upstream.requests.at(-1)?.path).toMatch(/^\/v1\/videos\/video_\d+\/remix$/);
    expect(remix).toMatchObject({ remixed_from_video_id: id, model: "sora-2", prompt: "The gate shuts" });
    const longer = await sdk.videos.extend({ prompt: "It stays shut", seconds: "4", video: { id } });
    expect(longer.remixed_from_video_id).toBe(id);
    expect(await sdk.videos.delete(id)).toMatchObject({ id, object: "video.deleted", deleted: true });
    await expect(sdk.videos.retrieve(id)).rejects.toMatchObject({ status: 404 });
    expect((await sdk.videos.list({ order: "asc" })).data.map((video) => video.id)).toEqual([remix.id, longer.id]);
  });

  test("are not made from another's by naming two", async () => {
    const gateway = open();
    const { id } = await sdkOf(gateway).videos.create({ model: vendors.openai, ...order });
    const bodies = [
      JSON.stringify({ prompt: "Longer", "video[id]": id, video: { id: "video_of_another" } }),
      JSON.stringify({ prompt: "Longer", video: { id }, "video[id]": null }),
    ];
    for (const body of bodies) {
      const headers = { authorization: "Bearer sk-one", "content-type": "application/json" };
      const url = "http://gateway.test/v1/videos/extensions";
      await gateway.fetch(new Request(url, { method: "POST", headers, body }));
      expect(Buffer.from(upstream.requests.at(-1)?.body ?? []).toString()).not.toMatch(/of_another|video_Wy/);
    }
    expect(upstream.requests).toHaveLength(3);
  });

  test("begin with a picture from a form", async () => {
    const sdk = sdkOf(open());
    const picture = await toFile(Buffer.from("not really a picture"), "first.png", { type: "image/png" });
    await sdk.videos.create({ model: vendors.openai, ...order, input_reference: picture });
    const sent = Buffer.from(upstream.requests[0]?.body ?? []).toString("latin1");
    expect(sent).toContain('filename="first.png"');
    expect(sent).toContain("sora-2");
    await sdk.videos.create({ model: vendors.veo, ...order, input_reference: picture });
    const { instances, parameters } = (upstream.requests[1] as MockUpstream["requests"][number]).json as {
      instances: JsonObject[];
      parameters: JsonObject;
    };
    expect(instances[0]?.["image"]).toEqual({
      bytesBase64Encoded: Buffer.from("not really a picture").toString("base64"),
      mimeType: "image/png",
    });
    expect(parameters).toEqual({ aspectRatio: "16:9", resolution: "720p", durationSeconds: 8 });
  });

  test("are ordered at the other address too", async () => {
    const gateway = open();
    const call = (path: string, init?: RequestInit) =>
      gateway.fetch(
        new Request(`http://gateway.test${path}`, { ...init, headers: { "content-type": "application/json" } }),
      );
    const body = JSON.stringify({ model: vendors.fal, prompt: "A gate", aspect_ratio: "16:9", duration: "5" });
    const made = (await (await call("/v1/videos/generations", { method: "POST", body })).json()) as { id: string };
    expect(upstream.requests[0]?.json).toEqual({ prompt: "A gate", aspect_ratio: "16:9", duration: "5" });
    expect(receipts[0]?.cost_nano_usd).toBe("500000000");
    expect((await call(`/v1/videos/generations/${made.id}`)).status).toBe(200);
    const broken = await call("/v1/videos/video_WyJvcGVuYWkiLCJtIiwiLi4vbW9kZWxzIl0");
    expect(broken.status).toBe(404);
  });
});

test("what is no operation of Google's is not read with the operator's key", async () => {
  const gateway = createGateway(
    { providers: [gemini({ apiKey: "sk-vendor", baseURL: upstream.baseURL("gemini-videos") })] },
    quietPorts(),
  );
  opened.push(gateway);
  const id = `video_${Buffer.from(JSON.stringify(["gemini", "m", "cachedContents/secret"])).toString("base64url")}`;
  await expect(sdkOf(gateway).videos.retrieve(id)).rejects.toMatchObject({ status: 404 });
  expect(upstream.requests).toHaveLength(0);
});

test("the memory has an end in number and in size, and the oldest go first", async () => {
  const memory = new MemoryStorage({ most: 3, mostCharacters: 1_000 });
  const place = { channel: "c", model: "m", job: "j" };
  const noted = (prompt: string) => ({ place, job: videoJob("j", "queued", { prompt }), expires: 1 });
  for (const key of ["a", "b", "c", "d"]) await memory.setItem(key, noted("x"));
  expect(await memory.getKeys("")).toEqual(["b", "c", "d"]);
  await memory.setItem("d", noted("x".repeat(700)));
  expect(await memory.getKeys("")).toEqual(["d"]);
  await expect(memory.setItem("e", noted("x".repeat(2_000)))).rejects.toThrow("too large");
  await memory.removeItem("d");
  for (const key of ["a", "b", "c"]) await memory.setItem(key, noted("x"));
  expect(await memory.getKeys("")).toEqual(["a", "b", "c"]);
});

describe("a storage that is down", () => {
  const broken = (): Promise<never> => Promise.reject(new Error("down"));
  const hanging = (): Promise<never> => new Promise(() => {});

  test.each([
    ["fails", broken],
    ["hangs", hanging],
  ])("and %s opens nobody's video to others", async (_, fails) => {
    const storage = createStorage();
    const gateway = open({ storage });
    const { id } = await sdkOf(gateway).videos.create({ model: vendors.openai, ...order });
    const down = open({ storage: { ...storage, getItem: fails, setItem: fails, removeItem: fails, getKeys: fails } });
    const before = upstream.requests.length;
    const asked = sdkOf(down, "sk-two").videos.retrieve(id);
    await expect(asked).rejects.toMatchObject({ status: expect.any(Number) });
    expect(upstream.requests).toHaveLength(before);
  });

  test.each([
    ["fails", broken],
    ["hangs", hanging],
  ])("and %s loses no video that was ordered: its client hears of it", async (_, fails) => {
    const memory = new MemoryStorage({ most: 10, mostCharacters: 100_000 });
    const gateway = open({ storage: Object.assign(memory, { setItem: fails }) });
    const video = await sdkOf(gateway).videos.create({ model: vendors.openai, ...order });
    expect(video.status).toBe("queued");
    expect(receipts[0]?.warnings.map(({ code }) => code)).toContain("job_not_noted");
    expect(upstream.requests).toHaveLength(1);
  });
});
