import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import {
  createProviderRegistry,
  customProvider,
  defaultSettingsMiddleware,
  extractReasoningMiddleware,
  simulateStreamingMiddleware,
  wrapLanguageModel,
} from "ai";
import type { Gateway } from "@sluice/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aiSdk } from "../src/index.ts";
import { ask, gatewayOf, joined } from "./_ask.ts";
import { reply, startVendor, type Vendor } from "./_vendor.ts";

let vendor: Vendor;
let gateway: Gateway;

beforeAll(async () => {
  vendor = await startVendor();
  const own = { apiKey: "key", baseURL: `${vendor.url}/v1` };
  const [openai, anthropic] = [createOpenAI(own), createAnthropic(own)];
  const middleware = [
    extractReasoningMiddleware({ tagName: "think" }),
    defaultSettingsMiddleware({ settings: { temperature: 0.25 } }),
    simulateStreamingMiddleware(),
  ];
  gateway = gatewayOf(
    aiSdk({ id: "registry", provider: createProviderRegistry({ openai, anthropic }) }),
    aiSdk({
      id: "house",
      provider: customProvider({
        languageModels: { thinker: wrapLanguageModel({ model: openai.chat("gpt-x"), middleware }) },
        embeddingModels: { vectors: openai.embedding("text-embedding-3-small") },
      }),
    }),
  );
});
afterAll(async () => {
  await gateway.close({ graceMs: 0 });
  await vendor.close();
});

const messages = [{ role: "user", content: "Hello?" }];

describe("a registry", () => {
  test("has the models of its packages under their names", async () => {
    vendor.script(
      reply({
        id: "m",
        type: "message",
        role: "assistant",
        model: "claude-haiku-4-5",
        content: [{ type: "text", text: "Hi." }],
        stop_reason: "end_turn",
        usage: { input_tokens: 3, output_tokens: 2 },
      }),
    );
    const told = await ask(gateway, { model: "registry/anthropic:claude-haiku-4-5", messages });
    expect(told.json).toMatchObject({ choices: [{ message: { content: "Hi." } }] });
    expect(vendor.received[0]).toMatchObject({ url: "/v1/messages", json: { model: "claude-haiku-4-5" } });
    expect(told.receipt).toMatchObject({ channel: "registry", usage: { input_tokens: 3, output_tokens: 2 } });
  });

  test.each(["nobody:gpt-x", "gpt-x"])("knows no model %s", async (name) => {
    const told = await ask(gateway, { model: `registry/${name}`, messages });
    expect([told.status, told.receipt["error"]]).toMatchObject([404, { reason: "unknown_model" }]);
  });
});

describe("a custom provider", () => {
  const answer = reply({
    id: "c",
    object: "chat.completion",
    created: 1,
    model: "gpt-x",
    choices: [{ index: 0, message: { role: "assistant", content: "<think>Why?</think>Hi." }, finish_reason: "stop" }],
    usage: { prompt_tokens: 3, completion_tokens: 9, total_tokens: 12 },
  });

  test("has its models' middleware, whole", async () => {
    vendor.script(answer);
    const told = await ask(gateway, { model: "house/thinker", messages });
    expect(told.json).toMatchObject({ choices: [{ message: { content: "Hi.", reasoning_content: "Why?" } }] });
    expect(vendor.received[0]?.json).toMatchObject({ model: "gpt-x", temperature: 0.25 });
  });

  test("has its models' middleware, streamed", async () => {
    vendor.script(answer);
    const told = await ask(gateway, { model: "house/thinker", messages, stream: true });
    expect([joined(told.events, "reasoning_content"), joined(told.events, "content")]).toEqual(["Why?", "Hi."]);
    expect(told.receipt).toMatchObject({ complete: true, usage: { output_tokens: 9 } });
  });

  test("has models of other kinds", async () => {
    vendor.script(
      reply({
        object: "list",
        data: [{ index: 0, embedding: [0.5, 1] }],
        usage: { prompt_tokens: 2, total_tokens: 2 },
      }),
    );
    const told = await ask(gateway, { model: "house/vectors", input: ["gate"] }, "/v1/embeddings");
    expect(told.json).toMatchObject({ data: [{ embedding: [0.5, 1] }] });
    expect(vendor.received[0]?.json).toMatchObject({ model: "text-embedding-3-small" });
  });

  test("has no models that it was not given", async () => {
    const told = await ask(gateway, { model: "house/other", messages });
    expect([told.status, told.receipt["error"]]).toMatchObject([404, { reason: "unknown_model" }]);
  });
});
