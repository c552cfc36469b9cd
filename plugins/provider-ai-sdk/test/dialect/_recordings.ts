import type { JsonObject, StreamEvent } from "@sluice/core";
import type { Recording } from "@sluice/testkit";

const source = {
  url: "https://github.com/vercel/ai/tree/main/packages/provider/src/language-model/v4",
  read: "2026-11-20",
  what: "stream parts of contract V4",
  model: "a-model",
  origin: "written",
};

const usage = {
  inputTokens: { total: 42, noCache: 12, cacheRead: 20, cacheWrite: 10 },
  outputTokens: { total: 5, text: 3, reasoning: 2 },
};
const used: StreamEvent = {
  type: "usage",
  usage: { inputTokens: 42, cacheReadTokens: 20, cacheWriteTokens: 10, outputTokens: 5, reasoningTokens: 2 },
};
const metadata = (signature: string): JsonObject => ({ acme: { signature } });
const state = (signature: string, kind: "signature" | "encrypted", id?: string) => ({
  kind,
  domain: "ai-sdk.acme",
  data: JSON.stringify(metadata(signature)),
  ...(id === undefined ? {} : { id }),
});
const head: JsonObject[] = [
  { type: "stream-start", warnings: [] },
  { type: "response-metadata", id: "r-1", modelId: "a-model-2026", timestamp: "2026-11-20T00:00:00.000Z" },
];
const response = { id: "r-1", modelId: "a-model-2026", timestamp: "2026-11-20T00:00:00.000Z" };
const started: StreamEvent = { type: "start", id: "r-1", model: "a-model-2026", created: 1_795_132_800 };

function recorded(
  name: string,
  parts: JsonObject[],
  events: StreamEvent[],
  reply: JsonObject | null = null,
): Recording {
  const text = [...head, ...parts].map((part) => `data: ${JSON.stringify(part)}\n\n`).join("");
  const whole = reply === null ? null : { warnings: [], response, usage, ...reply };
  const stream = new TextEncoder().encode(text);
  return {
    name,
    source,
    stream,
    reply: whole,
    request: null,
    events: [started, ...events],
    quirks: {},
    stateDomain: null,
  };
}

const finish = (unified: string, raw: string): JsonObject => ({
  type: "finish",
  finishReason: { unified, raw },
  usage,
});

/** Streams of parts with their events, and the same answers whole. */
export const recordings: Recording[] = [
  recorded(
    "text",
    [
      { type: "text-start", id: "0" },
      { type: "text-delta", id: "0", delta: "Hel" },
      { type: "ping" },
      { type: "text-delta", id: "0", delta: "lo ✓" },
      { type: "text-end", id: "0" },
      finish("stop", "end_turn"),
    ],
    [
      { type: "text-delta", choice: 0, text: "Hel" },
      { type: "text-delta", choice: 0, text: "lo ✓" },
      used,
      { type: "finish", choice: 0, reason: "stop" },
      { type: "end" },
    ],
    { content: [{ type: "text", text: "Hello ✓" }], finishReason: { unified: "stop", raw: "end_turn" } },
  ),
  recorded(
    "thinking-tools",
    [
      { type: "reasoning-start", id: "r" },
      { type: "reasoning-delta", id: "r", delta: "They ask " },
      { type: "reasoning-delta", id: "r", delta: "twice." },
      { type: "reasoning-end", id: "r", providerMetadata: metadata("r") },
      { type: "reasoning-start", id: "s", providerMetadata: metadata("s") },
      { type: "reasoning-end", id: "s" },
      { type: "text-start", id: "t" },
      { type: "text-delta", id: "t", delta: "I will look." },
      { type: "text-end", id: "t", providerMetadata: metadata("t") },
      { type: "tool-input-start", id: "c1", toolName: "get_weather", providerMetadata: metadata("c1") },
      { type: "tool-input-delta", id: "c1", delta: '{"city":' },
      { type: "tool-input-delta", id: "c1", delta: '"Oslo"}' },
      { type: "tool-input-end", id: "c1" },
      {
        type: "tool-call",
        toolCallId: "c1",
        toolName: "get_weather",
        input: '{"city":"Oslo"}',
        providerMetadata: metadata("c1"),
      },
      { type: "tool-call", toolCallId: "c2", toolName: "get_time", input: "{}" },
      finish("tool-calls", "tool_use"),
    ],
    [
      { type: "reasoning-delta", choice: 0, text: "They ask " },
      { type: "reasoning-delta", choice: 0, text: "twice." },
      { type: "reasoning-end", choice: 0, state: state("r", "signature") },
      { type: "reasoning-end", choice: 0, state: state("s", "encrypted") },
      { type: "text-delta", choice: 0, text: "I will look." },
      { type: "reasoning-end", choice: 0, state: state("t", "encrypted", "text:0") },
      { type: "tool-start", choice: 0, index: 0, id: "c1", name: "get_weather", state: state("c1", "signature") },
      { type: "tool-delta", choice: 0, index: 0, arguments: '{"city":' },
      { type: "tool-delta", choice: 0, index: 0, arguments: '"Oslo"}' },
      { type: "tool-end", choice: 0, index: 0 },
      { type: "tool-start", choice: 0, index: 1, id: "c2", name: "get_time" },
      { type: "tool-delta", choice: 0, index: 1, arguments: "{}" },
      { type: "tool-end", choice: 0, index: 1 },
      used,
      { type: "finish", choice: 0, reason: "tool-calls" },
      { type: "end" },
    ],
    {
      content: [
        { type: "reasoning", text: "They ask twice.", providerMetadata: metadata("r") },
        { type: "reasoning", text: "", providerMetadata: metadata("s") },
        { type: "text", text: "I will look.", providerMetadata: metadata("t") },
        {
          type: "tool-call",
          toolCallId: "c1",
          toolName: "get_weather",
          input: '{"city":"Oslo"}',
          providerMetadata: metadata("c1"),
        },
        { type: "tool-call", toolCallId: "c2", toolName: "get_time", input: "{}" },
      ],
      finishReason: { unified: "tool-calls", raw: "tool_use" },
    },
  ),
  recorded(
    "error",
    [
      { type: "text-start", id: "0" },
      { type: "text-delta", id: "0", delta: "Hel" },
      { type: "error", error: { name: "", message: "Busy.", status: 529, retryable: true } },
      finish("error", "error"),
    ],
    [
      { type: "text-delta", choice: 0, text: "Hel" },
      { type: "error", failure: { class: "overloaded", message: "Busy.", status: 529 } },
    ],
  ),
];
