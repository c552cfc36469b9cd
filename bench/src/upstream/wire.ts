import { usage, vector } from "./texts.ts";

/** A wire format as the mock speaks it: a whole answer, and the frames of a stream. */
export interface Wire {
  whole: (text: string) => unknown;
  /** Frames before the first delta. */
  open: string;
  delta: (text: string) => string;
  /** Frames after the last delta, the terminator included. */
  close: string;
  error: (status: number) => unknown;
}

/** An answer to `/v1/embeddings`. */
export const embedded = {
  object: "list",
  data: [{ object: "embedding", index: 0, embedding: vector }],
  model: "text-embedding-3-small",
  usage: { prompt_tokens: usage.input, total_tokens: usage.input },
};

const openaiChunk = (choices: unknown[], more = {}): string =>
  data({
    id: "chatcmpl-bench",
    object: "chat.completion.chunk",
    created: 1_790_000_000,
    model: "gpt-4.1-mini-2025-04-14",
    choices,
    ...more,
  });

const openaiUsage = {
  prompt_tokens: usage.input,
  completion_tokens: usage.output,
  total_tokens: usage.input + usage.output,
};

export const openai: Wire = {
  whole: (content) => ({
    id: "chatcmpl-bench",
    object: "chat.completion",
    created: 1_790_000_000,
    model: "gpt-4.1-mini-2025-04-14",
    choices: [
      { index: 0, message: { role: "assistant", content, refusal: null }, logprobs: null, finish_reason: "stop" },
    ],
    usage: openaiUsage,
    service_tier: "default",
    system_fingerprint: "fp_bench",
  }),
  open: openaiChunk([{ index: 0, delta: { role: "assistant", content: "" }, logprobs: null, finish_reason: null }]),
  delta: (content) => openaiChunk([{ index: 0, delta: { content }, logprobs: null, finish_reason: null }]),
  close:
    openaiChunk([{ index: 0, delta: {}, logprobs: null, finish_reason: "stop" }]) +
    openaiChunk([], { usage: openaiUsage }) +
    "data: [DONE]\n\n",
  error: (status) => ({ error: { message: `bench fault ${status}`, type: "server_error", code: null, param: null } }),
};

const anthropicMessage = {
  id: "msg_bench",
  type: "message",
  role: "assistant",
  model: "claude-sonnet-4-5",
  stop_sequence: null,
};

export const anthropic: Wire = {
  whole: (text) => ({
    ...anthropicMessage,
    content: [{ type: "text", text }],
    stop_reason: "end_turn",
    usage: { input_tokens: usage.input, output_tokens: usage.output },
  }),
  open:
    named({
      type: "message_start",
      message: {
        ...anthropicMessage,
        content: [],
        stop_reason: null,
        usage: { input_tokens: usage.input, output_tokens: 1 },
      },
    }) + named({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }),
  delta: (text) => named({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } }),
  close:
    named({ type: "content_block_stop", index: 0 }) +
    named({
      type: "message_delta",
      delta: { stop_reason: "end_turn", stop_sequence: null },
      usage: { output_tokens: usage.output },
    }) +
    named({ type: "message_stop" }),
  error: (status) => ({ type: "error", error: { type: "api_error", message: `bench fault ${status}` } }),
};

const geminiUsage = {
  promptTokenCount: usage.input,
  candidatesTokenCount: usage.output,
  totalTokenCount: usage.input + usage.output,
};

function geminiChunk(text: string, more: object = {}): unknown {
  return {
    candidates: [{ content: { parts: [{ text }], role: "model" }, index: 0, ...more }],
    usageMetadata: geminiUsage,
    modelVersion: "gemini-2.5-flash",
    responseId: "bench",
  };
}

export const gemini: Wire = {
  whole: (text) => geminiChunk(text, { finishReason: "STOP" }),
  open: "",
  delta: (text) => data(geminiChunk(text)),
  close: data(geminiChunk("", { finishReason: "STOP" })),
  error: (status) => ({ error: { code: status, message: `bench fault ${status}`, status: "INTERNAL" } }),
};

function data(json: unknown): string {
  return `data: ${JSON.stringify(json)}\n\n`;
}

function named(json: { type: string } & Record<string, unknown>): string {
  return `event: ${json.type}\ndata: ${JSON.stringify(json)}\n\n`;
}
