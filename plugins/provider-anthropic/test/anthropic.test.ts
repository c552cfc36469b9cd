import type { JsonObject } from "@sluice/core";
import { callChannel, upstreams } from "@sluice/testkit";
import { describe, expect, test } from "vitest";
import { anthropic } from "../src/index.ts";

const reply = upstreams.replying({
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "a-model",
  content: [{ type: "text", text: "Hi" }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 5, output_tokens: 1 },
});

async function sent(model: string, fields: JsonObject = {}): Promise<JsonObject> {
  const { sent: body, status } = await callChannel(anthropic({ apiKey: "sk-ant-1" }), { model, ...fields }, reply);
  expect(status).toBe(200);
  return body;
}

describe("a call to Anthropic", () => {
  test("goes to its own address with its key and version in headers", async () => {
    const env = { ANTHROPIC_API_KEY: "sk-ant-env" };
    const { url, headers, text } = await callChannel(anthropic(), { model: "claude-opus-5-5" }, reply, { env });
    expect(url).toBe("https://api.anthropic.com/v1/messages");
    expect(headers).toMatchObject({ "x-api-key": "sk-ant-env", "anthropic-version": "2023-06-01" });
    expect(headers).not.toHaveProperty("authorization");
    expect(JSON.parse(text)).toMatchObject({ choices: [{ message: { content: "Hi" } }] });
  });

  test("has the model's own output limit where the caller set none", async () => {
    expect(await sent("claude-opus-5-5")).toMatchObject({ max_tokens: 128_000 });
    expect(await sent("claude-haiku-4-5")).toMatchObject({ max_tokens: 64_000 });
  });

  test.each([
    "claude-opus-4-7",
    "claude-opus-4-8",
    "claude-mythos-preview",
    "claude-opus-5",
    "claude-sonnet-5-5",
    "claude-haiku-5-5",
    "claude-fable-5-2",
  ])("to %s has no sampling parameters", async (model) => {
    expect(await sent(model, { temperature: 0.5 })).not.toHaveProperty("temperature");
    expect(await sent(model, { top_p: 0.5 })).not.toHaveProperty("top_p");
  });

  test.each([
    "claude-opus-4-6",
    "claude-opus-4-5",
    "claude-haiku-4-5",
    "claude-sonnet-4-5-20250929",
    "claude-3-5-haiku-20241022",
  ])("to %s keeps them", async (model) => {
    expect(await sent(model, { temperature: 0.5 })).toHaveProperty("temperature", 0.5);
    expect(await sent(model, { top_p: 0.5 })).toHaveProperty("top_p", 0.5);
  });

  test("asks for thinking in the form that the model takes", async () => {
    expect(await sent("claude-sonnet-5-5", { reasoning_effort: "high" })).toMatchObject({
      thinking: { type: "adaptive" },
      output_config: { effort: "high" },
    });
    expect(await sent("claude-haiku-4-5", { reasoning_effort: "high" })).toMatchObject({
      thinking: { type: "enabled", budget_tokens: expect.any(Number) },
    });
  });

  test.each(["claude-fable-5-2", "claude-opus-5-5"])(
    "to %s, which always thinks, asks for little instead of none",
    async (model) => {
      const body = await sent(model, { reasoning_effort: "none" });
      expect(body).toMatchObject({ output_config: { effort: "low" } });
      expect(body).not.toHaveProperty("thinking");
    },
  );

  test("switches thinking off where that is possible", async () => {
    expect(await sent("claude-sonnet-5-5", { reasoning_effort: "none" })).toMatchObject({
      thinking: { type: "disabled" },
    });
  });
});

describe("the catalogue", () => {
  const models = anthropic.definition.models ?? [];

  test("has the limits of every model, and no price", () => {
    expect(models.length).toBeGreaterThan(0);
    for (const model of models)
      expect(model).toMatchObject({ contextTokens: expect.any(Number), maxOutputTokens: expect.any(Number) });
    expect(models.filter(({ price }) => price !== undefined)).toEqual([]);
  });

  test("says where and when its figures were read", () => {
    expect(anthropic.definition.docs?.url).toMatch(/^https:\/\/platform\.claude\.com\//);
    expect(anthropic.definition.docs?.read).toMatch(/^20\d\d-\d\d-\d\d$/);
  });
});
