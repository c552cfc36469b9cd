import { foldEvents, noUsage, usageWith } from "@sluice/core";
import type { Dialect, JsonObject, Quirks, Usage } from "@sluice/core";
import { describe, expect, test } from "vitest";
import { anthropic, gemini, openaiChat, openaiResponses } from "../src/index.ts";
import { subjectOf } from "./_subject.ts";

/** How the smallest answer of a dialect carries usage, whole and streamed. */
interface Wire {
  dialect: Dialect;
  reply(usage: JsonObject, around: JsonObject): JsonObject;
  stream(usage: JsonObject, around: JsonObject): string;
}

const sse = (data: object, event?: string) => `${event ? `event: ${event}\n` : ""}data: ${JSON.stringify(data)}\n\n`;
const typed = (data: JsonObject) => sse(data, data["type"] as string);

const chatHead = { id: "c", created: 1, model: "m" };
const chat: Wire = {
  dialect: openaiChat,
  reply: (usage, around) => ({
    ...chatHead,
    object: "chat.completion",
    choices: [{ index: 0, message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }],
    usage,
    ...around,
  }),
  stream: (usage, around) =>
    sse({ ...chatHead, choices: [{ index: 0, delta: { role: "assistant", content: "Hi" }, finish_reason: null }] }) +
    sse({ ...chatHead, choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }) +
    sse({ ...chatHead, choices: [], usage, ...around }) +
    "data: [DONE]\n\n",
};

const message = { id: "msg", type: "message", role: "assistant", model: "m", stop_sequence: null };
const messages: Wire = {
  dialect: anthropic,
  reply: (usage) => ({ ...message, content: [{ type: "text", text: "Hi" }], stop_reason: "end_turn", usage }),
  stream: (usage) =>
    typed({
      type: "message_start",
      message: { ...message, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } },
    }) +
    typed({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }) +
    typed({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hi" } }) +
    typed({ type: "content_block_stop", index: 0 }) +
    typed({ type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage }) +
    typed({ type: "message_stop" }),
};

const candidate = { index: 0, content: { role: "model", parts: [{ text: "Hi" }] }, finishReason: "STOP" };
const contents: Wire = {
  dialect: gemini,
  reply: (usageMetadata, around) => ({
    responseId: "r",
    modelVersion: "m",
    candidates: [{ ...candidate, ...around }],
    usageMetadata,
  }),
  stream: (usageMetadata, around) =>
    sse({
      responseId: "r",
      candidates: [{ ...candidate, finishReason: undefined }],
      usageMetadata: { promptTokenCount: 1 },
    }) + sse({ responseId: "r", candidates: [{ ...candidate, ...around }], usageMetadata }),
};

const item = {
  type: "message",
  id: "msg",
  role: "assistant",
  status: "completed",
  content: [{ type: "output_text", text: "Hi", annotations: [] }],
};
const response = (usage: JsonObject, { output = [], ...around }: JsonObject): JsonObject => ({
  id: "resp",
  object: "response",
  created_at: 1,
  model: "m",
  status: "completed",
  output: [...(output as JsonObject[]), item],
  usage,
  ...around,
});
const responses: Wire = {
  dialect: openaiResponses,
  reply: response,
  stream: (usage, around) =>
    typed({
      type: "response.created",
      response: { ...response(usage, around), status: "in_progress", output: [], usage: null },
    }) + typed({ type: "response.completed", response: response(usage, around) }),
};

interface Row {
  wire: Wire;
  usage: JsonObject;
  around?: JsonObject;
  quirks?: Quirks;
  expected: Partial<Usage>;
}

const rows: Record<string, Row> = {
  "chat: cached, reasoning and audio are inside": {
    wire: chat,
    usage: {
      prompt_tokens: 100,
      completion_tokens: 50,
      total_tokens: 150,
      prompt_tokens_details: {
        cached_tokens: 30,
        audio_tokens: 20,
        cached_tokens_details: { audio_tokens: 5, text_tokens: 25 },
      },
      completion_tokens_details: { reasoning_tokens: 10, audio_tokens: 25, accepted_prediction_tokens: 0 },
    },
    expected: {
      inputTokens: 100,
      cacheReadTokens: 30,
      outputTokens: 50,
      reasoningTokens: 10,
      details: { audioInputTokens: 20, audioCacheReadTokens: 5, audioOutputTokens: 25 },
    },
  },
  "chat: a tier that is not the usual one is told": {
    wire: chat,
    usage: { prompt_tokens: 1, completion_tokens: 2 },
    around: { service_tier: "flex" },
    expected: { inputTokens: 1, outputTokens: 2, details: { serviceTier: "flex" } },
  },
  "chat: the usual tier and counts of 0 say nothing": {
    wire: chat,
    usage: { prompt_tokens: 1, completion_tokens: 2, prompt_tokens_details: { audio_tokens: 0, cached_tokens: 0 } },
    around: { service_tier: "default" },
    expected: { inputTokens: 1, outputTokens: 2, cacheReadTokens: 0 },
  },
  "chat: cache writes by how long they are kept": {
    wire: chat,
    usage: {
      prompt_tokens: 500,
      completion_tokens: 2,
      prompt_tokens_details: {
        cache_creation_input_tokens: 400,
        cache_creation: { ephemeral_5m_input_tokens: 300, ephemeral_1h_input_tokens: 100 },
      },
    },
    expected: {
      inputTokens: 500,
      cacheWriteTokens: 400,
      outputTokens: 2,
      details: { cacheWrite5mTokens: 300, cacheWrite1hTokens: 100 },
    },
  },
  "chat: reasoning outside is added, and more cached than asked too": {
    wire: chat,
    usage: {
      prompt_tokens: 20,
      completion_tokens: 9,
      total_tokens: 129,
      prompt_tokens_details: { cached_tokens: 64 },
      completion_tokens_details: { reasoning_tokens: 100 },
      server_side_tool_usage_details: { web_search_calls: 2, x_search_calls: 1, code_interpreter_calls: 0 },
    },
    quirks: { reasoningTokens: "outside" },
    expected: {
      inputTokens: 84,
      cacheReadTokens: 64,
      outputTokens: 109,
      reasoningTokens: 100,
      details: { toolCalls: { web_search: 2, x_search: 1 } },
    },
  },
  "responses: calls of tools that the vendor runs, and the tier": {
    wire: responses,
    usage: {
      input_tokens: 10,
      output_tokens: 5,
      input_tokens_details: { cached_tokens: 4, cache_write_tokens: 3 },
      output_tokens_details: { reasoning_tokens: 2 },
    },
    around: {
      service_tier: "priority",
      output: [
        { type: "web_search_call", id: "ws_1", status: "completed", action: { type: "search", query: "a" } },
        { type: "web_search_call", id: "ws_2", status: "completed", action: { type: "search", query: "b" } },
        {
          type: "web_search_call",
          id: "ws_3",
          status: "completed",
          action: { type: "open_page", url: "https://a.example" },
        },
      ],
    },
    expected: {
      inputTokens: 10,
      cacheReadTokens: 4,
      cacheWriteTokens: 3,
      outputTokens: 5,
      reasoningTokens: 2,
      details: { serviceTier: "priority", toolCalls: { web_search: 2 } },
    },
  },
  "messages: the input has what was read from and written to the cache": {
    wire: messages,
    usage: {
      input_tokens: 10,
      cache_read_input_tokens: 200,
      cache_creation_input_tokens: 70,
      cache_creation: { ephemeral_5m_input_tokens: 50, ephemeral_1h_input_tokens: 20 },
      output_tokens: 30,
      output_tokens_details: { thinking_tokens: 12 },
      server_tool_use: { web_search_requests: 3, web_fetch_requests: 0 },
      service_tier: "standard",
      speed: "fast",
    },
    expected: {
      inputTokens: 280,
      cacheReadTokens: 200,
      cacheWriteTokens: 70,
      outputTokens: 30,
      reasoningTokens: 12,
      details: { cacheWrite5mTokens: 50, cacheWrite1hTokens: 20, toolCalls: { web_search: 3 }, serviceTier: "fast" },
    },
  },
  "messages: a batch is a tier": {
    wire: messages,
    usage: { input_tokens: 10, output_tokens: 30, service_tier: "batch", cache_creation: null, server_tool_use: null },
    expected: { inputTokens: 10, outputTokens: 30, details: { serviceTier: "batch" } },
  },
  "contents: thoughts are outside, tools' results are input, media by modality": {
    wire: contents,
    usage: {
      promptTokenCount: 100,
      toolUsePromptTokenCount: 40,
      cachedContentTokenCount: 30,
      candidatesTokenCount: 20,
      thoughtsTokenCount: 60,
      totalTokenCount: 220,
      promptTokensDetails: [
        { modality: "TEXT", tokenCount: 10 },
        { modality: "AUDIO", tokenCount: 50 },
        { modality: "IMAGE", tokenCount: 25 },
        { modality: "DOCUMENT", tokenCount: 15 },
      ],
      cacheTokensDetails: [{ modality: "AUDIO", tokenCount: 30 }],
      candidatesTokensDetails: [{ modality: "IMAGE", tokenCount: 20 }],
      toolUsePromptTokensDetails: [{ modality: "TEXT", tokenCount: 40 }],
      trafficType: "ON_DEMAND_FLEX",
    },
    expected: {
      inputTokens: 140,
      cacheReadTokens: 30,
      outputTokens: 80,
      reasoningTokens: 60,
      details: {
        audioInputTokens: 50,
        imageInputTokens: 40,
        audioCacheReadTokens: 30,
        imageOutputTokens: 20,
        serviceTier: "flex",
      },
    },
  },
  "contents: every query of the vendor's search, once": {
    wire: contents,
    usage: { promptTokenCount: 10, candidatesTokenCount: 2, trafficType: "ON_DEMAND" },
    around: { groundingMetadata: { webSearchQueries: ["tide", "", "moon", "tide"] } },
    expected: { inputTokens: 10, outputTokens: 2, details: { toolCalls: { web_search: 2 } } },
  },
  "contents: an answer with searches, where the vendor bills that": {
    wire: contents,
    usage: { promptTokenCount: 10, candidatesTokenCount: 2 },
    around: { groundingMetadata: { webSearchQueries: ["tide", "moon"] } },
    quirks: { searchesBilled: "answer" },
    expected: { inputTokens: 10, outputTokens: 2, details: { toolCalls: { web_search: 1 } } },
  },
};

describe("usage as a vendor writes it", () => {
  test.each(Object.entries(rows))("%s", async (_what, { wire, usage, around = {}, quirks = {}, expected }) => {
    const subject = subjectOf(wire.dialect, "m");
    const context = { ...subject.decodeContext, target: { ...subject.target, quirks } };
    const { raw: _whole, ...whole } = subject.upstream.decodeReply(wire.reply(usage, around), context).usage;
    const bytes = new TextEncoder().encode(wire.stream(usage, around));
    const fold = foldEvents(await subject.decodeBytes(once(bytes), context));
    const { raw: _streamed, ...streamed } = fold.reply.usage;
    expect(fold).toMatchObject({ complete: true, failure: null });
    expect(whole).toEqual(usageWith(expected));
    expect(streamed).toEqual(usageWith(expected));
  });

  test.each([
    ["chat", openaiChat],
    ["responses", openaiResponses],
    ["messages", anthropic],
    ["contents", gemini],
  ] as const)("what %s clients get of it means the same again", (_name, dialect) => {
    const subject = subjectOf(dialect, "m");
    const usage = usageWith({
      inputTokens: 100,
      cacheReadTokens: 30,
      outputTokens: 50,
      reasoningTokens: 10,
      ...(dialect === openaiResponses ? {} : { details: detailsFor(dialect) }),
    });
    const reply = {
      id: "x",
      model: "m",
      created: 1,
      choices: [{ parts: [{ type: "text" as const, text: "Hi" }], finish: "stop" as const }],
      usage,
      warnings: [],
    };
    const body = subject.client.encodeReply(reply, subject.answerContext);
    const { raw: _raw, ...again } = subject.upstream.decodeReply(body, subject.decodeContext).usage;
    expect({ ...noUsage, ...again, cacheWriteTokens: again.cacheWriteTokens || null }).toEqual(usage);
  });
});

function detailsFor(dialect: Dialect): NonNullable<Usage["details"]> {
  if (dialect === anthropic) return { toolCalls: { web_search: 2 } };
  return { audioInputTokens: 20, imageInputTokens: 5, audioOutputTokens: 8, imageOutputTokens: 7 };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
