import { isObject, type JsonObject } from "@sluice/core";
import { expect, test } from "vitest";
import { aiSdk } from "../src/index.ts";
import { ask, gatewayOf } from "./_ask.ts";
import { scripted, usage } from "./_package.ts";

const signed = (signature: string) => ({ acme: { signature: `${signature}+/==` } });
const parameters = { type: "object", properties: { city: { type: "string" } } };

/** How a client of each dialect asks, and how it sends an answer back with the result of the call. */
const clients: Record<string, { path: string; first: JsonObject; second: (answer: JsonObject) => JsonObject }> = {
  "openai-chat": {
    path: "/v1/chat/completions",
    first: {
      messages: [{ role: "user", content: "Weather?" }],
      tools: [{ type: "function", function: { name: "get_weather", parameters } }],
    },
    second(answer) {
      const [choice] = answer["choices"] as JsonObject[];
      const result = { role: "tool", tool_call_id: "c1", content: "Rain" };
      return { messages: [{ role: "user", content: "Weather?" }, choice?.["message"] ?? null, result] };
    },
  },
  "openai-responses": {
    path: "/v1/responses",
    first: {
      input: [{ role: "user", content: "Weather?" }],
      include: ["reasoning.encrypted_content"],
      store: false,
      tools: [{ type: "function", name: "get_weather", parameters }],
    },
    second(answer) {
      const output = answer["output"] as JsonObject[];
      const result = { type: "function_call_output", call_id: "c1", output: "Rain" };
      return { input: [{ role: "user", content: "Weather?" }, ...output, result] };
    },
  },
  anthropic: {
    path: "/v1/messages",
    first: {
      max_tokens: 4096,
      messages: [{ role: "user", content: "Weather?" }],
      tools: [{ name: "get_weather", input_schema: parameters }],
    },
    second(answer) {
      const result = { type: "tool_result", tool_use_id: "c1", content: "Rain" };
      return {
        messages: [
          { role: "user", content: "Weather?" },
          { role: "assistant", content: answer["content"] },
          { role: "user", content: [result] },
        ],
      };
    },
  },
  gemini: {
    path: "/v1beta/models/acme/a-model:generateContent",
    first: {
      contents: [{ role: "user", parts: [{ text: "Weather?" }] }],
      generationConfig: { thinkingConfig: { includeThoughts: true } },
      tools: [{ functionDeclarations: [{ name: "get_weather", parametersJsonSchema: parameters }] }],
    },
    second(answer) {
      const [candidate] = answer["candidates"] as JsonObject[];
      const result = { functionResponse: { id: "c1", name: "get_weather", response: { output: "Rain" } } };
      return {
        contents: [
          { role: "user", parts: [{ text: "Weather?" }] },
          candidate?.["content"] ?? null,
          { role: "user", parts: [result] },
        ],
      };
    },
  },
};

test.each(Object.keys(clients))("a client of %s brings back all that the package signed", async (dialect) => {
  const client = clients[dialect] as (typeof clients)[string];
  const provider = scripted({
    result: {
      warnings: [],
      content: [
        { type: "reasoning", text: "Which city?", providerMetadata: signed("thought") },
        { type: "text", text: "Let me look.", providerMetadata: signed("text") },
        {
          type: "tool-call",
          toolCallId: "c1",
          toolName: "get_weather",
          input: '{"city":"Oslo"}',
          providerMetadata: signed("call"),
        },
      ],
      finishReason: { unified: "tool-calls", raw: "tool_use" },
      usage,
    },
  });
  const gateway = gatewayOf(aiSdk({ id: "acme", provider }));
  const named = dialect === "gemini" ? {} : { model: "acme/a-model" };
  const first = await ask(gateway, { ...named, ...client.first }, client.path);
  expect(first.status).toBe(200);
  const second = await ask(gateway, { ...named, ...client.first, ...client.second(first.json) }, client.path);
  expect(second.status).toBe(200);

  const prompt = provider.asked[1]?.["prompt"] as { role: string; content: JsonObject[] }[];
  const turn = prompt.find(({ role }) => role === "assistant")?.content ?? [];
  const returned = new Map(turn.map((part) => [part["type"], part]));
  expect(returned.get("reasoning")).toEqual({
    type: "reasoning",
    text: "Which city?",
    providerOptions: signed("thought"),
  });
  expect(returned.get("text")).toEqual({ type: "text", text: "Let me look.", providerOptions: signed("text") });
  expect(returned.get("tool-call")).toMatchObject({ input: { city: "Oslo" }, providerOptions: signed("call") });
  expect(prompt.at(-1)).toMatchObject({ role: "tool", content: [{ toolCallId: "c1", toolName: "get_weather" }] });
  const warnings = (second.receipt["warnings"] ?? []) as unknown[];
  expect(warnings.filter((warning) => isObject(warning) && warning["code"] === "state_dropped")).toEqual([]);
  await gateway.close({ graceMs: 0 });
});
