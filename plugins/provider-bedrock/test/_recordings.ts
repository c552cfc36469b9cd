import type { FinishReason, JsonObject, StreamEvent } from "@sluice/core";
import type { Recording } from "@sluice/testkit";
import { eventOf, exceptionOf } from "./_frames.ts";

const source = {
  url: "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html",
  read: "2026-11-20",
  what: "ConverseStream",
  model: "us.anthropic.claude-haiku-4-5-20251001-v1:0",
  origin: "written",
};

type Wire = [type: string, body: JsonObject];

const delta = (contentBlockIndex: number, value: JsonObject): Wire => [
  "contentBlockDelta",
  { contentBlockIndex, delta: value, p: "abcdefgh" },
];
const stop = (contentBlockIndex: number): Wire => ["contentBlockStop", { contentBlockIndex, p: "ab" }];
const begin: Wire = ["messageStart", { role: "assistant", p: "abc" }];
const end = (stopReason: string): Wire => ["messageStop", { stopReason, p: "abcde" }];
const wireUsage = {
  inputTokens: 12,
  outputTokens: 5,
  totalTokens: 47,
  cacheReadInputTokens: 20,
  cacheWriteInputTokens: 10,
};
const keptUsage = {
  ...wireUsage,
  cacheDetails: [
    { ttl: "5m", inputTokens: 4 },
    { ttl: "1h", inputTokens: 6 },
  ],
};
const meta: Wire = ["metadata", { metrics: { latencyMs: 551 }, usage: wireUsage, p: "ab" }];

const started: StreamEvent = { type: "start", id: null, model: null, created: null };
const used: StreamEvent = {
  type: "usage",
  usage: {
    inputTokens: 42,
    cacheReadTokens: 20,
    cacheWriteTokens: 10,
    outputTokens: 5,
    reasoningTokens: null,
    raw: wireUsage,
  },
};
const text = (words: string): StreamEvent => ({ type: "text-delta", choice: 0, text: words });
const ended = (reason: FinishReason): StreamEvent[] => [{ type: "finish", choice: 0, reason }, used, { type: "end" }];
const failed = (failure: Extract<StreamEvent, { type: "error" }>["failure"]): StreamEvent => ({
  type: "error",
  failure,
});

function replyOf(content: JsonObject[], stopReason: string): JsonObject {
  return {
    metrics: { latencyMs: 551 },
    output: { message: { content, role: "assistant" } },
    stopReason,
    usage: wireUsage,
  };
}

function recorded(
  name: string,
  wire: Wire[],
  events: StreamEvent[],
  reply: JsonObject | null = null,
  tail: Uint8Array = new Uint8Array(0),
): Recording {
  const stream = Uint8Array.from(Buffer.concat([...wire.map(([type, body]) => eventOf(type, body)), tail]));
  return { name, source, stream, reply, request: null, events, quirks: {}, stateDomain: null };
}

/** Streams of Converse, each with its events and, where there is one, the same answer whole. */
export const streams: Recording[] = [
  recorded(
    "text",
    [begin, delta(0, { text: "Hel" }), delta(0, { text: "lo ✓" }), stop(0), end("end_turn"), meta],
    [started, text("Hel"), text("lo ✓"), ...ended("stop")],
    replyOf([{ text: "Hello ✓" }], "end_turn"),
  ),
  recorded(
    "thinking-tools",
    [
      begin,
      delta(0, { reasoningContent: { text: "They ask " } }),
      delta(0, { reasoningContent: { text: "twice." } }),
      delta(0, { reasoningContent: { signature: "EqoBCkgIARABGAIiQA==" } }),
      stop(0),
      delta(1, { reasoningContent: { redactedContent: "ZW5jcnlwdGVk" } }),
      stop(1),
      delta(2, { text: "I will look." }),
      stop(2),
      [
        "contentBlockStart",
        { contentBlockIndex: 3, start: { toolUse: { name: "get_weather", toolUseId: "tooluse_1" } } },
      ],
      delta(3, { toolUse: { input: '{"city":' } }),
      delta(3, { toolUse: { input: '"Oslo"}' } }),
      stop(3),
      ["contentBlockStart", { contentBlockIndex: 4, start: { toolUse: { name: "get_time", toolUseId: "tooluse_2" } } }],
      stop(4),
      end("tool_use"),
      meta,
    ],
    [
      started,
      { type: "reasoning-delta", choice: 0, text: "They ask " },
      { type: "reasoning-delta", choice: 0, text: "twice." },
      {
        type: "reasoning-end",
        choice: 0,
        state: { kind: "signature", domain: "anthropic", data: "EqoBCkgIARABGAIiQA==" },
      },
      {
        type: "reasoning-end",
        choice: 0,
        state: { kind: "redacted", domain: "bedrock-converse", data: "ZW5jcnlwdGVk" },
      },
      text("I will look."),
      { type: "tool-start", choice: 0, index: 0, id: "tooluse_1", name: "get_weather" },
      { type: "tool-delta", choice: 0, index: 0, arguments: '{"city":' },
      { type: "tool-delta", choice: 0, index: 0, arguments: '"Oslo"}' },
      { type: "tool-end", choice: 0, index: 0 },
      { type: "tool-start", choice: 0, index: 1, id: "tooluse_2", name: "get_time" },
      { type: "tool-delta", choice: 0, index: 1, arguments: "{}" },
      { type: "tool-end", choice: 0, index: 1 },
      ...ended("tool-calls"),
    ],
    replyOf(
      [
        { reasoningContent: { reasoningText: { signature: "EqoBCkgIARABGAIiQA==", text: "They ask twice." } } },
        { reasoningContent: { redactedContent: "ZW5jcnlwdGVk" } },
        { text: "I will look." },
        { toolUse: { input: { city: "Oslo" }, name: "get_weather", toolUseId: "tooluse_1" } },
        { toolUse: { input: {}, name: "get_time", toolUseId: "tooluse_2" } },
      ],
      "tool_use",
    ),
  ),
  ...(
    [
      ["max_tokens", "length"],
      ["stop_sequence", "stop-sequence"],
      ["content_filtered", "filter"],
      ["model_context_window_exceeded", "context-full"],
    ] as const
  ).map(([wire, reason]) =>
    recorded(
      wire,
      [begin, delta(0, { text: "So" }), stop(0), end(wire), meta],
      [started, text("So"), ...ended(reason)],
      replyOf([{ text: "So" }], wire),
    ),
  ),
  recorded(
    "guardrail",
    [
      begin,
      delta(0, { text: "Sorry." }),
      stop(0),
      end("guardrail_intervened"),
      ["metadata", { ...meta[1], trace: { guardrail: {} } }],
    ],
    [
      started,
      text("Sorry."),
      { type: "finish", choice: 0, reason: "filter", detail: "A guardrail intervened." },
      used,
      { type: "end" },
    ],
    replyOf([{ text: "Sorry." }], "guardrail_intervened"),
  ),
  recorded(
    "malformed-tool-use",
    [begin, delta(0, { text: "I" }), stop(0), end("malformed_tool_use"), meta],
    [started, text("I"), failed({ class: "server", message: "The upstream ended with malformed_tool_use." })],
  ),
  recorded(
    "citations",
    [
      begin,
      delta(0, { text: "It is so." }),
      delta(0, {
        citation: {
          title: "A page",
          sourceContent: [{ text: "so" }],
          location: { web: { url: "https://example.com/a" } },
        },
      }),
      stop(0),
      end("end_turn"),
      meta,
    ],
    [
      started,
      text("It is so."),
      {
        type: "citation",
        choice: 0,
        citation: {
          url: "https://example.com/a",
          title: "A page",
          quote: "so",
          start: 0,
          end: 9,
          raw: {
            title: "A page",
            sourceContent: [{ text: "so" }],
            location: { web: { url: "https://example.com/a" } },
          },
        },
      },
      ...ended("stop"),
    ],
    replyOf(
      [
        {
          citationsContent: {
            citations: [
              { title: "A page", sourceContent: [{ text: "so" }], location: { web: { url: "https://example.com/a" } } },
            ],
            content: [{ text: "It is so." }],
          },
        },
      ],
      "end_turn",
    ),
  ),
  recorded(
    "hosted-tool",
    [
      begin,
      [
        "contentBlockStart",
        {
          contentBlockIndex: 0,
          start: { toolUse: { name: "nova_grounding", toolUseId: "t1", type: "server_tool_use" } },
        },
      ],
      delta(0, { toolUse: { input: '{"query":"x"}' } }),
      stop(0),
      ["contentBlockStart", { contentBlockIndex: 1, start: { toolResult: { toolUseId: "t1", status: "success" } } }],
      delta(1, { toolResult: [{ json: { found: 1 } }] }),
      stop(1),
      delta(2, { text: "Found." }),
      stop(2),
      end("end_turn"),
      meta,
    ],
    [
      started,
      {
        type: "provider",
        choice: 0,
        format: "bedrock-converse",
        item: { toolUse: { name: "nova_grounding", toolUseId: "t1", type: "server_tool_use", input: { query: "x" } } },
      },
      {
        type: "provider",
        choice: 0,
        format: "bedrock-converse",
        item: { toolResult: { toolUseId: "t1", status: "success", content: [{ json: { found: 1 } }] } },
      },
      text("Found."),
      ...ended("stop"),
    ],
    replyOf(
      [
        { toolUse: { name: "nova_grounding", toolUseId: "t1", type: "server_tool_use", input: { query: "x" } } },
        { toolResult: { toolUseId: "t1", status: "success", content: [{ json: { found: 1 } }] } },
        { text: "Found." },
      ],
      "end_turn",
    ),
  ),
  recorded(
    "image",
    [
      begin,
      ["contentBlockStart", { contentBlockIndex: 0, start: { image: { format: "png" } } }],
      delta(0, { image: { source: { bytes: "iVBOR" } } }),
      delta(0, { image: { source: { bytes: "w0KGgo=" } } }),
      stop(0),
      end("end_turn"),
      meta,
    ],
    [
      started,
      {
        type: "media",
        choice: 0,
        media: "image",
        source: { kind: "data", mediaType: "image/png", data: "iVBORw0KGgo=" },
      },
      ...ended("stop"),
    ],
    replyOf([{ image: { format: "png", source: { bytes: "iVBORw0KGgo=" } } }], "end_turn"),
  ),
  recorded(
    "usage-details",
    [
      begin,
      delta(0, { text: "Hi" }),
      stop(0),
      end("end_turn"),
      ["metadata", { usage: keptUsage, serviceTier: { type: "flex" } }],
    ],
    [
      started,
      text("Hi"),
      { type: "finish", choice: 0, reason: "stop" },
      {
        type: "usage",
        usage: {
          inputTokens: 42,
          cacheReadTokens: 20,
          cacheWriteTokens: 10,
          outputTokens: 5,
          reasoningTokens: null,
          details: { cacheWrite5mTokens: 4, cacheWrite1hTokens: 6, serviceTier: "flex" },
          raw: keptUsage,
        },
      },
      { type: "end" },
    ],
    { ...replyOf([{ text: "Hi" }], "end_turn"), usage: keptUsage, serviceTier: { type: "flex" } },
  ),
  recorded(
    "no-metadata",
    [begin, delta(0, { text: "Hi" }), stop(0), end("end_turn")],
    [started, text("Hi"), { type: "finish", choice: 0, reason: "stop" }, { type: "end" }],
  ),
  recorded(
    "unknown-names",
    [
      begin,
      ["futureEvent", {}],
      delta(0, { text: "Hi" }),
      delta(0, { futureDelta: {} }),
      stop(0),
      end("end_turn"),
      meta,
    ],
    [
      started,
      {
        type: "warning",
        warning: { code: "unknown_event", message: "futureEvent is not known here.", field: "futureEvent" },
      },
      text("Hi"),
      {
        type: "warning",
        warning: { code: "unknown_event", message: "futureDelta is not known here.", field: "futureDelta" },
      },
      ...ended("stop"),
    ],
  ),
  recorded(
    "broken-arguments",
    [
      begin,
      ["contentBlockStart", { contentBlockIndex: 0, start: { toolUse: { name: "f", toolUseId: "t1" } } }],
      delta(0, { toolUse: { input: '{"city":' } }),
      stop(0),
      end("tool_use"),
      meta,
    ],
    [
      started,
      { type: "tool-start", choice: 0, index: 0, id: "t1", name: "f" },
      { type: "tool-delta", choice: 0, index: 0, arguments: '{"city":' },
      { type: "tool-end", choice: 0, index: 0 },
      failed({ class: "protocol", message: "The arguments of f are not JSON." }),
    ],
  ),
  recorded(
    "throttled-before-content",
    [begin],
    [started, failed({ class: "rate", message: "Too many tokens", code: "throttlingException" })],
    null,
    exceptionOf("throttlingException", "Too many tokens"),
  ),
  recorded(
    "broken-after-content",
    [begin, delta(0, { text: "Hi" })],
    [started, text("Hi"), failed({ class: "server", message: "It broke", code: "modelStreamErrorException" })],
    null,
    exceptionOf("modelStreamErrorException", "It broke"),
  ),
  recorded(
    "cut-between-events",
    [begin, delta(0, { text: "Hi" })],
    [started, text("Hi"), failed({ class: "truncated", message: "The stream ended before messageStop." })],
  ),
  recorded(
    "cut-in-an-event",
    [begin, delta(0, { text: "Hi" })],
    [started, text("Hi"), failed({ class: "truncated", message: "The stream ended in the middle of an event." })],
    null,
    eventOf("messageStop", { stopReason: "end_turn" }).subarray(0, 40),
  ),
];
