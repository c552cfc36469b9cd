import type { JsonObject } from "@sluice/core";
import type { Answer } from "./answer.ts";
import { readAnthropic } from "./anthropic-request.ts";
import { isAt, isRecord, words } from "./fields.ts";
import type { Prompt } from "./prompt.ts";
import { idOf, pieces, sign } from "./tokens.ts";
import { VendorError } from "./vendor-error.ts";
import type { Vendor, VendorCall, VendorEvent } from "./vendor.ts";

/** Anthropic's messages: https://platform.claude.com/docs/en/api/messages and …/build-with-claude/streaming (read 2026-11). */
export const anthropic: Vendor = {
  dialect: "anthropic",
  owns: ({ method, path }) => method === "POST" && isAt(path, "/v1/messages"),
  list: ({ method, path, headers }, models) => {
    if (method !== "GET" || headers["anthropic-version"] === undefined) return null;
    if (path.endsWith("/models"))
      return {
        data: models.map(modelEntry),
        has_more: false,
        first_id: models[0] ?? null,
        last_id: models.at(-1) ?? null,
      };
    const one = models.find((model) => path.endsWith(`/models/${model}`));
    return one === undefined ? null : modelEntry(one);
  },
  authenticate: checkKey,
  modelOf: (_call, body) => (isRecord(body) ? words(body["model"]) : ""),
  read: readAnthropic,
  reply: (prompt, answer) => ({
    ...envelope(prompt),
    content: blocksOf(prompt, answer),
    ...ending(answer),
    usage: { ...startUsage(answer), ...endUsage(answer) },
  }),
  events: streamed,
  form: () => ({ contentType: "text/event-stream; charset=utf-8", framing: "sse", lineEnd: "\n" }),
  errorBody: (error, requestId) => ({
    type: "error",
    error: { type: errorType(error), message: error.message },
    request_id: requestId,
  }),
  errorEvents: (error, requestId) => [event("other", "error", anthropic.errorBody(error, requestId))],
  headers: (requestId) => ({
    "request-id": requestId,
    "anthropic-organization-id": "00000000-0000-4000-8000-000000000000",
  }),
};

function checkKey(call: VendorCall, expected: string | null): void {
  const [, bearer] = /^Bearer (.+)$/.exec(call.headers["authorization"] ?? "") ?? [];
  const key = call.headers["x-api-key"] || bearer;
  if (key === undefined) throw new VendorError(401, "x-api-key header is required");
  if (expected !== null && key !== expected) throw new VendorError(401, "invalid x-api-key");
}

function modelEntry(id: string): JsonObject {
  return {
    type: "model",
    id,
    display_name: id,
    created_at: "2026-01-02T00:00:00Z",
    max_input_tokens: 200_000,
    max_tokens: 64_000,
    capabilities: null,
  };
}

function envelope(prompt: Prompt): JsonObject {
  return {
    id: `msg_01${prompt.seed.slice(0, 22)}`,
    type: "message",
    role: "assistant",
    model: prompt.model,
    container: null,
  };
}

function blocksOf(prompt: Prompt, answer: Answer): JsonObject[] {
  const blocks: JsonObject[] = [];
  if (answer.thinking !== null) {
    const thinking = prompt.thinking.shown ? answer.thinking : "";
    blocks.push({ type: "thinking", thinking, signature: sign(thinking) });
  }
  if (answer.thinking !== null && prompt.lastUserText.includes(redactionTrigger))
    blocks.push({ type: "redacted_thinking", data: sign("redacted") });
  if (answer.text !== "") blocks.push({ type: "text", text: answer.text, citations: null });
  for (const [at, call] of answer.calls.entries()) {
    blocks.push({
      type: "tool_use",
      id: `toolu_01${idOf(22, prompt.seed, at)}`,
      name: call.name,
      input: call.arguments,
      caller: { type: "direct" },
    });
  }
  return blocks;
}

/** Words that make the model think some of its thoughts in secret. */
export const redactionTrigger = "think in secret";

const stopReasons: Readonly<Record<Answer["finish"], string>> = {
  stop: "end_turn",
  "stop-sequence": "stop_sequence",
  length: "max_tokens",
  calls: "tool_use",
  refusal: "refusal",
  filter: "refusal",
  "prompt-blocked": "refusal",
};

function ending(answer: Answer): JsonObject {
  const reason = stopReasons[answer.finish];
  return {
    stop_reason: reason,
    stop_sequence: answer.stopSequence,
    stop_details:
      reason === "refusal"
        ? {
            type: "refusal",
            category: "general_harms",
            explanation: answer.refusal ?? "The answer was stopped by a safety rule.",
          }
        : null,
  };
}

function startUsage({ usage }: Answer): JsonObject {
  return {
    // Anthropic counts cached tokens beside the input, not inside it.
    input_tokens: usage.input - usage.cacheRead - usage.cacheWrite,
    cache_creation_input_tokens: usage.cacheWrite,
    cache_read_input_tokens: usage.cacheRead,
    cache_creation: { ephemeral_5m_input_tokens: usage.cacheWrite, ephemeral_1h_input_tokens: 0 },
    output_tokens: Math.min(1, usage.output),
    service_tier: "standard",
  };
}

function endUsage({ usage }: Answer): JsonObject {
  return {
    input_tokens: usage.input - usage.cacheRead - usage.cacheWrite,
    cache_creation_input_tokens: usage.cacheWrite,
    cache_read_input_tokens: usage.cacheRead,
    output_tokens: usage.output,
    output_tokens_details: { thinking_tokens: usage.thinking },
  };
}

function streamed(prompt: Prompt, answer: Answer, size: number): VendorEvent[] {
  const start = {
    ...envelope(prompt),
    content: [],
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    usage: startUsage(answer),
  };
  const blocks = blocksOf(prompt, answer).flatMap((block, index) => blockEvents(block, index, size));
  return [
    event("other", "message_start", { type: "message_start", message: start }),
    // The first ping follows the first block's start.
    ...blocks.slice(0, 1),
    event("other", "ping", { type: "ping" }),
    ...blocks.slice(1),
    event("finish", "message_delta", { type: "message_delta", delta: ending(answer), usage: endUsage(answer) }),
    event("terminator", "message_stop", { type: "message_stop" }),
  ];
}

function blockEvents(block: JsonObject, index: number, size: number): VendorEvent[] {
  const { start, deltas } = opened(block, size);
  return [
    event("other", "content_block_start", { type: "content_block_start", index, content_block: start }),
    ...deltas.map((delta) => event("content", "content_block_delta", { type: "content_block_delta", index, delta })),
    event("other", "content_block_stop", { type: "content_block_stop", index }),
  ];
}

function opened(block: JsonObject, size: number): { start: JsonObject; deltas: JsonObject[] } {
  if (block["type"] === "text") {
    return {
      start: { ...block, text: "" },
      deltas: pieces(words(block["text"]), size).map((text) => ({ type: "text_delta", text })),
    };
  }
  if (block["type"] === "thinking") {
    const thoughts = pieces(words(block["thinking"]), size).map((thinking) => ({ type: "thinking_delta", thinking }));
    return {
      start: { ...block, thinking: "", signature: "" },
      deltas: [...thoughts, { type: "signature_delta", signature: words(block["signature"]) }],
    };
  }
  if (block["type"] === "tool_use") {
    const json = pieces(JSON.stringify(block["input"]), size).map((part) => ({
      type: "input_json_delta",
      partial_json: part,
    }));
    return { start: { ...block, input: {} }, deltas: [{ type: "input_json_delta", partial_json: "" }, ...json] };
  }
  return { start: block, deltas: [] };
}

function event(role: VendorEvent["role"], name: string, data: JsonObject): VendorEvent {
  return { name, data: JSON.stringify(data), content: role === "content", role };
}

const errorTypes: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  408: "timeout_error",
  409: "conflict_error",
  413: "request_too_large",
  429: "rate_limit_error",
  503: "overloaded_error",
  504: "timeout_error",
  529: "overloaded_error",
};

function errorType(error: VendorError): string {
  return errorTypes[error.status] ?? (error.status < 500 ? "invalid_request_error" : "api_error");
}
