import type { DecodeContext, JsonObject, Quirks } from "@sluice/core";
import fc from "fast-check";
import { test } from "vitest";
import { expectSamePatch, expectSameUsage, few } from "../_shortcuts.ts";
import { requestOf, targetOf, upstream } from "./fixtures.ts";

const efforts = ["none", "low", "medium", "high"] as const;

const quirks: fc.Arbitrary<Quirks> = fc.record(
  {
    maxTokensField: fc.constantFrom("max_tokens", "max_completion_tokens"),
    developerRole: fc.constantFrom("system", "developer"),
    streamOptions: fc.boolean(),
    reasoningEcho: fc.constantFrom("never", "turn", "always"),
    toolIdPattern: fc.constant({ source: "nine-alphanumeric" }),
    toolChoiceRequired: fc.constantFrom("required", "any", "auto"),
    toolChoiceNamed: fc.boolean(),
    efforts: fc.subarray([...efforts]),
    reasoningWithTools: fc.constantFrom("allowed", "none", "absent"),
    schema: fc.constantFrom("schema", "json", "none"),
    strict: fc.boolean(),
    rename: fc.constant({ seed: "random_seed" }),
    refuse: fc.subarray(["seed", "n", "stream_options", "temperature"]),
    range: fc.constant({ temperature: [0, 1] }),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Quirks>;

const tool = { type: "function", function: { name: "clock", parameters: {}, strict: true } };

const message: fc.Arbitrary<JsonObject> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<JsonObject>({ role: "user", content: "Hello" }) },
  fc.record({ role: fc.constantFrom("system", "developer", "user"), content: fc.constantFrom("Hello", "developer") }),
  fc.record(
    {
      role: fc.constant("assistant"),
      content: fc.constantFrom("Hi", "reasoning"),
      reasoning_content: fc.constant("Hm"),
      reasoning: fc.constant("Hm"),
      reasoning_details: fc.constant([{ type: "reasoning.text", text: "Hm", signature: "sl1.else.e30" }]),
      thinking_blocks: fc.constant([{ type: "thinking", thinking: "Hm", signature: "c2ln" }]),
      provider_details: fc.constant([{ type: "search", format: "gemini", data: {} }]),
      tool_calls: fc.constantFrom(
        [{ id: "c", type: "function", function: { name: "clock", arguments: "{}" } }],
        [{ id: "c", type: "function", function: { name: "clock", arguments: "{}" }, extra_content: { google: {} } }],
      ),
    },
    { requiredKeys: ["role", "content"] },
  ),
) as fc.Arbitrary<JsonObject>;

const body = fc.record(
  {
    model: fc.constantFrom("asked", "m"),
    messages: fc.array(message, { minLength: 1, maxLength: 4 }),
    stream: fc.boolean(),
    stream_options: fc.constantFrom({ include_usage: true }, { include_usage: false }, { include_obfuscation: false }),
    max_tokens: fc.constant(5),
    max_completion_tokens: fc.constant(6),
    temperature: fc.constantFrom(0.5, 1.5),
    seed: fc.constant(1),
    n: fc.constant(2),
    tools: fc.constant([tool]),
    tool_choice: fc.constantFrom("required", { type: "function", function: { name: "clock" } }),
    response_format: fc.constantFrom(
      { type: "json_object" },
      { type: "json_schema", json_schema: { name: "a", schema: {}, strict: true } },
    ),
    reasoning_effort: fc.constantFrom(...efforts),
    reasoning: fc.constant({ effort: "high" }),
    thinking: fc.constant({ type: "enabled", budget_tokens: 100 }),
    enable_thinking: fc.constant(true),
    thinking_budget: fc.constant(100),
    vendor_field: fc.constant({ any: "thing" }),
  },
  { requiredKeys: ["model", "messages"] },
) as fc.Arbitrary<JsonObject>;

test("a patch is the same whether or not messages were looked at", () => {
  const bodies = fc.oneof(body, few(body, ["model", "messages"]));
  const cases = fc
    .tuple(bodies, fc.oneof(quirks, few(quirks, [])))
    .map(([sent, given]) => ({ sent, request: requestOf(), target: targetOf(given) }));
  expectSamePatch(upstream, "messages", cases);
});

const plain = { role: "assistant", content: "Hi" };

const odd = fc.record(
  {
    content: fc.constantFrom<unknown>("Hi", null, [{ type: "text", text: "Hi" }], [{ type: "what" }], 5, {}),
    refusal: fc.constantFrom<unknown>("no", 1),
    reasoning_content: fc.constantFrom<unknown>("Hm", 7, null),
    tool_calls: fc.constantFrom<unknown>(
      [],
      null,
      [{ id: "c", type: "function", function: { name: "clock", arguments: "{}" } }],
      [{ id: "c", type: "function", function: { name: "clock", arguments: "{" } }],
      [{ id: 5, index: 900, function: null }, "call"],
      "calls",
    ),
    function_call: fc.constantFrom<unknown>(null, { name: "clock", arguments: "{" }, 5),
    audio: fc.constantFrom<unknown>({ id: "a", data: "AAAA" }, { data: 5 }, "x"),
    annotations: fc.constantFrom<unknown>([{ type: "url_citation", url_citation: { url: "u" } }], [1], {}),
    images: fc.constantFrom<unknown>([{ image_url: { url: "data:image/png;base64,AA==" } }], [{}]),
  },
  { requiredKeys: [] },
);

const choice = few(
  fc.record({
    index: fc.constantFrom<unknown>(0, 1, -1, 1.5, 500, "0", null),
    message: fc.oneof({ weight: 3, arbitrary: fc.constant<unknown>(plain) }, odd, fc.constantFrom<unknown>(null, "Hi")),
    finish_reason: fc.oneof(
      { weight: 3, arbitrary: fc.constant("stop") },
      fc.constantFrom("length", "tool_calls", "function_call", "content_filter", "error", "eos", null),
    ),
    error: fc.constantFrom<unknown>(null, { message: "no", code: 502 }),
    logprobs: fc.constantFrom<unknown>(null, { content: [] }, 5),
  }),
  ["message", "finish_reason"],
);

const counts = fc.record(
  {
    prompt_tokens: fc.oneof(fc.nat(1_000), fc.constantFrom<unknown>(-1, "5", null, 1.5, 1e300)),
    completion_tokens: fc.nat(1_000),
    prompt_tokens_details: fc.record({ cached_tokens: fc.nat(2_000), audio_tokens: fc.nat(10) }),
    completion_tokens_details: fc.record({ reasoning_tokens: fc.nat(2_000) }),
    prompt_cache_hit_tokens: fc.nat(100),
    server_tool_use: fc.constant({ web_search_requests: 2 }),
    total_tokens: fc.oneof(fc.nat(2_000), fc.constantFrom<unknown>(-1, "5", null, 1.5)),
    cost: fc.constantFrom<unknown>(0.5, "x"),
  },
  { requiredKeys: [] },
);

const answer = fc.record(
  {
    id: fc.constant("chatcmpl-1"),
    object: fc.constant("chat.completion"),
    choices: fc.oneof({ weight: 3, arbitrary: fc.tuple(choice) }, fc.array(choice, { maxLength: 3 })),
    usage: fc.oneof(counts, fc.constant(null)),
    error: fc.constantFrom<unknown>(null, null, null, "", { message: "no" }),
    service_tier: fc.constantFrom("default", "flex"),
  },
  { requiredKeys: ["id", "object"] },
) as unknown as fc.Arbitrary<JsonObject>;

const contexts: fc.Arbitrary<DecodeContext> = fc
  .constantFrom<Quirks>({}, { reasoningTokens: "outside" })
  .map((given) => ({ request: requestOf(), target: targetOf(given) }));

test("a tapped answer has the usage of the decoded one", () => {
  expectSameUsage(upstream, answer, contexts);
});
