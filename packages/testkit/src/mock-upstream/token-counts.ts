import type { JsonObject } from "@sluice/core";
import { anthropic } from "./anthropic.ts";
import { endpoint, must } from "./endpoints.ts";
import { isAt, isRecord } from "./fields.ts";
import { gemini } from "./gemini.ts";
import { openai } from "./openai.ts";
import { tokensOf } from "./tokens.ts";
import type { Vendor } from "./vendor.ts";

/** Every text in a request, in order: the pretend tokeniser counts nothing else. */
function textsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([name, item]) =>
    typeof item === "string"
      ? ["text", "content", "input", "instructions", "system", "description"].includes(name)
        ? [item]
        : []
      : textsIn(item),
  );
}

const count = (body: JsonObject) => tokensOf(textsIn(body).join(" ")).length;

/** Anthropic's: https://platform.claude.com/docs/en/api/messages-count-tokens (read 2026-11). */
const anthropicTokens = endpoint({
  dialect: "anthropic-tokens",
  like: anthropic,
  owns: ({ method, path }) => method === "POST" && path.endsWith("/messages/count_tokens"),
  fields: new Set(
    "model messages system tools tool_choice thinking output_config cache_control mcp_servers context_management speed".split(
      " ",
    ),
  ),
  answer(body) {
    must(Array.isArray(body["messages"]) && body["messages"].length > 0, "messages", "messages: Field required");
    return { input_tokens: count(body) };
  },
});

const geminiTail = /\/models\/([^/]+):countTokens$/;

/** Gemini's: https://ai.google.dev/api/tokens (read 2026-11). */
const geminiTokens = endpoint({
  dialect: "gemini-tokens",
  like: gemini,
  owns: ({ method, path }) => method === "POST" && geminiTail.test(path),
  modelOf: ({ path }) => decodeURIComponent(geminiTail.exec(path)?.[1] ?? ""),
  fields: new Set(["contents", "generateContentRequest"]),
  answer(body, model) {
    const whole = isRecord(body["generateContentRequest"]) ? body["generateContentRequest"] : null;
    must(
      (whole === null) !== (body["contents"] === undefined),
      "contents",
      "either contents or generateContentRequest",
    );
    must(whole === null || whole["model"] === `models/${model}`, "generateContentRequest.model");
    return { totalTokens: count(body), promptTokensDetails: [{ modality: "TEXT", tokenCount: count(body) }] };
  },
});

/** OpenAI's: https://platform.openai.com/docs/api-reference/responses/input-tokens (read 2026-11). */
const openaiTokens = endpoint({
  dialect: "openai-tokens",
  like: openai,
  owns: ({ method, path }) => method === "POST" && isAt(path, "/responses/input_tokens"),
  fields: new Set(
    "model input instructions tools tool_choice parallel_tool_calls reasoning text truncation conversation previous_response_id".split(
      " ",
    ),
  ),
  answer: (body) => ({
    object: "response.input_tokens",
    input_tokens: typeof body["input"] === "string" ? tokensOf(body["input"]).length : count(body),
  }),
});

export const countingVendors: readonly Vendor[] = [anthropicTokens, geminiTokens, openaiTokens];
