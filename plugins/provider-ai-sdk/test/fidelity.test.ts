import { createAmazonBedrock } from "@ai-sdk/amazon-bedrock";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogle } from "@ai-sdk/google";
import type { Gateway, JsonObject } from "@sluice/core";
import { createMistral as createMistralV3 } from "ai-sdk-mistral-v3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aiSdk } from "../src/index.ts";
import { ask, gatewayOf, turnOf } from "./_ask.ts";
import { reply, startVendor, type Vendor } from "./_vendor.ts";
import { anthropic } from "./vendors/anthropic.ts";
import { chatVendors } from "./vendors/chat.ts";
import { google } from "./vendors/google.ts";

let vendor: Vendor;
let gateway: Gateway;

beforeAll(async () => {
  vendor = await startVendor();
  const { url } = vendor;
  const aws = { region: "eu-west-1", accessKeyId: "AKID", secretAccessKey: "secret" };
  gateway = gatewayOf(
    aiSdk({ id: "claude", provider: createAnthropic({ apiKey: "key", baseURL: `${url}/v1` }) }),
    aiSdk({ id: "bedrock", provider: createAmazonBedrock({ ...aws, baseURL: url }) }),
    aiSdk({ id: "google", provider: createGoogle({ apiKey: "key", baseURL: `${url}/v1beta` }) }),
    aiSdk({ id: "mistral-v3", provider: createMistralV3({ apiKey: "key", baseURL: url }) }),
  );
});
afterAll(async () => {
  await gateway.close({ graceMs: 0 });
  await vendor.close();
});

const converse = reply({
  output: { message: { role: "assistant", content: [{ text: "Hi" }] } },
  stopReason: "end_turn",
  usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
});
const png = "iVBORw0KGgo=";
const pdf = "JVBERi0xLjcK";
const sent = () => vendor.received[0]?.json ?? {};

/** As a client of Anthropic's dialect asks. */
const question: JsonObject = {
  max_tokens: 64,
  system: [{ type: "text", text: "Be brief.", cache_control: { type: "ephemeral", ttl: "1h" } }],
  messages: [
    {
      role: "user",
      content: [
        { type: "image", source: { type: "base64", media_type: "image/png", data: png } },
        { type: "document", source: { type: "base64", media_type: "application/pdf", data: pdf }, title: "report.pdf" },
        { type: "text", text: "What is this?", cache_control: { type: "ephemeral" } },
      ],
    },
  ],
};

describe("what a caller says reaches the vendor", () => {
  test("pictures, documents and marks for the prompt cache, at Anthropic", async () => {
    vendor.script(anthropic.whole);
    await ask(gateway, { model: "claude/claude-haiku-4-5", ...question }, "/v1/messages");
    expect(sent()).toMatchObject({
      max_tokens: 64,
      system: [{ type: "text", text: "Be brief.", cache_control: { type: "ephemeral", ttl: "1h" } }],
      messages: [
        {
          role: "user",
          content: [
            { type: "image", source: { type: "base64", media_type: "image/png", data: png } },
            { type: "document", source: { type: "base64", media_type: "application/pdf", data: pdf } },
            { type: "text", text: "What is this?", cache_control: { type: "ephemeral" } },
          ],
        },
      ],
    });
  });

  test("the same at Amazon Bedrock", async () => {
    vendor.script(converse);
    await ask(gateway, { model: "bedrock/eu.anthropic.claude-opus-4-7-v1:0", ...question }, "/v1/messages");
    expect(sent()).toMatchObject({
      system: [{ text: "Be brief." }, { cachePoint: { type: "default", ttl: "1h" } }],
      messages: [
        {
          role: "user",
          content: [
            { image: { format: "png", source: { bytes: png } } },
            { document: { format: "pdf", source: { bytes: pdf } } },
            { text: "What is this?" },
            { cachePoint: { type: "default" } },
          ],
        },
      ],
      inferenceConfig: { maxTokens: 64 },
    });
  });

  test("a schema, sampling and a forced tool, at Google", async () => {
    vendor.script(google.whole);
    const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
    await ask(gateway, {
      model: "google/gemini-2.5-flash",
      messages: [{ role: "user", content: "Where?" }],
      response_format: { type: "json_schema", json_schema: { name: "place", schema } },
      temperature: 0.5,
      top_p: 0.9,
      seed: 7,
      stop: ["END"],
      max_tokens: 99,
    });
    expect(sent()["generationConfig"]).toMatchObject({
      responseMimeType: "application/json",
      responseJsonSchema: { type: "object", required: ["city"] },
      temperature: 0.5,
      topP: 0.9,
      seed: 7,
      stopSequences: ["END"],
      maxOutputTokens: 99,
    });
    vendor.script(google.whole);
    await ask(gateway, {
      model: "google/gemini-2.5-flash",
      messages: [{ role: "user", content: "Where?" }],
      tools: [{ type: "function", function: { name: "look", parameters: schema } }],
      tool_choice: { type: "function", function: { name: "look" } },
    });
    expect(sent()["toolConfig"]).toMatchObject({
      functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["look"] },
    });
  });

  test("an effort, in the vendor's own form", async () => {
    vendor.script(anthropic.whole);
    const messages = [{ role: "user", content: "Hi" }];
    await ask(gateway, { model: "claude/claude-haiku-4-5", messages, reasoning_effort: "low" });
    expect(sent()).toMatchObject({ thinking: { type: "enabled", budget_tokens: expect.any(Number) } });
  });
});

describe("what does not reach it", () => {
  test("an effort, where the contract has no word for it: the receipt says so", async () => {
    vendor.script((chatVendors[3] as (typeof chatVendors)[number]).whole);
    const messages = [{ role: "user", content: "Hi" }];
    const told = await ask(gateway, { model: "mistral-v3/a-model", messages, reasoning_effort: "low" });
    expect(told.receipt["warnings"]).toMatchObject([{ code: "dropped_parameter", field: "reasoning" }]);
  });

  test("the signature of another channel's package", async () => {
    vendor.script(anthropic.calling, converse);
    const user = { role: "user", content: "Weather?" };
    const tools = [{ type: "function", function: { name: "get_weather", parameters: { type: "object" } } }];
    const first = await ask(gateway, { model: "claude/claude-haiku-4-5", stream: true, tools, messages: [user] });
    const turn = turnOf(first.events);
    const result = { role: "tool", tool_call_id: "toolu_1", content: "Rain" };
    const told = await ask(gateway, { model: "bedrock/another", tools, messages: [user, turn, result] });
    expect(told.receipt["warnings"]).toContainEqual(expect.objectContaining({ code: "state_dropped" }));
    expect(vendor.received[1]?.text).not.toContain("EqQB+/sig==");
    expect(vendor.received[1]?.text).not.toContain("Which city?");
  });
});
