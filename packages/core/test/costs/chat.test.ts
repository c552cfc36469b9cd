import { upstreams } from "@sluice/testkit";
import type OpenAI from "openai";
import { describe, expect, test } from "vitest";
import type { Receipt } from "../../src/index.ts";
import { chatReply, chatStream, createFixture, messages, recomputed, upstream, usage } from "./_priced-gateway.ts";

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
