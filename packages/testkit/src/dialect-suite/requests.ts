import type { ChatRequest, Message, Part, Tool } from "@sluice/core";

const text = (words: string): Part => ({ type: "text", text: words });
const user = (...parts: Part[]): Message => ({ role: "user", parts });

const weather: Tool = {
  name: "get_weather",
  description: "The weather of a city.",
  parameters: {
    type: "object",
    properties: { city: { type: "string" }, days: { type: "integer", minimum: 1 } },
    required: ["city"],
    additionalProperties: false,
  },
};
const person = {
  type: "object",
  properties: { name: { type: "string" }, age: { type: "integer" } },
  required: ["name", "age"],
  additionalProperties: false,
};
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

const calls: Message = {
  role: "assistant",
  parts: [
    text("I will look."),
    { type: "tool-call", id: "call_1", name: "get_weather", arguments: '{"city":"Oslo"}' },
    { type: "tool-call", id: "call_2", name: "get_weather", arguments: '{"city":"Rome"}' },
  ],
};
const result = (callId: string, words: string, isError = false): Message => ({
  role: "tool",
  parts: [{ type: "tool-result", callId, content: [{ type: "text", text: words }], ...(isError ? { isError } : {}) }],
});

const asked = user(text("What is the weather in Oslo and Rome?"));

/** What people ask for, in the canonical form: every feature that all dialects have, one at a time. */
const features: [name: string, request: Partial<ChatRequest>][] = [
  ["text", {}],
  ["a stream", { stream: true }],
  ["a system prompt", { messages: [{ role: "system", parts: [text("Be brief.")] }, user(text("Hi"))] }],
  [
    "a later system prompt",
    { messages: [user(text("Hi")), { role: "system", parts: [text("Be brief.")] }, user(text("Go"))] },
  ],
  ["several turns", { messages: [user(text("Hi")), { role: "assistant", parts: [text("Hello.")] }, user(text("Go"))] }],
  ["two user messages in a row", { messages: [user(text("Hi")), user(text("Are you there?"))] }],
  [
    "an image by URL",
    {
      messages: [
        user(text("Look."), {
          type: "image",
          source: { kind: "url", url: "https://example.com/a.png", mediaType: "image/png" },
        }),
      ],
    },
  ],
  [
    "an image in base64",
    {
      messages: [user(text("Look."), { type: "image", source: { kind: "data", mediaType: "image/png", data: pixel } })],
    },
  ],
  ["tools", { messages: [asked], tools: [weather] }],
  ["a tool without parameters", { messages: [asked], tools: [{ name: "get_time" }] }],
  ["a tool that must be called", { messages: [asked], tools: [weather], toolChoice: { type: "required" } }],
  ["one tool by name", { messages: [asked], tools: [weather], toolChoice: { type: "tool", name: "get_weather" } }],
  ["no tool call", { messages: [asked], tools: [weather], toolChoice: { type: "none" } }],
  [
    "tool results",
    { messages: [asked, calls, result("call_1", "sunny"), result("call_2", "rainy")], tools: [weather] },
  ],
  [
    "tool results in another order",
    { messages: [asked, calls, result("call_2", "rainy"), result("call_1", "sunny")], tools: [weather] },
  ],
  [
    "a tool that failed",
    { messages: [asked, calls, result("call_1", "no such city", true), result("call_2", "rainy")], tools: [weather] },
  ],
  [
    "text after tool results",
    {
      messages: [asked, calls, result("call_1", "sunny"), result("call_2", "rainy"), user(text("So?"))],
      tools: [weather],
    },
  ],
  ["any JSON", { messages: [user(text("Answer in JSON."))], output: { type: "json" } }],
  ["a schema", { output: { type: "schema", name: "person", schema: person, strict: true } }],
  ["limits", { sampling: { maxTokens: 64, stop: ["STOP"] } }],
  ["thinking", { reasoning: { effort: "low" }, sampling: { maxTokens: 4096 } }],
];

/** The requests, as a client of `dialect` would have sent them. */
export function requestsFor(dialect: string, model: string): [name: string, request: ChatRequest][] {
  return features.map(([name, feature]) => [
    name,
    {
      operation: "chat",
      model,
      stream: false,
      messages: [user(text("Hi"))],
      sampling: {},
      origin: { dialect, rest: {}, prefers: {} },
      ...structuredClone(feature),
    },
  ]);
}

/** Makes any change of the value throw. */
export function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) frozen(member);
  }
  return value;
}
