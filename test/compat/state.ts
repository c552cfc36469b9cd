import type { JsonObject } from "@sluice/core";
import { expect } from "vitest";
import { member, type UpstreamName } from "./pairs.ts";

// Models that show their thinking and want it back: Claude with its signature, Gemini 3 with its thought signature, OpenAI's
// with what they encrypted.
export const thinkers: Readonly<Record<UpstreamName, readonly string[]>> = {
  "openai-chat": ["deepseek/deepseek-reasoner"],
  "openai-responses": ["responses/gpt-5.1"],
  anthropic: ["anthropic/claude-opus-4-5", "anthropic/claude-opus-4-6"],
  gemini: ["gemini/gemini-3-flash-preview"],
};

/** What of the model's own state stands in an answer, or in the conversation of a request: never empty. */
export function stateIn(body: JsonObject, upstream: UpstreamName): unknown[] {
  const found = states[upstream](body);
  expect(found.length).toBeGreaterThan(0);
  return found;
}

const states: Readonly<Record<UpstreamName, (body: JsonObject) => unknown[]>> = {
  "openai-chat": (body) => {
    const messages = (body["messages"] as JsonObject[] | undefined) ?? [member(body, "choices.0.message")];
    return messages.flatMap((message) => member(message, "reasoning_content") ?? []);
  },
  "openai-responses": (body) => {
    const items = (body["input"] ?? body["output"]) as JsonObject[];
    const reasoning = items.filter(({ type }) => type === "reasoning");
    return reasoning.map(({ id, encrypted_content }) => ({ id, encrypted_content }));
  },
  anthropic: (body) => {
    const blocks = (body["content"] ?? member(body, "messages.1.content")) as JsonObject[];
    return blocks.filter(({ type }) => type === "thinking" || type === "redacted_thinking");
  },
  gemini: (body) => {
    const parts = (member(body, "candidates.0.content.parts") ?? member(body, "contents.1.parts")) as JsonObject[];
    return parts.flatMap((part) => part["thoughtSignature"] ?? []);
  },
};
