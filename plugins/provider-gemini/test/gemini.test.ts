import type { JsonObject } from "@sluice/core";
import { callChannel, upstreams } from "@sluice/testkit";
import { describe, expect, test } from "vitest";
import { gemini } from "../src/index.ts";

const reply = upstreams.replying({
  candidates: [{ content: { role: "model", parts: [{ text: "Hi" }] }, finishReason: "STOP", index: 0 }],
  usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 1, totalTokenCount: 6 },
  modelVersion: "a-model",
  responseId: "r-1",
});

async function sent(model: string, fields: JsonObject = {}): Promise<JsonObject> {
  const { sent: body, status } = await callChannel(gemini({ apiKey: "g-1" }), { model, ...fields }, reply);
  expect(status).toBe(200);
  return body;
}

describe("a call to Gemini", () => {
  test("goes to its own address with the key in a header, never in the URL", async () => {
    const { url, headers, text } = await callChannel(gemini(), { model: "gemini-3.8-flash" }, reply, {
      env: { GEMINI_API_KEY: "g-env" },
    });
    expect(url).toBe("https://generativelanguage.googleapis.com/v1beta/models/gemini-3.8-flash:generateContent");
    expect(headers).toMatchObject({ "x-goog-api-key": "g-env" });
    expect(headers).not.toHaveProperty("authorization");
    expect(JSON.parse(text)).toMatchObject({ choices: [{ message: { content: "Hi" } }] });
  });

  test("takes Google's general key variable where the first is not set", async () => {
    const { headers } = await callChannel(gemini(), { model: "gemini-3.8-flash" }, reply, {
      env: { GOOGLE_API_KEY: "g-general" },
    });
    expect(headers).toMatchObject({ "x-goog-api-key": "g-general" });
  });

  test("asks for thinking by level since Gemini 3, by budget before", async () => {
    const level = await sent("gemini-4-argon", { reasoning_effort: "high" });
    expect(level).toMatchObject({ generationConfig: { thinkingConfig: { thinkingLevel: "HIGH" } } });
    const budget = await sent("gemini-2.5-flash", { reasoning_effort: "high" });
    expect(budget).toMatchObject({ generationConfig: { thinkingConfig: { thinkingBudget: expect.any(Number) } } });
  });
});

describe("the catalogue", () => {
  const models = gemini.definition.models ?? [];

  test("has the limits of every model that makes text, and no price", () => {
    const texts = models.filter(({ abilities }) => abilities?.streaming !== false);
    expect(texts.length).toBeGreaterThan(0);
    for (const model of texts)
      expect(model).toMatchObject({ contextTokens: expect.any(Number), maxOutputTokens: expect.any(Number) });
    expect(models.filter(({ price }) => price !== undefined)).toEqual([]);
  });

  test("says where and when its figures were read", () => {
    expect(gemini.definition.docs?.url).toMatch(/^https:\/\/ai\.google\.dev\//);
    expect(gemini.definition.docs?.read).toMatch(/^20\d\d-\d\d-\d\d$/);
  });
});
