import Anthropic from "@anthropic-ai/sdk";
import { dialects } from "@sluice/dialects";
import { createWorld, upstreams, type Personality, type World } from "@sluice/testkit";
import OpenAI from "openai";
import { describe, expect, test } from "vitest";
import { createGateway, defineProvider } from "../src/index.ts";
import type { ChannelOptions, GatewayConfig, PriceConfig, Receipt } from "../src/index.ts";

const list: PriceConfig = {
  perMillion: { input_token: 2, cache_read_token: 0.5, output_token: 10, audio_input_token: 20 },
  each: { "tool:web_search": 0.01 },
  also: [
    { when: { inputAbove: 1_000 }, perMillion: { input_token: 4, output_token: 20 } },
    { when: { serviceTier: "flex" }, perMillion: { input_token: 1, output_token: 5 } },
  ],
  source: "list",
  sourceVersion: "7",
  date: "2026-11-20",
};
const prices: Record<string, PriceConfig> = {
  "v/*": list,
  "p/*": list,
  "a/*": {
    perMillion: {
      input_token: 3,
      cache_read_token: 0.3,
      cache_write_token: 3.75,
      cache_write_1h_token: 6,
      output_token: 15,
    },
    each: { "tool:web_search": 0.01 },
  },
};

/** A gateway in virtual time with official clients in front and one scripted upstream for each vendor behind. */
function createFixture(config: Partial<GatewayConfig> = {}, more: ChannelOptions = {}) {
  const world = createWorld({ seed: 1, epochMs: Date.UTC(2026, 10, 20) });
  const channel = (id: string, speaks: readonly string[]) =>
    defineProvider({
      id,
      name: id,
      dialects,
      speaks,
      baseURL: `https://${id}.test/v1`,
      keyVariables: [],
      auth: { type: "none" },
    });
  const spoken = [
    "openai-chat",
    "openai-embeddings",
    "openai-moderations",
    "openai-images",
    "openai-speech",
    "openai-transcription",
  ];
  const providers = [
    channel("v", spoken)({ multiplier: 1.5, ...more }),
    channel("p", spoken)(),
    channel("a", ["anthropic"])(),
    channel("j", ["jina-rerank"])(),
    channel("c", ["cohere-rerank"])(),
  ];
  const gateway = createGateway({ providers, prices, ...config }, world.ports);
  const receipts: Receipt[] = [];
  gateway.hooks.hook("request:done", ({ receipt }) => void (receipt && receipts.push(receipt)));
  const fetch = async (url: string | URL | Request, init?: RequestInit) => {
    const response = await world.run(gateway.fetch(new Request(url, init)));
    const body = await world.run(response.arrayBuffer());
    return new Response(body, response);
  };
  const options = { apiKey: "none", maxRetries: 0, fetch };
  return {
    world,
    receipts,
    openai: new OpenAI({ ...options, baseURL: "http://gateway.test/v1" }),
    anthropic: new Anthropic({ ...options, baseURL: "http://gateway.test/claude" }),
    fetch,
  };
}

const upstream = (world: World, id: string, personality: Personality) =>
  world.upstream(`https://${id}.test`, personality);
const messages = [{ role: "user" as const, content: "How high is the tide in the harbour tonight?" }];
const usage = {
  prompt_tokens: 100,
  completion_tokens: 20,
  total_tokens: 120,
  prompt_tokens_details: { cached_tokens: 40 },
};
const chatReply = (usage: object | undefined, around: object = {}) => ({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "m",
  choices: [
    {
      index: 0,
      message: { role: "assistant", content: "High water is at nine.", refusal: null },
      logprobs: null,
      finish_reason: "stop",
    },
  ],
  ...(usage ? { usage } : {}),
  ...around,
});
const chunk = (more: object) =>
  `data: ${JSON.stringify({ id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "m", ...more })}\n\n`;
const chatStream = (usage: object | null) => [
  chunk({ choices: [{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }] }),
  ...["High water ", "is at ", "nine, ", "and low water ", "is at three."].map((content) =>
    chunk({ choices: [{ index: 0, delta: { content }, finish_reason: null }] }),
  ),
  chunk({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }),
  ...(usage ? [chunk({ choices: [], usage })] : []),
  "data: [DONE]\n\n",
];

/** By hand: the amount that a receipt's own lines give, in nanodollars, with fractions of whole numbers alone. */
function recomputed(receipt: Receipt): string | null {
  const priced = receipt.attempts.filter(({ price }) => price !== null);
  if (priced.length === 0) return null;
  let total = 0n;
  for (const { price } of priced) {
    if (price === null) continue;
    let [above, below] = [0n, 1n];
    for (const { quantity, pico, per = "1" } of price.lines) {
      above = above * BigInt(per) + BigInt(quantity) * BigInt(pico) * below;
      below *= BigInt(per);
    }
    above *= BigInt(price.multiplier);
    below *= 10n ** 9n;
    total += above / below + (above % below > 0n ? 1n : 0n);
  }
  return total.toString();
}

describe("the cost of a chat", () => {
  // (60 × 2 + 40 × 0.5 + 20 × 10) × 1.5 = 510 millionths of a dollar
  test("is in the whole answer, its headers and its hook, and follows from the lines of the receipt", async () => {
    const { world, openai, receipts } = createFixture();
    upstream(world, "v", upstreams.replying(chatReply(usage)));
    const { data, response } = await openai.chat.completions.create({ model: "v/m", messages }).withResponse();
    expect(data).toMatchObject({
      cached: false,
      cache_hit: false,
      actual_model: "m",
      total_ms: expect.any(Number),
      cost_usd: 0.00051,
      usage,
      sluice: { cost_nano_usd: "510000", price_source: "list 7 (2026-11-20)", usage_source: "upstream" },
    });
    expect(response.headers.get("x-sluice-cost-usd")).toBe("0.00051");
    const [receipt] = receipts as [Receipt];
    expect(receipt.attempts[0]).toMatchObject({
      usage: { input_tokens: 100, cache_read_tokens: 40, output_tokens: 20 },
      cost_nano_usd: "510000",
      price: {
        multiplier: 1_500_000,
        source: "list",
        source_version: "7",
        date: "2026-11-20",
        version: receipt.price_version,
        lines: [
          { unit: "input_token", quantity: "60", pico: "2000000" },
          { unit: "cache_read_token", quantity: "40", pico: "500000" },
          { unit: "output_token", quantity: "20", pico: "10000000" },
        ],
      },
    });
    expect(recomputed(receipt)).toBe("510000");
  });

  test.each([true, false])("is on the last event of a stream (with a usage chunk: %s)", async (include_usage) => {
    const { world, openai, receipts } = createFixture();
    upstream(world, "v", upstreams.streaming(chatStream(usage)));
    const stream = await openai.chat.completions.create({
      model: "v/m",
      messages,
      stream: true,
      stream_options: { include_usage },
    });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const each of stream) chunks.push(each);
    const last = chunks.at(-1);
    expect(last).toMatchObject({
      cost_usd: 0.00051,
      actual_model: "m",
      cached: false,
      sluice: { cost_nano_usd: "510000" },
    });
    expect(last?.usage ?? null).toEqual(include_usage ? { ...usage, cost: 0.00051 } : null);
    expect(chunks.slice(0, -1).filter((each) => "sluice" in each)).toEqual([]);
    expect(recomputed(receipts[0] as Receipt)).toBe("510000");
  });

  test("depends on the size of the input and the tier that served", async () => {
    const { world, openai, receipts } = createFixture();
    upstream(world, "p", upstreams.replying(chatReply({ prompt_tokens: 2_000, completion_tokens: 10 })));
    await openai.chat.completions.create({ model: "p/m", messages });
    upstream(
      world,
      "p",
      upstreams.replying(chatReply({ prompt_tokens: 2_000, completion_tokens: 10 }, { service_tier: "flex" })),
    );
    await openai.chat.completions.create({ model: "p/m", messages });
    expect(receipts.map(({ cost_nano_usd }) => cost_nano_usd)).toEqual(["8200000", "2050000"]);
    expect(receipts.map((receipt) => recomputed(receipt))).toEqual(["8200000", "2050000"]);
    expect(receipts[1]?.attempts[0]?.price?.lines[0]).toMatchObject({ when: { serviceTier: "flex" } });
    expect(receipts[1]?.usage).toMatchObject({ service_tier: "flex" });
  });

  test("has cache writes by their time and searches by call, for clients of messages", async () => {
    const { world, anthropic, receipts } = createFixture();
    const body = {
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "m",
      content: [{ type: "text", text: "Nine." }],
      stop_reason: "end_turn",
      stop_sequence: null,
      usage: {
        input_tokens: 10,
        cache_read_input_tokens: 1_000,
        cache_creation_input_tokens: 300,
        cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 200 },
        output_tokens: 5,
        server_tool_use: { web_search_requests: 2 },
        service_tier: "standard",
      },
    };
    upstream(world, "a", upstreams.replying(body));
    const answer = await anthropic.messages.create({ model: "a/m", max_tokens: 10, messages });
    // 10 × 3 + 1000 × 0.3 + 100 × 3.75 + 200 × 6 + 5 × 15 = 1980 millionths, and two searches of a cent
    expect(answer).toMatchObject({ sluice: { cost_nano_usd: "21980000", cost_usd: 0.02198 } });
    expect(recomputed(receipts[0] as Receipt)).toBe("21980000");
  });

  test("is null and says why where something has no price, never 0", async () => {
    const { world, openai, receipts } = createFixture({ prices: { "v/dear": { perMillion: { input_token: 1 } } } });
    upstream(world, "v", upstreams.replying(chatReply(usage)));
    const answer = await openai.chat.completions.create({ model: "v/m", messages });
    expect(answer).toMatchObject({
      cost_usd: null,
      sluice: { cost_nano_usd: null, price_source: null, price_version: null },
    });
    expect(receipts[0]?.attempts[0]).toMatchObject({ usage: { input_tokens: 100 }, price: null, cost_nano_usd: null });
    await openai.chat.completions.create({ model: "v/dear", messages });
    expect(receipts[1]).toMatchObject({
      cost_usd: null,
      attempts: [{ price: { unpriced: ["output_token"] }, cost_nano_usd: null }],
    });
  });

  test("names who said a line where that is somebody else", async () => {
    const own = { "v/m": { perMillion: { output_token: 1 }, partial: true, source: "ours" } } as const;
    const channel = {
      prices: { "*": { perMillion: { input_token: 3, output_token: 9 }, source: "theirs", date: "2026-11-01" } },
    };
    const { world, openai, receipts } = createFixture({ prices: own }, channel);
    upstream(world, "v", upstreams.replying(chatReply(usage)));
    await openai.chat.completions.create({ model: "v/m", messages });
    expect(receipts[0]?.attempts[0]?.price).toMatchObject({
      source: "ours",
      lines: [
        {
          unit: "input_token",
          quantity: "100",
          pico: "3000000",
          source: "theirs",
          source_version: null,
          date: "2026-11-01",
        },
        { unit: "output_token", quantity: "20", pico: "1000000" },
      ],
    });
    // (100 × 3 + 20 × 1) × 1.5 = 480 millionths
    expect(recomputed(receipts[0] as Receipt)).toBe("480000");
  });

  test("is that of the attempt that answered", async () => {
    const { world, openai, receipts } = createFixture();
    upstream(world, "a", upstreams.refusing(503));
    upstream(world, "v", upstreams.replying(chatReply(usage)));
    await openai.chat.completions.create({ model: "a/m", messages, fallback: ["v/m"] } as never);
    expect(receipts[0]?.attempts).toMatchObject([
      { outcome: "overloaded", usage: null, price: null, cost_nano_usd: null },
      { outcome: "ok", usage_source: "upstream", cost_nano_usd: "510000" },
    ]);
  });

  test("stands in the currency of the config beside dollars", async () => {
    const currency = { code: "CNY", rate: { numerator: 712, denominator: 100 }, date: "2026-11-20", source: "a bank" };
    const { world, openai, receipts } = createFixture({ currency });
    upstream(world, "v", upstreams.replying(chatReply(usage)));
    const asked = openai.chat.completions.create({ model: "v/m", messages });
    const { data: answer, response } = await asked.withResponse();
    expect(response.headers.get("x-sluice-cost-cny")).toBe("0.0036312");
    expect(answer).toMatchObject({ cost_usd: 0.00051, cost_cny: 0.0036312, sluice: { cost_cny: 0.0036312 } });
    expect(receipts[0]?.currency).toEqual({
      code: "CNY",
      numerator: 712,
      denominator: 100,
      date: "2026-11-20",
      source: "a bank",
    });
  });

  test.each([{ stream: false }, { stream: true }])(
    "leaves the body alone where it is told to (%j)",
    async ({ stream }) => {
      const { world, openai, receipts, fetch } = createFixture({ receipt: "headers" });
      upstream(world, "v", stream ? upstreams.streaming(chatStream(usage)) : upstreams.replying(chatReply(usage)));
      const body = JSON.stringify({
        model: "v/m",
        messages,
        stream,
        stream_options: stream ? { include_usage: true } : undefined,
      });
      const init = { method: "POST", body, headers: { "content-type": "application/json" } };
      const response = await fetch(`${openai.baseURL}/chat/completions`, init);
      const text = await response.text();
      expect(text).not.toMatch(/sluice|cost_usd|actual_model|cached":/);
      expect(response.headers.get("x-sluice-cost-usd")).toBe(stream ? null : "0.00051");
      expect(receipts[0]?.cost_nano_usd).toBe("510000");
    },
  );
});

describe("usage that an upstream leaves out", () => {
  // 44 characters asked, 22 answered: 5 and 2 tokens at one for eight characters, 10 and 20 millionths
  test("is estimated low and marked, in the whole answer", async () => {
    const { world, openai, anthropic, receipts } = createFixture();
    upstream(world, "p", upstreams.replying(chatReply(undefined)));
    const { data, response } = await openai.chat.completions.create({ model: "p/m", messages }).withResponse();
    expect(data).toMatchObject({ usage_source: "estimated", cost_usd: 0.00003, sluice: { usage_source: "estimated" } });
    expect(response.headers.get("x-sluice-estimated")).toBe("true");
    expect(receipts[0]).toMatchObject({
      usage: { input_tokens: 5, output_tokens: 2, reasoning_tokens: null },
      attempts: [{ usage_source: "estimated", cost_nano_usd: "30000" }],
    });
    expect(recomputed(receipts[0] as Receipt)).toBe("30000");
    // A client of another dialect is told the estimate where it looks for usage, not zeros.
    const message = await anthropic.messages.create({ model: "p/m", max_tokens: 10, messages });
    expect(message).toMatchObject({
      usage: { input_tokens: 5, output_tokens: 2 },
      sluice: { usage_source: "estimated" },
    });
  });

  test("is estimated where the upstream counts but one side of it", async () => {
    const { world, openai, receipts } = createFixture();
    upstream(world, "p", upstreams.replying(chatReply({ prompt_tokens: 9 })));
    await openai.chat.completions.create({ model: "p/m", messages });
    expect(receipts[0]).toMatchObject({
      path: "byte",
      usage_source: "estimated",
      usage: { input_tokens: 9, output_tokens: 2 },
    });
  });

  test("is estimated in streams: on the usage chunk that was asked for, whatever of the stream was decoded", async () => {
    const { world, openai, anthropic, receipts } = createFixture();
    upstream(world, "p", upstreams.streaming(chatStream(null)));
    const stream = await openai.chat.completions.create({
      model: "p/m",
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const each of stream) chunks.push(each);
    const [receipt] = receipts as [Receipt];
    expect(receipt).toMatchObject({ path: "byte", usage_source: "estimated", usage: { input_tokens: 5 } });
    expect(receipt.usage?.output_tokens).toBeGreaterThan(2);
    expect(receipt.usage?.output_tokens).toBeLessThan(8);
    expect(chunks.at(-1)).toMatchObject({
      usage: { prompt_tokens: 5, completion_tokens: receipt.usage?.output_tokens },
      usage_source: "estimated",
    });
    const events: Anthropic.MessageStreamEvent[] = [];
    for await (const event of await anthropic.messages.create({
      model: "p/m",
      max_tokens: 10,
      messages,
      stream: true,
    }))
      events.push(event);
    // 49 characters, decoded one by one
    expect(events.find(({ type }) => type === "message_delta")).toMatchObject({ usage: { output_tokens: 6 } });
  });

  test("is a lower bound where an answer was cut, and what the upstream said of it too", async () => {
    const { world, anthropic, receipts } = createFixture();
    upstream(world, "p", upstreams.streaming(chatStream(null).slice(0, 4)));
    const stream = await anthropic.messages.create({ model: "p/m", max_tokens: 10, messages, stream: true });
    await expect(Array.fromAsync(stream)).rejects.toThrow("cut");
    expect(receipts[0]).toMatchObject({
      complete: false,
      usage_source: "estimated",
      usage: { output_tokens: 2 },
      cost_nano_usd: "30000",
    });
  });
});

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
