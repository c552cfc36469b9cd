import type { Json, JsonObject } from "@sluice/core";
import type { Answer } from "./answer.ts";
import { isAt, isRecord, words } from "./fields.ts";
import { isOpenAI } from "./openai-checks.ts";
import { readOpenAI } from "./openai-request.ts";
import type { Prompt } from "./prompt.ts";
import { idOf, pieces, tokensOf } from "./tokens.ts";
import { VendorError } from "./vendor-error.ts";
import type { StreamForm, Vendor, VendorCall, VendorEvent } from "./vendor.ts";

// Seconds; fixed, so that the same request gets the same bytes.
const created = 1_790_000_000;

/** How OpenAI frames every stream of text. */
export const sse: StreamForm = { contentType: "text/event-stream; charset=utf-8", framing: "sse", lineEnd: "\n" };

/** OpenAI's chat completions: https://platform.openai.com/docs/api-reference/chat (read 2026-11). */
export const openai: Vendor = {
  dialect: "openai-chat",
  owns: ({ method, path }) => method === "POST" && isAt(path, "/chat/completions"),
  list: ({ method, path }, models) => {
    if (method !== "GET") return null;
    if (path.endsWith("/models")) return { object: "list", data: models.map(modelEntry) };
    const one = models.find((model) => path.endsWith(`/models/${model}`));
    return one === undefined ? null : modelEntry(one);
  },
  authenticate: checkKey,
  modelOf: (_call, body) => (isRecord(body) ? words(body["model"]) : ""),
  read: (_call, body) => readOpenAI(body),
  reply: (prompt, answer) => ({
    ...envelope(prompt, "chat.completion"),
    choices: Array.from({ length: prompt.choices }, (_, index) => ({
      index,
      message: message(prompt, answer),
      logprobs: prompt.logprobs ? logprobs(answer.text) : null,
      finish_reason: finishReason(prompt, answer),
    })),
    usage: usage(answer),
    service_tier: "default",
  }),
  events: (prompt, answer, tokensPerEvent) => [
    ...Array.from({ length: prompt.choices }, (_, choice) =>
      choiceEvents(prompt, answer, choice, tokensPerEvent),
    ).flat(),
    ...(prompt.wishes["includeUsage"] === true
      ? [event("usage", { ...envelope(prompt, "chat.completion.chunk"), choices: [], usage: usage(answer) })]
      : []),
    { name: null, data: "[DONE]", content: false, role: "terminator" },
  ],
  form: () => sse,
  errorBody: (error) => ({
    error: {
      message: error.message,
      type: errorType(error),
      param: error.param,
      code: error.code ?? errorCode(error.status),
    },
  }),
  errorEvents: (error) => [event("other", openai.errorBody(error, ""))],
  headers: (requestId) => ({ "x-request-id": requestId, "openai-processing-ms": "7", "openai-version": "2020-10-01" }),
};

function checkKey(call: VendorCall, expected: string | null): void {
  const [, key = ""] = /^Bearer (.+)$/.exec(call.headers["authorization"] ?? "") ?? [];
  if (key === "")
    throw new VendorError(401, "You didn't provide an API key. Send it in an Authorization header using Bearer auth.");
  if (expected !== null && key !== expected)
    throw new VendorError(401, "Incorrect API key provided.", { code: "invalid_api_key" });
}

function modelEntry(id: string): JsonObject {
  return { id, object: "model", created, owned_by: "mock-upstream" };
}

function envelope(prompt: Prompt, object: string): JsonObject {
  return {
    id: `chatcmpl-${prompt.seed.slice(0, 24)}`,
    object,
    created,
    model: prompt.model,
    system_fingerprint: "fp_0123456789",
  };
}

function message(prompt: Prompt, answer: Answer): JsonObject {
  return {
    role: "assistant",
    content: answer.calls.length > 0 || answer.refusal !== null ? null : answer.text,
    ...(prompt.thinking.shown ? { reasoning_content: answer.thinking } : {}),
    refusal: answer.refusal,
    annotations: [],
    ...calls(prompt, answer),
  };
}

function calls(prompt: Prompt, answer: Answer): JsonObject {
  const written = answer.calls.map(({ name, arguments: input }) => ({ name, arguments: JSON.stringify(input) }));
  if (written[0] === undefined) return {};
  if (prompt.wishes["functions"] === true) return { function_call: written[0] };
  return {
    tool_calls: written.map((call, at) => ({ id: callId(prompt, at), type: "function", function: call })),
  };
}

function callId(prompt: Prompt, at: number): string {
  return `call_${idOf(24, prompt.seed, at)}`;
}

function choiceEvents(prompt: Prompt, answer: Answer, choice: number, size: number): VendorEvent[] {
  const chunk = (role: VendorEvent["role"], delta: JsonObject, more: JsonObject = {}) =>
    event(role, {
      ...envelope(prompt, "chat.completion.chunk"),
      choices: [{ index: choice, delta, logprobs: null, finish_reason: null, ...more }],
      ...(prompt.wishes["includeUsage"] === true ? { usage: null } : {}),
      // OpenAI pads its chunks so that their length says nothing about the text.
      ...(isOpenAI(prompt.model) ? { obfuscation: idOf(8, JSON.stringify(delta)) } : {}),
    });
  const speaks = answer.calls.length === 0 && answer.refusal === null;
  return [
    chunk("other", { role: "assistant", content: speaks ? "" : null, refusal: null }),
    ...(prompt.thinking.shown
      ? pieces(answer.thinking ?? "", size).map((text) => chunk("content", { reasoning_content: text }))
      : []),
    ...pieces(answer.text, size).map((text) =>
      chunk("content", { content: text }, prompt.logprobs ? { logprobs: logprobs(text) } : {}),
    ),
    ...pieces(answer.refusal ?? "", size).map((refusal) => chunk("content", { refusal })),
    ...answer.calls.flatMap(({ name, arguments: input }, index) => [
      chunk("content", callDelta(prompt, index, { name, arguments: "" })),
      ...pieces(JSON.stringify(input), size).map((text) =>
        chunk("content", callDelta(prompt, index, { arguments: text })),
      ),
    ]),
    chunk("finish", {}, { finish_reason: finishReason(prompt, answer) }),
  ];
}

/** A piece of a call: the first one has its name. */
function callDelta(prompt: Prompt, index: number, called: JsonObject): JsonObject {
  if (prompt.wishes["functions"] === true) return { function_call: called };
  const head = called["name"] === undefined ? {} : { id: callId(prompt, index), type: "function" };
  return { tool_calls: [{ index, ...head, function: called }] };
}

function event(role: VendorEvent["role"], data: JsonObject): VendorEvent {
  return { name: null, data: JSON.stringify(data), content: role === "content", role };
}

const finishReasons: Readonly<Record<Answer["finish"], string>> = {
  stop: "stop",
  "stop-sequence": "stop",
  length: "length",
  calls: "tool_calls",
  refusal: "stop",
  filter: "content_filter",
  "prompt-blocked": "content_filter",
};

function finishReason(prompt: Prompt, answer: Answer): string {
  if (answer.finish === "calls" && prompt.wishes["functions"] === true) return "function_call";
  return finishReasons[answer.finish];
}

function usage({ usage: count }: Answer): JsonObject {
  return {
    prompt_tokens: count.input,
    completion_tokens: count.output,
    total_tokens: count.input + count.output,
    prompt_tokens_details: { cached_tokens: count.cacheRead, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: count.thinking,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

function logprobs(text: string): Json {
  return {
    content: tokensOf(text).map((token) => ({
      token,
      logprob: -0.25,
      bytes: [...Buffer.from(token)],
      top_logprobs: [],
    })),
    refusal: null,
  };
}

function errorType(error: VendorError): string {
  if (error.code === "insufficient_quota") return "insufficient_quota";
  if (error.status === 429) return "rate_limit_error";
  if (error.status === 403) return "permission_error";
  if (error.status === 503 || error.status === 529) return "service_unavailable_error";
  return error.status >= 500 ? "server_error" : "invalid_request_error";
}

function errorCode(status: number): string | null {
  if (status === 429) return "rate_limit_exceeded";
  return status === 404 ? "model_not_found" : null;
}
