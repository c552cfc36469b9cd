import type Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createMockUpstream, redactionTrigger, triggers } from "../src/index.ts";
import type { MockUpstream } from "../src/index.ts";
import { anthropicSDK, person, pixel, pixelBytes, weather } from "./sdks.ts";

let upstream: MockUpstream;
let client: Anthropic;
beforeAll(async () => {
  upstream = await createMockUpstream();
  client = anthropicSDK(upstream);
});
afterAll(() => upstream.close());

const model = "claude-haiku-4-5";
const user = (content: Anthropic.MessageParam["content"]): Anthropic.MessageParam => ({ role: "user", content });
const tools: Anthropic.Tool[] = [{ name: "get_weather", input_schema: { ...weather, required: ["city"] } }];
const ask = (body: Partial<Anthropic.MessageCreateParamsNonStreaming>): Anthropic.MessageCreateParamsNonStreaming => ({
  model,
  max_tokens: 2048,
  messages: [user("Hello there, Sluice")],
  ...body,
});

test("answers a message with what was said", async () => {
  const message = await client.messages.create(ask({ system: "Be brief." }));
  expect(message).toMatchObject({
    type: "message",
    role: "assistant",
    stop_reason: "end_turn",
    content: [{ type: "text", text: "Hello there, Sluice" }],
  });
  expect(message.usage.output_tokens).toBeGreaterThan(0);
});

test("streams the same message as it gives whole", async () => {
  const body = ask({ messages: [user("One two ✓ 世界")], thinking: { type: "enabled", budget_tokens: 1024 } });
  const whole = await client.messages.create(body);
  const streamed = await client.messages.stream(body).finalMessage();
  expect(streamed.content).toEqual(whole.content);
  expect(streamed.stop_reason).toBe(whole.stop_reason);
  expect(streamed.usage.output_tokens).toBe(whole.usage.output_tokens);
});

test("calls a tool for each city, thinks first, and takes the signed thoughts back", async () => {
  const thinking = { type: "enabled", budget_tokens: 1024 } as const;
  const asked = user(`weather in Paris and Rome, ${redactionTrigger}`);
  const first = await client.messages.stream(ask({ messages: [asked], tools, thinking })).finalMessage();
  expect(first.stop_reason).toBe("tool_use");
  expect(first.content.map((block) => block.type)).toEqual([
    "thinking",
    "redacted_thinking",
    "tool_use",
    "tool_use",
    "tool_use",
  ]);

  const calls = first.content.filter((block) => block.type === "tool_use");
  const results = calls.map((call) => ({ type: "tool_result" as const, tool_use_id: call.id, content: "sunny" }));
  const history = (content: Anthropic.ContentBlockParam[]): Anthropic.MessageParam[] => [
    asked,
    { role: "assistant", content },
    user(results),
  ];
  const second = await client.messages.create(ask({ messages: history(first.content), tools, thinking }));
  expect(second.content.at(-1)).toMatchObject({
    type: "text",
    text: expect.stringContaining("get_weather says sunny"),
  });

  const forged = first.content.map((block) =>
    block.type === "thinking" ? { ...block, thinking: `${block.thinking}!` } : block,
  );
  await expect(client.messages.create(ask({ messages: history(forged), tools, thinking }))).rejects.toMatchObject({
    status: 400,
    message: expect.stringContaining("Invalid `signature` in `thinking` block"),
  });
  await expect(client.messages.create(ask({ messages: history(calls), tools, thinking }))).rejects.toMatchObject({
    message: expect.stringContaining("Expected `thinking` or `redacted_thinking`, but found `tool_use`"),
  });
});

test("shows no omitted thinking but signs it", async () => {
  const message = await client.messages.create(
    ask({ thinking: { type: "enabled", budget_tokens: 1024, display: "omitted" } }),
  );
  expect(message.content[0]).toMatchObject({
    type: "thinking",
    thinking: "",
    signature: expect.stringMatching(/.{20}/),
  });
});

test("fills an output format", async () => {
  const message = await client.messages.create(
    ask({ output_config: { format: { type: "json_schema", schema: person } } }),
  );
  expect(message.content[0]).toMatchObject({ text: JSON.stringify({ name: "name", age: 18, tags: ["tags"] }) });
});

test("describes the image that it got", async () => {
  const content = [
    { type: "image" as const, source: { type: "base64" as const, media_type: "image/png" as const, data: pixel } },
    { type: "text" as const, text: "Look." },
  ];
  const message = await client.messages.create(ask({ messages: [user(content)] }));
  expect(message.content[0]).toMatchObject({ text: `I see image/png of ${pixelBytes} bytes.\nLook.` });
});

test("names the stop sequence, keeps the token limit, and refuses with a category", async () => {
  const stopped = await client.messages.create(ask({ messages: [user("alpha STOP beta")], stop_sequences: ["STOP"] }));
  expect(stopped).toMatchObject({ stop_reason: "stop_sequence", stop_sequence: "STOP" });
  const limited = await client.messages.create(ask({ max_tokens: 1 }));
  expect(limited).toMatchObject({ stop_reason: "max_tokens", usage: { output_tokens: 1 } });
  const refused = await client.messages.create(ask({ messages: [user(triggers.refuse)] }));
  expect(refused).toMatchObject({
    stop_reason: "refusal",
    stop_details: { type: "refusal", category: "general_harms" },
  });
});

test("counts cached tokens beside the input", async () => {
  const long = "word ".repeat(40);
  const bare = await client.messages.create(ask({ messages: [user(long)] }));
  const marked = await client.messages.create(
    ask({ messages: [user([{ type: "text", text: long, cache_control: { type: "ephemeral" } }])] }),
  );
  const { input_tokens, cache_read_input_tokens, cache_creation_input_tokens } = marked.usage;
  expect(cache_read_input_tokens).toBeGreaterThan(0);
  expect(input_tokens + (cache_read_input_tokens ?? 0) + (cache_creation_input_tokens ?? 0)).toBe(
    bare.usage.input_tokens,
  );
});

const call: Anthropic.MessageParam = {
  role: "assistant",
  content: [{ type: "tool_use", id: "a", name: "get_weather", input: {} }],
};
const refusals: [why: string, body: Record<string, unknown>, status: number, message: RegExp][] = [
  ["an unknown field", { cache: true }, 400, /cache: Extra inputs are not permitted/],
  ["a missing max_tokens", { max_tokens: undefined }, 400, /max_tokens: Field required/],
  ["an empty text", { messages: [user([{ type: "text", text: "" }])] }, 400, /text content blocks must be non-empty/],
  ["blank text", { messages: [user([{ type: "text", text: " " }])] }, 400, /must contain non-whitespace text/],
  [
    "a first message by the assistant",
    { messages: [{ role: "assistant", content: "hi" }, user("hi")] },
    400,
    /first message must use the .*user.* role/,
  ],
  [
    "a tool use without its result",
    { messages: [user("x"), call, user("y")] },
    400,
    /were found without `tool_result` blocks immediately after: a/,
  ],
  [
    "a result without its tool use",
    { messages: [user([{ type: "tool_result", tool_use_id: "b", content: "1" }])] },
    400,
    /unexpected `tool_use_id`/,
  ],
  [
    "text before a result",
    {
      messages: [
        user("x"),
        call,
        user([
          { type: "text", text: "y" },
          { type: "tool_result", tool_use_id: "a" },
        ]),
      ],
    },
    400,
    /must come first/,
  ],
  [
    "a small thinking budget",
    { thinking: { type: "enabled", budget_tokens: 100 } },
    400,
    /greater than or equal to 1024/,
  ],
  [
    "a forced tool while thinking",
    { thinking: { type: "enabled", budget_tokens: 1024 }, tools, tool_choice: { type: "any" } },
    400,
    /forces tool use/,
  ],
  ["a tool choice without tools", { tool_choice: { type: "auto" } }, 400, /only be specified while providing tools/],
  [
    "an open schema",
    { output_config: { format: { type: "json_schema", schema: { type: "object" } } } },
    400,
    /must be explicitly set to false/,
  ],
  [
    "a trailing blank in a prefill",
    { messages: [user("x"), { role: "assistant", content: "It is " }] },
    400,
    /trailing whitespace/,
  ],
  [
    "a prefill for a newer model",
    { model: "claude-opus-4-6", messages: [user("x"), { role: "assistant", content: "It" }] },
    400,
    /does not support assistant message prefill/,
  ],
  ["sampling in the newest version", { temperature: 0.5 }, 400, /temperature: Extra inputs are not permitted/],
  ["a model that does not exist", { model: "missing-model" }, 404, /does not exist/],
];

test.each(refusals)("refuses %s", async (_why, body, status, message) => {
  await expect(client.messages.create(ask(body))).rejects.toMatchObject({
    status,
    message: expect.stringMatching(message),
  });
});

test("takes sampling in the older version, within its range", async () => {
  const older = { headers: { "anthropic-version": "2023-06-01" } };
  await expect(client.messages.create({ ...ask({}), temperature: 0.5 } as never, older)).resolves.toMatchObject({
    stop_reason: "end_turn",
  });
  await expect(client.messages.create({ ...ask({}), temperature: 1.5 } as never, older)).rejects.toMatchObject({
    message: expect.stringContaining("temperature: range: 0..1"),
  });
});

test("wants a version and a key", async () => {
  const post = (headers: Record<string, string>) =>
    fetch(`${upstream.url}/v1/messages`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(ask({})),
    });
  const unversioned = await post({ "x-api-key": "k" });
  expect(await unversioned.json()).toMatchObject({
    type: "error",
    error: { type: "invalid_request_error", message: "anthropic-version: header is required" },
  });
  const anonymous = await post({ "anthropic-version": "2023-06-01" });
  expect(anonymous.status).toBe(401);
  expect(await anonymous.json()).toMatchObject({ error: { type: "authentication_error" } });
});

test("lists its models", async () => {
  const list = await client.models.list();
  expect(list.data[0]).toMatchObject({ type: "model", created_at: expect.any(String) });
});
