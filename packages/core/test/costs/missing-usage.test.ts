import type Anthropic from "@anthropic-ai/sdk";
import { upstreams } from "@sluice/testkit";
import type OpenAI from "openai";
import { describe, expect, test } from "vitest";
import type { Receipt } from "../../src/index.ts";
import { chatReply, chatStream, createFixture, messages, recomputed, upstream } from "./_priced-gateway.ts";

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
