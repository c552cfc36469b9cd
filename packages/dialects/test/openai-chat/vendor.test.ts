import type { JsonObject, Quirks, ReasoningWish } from "@sluice/core";
import { describe, expect, test } from "vitest";
import { defined } from "../../src/members.ts";
import { call } from "../_subject.ts";
import { client, contextOf, requestOf, targetOf, upstream } from "./fixtures.ts";

const patch = (body: JsonObject, quirks: Quirks = {}, more = {}) =>
  upstream.patchRequest(body, requestOf(), targetOf(quirks, more));
const user = { role: "user", content: "Hi" };
const bare = { model: "gpt-5-mini", messages: [user] };

test("a body that fits is not touched", () => {
  const body = {
    ...bare,
    unknown: { deep: [1] },
    temperature: 2,
    tools: [],
    stop: ["a"],
    messages: [{ role: "system", content: "x" }, user],
  };
  expect(patch(body)).toEqual({ set: {}, remove: [], warnings: [] });
});

test("the model is the target's", () => {
  expect(patch({ ...bare, model: "fast" }).set).toEqual({ model: "gpt-5-mini" });
});

test("usage is always asked for in a stream, beside the client's own options", () => {
  expect(patch({ ...bare, stream: true, stream_options: { include_obfuscation: false } }).set).toEqual({
    stream_options: { include_obfuscation: false, include_usage: true },
  });
  expect(patch({ ...bare, stream: true, stream_options: { include_usage: true } }).set).toEqual({});
  expect(patch({ ...bare, stream_options: { include_usage: true } })).toMatchObject({
    set: {},
    remove: ["stream_options"],
  });
});

const tool = (name: string, more: JsonObject = {}) => ({
  type: "function",
  function: { name, parameters: {}, ...more },
});
const schema = (strict?: boolean) => ({
  type: "json_schema",
  json_schema: { name: "s", schema: { type: "object" }, ...(strict === undefined ? {} : { strict }) },
});

interface Changes {
  set: JsonObject;
  remove?: string[];
  warnings?: object[];
}

/** One row for each quirk: what the client sends, and what changes of it. */
const rows: readonly (readonly [quirk: string, quirks: Quirks, body: JsonObject, expected: Changes])[] = [
  ["efforts", { efforts: ["low", "high"] }, { reasoning_effort: "high" }, { set: {} }],
  [
    "efforts",
    { efforts: ["low", "high"] },
    { reasoning_effort: "medium" },
    { set: { reasoning_effort: "low" }, warnings: [{ code: "changed_parameter", field: "reasoning_effort" }] },
  ],
  [
    "efforts",
    { efforts: ["low", "high"] },
    { reasoning_effort: "none" },
    { set: { reasoning_effort: "low" }, warnings: [{ code: "changed_parameter", field: "reasoning_effort" }] },
  ],
  ["efforts", { efforts: ["low"] }, { reasoning_effort: "a word of tomorrow" }, { set: {} }],
  ["reasoningIn", {}, { reasoning: { max_tokens: 900 }, enable_thinking: true }, { set: {} }],
  [
    "reasoningIn",
    { reasoningIn: ["reasoning_effort"] },
    { reasoning: { effort: "low", exclude: true } },
    { set: { reasoning_effort: "low" }, remove: ["reasoning"] },
  ],
  [
    "reasoningIn",
    { reasoningIn: ["reasoning_effort"] },
    { enable_thinking: true, thinking_budget: 10_000 },
    {
      set: { reasoning_effort: "medium" },
      remove: ["enable_thinking", "thinking_budget"],
      warnings: [{ code: "changed_parameter", field: "enable_thinking" }],
    },
  ],
  [
    "reasoningIn",
    { reasoningIn: ["enable_thinking"] },
    { reasoning: { max_tokens: 900 } },
    { set: { enable_thinking: true, thinking_budget: 900 }, remove: ["reasoning"] },
  ],
  [
    "reasoningIn",
    { reasoningIn: ["enable_thinking"] },
    { reasoning_effort: "none" },
    { set: { enable_thinking: false }, remove: ["reasoning_effort"] },
  ],
  [
    "reasoningIn",
    { reasoningIn: ["reasoning", "reasoning_effort"] },
    { thinking: { type: "enabled", budget_tokens: 2000 }, reasoning_effort: "low" },
    { set: {}, remove: ["thinking"] },
  ],
  [
    "reasoningIn",
    { reasoningIn: ["thinking"] },
    { reasoning_effort: "high" },
    {
      set: { thinking: { type: "enabled" } },
      remove: ["reasoning_effort"],
      warnings: [{ code: "changed_parameter", field: "reasoning_effort" }],
    },
  ],
  [
    "reasoningIn beside efforts",
    { reasoningIn: ["reasoning_effort", "thinking"], efforts: ["low", "high"] },
    { reasoning_effort: "none" },
    { set: { thinking: { type: "disabled" } }, remove: ["reasoning_effort"] },
  ],
  ["maxTokensField", {}, { max_completion_tokens: 5 }, { set: { max_tokens: 5 }, remove: ["max_completion_tokens"] }],
  [
    "maxTokensField",
    { maxTokensField: "max_completion_tokens" },
    { max_tokens: 5 },
    { set: { max_completion_tokens: 5 }, remove: ["max_tokens"] },
  ],
  ["maxTokensField", {}, { max_completion_tokens: 5, max_tokens: 6 }, { set: {}, remove: ["max_completion_tokens"] }],
  [
    "developerRole",
    {},
    { messages: [{ role: "developer", content: "x" }, user] },
    { set: { messages: [{ role: "system", content: "x" }, user] } },
  ],
  [
    "developerRole",
    { developerRole: "developer" },
    { messages: [{ role: "developer", content: "x" }, user] },
    { set: {} },
  ],
  [
    "streamOptions",
    { streamOptions: false },
    { stream: true, stream_options: {} },
    { set: {}, remove: ["stream_options"] },
  ],
  [
    "rename",
    { rename: { seed: "random_seed" } },
    { seed: 7 },
    { set: { random_seed: 7 }, remove: ["seed"], warnings: [] },
  ],
  [
    "refuse",
    { refuse: ["stop", "seed"] },
    { stop: "a", seed: null },
    { set: {}, remove: ["stop", "seed"], warnings: [{ code: "dropped_parameter", field: "stop" }] },
  ],
  [
    "range",
    { range: { temperature: [0, 1] } },
    { temperature: 1.5 },
    { set: { temperature: 1 }, warnings: [{ code: "clamped_parameter", field: "temperature" }] },
  ],
  ["range", { range: { temperature: [0, 1] } }, { temperature: 0.5 }, { set: {}, warnings: [] }],
  [
    "toolChoiceRequired",
    { toolChoiceRequired: "any" },
    { tools: [tool("a")], tool_choice: "required" },
    { set: { tool_choice: "any" }, warnings: [] },
  ],
  [
    "toolChoiceRequired",
    { toolChoiceRequired: "auto" },
    { tools: [tool("a")], tool_choice: "required" },
    { set: { tool_choice: "auto" }, warnings: [{ field: "tool_choice" }] },
  ],
  [
    "toolChoiceNamed",
    { toolChoiceNamed: false, toolChoiceRequired: "any" },
    { tools: [tool("a"), tool("b")], tool_choice: { type: "function", function: { name: "b" } } },
    { set: { tool_choice: "any", tools: [tool("b")] }, warnings: [] },
  ],
  [
    "strict",
    {},
    { tools: [tool("a", { strict: true })] },
    { set: { tools: [tool("a")] }, warnings: [{ code: "schema_not_strict" }] },
  ],
  ["strict", {}, { response_format: schema(false) }, { set: { response_format: schema() }, warnings: [] }],
  [
    "strict",
    { strict: true },
    { tools: [tool("a", { strict: true })], response_format: schema(true) },
    { set: {}, warnings: [] },
  ],
  [
    "schema",
    { schema: "json" },
    { messages: [{ role: "system", content: "x" }, user], response_format: schema() },
    {
      set: {
        response_format: { type: "json_object" },
        messages: [
          { role: "system", content: "x" },
          { role: "system", content: expect.stringContaining('{"type":"object"}') },
          user,
        ],
      },
      warnings: [{ code: "schema_as_instruction" }],
    },
  ],
  ["schema", { schema: "json" }, { response_format: { type: "json_object" } }, { set: {}, remove: [] }],
  [
    "schema",
    { schema: "none" },
    { response_format: { type: "json_object" } },
    {
      set: { messages: [{ role: "system", content: expect.any(String) }, user] },
      remove: ["response_format"],
      warnings: [{ field: "response_format" }],
    },
  ],
  [
    "reasoningWithTools",
    { reasoningWithTools: "none" },
    { tools: [tool("a")], reasoning_effort: "high" },
    { set: { reasoning_effort: "none" }, warnings: [{ field: "reasoning_effort" }] },
  ],
  [
    "reasoningWithTools",
    { reasoningWithTools: "absent" },
    { tools: [tool("a")], reasoning_effort: "high" },
    { set: {}, remove: ["reasoning_effort"], warnings: [{ field: "reasoning_effort" }] },
  ],
  ["reasoningWithTools", { reasoningWithTools: "none" }, { reasoning_effort: "high" }, { set: {}, warnings: [] }],
  [
    "reasoningEcho",
    {},
    { messages: [user, { role: "assistant", content: "a", reasoning_content: "Hm", aura: 1 }, user] },
    { set: { messages: [user, { role: "assistant", content: "a", aura: 1 }, user] }, warnings: [] },
  ],
  [
    "reasoningEcho",
    { reasoningEcho: "turn" },
    {
      messages: [
        { role: "assistant", content: "a", reasoning: "Old" },
        user,
        { role: "assistant", content: "b", reasoning: "New" },
      ],
    },
    {
      set: {
        messages: [
          { role: "assistant", content: "a" },
          user,
          { role: "assistant", content: "b", reasoning_content: "New" },
        ],
      },
    },
  ],
  [
    "reasoningEcho",
    { reasoningEcho: "always" },
    { messages: [{ role: "assistant", content: "a" }, user] },
    { set: { messages: [{ role: "assistant", content: "a", reasoning_content: "" }, user] } },
  ],
];

test.each(rows)("%s as %j changes %j", (_, quirks, body, expected) => {
  const { set, remove = [], warnings = [] } = expected;
  const patched = patch({ ...bare, ...body }, quirks);
  expect(patched.set).toEqual(set);
  expect(patched.remove).toEqual(remove);
  expect(patched.warnings).toHaveLength(warnings.length);
  expect(patched.warnings).toMatchObject(warnings);
});

test("the same rows hold for a body that was translated", () => {
  const { body } = upstream.encodeRequest(
    requestOf({ sampling: { seed: 7, maxTokens: 5 } }),
    targetOf({ rename: { seed: "random_seed" }, maxTokensField: "max_completion_tokens" }),
  );
  expect(Object.keys(body)).toEqual([
    "model",
    "messages",
    "max_completion_tokens",
    "random_seed",
    "stream",
    "stream_options",
  ]);
});

describe("call ids that the vendor does not take", () => {
  const messages = (id: string) => [
    user,
    {
      role: "assistant",
      content: null,
      tool_calls: [{ id, type: "function", function: { name: "f", arguments: "{}" } }],
    },
    { role: "tool", tool_call_id: id, content: "4" },
  ];
  const told = (id: string, source: "nine-alphanumeric" | "word-characters" | "at-most-40") => {
    const { set } = patch({ ...bare, messages: messages(id) }, { toolIdPattern: { source } });
    if (set.messages === undefined) return id;
    const [, called, answered] = set.messages as { tool_calls: { id: string }[]; tool_call_id: string }[];
    expect(called?.tool_calls[0]?.id).toBe(answered?.tool_call_id);
    return answered?.tool_call_id ?? "";
  };

  test("are mapped alike in call and result, the same each time, others apart", () => {
    expect(told("toolu_01AbC", "nine-alphanumeric")).toMatch(/^[A-Za-z0-9]{9}$/);
    expect(told("toolu_01AbC", "nine-alphanumeric")).toBe(told("toolu_01AbC", "nine-alphanumeric"));
    expect(told("toolu_01AbC", "nine-alphanumeric")).not.toBe(told("toolu_01AbD", "nine-alphanumeric"));
    expect(told("now:0", "word-characters")).toMatch(/^[\w-]+$/);
    expect(told("x".repeat(50), "at-most-40").length).toBeLessThanOrEqual(40);
  });

  test("stay where they fit", () => {
    expect(told("aB3dE6gH9", "nine-alphanumeric")).toBe("aB3dE6gH9");
    expect(told("call_1", "word-characters")).toBe("call_1");
    expect(told("x".repeat(40), "at-most-40")).toBe("x".repeat(40));
  });
});

test.each<[Quirks, boolean]>([
  [{}, true],
  [{ maxTokensField: "max_completion_tokens", refuse: ["stop"], reasoningEcho: "always" }, true],
  [{ done: "optional" }, false],
  [{ usageAt: ["x_groq.usage"] }, false],
  [{ reasoningTokens: "outside" }, false],
  [{ reasoningField: "reasoning" }, false],
  [{ thinkTags: true }, false],
  [{ finishReasons: {} }, false],
  [{ patchStream: true }, false],
])("frames of a vendor with %j can be relayed: %s", (quirks, expected) => {
  expect(upstream.relayable(quirks)).toBe(expected);
});

describe("error answers", () => {
  const read = (status: number, body: unknown, headers: Record<string, string> = {}, quirks: Quirks = {}) =>
    upstream.decodeError(status, new Map(Object.entries(headers)), body, quirks);

  test.each([
    [
      400,
      { error: { message: "Bad", type: "invalid_request_error", param: "n", code: "x" } },
      { class: "invalid", message: "Bad", param: "n", code: "x", status: 400 },
    ],
    [
      400,
      { error: { message: "Too long", code: "context_length_exceeded" } },
      { class: "invalid", kind: "context_length" },
    ],
    [404, { error: { message: "No", code: "model_not_found" } }, { class: "invalid", kind: "model_not_found" }],
    [400, { error: { message: "No", code: "content_filter" } }, { class: "invalid", kind: "content_policy" }],
    [401, { error: { message: "Key" } }, { class: "credential" }],
    [429, { error: { message: "Broke", code: "insufficient_quota" } }, { class: "credential" }],
    [429, { error: "slow down" }, { class: "rate", message: "slow down" }],
    [500, "<!DOCTYPE html><p>nginx</p>", { class: "server", message: "an HTML page instead of an answer" }],
    [503, "", { class: "overloaded", message: "an empty body" }],
    [529, null, { class: "overloaded", message: "HTTP 529" }],
    [422, { detail: [{ loc: ["body", "n"], msg: "too big" }] }, { class: "invalid", message: "body.n: too big" }],
    [400, { detail: "Nope" }, { message: "Nope" }],
    [400, { message: "Nope", code: 1234 }, { message: "Nope", status: 400 }],
    [400, { errors: ["a", { message: "b" }] }, { message: "a; b" }],
    [400, [{ error: { code: 400, message: "In a list", status: "INVALID_ARGUMENT" } }], { message: "In a list" }],
    [
      400,
      { object: "error", message: "vLLM", type: "BadRequestError", param: null, code: 400 },
      { message: "vLLM", code: "BadRequestError" },
    ],
  ])("%i %j is %j", (status, body, expected) => {
    expect(read(status, body)).toMatchObject(expected);
  });

  test("tell how long to wait", () => {
    expect(read(429, {}, { "retry-after": "2" }).retryAfterMs).toBe(2000);
    expect(read(429, {}, { "retry-after-ms": "150" }).retryAfterMs).toBe(150);
  });

  test("have the class that a quirk gives their code", () => {
    expect(read(400, { error: { code: "1305" } }, {}, { errorCodes: { "1305": "overloaded" } }).class).toBe(
      "overloaded",
    );
  });

  test("never carry a message without bounds", () => {
    expect(read(500, "x".repeat(100_000)).message.length).toBeLessThanOrEqual(2000);
  });
});

describe("thinking is asked for in the vendor's own words by clients of other dialects", () => {
  const origin = { dialect: "anthropic", rest: {}, prefers: {} };
  const asked = (reasoning: ReasoningWish, quirks: Quirks) => {
    const { body, warnings } = upstream.encodeRequest(requestOf({ reasoning, origin }), targetOf(quirks));
    const { reasoning_effort, reasoning: router, thinking, enable_thinking, thinking_budget } = body;
    const said = defined({ reasoning_effort, reasoning: router, thinking, enable_thinking, thinking_budget });
    return [said, ...warnings.map(({ code }) => code)];
  };
  test.each<[Quirks["reasoningIn"], ReasoningWish, unknown[]]>([
    [undefined, { effort: "high" }, [{ reasoning_effort: "high" }]],
    [undefined, { budgetTokens: 10_000 }, [{ reasoning_effort: "medium" }]],
    [undefined, { adaptive: true }, [{}]],
    [["reasoning"], { budgetTokens: 10_000 }, [{ reasoning: { max_tokens: 10_000 } }]],
    [["reasoning"], { adaptive: true, include: false }, [{ reasoning: { enabled: true, exclude: true } }]],
    [["enable_thinking"], { budgetTokens: 500 }, [{ enable_thinking: true, thinking_budget: 500 }]],
    [["enable_thinking"], { budgetTokens: 0 }, [{ enable_thinking: false }]],
    [["thinking"], { budgetTokens: 500 }, [{ thinking: { type: "enabled" } }, "changed_parameter"]],
    [["thinking"], { budgetTokens: -1 }, [{ thinking: { type: "enabled" } }]],
  ])("%j: %j", (reasoningIn, wish, expected) => {
    expect(asked(wish, reasoningIn === undefined ? {} : { reasoningIn })).toEqual(expected);
  });
});

describe("marks of the prompt cache", () => {
  const messages = [
    { role: "user" as const, parts: [{ type: "text" as const, text: "Hi", cache: { ttl: "1h" as const } }] },
  ];
  const tools = [{ name: "look", cache: {} }];
  const encoded = (quirks: Quirks, dialect = "anthropic") =>
    upstream.encodeRequest(
      requestOf({ messages, tools, origin: { dialect, rest: {}, prefers: {} } }),
      targetOf(quirks),
    );

  test("are told in the vendor's form", () => {
    expect(encoded({ cacheMarks: "cache_control" })).toMatchObject({
      body: {
        messages: [{ content: [{ text: "Hi", cache_control: { type: "ephemeral", ttl: "1h" } }] }],
        tools: [{ cache_control: { type: "ephemeral" } }],
      },
      warnings: [],
    });
    expect(encoded({ cacheMarks: "prompt_cache_breakpoint" }).body.messages).toEqual([
      {
        role: "user",
        content: [{ type: "text", text: "Hi", prompt_cache_breakpoint: { mode: "explicit", ttl: "12h" } }],
      },
    ]);
  });

  test("are left out with one warning where the vendor takes none", () => {
    const { body, warnings } = encoded({});
    expect(JSON.stringify(body)).not.toContain("cache");
    expect(warnings).toEqual([expect.objectContaining({ code: "dropped_parameter", field: "cache_control" })]);
  });

  test("are read in either form, on parts and tools", () => {
    const marked = {
      ...bare,
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "a", cache_control: { type: "ephemeral", ttl: "1h" } },
            { type: "text", text: "b", prompt_cache_breakpoint: { mode: "explicit" } },
          ],
        },
      ],
      tools: [{ ...tool("look"), cache_control: { type: "ephemeral", ttl: "1h" } }],
    };
    expect(client.decodeRequest(marked, call("/v1/chat/completions"))).toMatchObject({
      messages: [{ parts: [{ cache: { ttl: "1h" } }, { cache: {} }] }],
      tools: [{ name: "look", cache: { ttl: "1h" } }],
    });
  });
});

describe("a vendor of many vendors' models", () => {
  const quirks: Quirks = { reasoningField: "reasoning", reasoningEcho: "turn" };
  const details = [
    { type: "reasoning.summary", summary: "Hm.", format: "openai-responses-v1", index: 0 },
    { type: "reasoning.encrypted", data: "ZW5j", id: "rs_1", format: "openai-responses-v1", index: 0 },
  ];
  const calls = [{ id: "call_1", type: "function", function: { name: "look", arguments: "{}" } }];
  const answered = { role: "tool", tool_call_id: "call_1", content: "a cat" };

  test("gets back what it wrote as it came, while tools are being called", () => {
    const said = { role: "assistant", content: null, reasoning_details: details, tool_calls: calls };
    const { set, warnings } = patch({ ...bare, messages: [user, said, answered] }, quirks, { stateDomain: "router" });
    expect(warnings).toEqual([]);
    expect((set.messages as JsonObject[])[1]).toMatchObject({ reasoning_details: details, tool_calls: calls });
  });

  test("gets it back through the answer of this gateway, with the words for what wrote it", async () => {
    const delta = { role: "assistant", reasoning: "Hm.", reasoning_details: details, tool_calls: calls };
    const body = {
      id: "c",
      created: 1,
      model: "m",
      choices: [{ index: 0, message: delta, finish_reason: "tool_calls" }],
    };
    const target = targetOf(quirks, { stateDomain: "router" });
    const reply = upstream.decodeReply(body, { target, request: requestOf() });
    const { choices } = client.encodeReply(reply, contextOf()) as unknown as { choices: { message: JsonObject }[] };
    const { message } = choices[0] as { message: JsonObject };
    expect(JSON.stringify(message)).not.toContain("ZW5j");

    const again = patch({ ...bare, messages: [user, message, answered] }, quirks, { stateDomain: "router" });
    expect((again.set.messages as JsonObject[])[1]).toMatchObject({ reasoning: "Hm.", reasoning_details: details });
    const elsewhere = patch({ ...bare, messages: [user, message, answered] }, quirks, { stateDomain: "other" });
    expect(elsewhere.warnings).toMatchObject([{ code: "state_dropped" }]);
    expect(JSON.stringify(elsewhere.set)).not.toContain("reasoning_details");
  });
});

test("what another vendor ran is not sent to this one, and that is said", () => {
  const provider_details = [
    { type: "server_tool_use", format: "anthropic", index: 0, data: { type: "server_tool_use" } },
  ];
  const { set, warnings } = patch({
    ...bare,
    messages: [user, { role: "assistant", content: "Yes.", provider_details }],
  });
  expect(set.messages).toEqual([user, { role: "assistant", content: "Yes." }]);
  expect(warnings).toMatchObject([{ code: "dropped_part", field: "messages" }]);
});
