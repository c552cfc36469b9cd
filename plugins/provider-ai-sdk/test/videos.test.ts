import { createFal } from "@ai-sdk/fal";
import { createReplicate } from "@ai-sdk/replicate";
import { decodeJobId, encodeJobId } from "@sluice/core";
import type { Gateway, JsonObject, Transport, TransportRequest, TransportResponse } from "@sluice/core";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { aiSdk, type AiSdkProvider } from "../src/index.ts";
import { createJobSeal } from "../src/job-seal.ts";
import { ask, gatewayOf, gatewayWith, type Told } from "./_ask.ts";
import { scripted } from "./_package.ts";
import { reply, startVendor, status, type Vendor } from "./_vendor.ts";

const path = "/v1/videos";

async function look(gateway: Gateway, id: string, more = ""): Promise<Told & { bytes: Uint8Array }> {
  const response = await gateway.fetch(new Request(`http://gateway.test${path}/${id}${more}`));
  const bytes = new Uint8Array(await response.arrayBuffer());
  const text = new TextDecoder().decode(bytes);
  const json = text.startsWith("{") ? (JSON.parse(text) as JsonObject) : {};
  return { status: response.status, headers: response.headers, text, json, events: [], receipt: {}, bytes };
}

/** What the gateway itself fetches, where a package says that a file lies. */
const filesBy = (send: (request: TransportRequest) => TransportResponse): Transport => ({
  send: (request) => Promise.resolve(send(request)),
  close: () => Promise.resolve(),
});

async function* bytes(...all: number[]): AsyncGenerator<Uint8Array> {
  if (all.length > 0) yield Uint8Array.from(all);
}

const idOf = ({ json }: Told) => json["id"] as string;

describe("fal's and Replicate's packages", () => {
  let vendor: Vendor;
  let gateway: Gateway;
  const files: TransportRequest[] = [];

  beforeAll(async () => {
    vendor = await startVendor();
    const here = (input: unknown, init?: RequestInit) => {
      const { pathname, search } = new URL(input instanceof Request ? input.url : String(input as string | URL));
      return fetch(vendor.url + pathname + search, init);
    };
    gateway = gatewayWith(
      filesBy((request) => {
        files.push(request);
        const moved = { status: 302, headers: new Map([["location", "https://files.fal.media/v.mp4"]]), body: bytes() };
        const film = { status: 200, headers: new Map([["content-type", "video/mp4"]]), body: bytes(1, 2, 3) };
        return request.url.includes("moved") ? moved : film;
      }),
      aiSdk({ id: "fal", provider: createFal({ apiKey: "key", fetch: here as typeof fetch }) }),
      aiSdk({ id: "replicate", provider: createReplicate({ apiToken: "key", fetch: here as typeof fetch }) }),
    );
  });
  afterEach(() => void (files.length = 0));
  afterAll(async () => {
    await gateway.close({ graceMs: 0 });
    await vendor.close();
  });

  test("a video of fal's is ordered, looked after and taken", async () => {
    const urls = { request_id: "r1", response_url: "https://queue.fal.run/fal-ai/veo3/requests/r1" };
    vendor.script(
      reply(urls),
      status(400, { detail: "Request is still in progress" }),
      reply({ video: { url: "https://files.fal.media/moved", content_type: "video/mp4" } }),
    );
    const order = { model: "fal/fal-ai/veo3", prompt: "A gate opens", seconds: "4", size: "1280x720" };
    const ordered = await ask(gateway, { ...order, aspect_ratio: "16:9" }, path);
    expect(ordered.json).toMatchObject({ object: "video", status: "queued", prompt: "A gate opens", seconds: "4" });
    expect(vendor.received[0]).toMatchObject({
      url: "/fal-ai/veo3",
      json: { prompt: "A gate opens", duration: "4s", aspect_ratio: "16:9" },
    });

    expect((await look(gateway, idOf(ordered))).json).toMatchObject({ id: idOf(ordered), status: "in_progress" });
    expect((await look(gateway, idOf(ordered))).json).toMatchObject({ status: "completed", progress: 100 });
    expect(vendor.received[2]).toMatchObject({ method: "GET", url: "/fal-ai/veo3/requests/r1" });
    expect(vendor.received[2]?.headers["authorization"]).toBe("Key key");

    const taken = await look(gateway, idOf(ordered), "/content");
    expect([taken.status, taken.headers.get("content-type"), ...taken.bytes]).toEqual([200, "video/mp4", 1, 2, 3]);
    expect(files.map(({ url }) => url)).toEqual(["https://files.fal.media/moved", "https://files.fal.media/v.mp4"]);
    expect(files.every(({ headers, isForeign }) => isForeign && !("authorization" in headers))).toBe(true);
  });

  test("a video of Replicate's that fails says why", async () => {
    const urls = { get: "https://api.replicate.com/v1/predictions/p" };
    vendor.script(
      reply({ id: "p", status: "starting", urls }),
      reply({ id: "p", status: "failed", error: "Too wet.", urls }),
    );
    const ordered = await ask(gateway, { model: "replicate/minimax/video-01", prompt: "Rain" }, path);
    const looked = await look(gateway, idOf(ordered));
    expect(looked.json).toMatchObject({ status: "failed", error: { message: expect.stringContaining("Too wet.") } });
    const taken = await look(gateway, idOf(ordered), "/content");
    expect([taken.status, files]).toEqual([404, []]);
  });

  test("a picture to begin with goes along", async () => {
    vendor.script(reply({ request_id: "r1", response_url: "https://queue.fal.run/fal-ai/veo3/requests/r1" }));
    const image = "data:image/png;base64,iVBORw0KGgo=";
    const body = { model: "fal/fal-ai/veo3", prompt: "Go on", input_reference: { image_url: image } };
    await ask(gateway, body, path);
    expect(vendor.received[0]?.json).toMatchObject({ image_url: image });
  });

  test("an order that was refused goes to the next, one that may have begun does not", async () => {
    const urls = { get: "https://api.replicate.com/v1/predictions/p" };
    const body = { model: "fal/fal-ai/veo3", prompt: "A gate", fallback: ["replicate/minimax/video-01"] };
    vendor.script(status(429, { detail: "Busy." }), reply({ id: "p", status: "starting", urls }));
    const told = await ask(gateway, body, path);
    expect(told.status).toBe(200);
    expect(decodeJobId(idOf(told))).toMatchObject({ channel: "replicate" });

    vendor.script(status(500, { detail: "Broken." }));
    const broken = await ask(gateway, body, path);
    expect([broken.status >= 500, vendor.received.length]).toEqual([true, 1]);
  });
});

describe("ids", () => {
  const secret = "a secret ".repeat(8);
  const operation = { at: "https://vendor.test/jobs/1" };
  const pending = { status: "pending", response: {} };

  test("are carried by whoever has the secret, and by nobody else", async () => {
    const film = filming(pending);
    const ordered = await ask(gatewayOf(channelOf(film, secret)), order, path);
    expect((await look(gatewayOf(channelOf(film, secret)), idOf(ordered))).json["status"]).toBe("in_progress");
    expect(film.asked).toMatchObject([{ verb: "start" }, { verb: "status", operation }]);
    for (const another of ["another ".repeat(8), undefined]) {
      const looked = await look(gatewayOf(channelOf(film, another)), idOf(ordered));
      expect([looked.status, film.asked.length]).toEqual([404, 2]);
    }
  });

  test("are sealed for one channel, and with no word that can be guessed", async () => {
    const film = filming(pending);
    const gateway = gatewayOf(channelOf(film, secret), aiSdk({ id: "other", provider: film, jobSecret: secret }));
    const place = decodeJobId(idOf(await ask(gateway, order, path)));
    if (place === null) throw new Error("no id");
    expect((await look(gateway, encodeJobId({ ...place, channel: "other" }))).status).toBe(404);
    for (const short of ["", "secret", 7]) expect(() => channelOf(film, short as string)).toThrow("jobSecret");
  });

  test("of somebody's own making are nobody's videos", async () => {
    const film = filming(pending);
    const gateway = gatewayOf(channelOf(film));
    const place = decodeJobId(idOf(await ask(gateway, order, path)));
    if (place === null) throw new Error("no id");
    const [coded = "", seal = ""] = place.job.split(".");
    const evil = btoa(JSON.stringify({ at: "https://evil.test" })).replace(/=+$/, "");
    const forged = [
      { ...place, job: `${evil}.${seal}` },
      { ...place, job: coded },
      { ...place, job: `${coded}.` },
      { ...place, job: "1" },
      { ...place, model: "another" },
    ];
    for (const one of forged) {
      expect((await look(gateway, encodeJobId(one))).status).toBe(404);
      expect((await look(gateway, encodeJobId(one), "/content")).status).toBe(404);
    }
    expect(film.asked).toHaveLength(1);
  });

  test("come back as what was sealed, for one model", async () => {
    const seal = createJobSeal("secret");
    const name = await seal.seal("m", { text: "ü/+=?", deep: [1, null] });
    expect(name).toMatch(/^[\w-]+\.[\w-]+$/);
    expect(await seal.open("m", name)).toEqual({ text: "ü/+=?", deep: [1, null] });
    await expect(seal.open("n", name)).rejects.toMatchObject({ failure: { status: 404 } });
    await expect(seal.open("m", `${name}*`)).rejects.toMatchObject({ failure: { status: 404 } });
  });
});

describe("content", () => {
  test.each([
    ["bytes", { type: "binary", data: Uint8Array.of(7, 8), mediaType: "video/webm" }],
    ["base64", { type: "base64", data: "Bwg=", mediaType: "video/webm" }],
  ])("that a package holds as %s is passed on", async (_name, video) => {
    const gateway = gatewayOf(channelOf(filming({ status: "completed", videos: [video], warnings: [], response: {} })));
    const taken = await look(gateway, idOf(await ask(gateway, order, path)), "/content");
    expect([taken.headers.get("content-type"), ...taken.bytes]).toEqual(["video/webm", 7, 8]);
  });

  test("that is not there yet is not found", async () => {
    const gateway = gatewayOf(channelOf(filming({ status: "pending", response: {} })));
    const taken = await look(gateway, idOf(await ask(gateway, order, path)), "/content");
    expect([taken.status, taken.text]).toEqual([404, expect.stringContaining("not ready")]);
  });

  test("is the video, and no picture of it", async () => {
    const film = filming({ status: "completed", videos: [], warnings: [], response: {} });
    const gateway = gatewayOf(channelOf(film));
    const id = idOf(await ask(gateway, order, path));
    expect((await look(gateway, id, "/content?variant=thumbnail")).status).toBe(400);
    expect(film.asked).toHaveLength(1);
  });

  test("at no public address is not fetched", async () => {
    const dial = vi.fn<() => never>();
    const inside = ["http://127.0.0.1:1/v.mp4", "https://metadata/v.mp4", "file:///etc/passwd", "gs://bucket/v.mp4"];
    for (const url of inside) {
      const video = { type: "url", url, mediaType: "video/mp4" };
      const gateway = gatewayWith(
        filesBy(dial),
        channelOf(filming({ status: "completed", videos: [video], warnings: [], response: {} })),
      );
      const taken = await look(gateway, idOf(await ask(gateway, order, path)), "/content");
      expect(taken.status).toBeGreaterThan(399);
    }
    expect(dial).not.toHaveBeenCalled();
  });
});

describe("orders", () => {
  test("reach the package in its own words", async () => {
    const film = filming({});
    const body = {
      ...order,
      seconds: "8",
      size: "1280x720",
      seed: 7,
      user: "u",
      provider_options: { scripted: { loop: true } },
    };
    const told = await ask(gatewayOf(channelOf(film)), body, path);
    expect(film.asked[0]).toMatchObject({
      prompt: "A gate",
      n: 1,
      duration: 8,
      resolution: "1280x720",
      seed: 7,
      providerOptions: { scripted: { loop: true } },
    });
    expect(told.json["sluice"]).toMatchObject({
      usage: { video_output_ms: 8000, variant: "1280x720" },
      warnings: [{ code: "dropped_parameter", field: "user" }, { message: expect.stringContaining("fast motion") }],
    });
  });

  test("of models that only make videos while somebody waits are refused", async () => {
    const waited = { specificationVersion: "v4", provider: "scripted", async doGenerate() {} };
    const film = { ...filming({}), videoModel: (modelId: string) => ({ ...waited, modelId }) };
    const told = await ask(gatewayOf(channelOf(film)), order, path);
    expect([told.status, told.text]).toEqual([400, expect.stringContaining("only while somebody waits")]);
  });

  test("to change one that was made are refused before a call", async () => {
    const film = filming({});
    const gateway = gatewayOf(channelOf(film));
    const id = idOf(await ask(gateway, order, path));
    const told = await ask(gateway, { prompt: "Again" }, `${path}/${id}/remix`);
    expect([told.status, film.asked.length]).toEqual([400, 1]);
  });
});

const order = { model: "film/reel", prompt: "A gate" };

function channelOf(provider: AiSdkProvider, jobSecret?: string) {
  return aiSdk({ id: "film", provider, ...(jobSecret === undefined ? {} : { jobSecret }) });
}

/** A package that begins every video and says `told` of it. */
function filming(told: object) {
  const asked: Record<string, unknown>[] = [];
  const operation = { at: "https://vendor.test/jobs/1" };
  const warnings = [{ type: "other", message: "no fast motion" }];
  return {
    ...scripted({}),
    asked,
    videoModel: (modelId: string) => ({
      specificationVersion: "v4",
      provider: "scripted",
      modelId,
      async doStart(options: object) {
        asked.push({ verb: "start", ...options });
        return { operation, warnings, response: { modelId } };
      },
      async doStatus(options: object) {
        asked.push({ verb: "status", ...options });
        return told;
      },
    }),
  };
}
