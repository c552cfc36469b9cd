import type { JsonObject } from "@sluice/core";
import type { Answer } from "./answer.ts";
import { readGemini, targetOf } from "./gemini-request.ts";
import { needsSignatures, signedText } from "./gemini-turns.ts";
import type { Prompt } from "./prompt.ts";
import { idOf, pieces, sign, tokensOf } from "./tokens.ts";
import { VendorError } from "./vendor-error.ts";
import type { Vendor, VendorCall, VendorEvent } from "./vendor.ts";

const actions = new Set(["generateContent", "streamGenerateContent"]);

/** Google's Gemini API: https://ai.google.dev/api/generate-content (read 2026-11). */
export const gemini: Vendor = {
  dialect: "gemini",
  owns: ({ method, path }) => method === "POST" && actions.has(targetOf(path)?.action ?? ""),
  list: ({ method, path, headers, query }, models) => {
    if (method !== "GET" || (headers["x-goog-api-key"] === undefined && !query.has("key"))) return null;
    if (path.endsWith("/models")) return { models: models.map(modelEntry) };
    const one = models.find((model) => path.endsWith(`/models/${model}`));
    return one === undefined ? null : modelEntry(one);
  },
  authenticate: checkKey,
  modelOf: (call) => targetOf(call.path)?.model ?? "",
  read: readGemini,
  reply: (prompt, answer) => {
    if (answer.finish === "prompt-blocked") return blocked(prompt, answer);
    const parts = partsOf(prompt, answer);
    const candidates = Array.from({ length: prompt.choices }, (_, index) => ({
      content: { role: "model", parts },
      finishReason: finishReason(answer),
      ...logprobs(prompt, answer.text),
      index,
    }));
    return { candidates, usageMetadata: usage(answer), ...envelope(prompt) };
  },
  events: streamed,
  form: (prompt) =>
    prompt.wishes["sse"] === true
      ? { contentType: "text/event-stream", framing: "sse", lineEnd: "\r\n" }
      : { contentType: "application/json; charset=UTF-8", framing: "json-array", lineEnd: "\r\n" },
  errorBody: (error) => ({
    error: {
      code: error.status,
      message: error.message,
      status: statusName(error.status),
      ...(error.details.length > 0 ? { details: error.details } : {}),
    },
  }),
  errorEvents: (error) => [event("other", gemini.errorBody(error, ""))],
  headers: () => ({ "server-timing": "gfet4t7; dur=7", vary: "Origin, X-Origin, Referer" }),
};

function checkKey(call: VendorCall, expected: string | null): void {
  const key = call.headers["x-goog-api-key"] ?? call.query.get("key");
  if (call.headers["authorization"] !== undefined)
    throw new VendorError(
      401,
      "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.",
    );
  if (key === null || key === "")
    throw new VendorError(
      403,
      "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
    );
  if (expected === null || key === expected) return;
  const details = [
    { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "API_KEY_INVALID", domain: "googleapis.com" },
  ];
  throw new VendorError(400, "API key not valid. Please pass a valid API key.", { details });
}

function modelEntry(id: string): JsonObject {
  return {
    name: `models/${id}`,
    version: "001",
    displayName: id,
    description: "A pretend model.",
    inputTokenLimit: 1_048_576,
    outputTokenLimit: 65_536,
    supportedGenerationMethods: [...actions],
  };
}

function envelope(prompt: Prompt): JsonObject {
  return { modelVersion: prompt.model, responseId: prompt.seed.slice(0, 22) };
}

function blocked(prompt: Prompt, answer: Answer): JsonObject {
  return { promptFeedback: { blockReason: "PROHIBITED_CONTENT" }, usageMetadata: usage(answer), ...envelope(prompt) };
}

function partsOf(prompt: Prompt, answer: Answer): JsonObject[] {
  const parts: JsonObject[] =
    prompt.thinking.shown && answer.thinking !== null ? [{ text: answer.thinking, thought: true }] : [];
  const signs = needsSignatures(prompt.model);
  if (answer.calls.length === 0) {
    if (answer.text !== "") parts.push({ text: answer.text, ...(signs ? { thoughtSignature: sign("text") } : {}) });
    return parts;
  }
  return [...parts, ...answer.calls.map((_, at) => callPart(prompt, answer, at))];
}

/** Only the first of several calls carries the signature of the round. */
function callPart(prompt: Prompt, answer: Answer, at: number): JsonObject {
  const call = answer.calls[at];
  const name = call?.name ?? "";
  return {
    functionCall: { id: idOf(16, prompt.seed, at), name, args: call?.arguments ?? {} },
    ...(at === 0 && prompt.thinking.on ? { thoughtSignature: sign(signedText(name)) } : {}),
  };
}

function streamed(prompt: Prompt, answer: Answer, size: number): VendorEvent[] {
  if (answer.finish === "prompt-blocked") return [event("finish", blocked(prompt, answer))];
  const chunks = Array.from({ length: prompt.choices }, (_, index) =>
    candidateChunks(prompt, answer, index, size),
  ).flat();
  return chunks.map((candidate, at) => {
    const last = at === chunks.length - 1;
    const data = {
      candidates: [candidate],
      usageMetadata: last ? usage(answer) : usageSoFar(answer),
      ...envelope(prompt),
    };
    return event(candidate["finishReason"] === undefined ? "content" : "finish", data);
  });
}

function candidateChunks(prompt: Prompt, answer: Answer, index: number, size: number): JsonObject[] {
  const candidate = (parts: JsonObject[], more: JsonObject = {}): JsonObject => ({
    content: { role: "model", parts },
    ...more,
    index,
  });
  const thoughts = prompt.thinking.shown
    ? pieces(answer.thinking ?? "", size).map((text) => candidate([{ text, thought: true }]))
    : [];
  const texts = pieces(answer.text, size).map((text) => candidate([{ text }], logprobs(prompt, text)));
  const calls = answer.calls.map((_, at) => candidate([callPart(prompt, answer, at)]));
  // With text, the signature comes late, in an empty text part.
  const late = needsSignatures(prompt.model) && answer.calls.length === 0 ? { thoughtSignature: sign("text") } : {};
  return [...thoughts, ...texts, ...calls, candidate([{ text: "", ...late }], { finishReason: finishReason(answer) })];
}

/** How sure the model was of each token, where that was asked for. */
function logprobs(prompt: Prompt, text: string): JsonObject {
  if (!prompt.logprobs) return {};
  const chosenCandidates = tokensOf(text).map((token, tokenId) => ({ token, tokenId, logProbability: -0.25 }));
  const topCandidates = chosenCandidates.map((one) => ({ candidates: [one] }));
  return { avgLogprobs: -0.25, logprobsResult: { chosenCandidates, topCandidates } };
}

function event(role: VendorEvent["role"], data: JsonObject): VendorEvent {
  return { name: null, data: JSON.stringify(data), content: role === "content", role };
}

const finishReasons: Readonly<Record<Answer["finish"], string>> = {
  stop: "STOP",
  "stop-sequence": "STOP",
  length: "MAX_TOKENS",
  calls: "STOP",
  refusal: "SAFETY",
  filter: "SAFETY",
  "prompt-blocked": "SAFETY",
};

function finishReason(answer: Answer): string {
  return finishReasons[answer.finish];
}

function usageSoFar({ usage: count }: Answer): JsonObject {
  return {
    promptTokenCount: count.input,
    totalTokenCount: count.input,
    promptTokensDetails: [{ modality: "TEXT", tokenCount: count.input }],
  };
}

function usage(answer: Answer): JsonObject {
  const count = answer.usage;
  return {
    ...usageSoFar(answer),
    candidatesTokenCount: count.output - count.thinking,
    totalTokenCount: count.input + count.output,
    ...(count.cacheRead > 0 ? { cachedContentTokenCount: count.cacheRead } : {}),
    ...(count.thinking > 0 ? { thoughtsTokenCount: count.thinking } : {}),
  };
}

const statusNames: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  409: "ABORTED",
  429: "RESOURCE_EXHAUSTED",
  499: "CANCELLED",
  500: "INTERNAL",
  501: "UNIMPLEMENTED",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};

function statusName(status: number): string {
  return statusNames[status] ?? (status < 500 ? "INVALID_ARGUMENT" : "INTERNAL");
}
