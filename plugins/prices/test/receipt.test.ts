import { createGateway } from "@sluice/core";
import type { Gateway, Receipt } from "@sluice/core";
import { openai } from "@sluice/provider-openai";
import { createMockUpstream, type MockUpstream } from "@sluice/testkit";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { prices } from "../src/index.ts";

/** What the table says of gpt-5-mini, by hand: dollars for a million tokens of input, cached input and output. */
const [input, cached, output] = [250_000n, 25_000n, 2_000_000n];

describe("a receipt at the table's prices", () => {
  let upstream: MockUpstream;
  let gateway: Gateway;
  const receipts: Receipt[] = [];
  const fetch = (url: string | URL | Request, init?: RequestInit) => gateway.fetch(new Request(url, init));
  const client = new OpenAI({ apiKey: "none", baseURL: "http://gateway.test/v1", maxRetries: 0, fetch });
  const messages = [{ role: "user" as const, content: "How high is the tide in the harbour tonight?" }];

  beforeAll(async () => {
    upstream = await createMockUpstream();
    const channel = openai({ apiKey: "none", baseURL: upstream.baseURL("openai-chat"), speaks: ["openai-chat"] });
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    gateway = createGateway({ providers: [channel], plugins: [prices()] }, { logger });
    gateway.hooks.hook("request:done", ({ receipt }) => void (receipt && receipts.push(receipt)));
  });
  afterAll(async () => {
    await gateway.close({ graceMs: 0 });
    await upstream.close();
  });

  test.each([false, true])("names them, and is computed from them alone (stream: %s)", async (stream) => {
    receipts.length = 0;
    const usage = stream ? await lastUsage() : (await client.chat.completions.create(question)).usage;
    const [receipt] = receipts as [Receipt];
    expect(receipt.price_source).toBe("genai-prices 0.1.8 (2026-09-23)");
    expect(receipt.attempts[0]?.price).toMatchObject({
      source: "genai-prices",
      source_version: "0.1.8",
      date: "2026-09-23",
      version: receipt.price_version,
    });
    const hits = BigInt(usage?.prompt_tokens_details?.cached_tokens ?? 0);
    const asked = BigInt(usage?.prompt_tokens ?? 0);
    const answered = BigInt(usage?.completion_tokens ?? 0);
    expect(asked > 0n && answered > 0n).toBe(true);
    const pico = (asked - hits) * input + hits * cached + answered * output;
    expect(receipt.cost_nano_usd).toBe(((pico + 999n) / 1000n).toString());
  });

  const question = { model: "openai/gpt-5-mini", messages };

  async function lastUsage(): Promise<OpenAI.CompletionUsage | undefined> {
    const options = { stream: true, stream_options: { include_usage: true } } as const;
    const chunks = await Array.fromAsync(await client.chat.completions.create({ ...question, ...options }));
    return chunks.at(-1)?.usage ?? undefined;
  }

  test("has no price for a model that the table does not know, and says so", async () => {
    receipts.length = 0;
    const answer = await client.chat.completions.create({ ...question, model: "openai/gpt-of-nobody" });
    expect(answer).toMatchObject({ cost_usd: null, sluice: { cost_nano_usd: null, price_source: null } });
    expect(receipts[0]?.usage?.input_tokens).toBeGreaterThan(0);
  });
});
