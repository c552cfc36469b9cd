import { sealState } from "@sluice/core";
import type { DecodeContext, JsonObject, Quirks } from "@sluice/core";
import fc from "fast-check";
import { describe, test } from "vitest";
import { call } from "../_subject.ts";
import { expectSamePatch, expectSameRequest, expectSameUsage, few } from "../_shortcuts.ts";
import { client, decodeContext, requestOf, target, upstream } from "./fixtures.ts";

const sealed = sealState({ kind: "encrypted", domain: "else", data: "c2ln" }, "");

const said = fc.constantFrom<JsonObject>(
  { role: "user", content: "Hello" },
  { role: "user", content: "id" },
  { type: "message", role: "user", content: [{ type: "input_text", text: "Hello" }] },
  { type: "message", role: "user", content: [{ type: "input_image", image_url: "https://example.com/a.png" }] },
  { type: "function_call_output", call_id: "c", output: "9" },
);

const answered = fc.constantFrom<JsonObject>(
  { type: "message", id: "msg_1", role: "assistant", content: [{ type: "output_text", text: "Hi" }] },
  { type: "message", id: "msg_req_1_0", role: "assistant", content: [{ type: "output_text", text: "Hi" }] },
  { type: "function_call", id: "fc_req_1_1", call_id: "c", name: "clock", arguments: "{}" },
  { type: "reasoning", id: "rs_req_1_0", summary: [] },
  { type: "reasoning", summary: [], encrypted_content: sealed },
  { type: "item_reference", id: "rs_req_1_0" },
  { type: "item_reference", id: "msg_1" },
);

const input = fc.oneof(
  fc.array(said, { minLength: 1, maxLength: 4 }),
  fc.array(fc.oneof(said, answered), { minLength: 1, maxLength: 4 }),
);

const body = fc.record(
  {
    model: fc.constantFrom("asked", target.model),
    input,
    instructions: fc.constant("Be short"),
    max_output_tokens: fc.constant(5),
    temperature: fc.constantFrom(0.5, 1.5),
    reasoning: fc.constant({ effort: "high" }),
    previous_response_id: fc.constant("resp_1"),
    store: fc.constant(false),
    include: fc.constant(["reasoning.encrypted_content"]),
    vendor_field: fc.constant({ any: "thing" }),
  },
  { requiredKeys: ["model", "input"] },
) as unknown as fc.Arbitrary<JsonObject>;

const usual = fc.oneof(body, few(body, ["model", "input"]));

const quirks = fc.record(
  {
    refuse: fc.subarray(["store", "input", "temperature"]),
    rename: fc.constant({ max_output_tokens: "max_tokens" }),
    range: fc.constant({ temperature: [0, 1] }),
    efforts: fc.constant(["low"]),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Quirks>;

describe("a request", () => {
  test("is patched the same whether or not its input was looked at", () => {
    const cases = fc
      .tuple(usual, few(quirks, []))
      .map(([sent, given]) => ({ sent, request: requestOf(), target: { ...target, quirks: given } }));
    expectSamePatch(upstream, "input", cases);
  });

  test("is the same whether its input is decoded at once or when it is read", () => {
    expectSameRequest(client, "input", call("/v1/responses"), usual);
  });
});

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
