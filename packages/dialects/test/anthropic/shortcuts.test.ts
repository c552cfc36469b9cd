import type { DecodeContext, JsonObject } from "@sluice/core";
import fc from "fast-check";
import { test } from "vitest";
import { expectSameUsage } from "../_shortcuts.ts";
import { requestOf, target, upstream } from "./fixtures.ts";

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
