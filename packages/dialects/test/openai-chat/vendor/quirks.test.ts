import type { JsonObject, Quirks } from "@sluice/core";
import { expect, test } from "vitest";
import { requestOf, targetOf, upstream } from "../fixtures.ts";
import { bare, patch, tool, user } from "./_patching.ts";

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
