import type { ChatRequest, UpstreamTarget } from "@sluice/core";
import { describe, expect, test } from "vitest";
import { requestOf, target, upstream } from "../fixtures.ts";

describe("betas", () => {
  const tools: ChatRequest["tools"] = [{ name: "look" }];
  const computer = { format: "openai-chat", item: { type: "computer_20250124", name: "computer" } };
  const headersOf = (fields: Partial<ChatRequest>, at: Partial<UpstreamTarget> = {}) =>
    upstream.encodeRequest(requestOf({ origin: { dialect: "openai-chat", rest: {}, prefers: {} }, ...fields }), {
      ...target,
      ...at,
    }).headers;

  test("are named for whoever cannot know of them", () => {
    expect(headersOf({ tools })).toBeUndefined();
    expect(headersOf({ providerTools: [computer] })).toEqual({ "anthropic-beta": "computer-use-2025-01-24" });
    const thinking = { tools, reasoning: { budgetTokens: 2000 }, sampling: { maxTokens: 8000 } };
    expect(headersOf(thinking)).toEqual({ "anthropic-beta": "interleaved-thinking-2025-05-14" });
  });

  test("are left to callers of this dialect, and to no other vendor", () => {
    const own = { origin: { dialect: "anthropic", rest: {}, prefers: {} } };
    const item = { type: "computer_20250124", name: "computer" };
    expect(headersOf({ ...own, providerTools: [{ format: "anthropic", item }] })).toBeUndefined();
    expect(headersOf({ providerTools: [computer] }, { stateDomain: "minimax" })).toBeUndefined();
  });
});
