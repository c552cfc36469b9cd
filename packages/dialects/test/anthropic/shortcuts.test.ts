import { sealState } from "@sluice/core";
import type { DecodeContext, JsonObject, Quirks, UpstreamTarget } from "@sluice/core";
import fc from "fast-check";
import { describe, test } from "vitest";
import { expectSamePatch, expectSameRequest, expectSameUsage, few } from "../_shortcuts.ts";
import { call, client, requestOf, target, upstream } from "./fixtures.ts";

const sealed = sealState({ kind: "signature", domain: "else", data: "c2ln" }, "");

const said = fc.constantFrom<JsonObject>(
  { type: "text", text: "Hello" },
  { type: "text", text: "Hi", citations: [{ type: "web_search_result_location", encrypted_index: "" }] },
  { type: "image", source: { type: "url", url: "https://example.com/a.png" } },
  { type: "document", source: { type: "text", media_type: "text/plain", data: "Hello" } },
);

const answered = fc.constantFrom<JsonObject>(
  { type: "text", text: " " },
  { type: "thinking", thinking: "Hm", signature: "c2ln" },
  { type: "thinking", thinking: "Hm", signature: sealed },
  { type: "redacted_thinking", data: sealed },
  { type: "tool_use", id: "call 1", name: "clock", input: {} },
);

const user = { role: fc.constant("user") };
const assistant = { role: fc.constant("assistant") };
const message = fc.oneof(
  { weight: 3, arbitrary: fc.record({ ...user, content: fc.constantFrom("Hello", "thinking") }) },
  { weight: 3, arbitrary: fc.record({ ...user, content: fc.array(said, { minLength: 1, maxLength: 3 }) }) },
  { weight: 3, arbitrary: fc.record({ ...assistant, content: fc.constantFrom("Hi", "assistant") }) },
  fc.record({ ...assistant, content: fc.array(fc.oneof(said, answered), { minLength: 1, maxLength: 3 }) }),
  fc.constant({ role: "user", content: [{ type: "tool_result", tool_use_id: "call 1", content: "9" }] }),
) as fc.Arbitrary<JsonObject>;

const body = fc.record(
  {
    model: fc.constantFrom("asked", target.model),
    messages: fc.array(message, { minLength: 1, maxLength: 4 }),
    max_tokens: fc.constantFrom(5, 5_000),
    system: fc.constantFrom<JsonObject[string]>("Be short", [{ type: "text", text: "Be short" }]),
    temperature: fc.constantFrom(0.5, 1.5),
    thinking: fc.constantFrom({ type: "enabled", budget_tokens: 2_000 }, { type: "adaptive" }, { type: "disabled" }),
    output_config: fc.constant({ effort: "high" }),
    mcp_servers: fc.constant([{ type: "url", url: "https://example.com", name: "a" }]),
    metadata: fc.constant({ user_id: "u" }),
    vendor_field: fc.constant({ any: "thing" }),
  },
  { requiredKeys: ["model", "messages"] },
) as fc.Arbitrary<JsonObject>;

const usual = fc.oneof(body, few(body, ["model", "messages"]));

const quirks = fc.record(
  {
    refuse: fc.subarray(["temperature", "messages", "thinking"]),
    rename: fc.constant({ max_tokens: "max_output_tokens" }),
    range: fc.constant({ temperature: [0, 1] }),
    efforts: fc.constantFrom(["low"], ["none", "high"]),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Quirks>;

const targets = fc
  .tuple(
    few(quirks, []),
    fc.constantFrom<UpstreamTarget["info"]>(null, { id: "m", maxOutputTokens: 100, reasoning: ["effort"] }),
  )
  .map(([given, info]) => ({ ...target, quirks: given, info }));

const messagesCall = call("/v1/messages");

describe("a request", () => {
  test("is patched the same whether or not messages were looked at", () => {
    const cases = fc.tuple(usual, targets).map(([sent, to]) => {
      return { sent, request: client.decodeRequest(sent, messagesCall), target: to };
    });
    expectSamePatch(upstream, "messages", cases);
  });

  test("is the same whether its messages are decoded at once or when they are read", () => {
    expectSameRequest(client, "messages", messagesCall, usual);
  });
});

const block = fc.constantFrom<JsonObject>(
  { type: "text", text: "Hi" },
  { type: "text", text: "" },
  { type: "thinking", thinking: "Hm", signature: "c2ln" },
  { type: "redacted_thinking", data: "c2ln" },
  { type: "tool_use", id: "c", name: "clock", input: {} },
  { type: "tool_use", id: "c", name: "clock", input: "now" },
  { type: "server_tool_use", id: "s", name: "web_search", input: { query: "a" } },
  { type: "a_new_one" },
);

const counts = fc.record(
  {
    input_tokens: fc.option(fc.nat(1_000)),
    output_tokens: fc.option(fc.nat(1_000)),
    cache_read_input_tokens: fc.option(fc.nat(2_000)),
    cache_creation_input_tokens: fc.option(fc.nat(2_000)),
    cache_creation: fc.constantFrom(null, { ephemeral_5m_input_tokens: 3, ephemeral_1h_input_tokens: 0 }),
    output_tokens_details: fc.constantFrom(null, { thinking_tokens: 7 }),
    server_tool_use: fc.constantFrom(null, { web_search_requests: 2 }),
    service_tier: fc.constantFrom("standard", "batch", null),
  },
  { requiredKeys: [] },
);

const answer = fc.record(
  {
    type: fc.constantFrom("message", "message", "message", "error"),
    id: fc.constant("msg_1"),
    content: fc.oneof(fc.array(block, { maxLength: 3 }), fc.constant(null)),
    stop_reason: fc.constantFrom("end_turn", "max_tokens", "tool_use", "refusal", "pause_turn", "a_new_one", null),
    stop_details: fc.constantFrom(null, { type: "refusal", explanation: "no" }),
    usage: fc.oneof(counts, counts, fc.constant(null)),
    error: fc.constantFrom(null, null, null, { type: "api_error", message: "no" }),
  },
  { requiredKeys: ["type"] },
) as unknown as fc.Arbitrary<JsonObject>;

const contexts: fc.Arbitrary<DecodeContext> = fc.constantFrom(
  { request: requestOf(), target },
  { request: requestOf({ output: { type: "schema", name: "a", schema: {} } }), target },
  { request: requestOf(), target: { ...target, quirks: { finishReasons: { end_turn: "error", done: "stop" } } } },
);

test("a tapped answer has the usage of the decoded one", () => {
  expectSameUsage(upstream, answer, contexts);
});
