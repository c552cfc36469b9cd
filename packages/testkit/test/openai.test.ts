import type OpenAI from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createMockUpstream, triggers } from "../src/index.ts";
import type { MockUpstream } from "../src/index.ts";
import { openaiSDK, person, pixel, pixelBytes, weather } from "./sdks.ts";

let upstream: MockUpstream;
let client: OpenAI;
beforeAll(async () => {
  upstream = await createMockUpstream();
  client = openaiSDK(upstream);
});
afterAll(() => upstream.close());

const user = (content: string) => ({ role: "user" as const, content });
const tools = [{ type: "function" as const, function: { name: "get_weather", parameters: weather, strict: true } }];

test("answers a chat with what was said and counts its tokens", async () => {
  const completion = await client.chat.completions.create({
    model: "gpt-4.1-mini",
    messages: [user("Hello there, Sluice")],
  });
  expect(completion.choices[0]).toMatchObject({
    finish_reason: "stop",
    message: { role: "assistant", content: "Hello there, Sluice", refusal: null },
  });
  expect(completion.usage?.total_tokens).toBe(
    (completion.usage?.prompt_tokens ?? 0) + (completion.usage?.completion_tokens ?? 0),
  );
  expect(completion.usage?.completion_tokens).toBeGreaterThan(0);
});

test("streams the same answer as it gives whole", async () => {
  const body = { model: "gpt-4.1-mini", messages: [user("One two three ✓ 世界")] };
  const whole = await client.chat.completions.create(body);
  const stream = client.chat.completions.stream({ ...body, stream_options: { include_usage: true } });
  const streamed = await stream.finalChatCompletion();
  expect(streamed.choices[0]?.message.content).toBe(whole.choices[0]?.message.content);
  expect(streamed.usage).toEqual(whole.usage);
});

test("sends usage in a stream only when it is asked for", async () => {
  const stream = await client.chat.completions.create({ model: "gpt-4.1-mini", messages: [user("hi")], stream: true });
  const usages: unknown[] = [];
  for await (const chunk of stream) usages.push(chunk.usage);
  expect(usages.length).toBeGreaterThan(2);
  expect(usages.every((usage) => usage === undefined)).toBe(true);
});

test("calls a tool for each city, then answers with the results", async () => {
  const asked = user("What is the weather in Paris and Rome?");
  const first = await client.chat.completions
    .stream({ model: "gpt-4.1-mini", messages: [asked], tools })
    .finalChatCompletion();
  const message = first.choices[0]?.message;
  const calls = (message?.tool_calls ?? []).filter((call) => call.type === "function");
  expect(first.choices[0]?.finish_reason).toBe("tool_calls");
  expect(calls.map((call) => JSON.parse(call.function.arguments))).toEqual([{ city: "Paris" }, { city: "Rome" }]);

  const results = calls.map((call, at) => ({
    role: "tool" as const,
    tool_call_id: call.id,
    content: ["sunny", "rainy"][at] ?? "",
  }));
  const second = await client.chat.completions.create({
    model: "gpt-4.1-mini",
    tools,
    messages: [asked, { role: "assistant", content: null, tool_calls: calls }, ...results],
  });
  expect(second.choices[0]?.message.content).toBe("get_weather says sunny; get_weather says rainy");
});

test("calls one tool at a time when parallel calls are off, and none when tools are off", async () => {
  const messages = [user("weather in Oslo and Bergen")];
  const single = await client.chat.completions.create({
    model: "gpt-4.1-mini",
    messages,
    tools,
    parallel_tool_calls: false,
  });
  expect(single.choices[0]?.message.tool_calls).toHaveLength(1);
  const none = await client.chat.completions.create({ model: "gpt-4.1-mini", messages, tools, tool_choice: "none" });
  expect(none.choices[0]?.message.tool_calls).toBeUndefined();
});

test("calls a function in the old form when it is offered so", async () => {
  const functions = [{ name: "get_weather", parameters: weather }];
  const asked = user("weather in Oslo and Bergen");
  const body = { model: "gpt-4.1-mini", messages: [asked], functions };
  const [choice] = (await client.chat.completions.create(body)).choices;
  const called = { name: "get_weather", arguments: '{"city":"Oslo"}' };
  expect(choice).toMatchObject({ finish_reason: "function_call", message: { function_call: called } });
  expect(choice?.message.tool_calls).toBeUndefined();
  const streamed = await client.chat.completions.stream(body).finalChatCompletion();
  expect(streamed.choices[0]?.message.function_call).toEqual(called);
  const second = await client.chat.completions.create({
    ...body,
    messages: [
      asked,
      { role: "assistant", content: null, function_call: called },
      { role: "function", name: "get_weather", content: "sunny" },
    ],
  });
  expect(second.choices[0]?.message.content).toBe("get_weather says sunny");
});

test("says JSON again in JSON mode, and other words in an object", async () => {
  const ask = async (content: string) => {
    const messages = [user(content)];
    const body = { model: "gpt-4.1-mini", messages, response_format: { type: "json_object" as const } };
    return (await client.chat.completions.create(body)).choices[0]?.message.content;
  };
  expect(await ask('{"say":"json"}')).toBe('{"say":"json"}');
  expect(await ask("say json")).toBe('{"answer":"say json"}');
});

test("fills a JSON schema", async () => {
  const completion = await client.chat.completions.parse({
    model: "gpt-4.1-mini",
    messages: [user("Someone, please")],
    response_format: { type: "json_schema", json_schema: { name: "person", schema: person, strict: true } },
  });
  expect(JSON.parse(completion.choices[0]?.message.content ?? "")).toEqual({ name: "name", age: 18, tags: ["tags"] });
});

test("describes the image that it got", async () => {
  const completion = await client.chat.completions.create({
    model: "gpt-4.1-mini",
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "Look." },
          { type: "image_url", image_url: { url: `data:image/png;base64,${pixel}` } },
          { type: "image_url", image_url: { url: "https://example.com/cat.jpg" } },
        ],
      },
    ],
  });
  const content = completion.choices[0]?.message.content;
  expect(content).toContain(`image/png of ${pixelBytes} bytes`);
  expect(content).toContain("https://example.com/cat.jpg");
});

test("stops at a stop sequence and at the token limit", async () => {
  const messages = [user("alpha beta STOP gamma")];
  const stopped = await client.chat.completions.create({ model: "gpt-4.1-mini", messages, stop: "STOP" });
  expect(stopped.choices[0]).toMatchObject({ finish_reason: "stop", message: { content: "alpha beta " } });
  const limited = await client.chat.completions.create({ model: "gpt-4.1-mini", messages, max_completion_tokens: 2 });
  expect(limited.choices[0]?.finish_reason).toBe("length");
  expect(limited.usage?.completion_tokens).toBe(2);
});

test("refuses in words and filters on the trigger words", async () => {
  const refused = await client.chat.completions
    .stream({ model: "gpt-4.1-mini", messages: [user(triggers.refuse)] })
    .finalChatCompletion();
  expect(refused.choices[0]?.message).toMatchObject({ content: null, refusal: "I cannot help with that." });
  const filtered = await client.chat.completions.create({ model: "gpt-4.1-mini", messages: [user(triggers.filter)] });
  expect(filtered.choices[0]?.finish_reason).toBe("content_filter");
});

test("shows thoughts only where the vendor does, and counts them everywhere", async () => {
  const messages = [user("Think about it")];
  const own = await client.chat.completions.create({ model: "gpt-5.1", messages, reasoning_effort: "low" });
  expect(own.usage?.completion_tokens_details?.reasoning_tokens).toBeGreaterThan(0);
  expect(own.choices[0]?.message).not.toHaveProperty("reasoning_content");
  const compatible = await client.chat.completions.create({
    model: "deepseek-reasoner",
    messages,
    reasoning_effort: "low",
  });
  expect(compatible.choices[0]?.message).toHaveProperty("reasoning_content", expect.stringContaining("Think about it"));
});

const refusals: [why: string, body: Record<string, unknown>, status: number, message: RegExp][] = [
  ["an unknown field", { cache: true }, 400, /Unrecognized request argument supplied: cache/],
  ["max_tokens for a reasoning model", { model: "gpt-5.1", max_tokens: 5 }, 400, /Use 'max_completion_tokens' instead/],
  [
    "a temperature for a reasoning model",
    { model: "gpt-5.1", temperature: 0.2 },
    400,
    /'temperature' does not support 0.2/,
  ],
  [
    "stream options without a stream",
    { stream_options: { include_usage: true } },
    400,
    /only allowed when 'stream' is enabled/,
  ],
  ["a tool choice without tools", { tool_choice: "auto" }, 400, /only allowed when 'tools' are specified/],
  ["no messages", { messages: [] }, 400, /Invalid 'messages': empty array/],
  [
    "a result without its call",
    { messages: [{ role: "tool", tool_call_id: "x", content: "1" }] },
    400,
    /must be a response to a preceding message/,
  ],
  [
    "a call without its result",
    {
      messages: [
        { role: "assistant", tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "{}" } }] },
        user("hm"),
      ],
    },
    400,
    /did not have response messages: a/,
  ],
  ["JSON mode without the word", { response_format: { type: "json_object" } }, 400, /must contain the word 'json'/],
  [
    "a strict schema that is open",
    {
      response_format: {
        type: "json_schema",
        json_schema: { name: "x", strict: true, schema: { type: "object", properties: {} } },
      },
    },
    400,
    /'additionalProperties' is required/,
  ],
  ["a model that does not exist", { model: "missing-model" }, 404, /does not exist/],
];

test.each(refusals)("refuses %s", async (_why, body, status, message) => {
  const request = { model: "gpt-4.1-mini", messages: [user("hi")], ...body } as never;
  await expect(client.chat.completions.create(request)).rejects.toMatchObject({
    status,
    message: expect.stringMatching(message),
  });
});

test("wants the key as a bearer token", async () => {
  const url = `${upstream.baseURL("openai-chat")}/chat/completions`;
  const answer = await fetch(url, {
    method: "POST",
    headers: { "x-api-key": "sk-test", "content-type": "application/json" },
    body: "{}",
  });
  expect(answer.status).toBe(401);
  expect(await answer.json()).toMatchObject({ error: { type: "invalid_request_error" } });
});

test("lists its models", async () => {
  const { data } = await client.models.list();
  expect(data.map((model) => model.id)).toContain("gpt-5.1");
});

test("gives the same answer to the same request", async () => {
  const body = { model: "gpt-4.1-mini", messages: [user("weather in Paris")], tools, n: 2 };
  expect(await client.chat.completions.create(body)).toEqual(await client.chat.completions.create(body));
});
