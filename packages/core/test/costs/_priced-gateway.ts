import Anthropic from "@anthropic-ai/sdk";
import { createWorld, type Personality, type World } from "@sluice/testkit";
import OpenAI from "openai";
import { createGateway } from "../../src/index.ts";
import type { ChannelOptions, GatewayConfig, PriceConfig, Receipt } from "../../src/index.ts";
import { vendor } from "../_operations.ts";

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
export function createFixture(config: Partial<GatewayConfig> = {}, more: ChannelOptions = {}) {
  const world = createWorld({ seed: 1, epochMs: Date.UTC(2026, 10, 20) });
  const spoken = [
    "openai-chat",
    "openai-embeddings",
    "openai-moderations",
    "openai-images",
    "openai-speech",
    "openai-transcription",
  ];
  const providers = [
    vendor("v", spoken)({ multiplier: 1.5, ...more }),
    vendor("p", spoken)(),
    vendor("a", ["anthropic"])(),
    vendor("j", ["jina-rerank"])(),
    vendor("c", ["cohere-rerank"])(),
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

export const upstream = (world: World, id: string, personality: Personality) =>
  world.upstream(`https://${id}.test`, personality);
export const messages = [{ role: "user" as const, content: "How high is the tide in the harbour tonight?" }];
export const usage = {
  prompt_tokens: 100,
  completion_tokens: 20,
  total_tokens: 120,
  prompt_tokens_details: { cached_tokens: 40 },
};
export const chatReply = (usage: object | undefined, around: object = {}) => ({
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
export const chatStream = (usage: object | null) => [
  chunk({ choices: [{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }] }),
  ...["High water ", "is at ", "nine, ", "and low water ", "is at three."].map((content) =>
    chunk({ choices: [{ index: 0, delta: { content }, finish_reason: null }] }),
  ),
  chunk({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }),
  ...(usage ? [chunk({ choices: [], usage })] : []),
  "data: [DONE]\n\n",
];

/** By hand: the amount that a receipt's own lines give, in nanodollars, with fractions of whole numbers alone. */
export function recomputed(receipt: Receipt): string | null {
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
