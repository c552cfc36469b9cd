import { upstreams } from "@sluice/testkit";
import { describe, expect, test } from "vitest";
import type { PriceConfig, Receipt } from "../../src/index.ts";
import { createFixture, recomputed, upstream } from "./_priced-gateway.ts";

describe("the cost of other operations", () => {
  test("embeddings: tokens of the input", async () => {
    const own = { "v/e": { perMillion: { input_token: "0.02" } } };
    const { world, openai, receipts } = createFixture({ prices: own });
    const data = [{ object: "embedding", index: 0, embedding: [0.25, 0.5] }];
    upstream(
      world,
      "v",
      upstreams.replying({ object: "list", data, model: "e", usage: { prompt_tokens: 1_000, total_tokens: 1_000 } }),
    );
    const answer = await openai.embeddings.create({ model: "v/e", input: "tide", encoding_format: "float" });
    // 1000 × 0.02 × 1.5 = 30 millionths
    expect(answer).toMatchObject({ cost_usd: 0.00003, sluice: { cost_nano_usd: "30000" } });
    expect(recomputed(receipts[0] as Receipt)).toBe("30000");
  });

  test("rerank: searches, or tokens", async () => {
    const own = { "j/r": { perMillion: { input_token: 0.02 } } };
    const { world, fetch, receipts } = createFixture({ prices: own });
    const results = [{ index: 0, relevance_score: 0.9 }];
    upstream(world, "j", upstreams.replying({ model: "r", results, usage: { prompt_tokens: 50, total_tokens: 50 } }));
    const body = JSON.stringify({ model: "j/r", query: "tide", documents: ["a"] });
    const response = await fetch("http://gateway.test/v1/rerank", {
      method: "POST",
      body,
      headers: { "content-type": "application/json" },
    });
    expect(await response.json()).toMatchObject({ cost_usd: 0.000001, sluice: { cost_nano_usd: "1000" } });
    expect(recomputed(receipts[0] as Receipt)).toBe("1000");
  });

  test("rerank by searches, where the vendor bills those", async () => {
    const { world, fetch, receipts } = createFixture({ prices: { "c/r": { each: { search_unit: 0.002 } } } });
    const meta = { api_version: { version: "2" }, billed_units: { search_units: 3 } };
    upstream(world, "c", upstreams.replying({ id: "1", results: [{ index: 0, relevance_score: 0.9 }], meta }));
    const body = JSON.stringify({ model: "c/r", query: "tide", documents: ["a"] });
    const init = { method: "POST", body, headers: { "content-type": "application/json" } };
    const response = await fetch("http://gateway.test/v2/rerank", init);
    expect(await response.json()).toMatchObject({ sluice: { usage: { search_units: 3 }, cost_nano_usd: "6000000" } });
    expect(recomputed(receipts[0] as Receipt)).toBe("6000000");
  });

  test("moderations: free only where the config says so", async () => {
    const own = { "v/free": { each: { request: 0 } } };
    const { world, openai, receipts } = createFixture({ prices: own });
    upstream(
      world,
      "v",
      upstreams.replying({
        id: "modr-1",
        model: "m",
        results: [{ flagged: false, categories: {}, category_scores: {} }],
      }),
    );
    await openai.moderations.create({ model: "v/free", input: "tide" });
    await openai.moderations.create({ model: "v/unpriced", input: "tide" });
    expect(receipts.map(({ cost_nano_usd }) => cost_nano_usd)).toEqual(["0", null]);
  });

  test("images: tokens of words and of pictures, or the pictures by size and quality", async () => {
    const own: Record<string, PriceConfig> = {
      "p/tokens": { perMillion: { input_token: 5, image_input_token: 10, output_token: 40 } },
      "p/pictures": { each: { image: 0.04 }, also: [{ when: { variant: "1792x1024/hd" }, each: { image: 0.12 } }] },
    };
    const { world, openai, receipts } = createFixture({ prices: own });
    const data = [{ b64_json: "iVBORw0KGgo=" }, { b64_json: "iVBORw0KGgo=" }];
    const usage = {
      total_tokens: 1_030,
      input_tokens: 30,
      output_tokens: 1_000,
      input_tokens_details: { text_tokens: 10, image_tokens: 20 },
    };
    upstream(world, "p", upstreams.replying({ created: 1, data, usage }));
    const made = await openai.images.generate({ model: "p/tokens", prompt: "a tide table", n: 2 });
    // 10 × 5 + 20 × 10 + 1000 × 40 = 40250 millionths
    expect(made).toMatchObject({
      cost_usd: 0.04025,
      sluice: { usage: { images: 2, image_input_tokens: 20, image_output_tokens: 1_000 } },
    });
    upstream(world, "p", upstreams.replying({ created: 1, data }));
    await openai.images.generate({
      model: "p/pictures",
      prompt: "a tide table",
      n: 2,
      size: "1792x1024",
      quality: "hd",
    });
    await openai.images.generate({ model: "p/pictures", prompt: "a tide table", n: 2 });
    expect(receipts.map(({ cost_nano_usd }) => cost_nano_usd)).toEqual(["40250000", "240000000", "80000000"]);
    expect(receipts.map((receipt) => recomputed(receipt))).toEqual(["40250000", "240000000", "80000000"]);
  });

  test("speech: the characters that were said", async () => {
    const { world, openai, receipts } = createFixture({ prices: { "p/tts": { perMillion: { character: 15 } } } });
    upstream(world, "p", () => [
      { do: "head", status: 200, headers: { "content-type": "audio/mpeg" } },
      { do: "bytes", bytes: "ID3sound" },
      { do: "end" },
    ]);
    const spoken = await openai.audio.speech.create({
      model: "p/tts",
      input: "High water is at nine.",
      voice: "alloy",
    });
    expect((await spoken.arrayBuffer()).byteLength).toBe(8);
    // 22 × 15 = 330 millionths
    expect(receipts[0]).toMatchObject({ usage: { characters: 22 }, cost_nano_usd: "330000" });
    expect(recomputed(receipts[0] as Receipt)).toBe("330000");
  });

  test("transcriptions: seconds that were heard, or tokens of sound and of text", async () => {
    const own: Record<string, PriceConfig> = {
      "p/seconds": { perHour: { audio_input_ms: "0.36" } },
      "p/tokens": { perMillion: { input_token: 2.5, audio_input_token: 6, output_token: 10 } },
    };
    const { world, openai, receipts } = createFixture({ prices: own });
    const file = new File([new Uint8Array([1, 2, 3])], "tide.wav", { type: "audio/wav" });
    upstream(world, "p", upstreams.replying({ text: "Nine.", usage: { type: "duration", seconds: 7 } }));
    await openai.audio.transcriptions.create({ model: "p/seconds", file });
    const usage = {
      type: "tokens",
      input_tokens: 14,
      output_tokens: 3,
      total_tokens: 17,
      input_token_details: { text_tokens: 4, audio_tokens: 10 },
    };
    upstream(world, "p", upstreams.replying({ text: "Nine.", usage }));
    await openai.audio.transcriptions.create({ model: "p/tokens", file });
    // 7 s at 0.36 $/h = 700 millionths; 4 × 2.5 + 10 × 6 + 3 × 10 = 100 millionths
    expect(receipts.map(({ cost_nano_usd }) => cost_nano_usd)).toEqual(["700000", "100000"]);
    expect(receipts.map((receipt) => recomputed(receipt))).toEqual(["700000", "100000"]);
  });

  test.each([-1_000, 1e308])(
    "%d seconds that a vendor counts are no count: the cost is unknown, not nothing",
    async (seconds) => {
      const own: Record<string, PriceConfig> = { "p/seconds": { perHour: { audio_input_ms: "0.36" } } };
      const { world, openai, receipts } = createFixture({ prices: own });
      const file = new File([new Uint8Array([1])], "tide.wav", { type: "audio/wav" });
      upstream(world, "p", upstreams.replying({ text: "Nine.", usage: { type: "duration", seconds } }));
      await openai.audio.transcriptions.create({ model: "p/seconds", file });
      expect(receipts[0]?.cost_nano_usd).toBeNull();
    },
  );
});
