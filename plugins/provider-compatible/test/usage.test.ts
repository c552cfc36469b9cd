import { cutFrames, foldEvents, matchesGlob, usageWith } from "@sluice/core";
import type { DecodeContext, JsonObject, Quirks, StreamEvent, UpstreamDialect, Usage } from "@sluice/core";
import { openaiChat } from "@sluice/dialects";
import { describe, expect, test } from "vitest";
import { vendors } from "../src/index.ts";
import type { Vendor, VendorId } from "../src/index.ts";

const upstream = openaiChat.upstream as UpstreamDialect;

interface Row {
  vendor: VendorId;
  model?: string;
  usage: JsonObject;
  /** Where the usage stands in the last chunk of a stream. @default `usage` */
  streamed?: (usage: JsonObject) => JsonObject;
  expected: Partial<Usage>;
}

const rows: readonly Row[] = [
  {
    vendor: "xai",
    usage: {
      prompt_tokens: 32,
      completion_tokens: 9,
      total_tokens: 135,
      prompt_tokens_details: { text_tokens: 32, audio_tokens: 0, image_tokens: 0, cached_tokens: 6 },
      completion_tokens_details: { reasoning_tokens: 94, audio_tokens: 0 },
      num_sources_used: 0,
    },
    expected: { inputTokens: 32, cacheReadTokens: 6, outputTokens: 103, reasoningTokens: 94 },
  },
  {
    vendor: "moonshot",
    model: "kimi-k2",
    usage: { prompt_tokens: 19, completion_tokens: 21, total_tokens: 40, cached_tokens: 10 },
    streamed: (usage) => ({ choices: [{ index: 0, delta: {}, finish_reason: "stop", usage }] }),
    expected: { inputTokens: 19, cacheReadTokens: 10, outputTokens: 21 },
  },
  {
    vendor: "deepseek",
    usage: {
      prompt_tokens: 100,
      completion_tokens: 40,
      total_tokens: 140,
      prompt_cache_hit_tokens: 64,
      prompt_cache_miss_tokens: 36,
      completion_tokens_details: { reasoning_tokens: 30 },
    },
    expected: { inputTokens: 100, cacheReadTokens: 64, outputTokens: 40, reasoningTokens: 30 },
  },
  {
    vendor: "groq",
    usage: { queue_time: 0.1, prompt_tokens: 11, completion_tokens: 7, total_tokens: 18, total_time: 0.2 },
    streamed: (usage) => ({ x_groq: { id: "req_1", usage } }),
    expected: { inputTokens: 11, outputTokens: 7 },
  },
  {
    vendor: "qwen",
    usage: {
      prompt_tokens: 3019,
      completion_tokens: 104,
      total_tokens: 3123,
      prompt_tokens_details: { cached_tokens: 2048, cache_creation_input_tokens: 971 },
    },
    expected: { inputTokens: 3019, cacheReadTokens: 2048, cacheWriteTokens: 971, outputTokens: 104 },
  },
  {
    vendor: "perplexity",
    usage: {
      prompt_tokens: 33,
      completion_tokens: 60,
      total_tokens: 93,
      reasoning_tokens: 50,
      num_search_queries: 18,
      citation_tokens: 0,
    },
    expected: { inputTokens: 33, outputTokens: 110, reasoningTokens: 50, details: { toolCalls: { web_search: 18 } } },
  },
  {
    vendor: "cerebras",
    usage: {
      prompt_tokens: 8,
      completion_tokens: 5,
      total_tokens: 13,
      completion_tokens_details: { reasoning_tokens: 3 },
    },
    expected: { inputTokens: 8, outputTokens: 5, reasoningTokens: 3 },
  },
  {
    vendor: "deepinfra",
    usage: {
      prompt_tokens: 8,
      completion_tokens: 5,
      total_tokens: 13,
      completion_tokens_details: { reasoning_tokens: 30 },
    },
    expected: { inputTokens: 8, outputTokens: 35, reasoningTokens: 30 },
  },
  {
    vendor: "openrouter",
    usage: {
      prompt_tokens: 20,
      completion_tokens: 10,
      total_tokens: 30,
      cost: 0.01,
      prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 2, audio_tokens: 6 },
      server_tool_use: { web_search_requests: 1 },
    },
    expected: {
      inputTokens: 20,
      cacheReadTokens: 4,
      cacheWriteTokens: 2,
      outputTokens: 10,
      details: { audioInputTokens: 6, toolCalls: { web_search: 1 } },
    },
  },
];

describe("usage of the vendors of the table", () => {
  test.each(rows.map((row) => [row.vendor, row] as const))("%s, whole and streamed", async (_vendor, row) => {
    const { usage, streamed = (usage) => ({ choices: [], usage }), expected } = row;
    const context = contextOf(row);
    const whole = upstream.decodeReply(
      { ...head, choices: [{ index: 0, message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }], usage },
      context,
    );
    const chunks = [
      { ...head, choices: [{ index: 0, delta: { role: "assistant", content: "Hi" }, finish_reason: null }] },
      { ...head, choices: [{ index: 0, delta: {}, finish_reason: "stop" }] },
      { ...head, ...streamed(usage) },
    ];
    expect(withoutRaw(whole.usage)).toEqual(usageWith(expected));
    expect(withoutRaw(foldEvents(await decode(chunks, context)).reply.usage)).toEqual(usageWith(expected));
  });
});

const head = { id: "c", object: "chat.completion", created: 1, model: "m" };

function contextOf({ vendor, model = "m" }: Row): DecodeContext {
  const { quirks = {}, modelQuirks = [] } = vendors[vendor] as Vendor;
  const rules = modelQuirks.filter(([glob]) => matchesGlob(glob, model)).map(([, more]) => more);
  return {
    target: { model, quirks: Object.assign({}, quirks, ...rules) as Quirks, info: null, stateDomain: vendor },
    request: {
      operation: "chat",
      model,
      stream: true,
      messages: [{ role: "user", parts: [{ type: "text", text: "Hi" }] }],
      sampling: {},
      origin: { dialect: "openai-chat", rest: {}, prefers: {} },
    },
  };
}

async function decode(chunks: readonly object[], context: DecodeContext): Promise<StreamEvent[]> {
  const text = chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join("") + "data: [DONE]\n\n";
  const state = upstream.decoder.initial(context);
  const events: StreamEvent[] = [];
  const body = (async function* () {
    yield new TextEncoder().encode(text);
  })();
  for await (const frame of cutFrames(upstream, body, { maxEventBytes: 1_000_000 })) {
    events.push(...upstream.decoder.step(state, frame));
  }
  return [...events, ...upstream.decoder.end(state)];
}

function withoutRaw({ raw: _raw, ...usage }: Usage): Usage {
  return usage;
}
