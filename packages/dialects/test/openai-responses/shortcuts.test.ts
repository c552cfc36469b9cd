import type { DecodeContext, JsonObject } from "@sluice/core";
import fc from "fast-check";
import { test } from "vitest";
import { expectSameUsage } from "../_shortcuts.ts";
import { decodeContext, requestOf, target, upstream } from "./fixtures.ts";

const item = fc.constantFrom<JsonObject>(
  { type: "message", id: "msg_1", role: "assistant", content: [{ type: "output_text", text: "Hi", annotations: [] }] },
  { type: "message", id: "msg_2", role: "assistant", content: [{ type: "refusal", refusal: "No" }] },
  { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "Hm" }], encrypted_content: "c2ln" },
  { type: "function_call", id: "fc_1", call_id: "c", name: "clock", arguments: "{}" },
  { type: "function_call", id: "fc_2", call_id: "d", name: "clock", arguments: "{" },
  { type: "custom_tool_call", id: "ct_1", call_id: "e", name: "shell", input: "ls" },
  { type: "web_search_call", id: "ws_1", status: "completed", action: { type: "search", query: "a" } },
  { type: "image_generation_call", id: "ig_1", status: "completed", result: "AAAA" },
  { type: "a_new_one" },
);

const counts = fc.record(
  {
    input_tokens: fc.option(fc.nat(1_000)),
    output_tokens: fc.option(fc.nat(1_000)),
    input_tokens_details: fc.record({ cached_tokens: fc.nat(2_000) }),
    output_tokens_details: fc.record({ reasoning_tokens: fc.nat(2_000) }),
  },
  { requiredKeys: [] },
);

const answer = fc.record(
  {
    object: fc.constantFrom("response", "response", "response", "error"),
    id: fc.constant("resp_1"),
    status: fc.constantFrom("completed", "completed", "incomplete", "failed", "in_progress", null),
    output: fc.oneof(fc.array(item, { maxLength: 3 }), fc.constant(null)),
    usage: fc.oneof(counts, counts, fc.constant(null)),
    error: fc.constantFrom(null, { code: "server_error", message: "no" }),
    service_tier: fc.constantFrom("default", "flex"),
  },
  { requiredKeys: ["object"] },
) as unknown as fc.Arbitrary<JsonObject>;

const contexts: fc.Arbitrary<DecodeContext> = fc.constantFrom(decodeContext, {
  request: requestOf({ output: { type: "schema", name: "a", schema: {} } }),
  target,
});

test("a tapped answer has the usage of the decoded one", () => {
  expectSameUsage(upstream, answer, contexts);
});
