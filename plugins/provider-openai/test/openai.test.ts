import type { JsonObject } from "@sluice/core";
import { callChannel, upstreams } from "@sluice/testkit";
import { describe, expect, test } from "vitest";
import { openai } from "../src/index.ts";

const reply = upstreams.replying({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1_790_000_000,
  model: "a-model",
  choices: [{ index: 0, message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 5, completion_tokens: 1, total_tokens: 6 },
});
const response = upstreams.replying({
  id: "resp_1",
  object: "response",
  created_at: 1_790_000_000,
  status: "completed",
  model: "a-model",
  output: [
    {
      id: "msg_1",
      type: "message",
      role: "assistant",
      content: [{ type: "output_text", text: "Hi", annotations: [] }],
    },
  ],
  usage: { input_tokens: 5, output_tokens: 1, total_tokens: 6 },
});
const tools = [{ type: "function", function: { name: "look", parameters: { type: "object", properties: {} } } }];

async function sent(model: string, fields: JsonObject = {}): Promise<JsonObject> {
  const { sent: body, status } = await callChannel(openai({ apiKey: "sk-1" }), { model, ...fields }, reply);
  expect(status).toBe(200);
  return body;
}

describe("a call to OpenAI", () => {
  test("goes to its own address with the key of the environment as a bearer", async () => {
    const { url, headers } = await callChannel(openai(), { model: "gpt-4.1" }, reply, {
      env: { OPENAI_API_KEY: "sk-env" },
    });
    expect(url).toBe("https://api.openai.com/v1/chat/completions");
    expect(headers["authorization"]).toBe("Bearer sk-env");
  });

  test("takes the address and the key of its channel", async () => {
    const spec = openai({ id: "eu", apiKey: "sk-eu", baseURL: "https://eu.api.openai.com/v1" });
    const { url, headers } = await callChannel(spec, { model: "gpt-4.1" }, reply, {
      env: { OPENAI_API_KEY: "sk-env" },
    });
    expect(url).toBe("https://eu.api.openai.com/v1/chat/completions");
    expect(headers["authorization"]).toBe("Bearer sk-eu");
  });

  test("names the output limit as all models take it", async () => {
    for (const model of ["gpt-4.1", "gpt-6-luna"]) {
      expect(await sent(model, { max_tokens: 9 })).toMatchObject({ model, max_completion_tokens: 9 });
      expect(await sent(model, { max_tokens: 9 })).not.toHaveProperty("max_tokens");
    }
  });

  test("keeps strict tools and schemas", async () => {
    const strict = [{ type: "function", function: { ...tools[0]?.function, strict: true } }];
    expect(await sent("gpt-4.1", { tools: strict })).toMatchObject({ tools: [{ function: { strict: true } }] });
  });
});

describe("a reasoning model", () => {
  test("has a developer where others have a system", async () => {
    const roleOf = async (model: string) => {
      const fields = { model, system: "Be brief.", max_tokens: 9 };
      const { sent: body } = await callChannel(openai({ apiKey: "sk-1" }), fields, reply, { path: "/v1/messages" });
      return (body["messages"] as { role: string }[])[0]?.role;
    };
    expect(await roleOf("gpt-5.1")).toBe("developer");
    expect(await roleOf("o3")).toBe("developer");
    expect(await roleOf("gpt-4.1")).toBe("system");
  });

  test.each(["temperature", "top_p", "presence_penalty", "frequency_penalty"])("is sent no %s", async (field) => {
    expect(await sent("gpt-5.1", { [field]: 0.5 })).not.toHaveProperty(field);
    expect(await sent("gpt-4.1", { [field]: 0.5 })).toHaveProperty(field, 0.5);
    expect(await sent("gpt-5-chat-latest", { [field]: 0.5 })).toHaveProperty(field, 0.5);
  });

  test("of the o series is sent no stop", async () => {
    expect(await sent("o4-mini", { stop: ["x"] })).not.toHaveProperty("stop");
    expect(await sent("gpt-4.1", { stop: ["x"] })).toHaveProperty("stop");
  });

  test.each([
    ["gpt-5.4", undefined],
    ["gpt-5.5", undefined],
    ["gpt-5.6-terra", "none"],
    ["gpt-6-sol", "none"],
    ["gpt-6-luna", "none"],
    ["gpt-5.1", "high"],
  ])("%s beside tools is asked for the effort %s", async (model, effort) => {
    expect((await sent(model, { tools, reasoning_effort: "high" }))["reasoning_effort"]).toBe(effort);
    expect((await sent(model, { reasoning_effort: "high" }))["reasoning_effort"]).toBe("high");
  });

  test.each(["gpt-6-astra", "gpt-6.1-sol"])("%s is asked where it takes tools", async (model) => {
    const { url, sent: body } = await callChannel(openai({ apiKey: "sk-1" }), { model, tools }, response);
    expect(url).toBe("https://api.openai.com/v1/responses");
    expect(body).toMatchObject({ model, tools: [{ type: "function", name: "look" }], store: false });
  });
});

describe("a channel of two dialects", () => {
  const call = async (path: string, fields: JsonObject) => {
    const told = await callChannel(openai({ apiKey: "sk-1" }), { model: "gpt-5.1", ...fields }, response, { path });
    return new URL(told.url).pathname;
  };
  const thinking = { max_tokens: 9000, thinking: { type: "enabled", budget_tokens: 2000 } };

  test("is asked in the client's own dialect", async () => {
    expect(await call("/v1/responses", { input: "Hi", messages: undefined })).toBe("/v1/responses");
    expect(await call("/v1/chat/completions", { reasoning_effort: "high" })).toBe("/v1/chat/completions");
  });

  test("is asked where thinking shows, and in chat otherwise", async () => {
    expect(await call("/v1/messages", { max_tokens: 9 })).toBe("/v1/chat/completions");
    expect(await call("/v1/messages", thinking)).toBe("/v1/responses");
  });

  test("is asked in chat for what responses do not have", async () => {
    expect(await call("/v1/messages", { max_tokens: 9, stop_sequences: ["x"] })).toBe("/v1/chat/completions");
  });

  test("raises an output limit that the vendor would refuse", async () => {
    const fields = { model: "gpt-5.1", input: "Hi", max_output_tokens: 1 };
    const { sent: body } = await callChannel(openai({ apiKey: "sk-1" }), fields, response, { path: "/v1/responses" });
    expect(body).toMatchObject({ max_output_tokens: 16 });
  });
});

describe("the catalogue", () => {
  const models = openai.definition.models ?? [];

  test("has the limits of every model that makes text, and no price", () => {
    const texts = models.filter(({ abilities }) => abilities?.streaming !== false);
    expect(texts.length).toBeGreaterThan(0);
    for (const model of texts)
      expect(model).toMatchObject({ contextTokens: expect.any(Number), maxOutputTokens: expect.any(Number) });
    expect(models.filter(({ price }) => price !== undefined)).toEqual([]);
  });

  test("says where and when its figures were read", () => {
    expect(openai.definition.docs?.url).toMatch(/^https:\/\/developers\.openai\.com\//);
    expect(openai.definition.docs?.read).toMatch(/^20\d\d-\d\d-\d\d$/);
  });
});
