import type { ChatRequest, Message } from "@sluice/core";
import { describe, expect, test } from "vitest";
import { requestOf, targetOf, upstream } from "../fixtures.ts";

describe("the upstream body from another dialect", () => {
  const origin = { dialect: "anthropic", rest: {}, prefers: {} };
  const encode = (fields: Partial<ChatRequest>, quirks = {}, more = {}) =>
    upstream.encodeRequest(requestOf({ stream: false, origin, ...fields }), targetOf(quirks, more));
  const messagesOf = (...messages: Message[]) => encode({ messages }).body.messages;

  test("has results as tool messages and their media behind them", () => {
    const image = {
      type: "image" as const,
      source: { kind: "data" as const, mediaType: "image/png", data: "iVBORw==" },
    };
    expect(
      messagesOf(
        {
          role: "tool",
          parts: [
            { type: "tool-result", callId: "a", content: [{ type: "text", text: "1" }, image] },
            { type: "tool-result", callId: "b", content: [{ type: "text", text: "2" }] },
          ],
        },
        { role: "user", parts: [{ type: "text", text: "So?" }] },
      ),
    ).toEqual([
      { role: "tool", tool_call_id: "a", content: "1" },
      { role: "tool", tool_call_id: "b", content: "2" },
      { role: "user", content: [{ type: "image_url", image_url: { url: "data:image/png;base64,iVBORw==" } }] },
      { role: "user", content: "So?" },
    ]);
  });

  test("has text documents as text and others as files", () => {
    const file = (mediaType: string, data: string) => ({
      type: "file" as const,
      filename: "a",
      source: { kind: "data" as const, mediaType, data },
    });
    expect(
      messagesOf({ role: "user", parts: [file("text/plain", "SGk="), file("application/pdf", "JVBERg==")] }),
    ).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "a:\nHi" },
          { type: "file", file: { file_data: "data:application/pdf;base64,JVBERg==", filename: "a" } },
        ],
      },
    ]);
  });

  test.each([
    [{ type: "image" as const, source: { kind: "file" as const, id: "f" } }],
    [{ type: "file" as const, source: { kind: "url" as const, url: "https://a.example/a.pdf" } }],
    [{ type: "audio" as const, source: { kind: "url" as const, url: "https://a.example/a.mp3" } }],
  ])("refuses %j, which it has no place for", (part) => {
    expect(() => encode({ messages: [{ role: "user", parts: [part] }] })).toThrow(
      expect.objectContaining({ code: "SLUICE_REQUEST_UNSUPPORTED", param: "messages" }),
    );
  });

  test("refuses tools that only their own vendor runs", () => {
    expect(() => encode({ providerTools: [{ format: "anthropic", item: { type: "web_search_20250305" } }] })).toThrow(
      expect.objectContaining({ code: "SLUICE_REQUEST_UNSUPPORTED" }),
    );
  });

  test("warns of every unknown field and of what has no form here", () => {
    const { body, warnings } = encode({
      origin: {
        dialect: "anthropic",
        rest: { context_management: { edits: [{ type: "clear" }] }, aura: 1 },
        prefers: {},
      },
      metadata: { a: "b" },
      sampling: { topK: 5 },
      serviceTier: "standard_only",
    });
    expect(new Set(warnings.map((warning) => warning.field))).toEqual(
      new Set(["aura", "context_management", "metadata", "top_k"]),
    );
    expect(body).toEqual({ model: "gpt-5-mini", messages: [{ role: "user", content: "Hi" }], service_tier: "default" });
  });

  test("names JSON in a message, because vendors demand it", () => {
    expect(encode({ output: { type: "json" } }).body.messages).toEqual([
      { role: "system", content: "Answer in JSON." },
      { role: "user", content: "Hi" },
    ]);
  });

  test("has a subset of tools as the tools themselves", () => {
    const tools = [{ name: "a" }, { name: "b" }];
    expect(encode({ tools, toolChoice: { type: "subset", mode: "required", names: ["b"] } }).body).toMatchObject({
      tools: [{ function: { name: "b", parameters: { type: "object", properties: {} } } }],
      tool_choice: "required",
    });
  });

  test("has no tool choice without tools", () => {
    expect(encode({ toolChoice: { type: "required" }, parallelToolCalls: false }).body).toEqual({
      model: "gpt-5-mini",
      messages: [{ role: "user", content: "Hi" }],
    });
  });

  test.each([
    [{ effort: "high" as const }, {}, "high"],
    [{ budgetTokens: 0 }, {}, "none"],
    [{ budgetTokens: 20_000 }, {}, "high"],
    [{ budgetTokens: -1 }, {}, undefined],
    [{ effort: "high" as const }, { info: { id: "m", abilities: { reasoning: false } } }, undefined],
    [{ effort: "high" as const }, { info: { id: "m", reasoning: ["budget" as const] } }, undefined],
  ])("asks for the thinking %j as effort", (reasoning, more, expected) => {
    expect(encode({ reasoning }, {}, more).body.reasoning_effort).toBe(expected);
  });

  test("never asks for more than the model gives", () => {
    const { body, warnings } = encode(
      { sampling: { maxTokens: 99_999 } },
      {},
      { info: { id: "m", maxOutputTokens: 8_192 } },
    );
    expect(body.max_tokens).toBe(8_192);
    expect(warnings).toMatchObject([{ code: "clamped_parameter", field: "max_tokens" }]);
  });

  test("warns when a result was an error", () => {
    const parts = [{ type: "tool-result" as const, callId: "a", content: [], isError: true }];
    expect(encode({ messages: [{ role: "tool", parts }] }).warnings).toMatchObject([{ field: "is_error" }]);
  });
});
