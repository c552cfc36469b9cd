import type { JsonObject, PriceConfig } from "@sluice/core";
import { compatible, elevenlabs, fal, replicate, stability } from "@sluice/provider-compatible";
import { gemini } from "@sluice/provider-gemini";
import { openai } from "@sluice/provider-openai";
import OpenAI, { toFile } from "openai";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { check as cell } from "./cells.ts";
import { openGateway, type Running } from "./running.ts";

/** Dollars for what is made and heard, the same for all: what a receipt says is recomputed below. */
const prices: Readonly<Record<string, PriceConfig>> = {
  "*": { each: { image: 0.04 }, perMillion: { character: 15 }, perHour: { audio_input_ms: 0.36 } },
};

let running: Running;
beforeAll(async () => {
  running = await openGateway({
    channels: (mock) => {
      const at = (dialect: Parameters<typeof mock.baseURL>[0]) => ({
        prices,
        apiKey: "sk-any",
        baseURL: mock.baseURL(dialect),
      });
      return [
        openai({ id: "by-openai", ...at("openai-images") }),
        gemini({ id: "by-gemini", ...at("gemini-images") }),
        stability({ id: "by-stability", ...at("stability-images") }),
        replicate({ id: "by-replicate", ...at("replicate-videos") }),
        fal({ id: "by-fal", ...at("fal-videos") }),
        elevenlabs({ id: "by-elevenlabs", ...at("elevenlabs-speech") }),
        compatible({
          id: "by-midjourney",
          ...at("midjourney-images"),
          speaks: ["midjourney-images"],
          auth: { type: "header", name: "mj-api-secret" },
        }),
      ];
    },
  });
});
afterAll(() => running.close());

const sdk = () => new OpenAI({ apiKey: "sk-any", baseURL: `${running.url}/v1`, maxRetries: 0 });
const check = (endpoint: string, provider: string, feature: string, body: () => Promise<void>) =>
  cell({ endpoint, group: "Vendors of media", client: "openai", provider, feature }, () => running, body);
const sent = () => running.vendors.requests;

/** What the attempt cost, from the lines and quantities that its receipt names and nothing else. */
async function billed(): Promise<{ said: string; byHand: string; units: string[] }> {
  const { attempts } = (await running.receipt()) as { attempts: JsonObject[] };
  const { price, cost_nano_usd: said } = attempts.at(-1) as { price: { lines: JsonObject[] }; cost_nano_usd: string };
  const nano = price.lines.reduce((sum, line) => {
    const { quantity, pico, per = "1" } = line as Record<string, string>;
    return sum + (Number(quantity) * Number(pico)) / Number(per) / 1000;
  }, 0);
  const units = price.lines.map(({ unit, quantity }) => `${quantity as string} ${unit as string}`);
  return { said, byHand: String(Math.ceil(nano - 1e-6)), units };
}

const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const pictureFile = () => toFile(png, "gate.png", { type: "image/png" });
const prompt = "A gate in the rain";

/** Who draws, whether inline, and how many pictures one call of theirs makes. */
const painters = [
  { provider: "openai", model: "by-openai/gpt-image-1", inline: true, isOne: false },
  { provider: "imagen", model: "by-gemini/imagen-4.0-generate-001", inline: true, isOne: false },
  { provider: "gemini", model: "by-gemini/gemini-2.5-flash-image", inline: true, isOne: true },
  { provider: "stability", model: "by-stability/sd3.5-large", inline: true, isOne: true },
  { provider: "replicate", model: "by-replicate/black-forest-labs/flux-schnell", inline: false, isOne: false },
  { provider: "fal", model: "by-fal/fal-ai/flux/schnell", inline: false, isOne: false },
  { provider: "midjourney", model: "by-midjourney/v7", inline: false, isOne: false },
] as const;

describe.each(painters)("pictures of $provider", ({ provider, model, inline, isOne }) => {
  check("images", provider, "a picture of a size", async () => {
    const { data = [], created } = await sdk().images.generate({ model, prompt, size: "1024x1024" });
    const [one] = data;
    expect(created).toBeGreaterThan(1_700_000_000);
    if (inline) expect(Buffer.from(one?.b64_json ?? "", "base64").subarray(0, 8)).toEqual(png);
    else expect(one?.url).toMatch(/^https:\/\/files\.invalid\/\w+\.png$/);
  });
  check("images", provider, "its price, by hand", async () => {
    await sdk().images.generate({ model, prompt });
    const { said, byHand, units } = await billed();
    expect([said, units]).toEqual([byHand, ["1 image"]]);
    expect(said).toBe("40000000");
  });
  check("images", provider, "an order is never repeated", async () => {
    for (const fault of ["reset", "status:500", "empty"] as const) {
      const before = sent().length;
      running.vendors.script([fault, "ok", "ok"]);
      const others = painters.filter((other) => other.model !== model).map((other) => other.model);
      const body = { model, prompt, fallback: others };
      await expect(sdk().images.generate(body)).rejects.toMatchObject({ status: expect.any(Number) });
      expect(sent().length - before).toBe(1);
      running.vendors.script([]);
      running.vendors.reset();
    }
  });
  check("images", provider, "a timeout repeats nothing", async () => {
    const before = sent().length;
    running.vendors.script(["hang"]);
    const body = { model, prompt, timeout: 1, fallback: painters.map((other) => other.model) };
    await expect(sdk().images.generate(body)).rejects.toMatchObject({ status: 504 });
    expect(sent().length - before).toBe(1);
    running.vendors.reset();
  });
  if (provider !== "midjourney" && provider !== "replicate" && provider !== "fal") {
    check("images", provider, "two pictures", async () => {
      const before = sent().length;
      const { data = [] } = await sdk().images.generate({ model, prompt, n: 2 });
      expect(data).toHaveLength(2);
      expect(sent().length - before).toBe(isOne ? 2 : 1);
      expect((await billed()).said).toBe("80000000");
    });
    check("images", provider, "a stream", async () => {
      const stream = await sdk().images.generate({ model, prompt, stream: true });
      const events = await Array.fromAsync(stream);
      expect(events.at(-1)).toMatchObject({ type: "image_generation.completed", b64_json: expect.any(String) });
    });
  }
  check("images", provider, "an edit", async () => {
    const body = { model, prompt, image: await pictureFile(), strength: 0.6 } as Parameters<
      OpenAI["images"]["edit"]
    >[0];
    if (provider === "openai") delete (body as { strength?: number }).strength;
    const { data = [] } = (await sdk().images.edit(body)) as OpenAI.ImagesResponse;
    expect(data).toHaveLength(1);
  });
});

describe("pictures that nobody may see", () => {
  for (const [provider, model] of [
    ["stability", "by-stability/stable-image-core"],
    ["midjourney", "by-midjourney/v7"],
  ] as const) {
    check("images", provider, "a refusal of the vendor", async () => {
      const asked = sdk().images.generate({ model, prompt: "something forbidden" });
      await expect(asked).rejects.toMatchObject({ status: 400, code: "content_filter" });
    });
  }
});

const speakers = [
  { provider: "openai", model: "by-openai/gpt-4o-mini-tts", ears: "by-openai/whisper-1" },
  { provider: "elevenlabs", model: "by-elevenlabs/eleven_flash_v2_5", ears: "by-elevenlabs/scribe_v1" },
] as const;

describe("sound of gemini", () => {
  const asked = { model: "by-gemini/gemini-2.5-flash-preview-tts", voice: "Puck", input: "The gate opens." } as const;
  check("speech", "gemini", "bytes of the format", async () => {
    const spoken = await sdk().audio.speech.create({ ...asked, response_format: "wav" });
    expect(spoken.headers.get("content-type")).toBe("audio/wav");
    const sound = Buffer.from(await spoken.arrayBuffer());
    expect([sound.subarray(0, 4).toString(), sound.readUInt32LE(4)]).toEqual(["RIFF", sound.length - 8]);
    const bare = await sdk().audio.speech.create({ ...asked, response_format: "pcm" });
    expect(Buffer.from(await bare.arrayBuffer())).toEqual(sound.subarray(44));
  });
  check("speech", "gemini", "events", async () => {
    const spoken = await sdk().audio.speech.create({ ...asked, stream_format: "sse", response_format: "wav" });
    expect(await spoken.text()).toMatch(/speech\.audio\.delta[\s\S]*"output_tokens":25/);
  });
});

describe.each(speakers)("sound of $provider", ({ provider, model, ears }) => {
  const input = "The gate opens.";
  const file = () => toFile(Buffer.from("RIFF----WAVE"), "word.wav", { type: "audio/wav" });

  check("speech", provider, "bytes of the format", async () => {
    const spoken = await sdk().audio.speech.create({ model, voice: "alloy", input, response_format: "wav" });
    expect(spoken.headers.get("content-type")).toBe("audio/wav");
    expect(
      Buffer.from(await spoken.arrayBuffer())
        .subarray(0, 4)
        .toString(),
    ).toBe("RIFF");
  });
  check("speech", provider, "events", async () => {
    const spoken = await sdk().audio.speech.create({ model, voice: "alloy", input, stream_format: "sse" });
    const text = await spoken.text();
    expect(text).toMatch(/speech\.audio\.delta[\s\S]*speech\.audio\.done/);
    if (provider === "elevenlabs") expect((await billed()).said).toBe(String(input.length * 15_000));
  });
  check("transcriptions", provider, "text, seconds and their price", async () => {
    const heard = await sdk().audio.transcriptions.create({ model: ears, file: await file() });
    expect(heard.text).toBe("The gate opens. Boats go through.");
    const { said, byHand, units } = await billed();
    expect(said).toBe(byHand);
    expect(units).toEqual([expect.stringMatching(/^\d+ audio_input_ms$/)]);
  });
  for (const format of ["verbose_json", "diarized_json", "text", "srt", "vtt"] as const) {
    check("transcriptions", provider, format, async () => {
      const heard = (await sdk().audio.transcriptions.create({
        model: ears,
        file: await file(),
        response_format: format,
      })) as unknown as string | { text: string; segments: { text: string; speaker?: string }[] };
      const text = typeof heard === "string" ? heard : heard.text;
      expect(text.replaceAll(/\s+/g, " ")).toContain("The gate opens.");
      if (typeof heard === "string") return;
      expect(heard.segments.map((segment) => segment.text.trim())).toEqual(["The gate opens.", "Boats go through."]);
      if (format === "diarized_json") expect(heard.segments[0]?.speaker).toBeTruthy();
    });
  }
  check("transcriptions", provider, "a stream", async () => {
    const stream = await sdk().audio.transcriptions.create({ model: ears, file: await file(), stream: true });
    const events = await Array.fromAsync(stream);
    expect(events.at(-1)).toMatchObject({ type: "transcript.text.done", text: "The gate opens. Boats go through." });
  });
});
