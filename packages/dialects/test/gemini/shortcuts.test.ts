import type { DecodeContext, JsonObject } from "@sluice/core";
import fc from "fast-check";
import { test } from "vitest";
import { expectSameUsage } from "../_shortcuts.ts";
import { requestOf, target, upstream } from "./fixtures.ts";

const part = fc.constantFrom<JsonObject>(
  { text: "Hi" },
  { text: "" },
  { text: "Hm", thought: true, thoughtSignature: "c2ln" },
  { functionCall: { name: "clock", args: {} } },
  { functionCall: { name: "clock", willContinue: true } },
  { functionCall: { name: "", willContinue: true } },
  { inlineData: { mimeType: "image/png", data: "AAAA" } },
  { executableCode: { code: "1" } },
  { aNewOne: 1 },
);

const candidate = fc.record(
  {
    index: fc.nat(2),
    content: fc.oneof(fc.record({ parts: fc.array(part, { maxLength: 3 }) }), fc.constant({})),
    finishReason: fc.constantFrom(
      "STOP",
      "STOP",
      "MAX_TOKENS",
      "SAFETY",
      "OTHER",
      "MALFORMED_FUNCTION_CALL",
      "NEW",
      null,
    ),
    groundingMetadata: fc.constantFrom(null, null, null, { webSearchQueries: ["a", "b", "a"] }),
  },
  { requiredKeys: [] },
);

const counts = fc.record(
  {
    promptTokenCount: fc.option(fc.nat(1_000)),
    toolUsePromptTokenCount: fc.option(fc.nat(1_000)),
    candidatesTokenCount: fc.option(fc.nat(1_000)),
    thoughtsTokenCount: fc.option(fc.nat(1_000)),
    cachedContentTokenCount: fc.option(fc.nat(1_000)),
    promptTokensDetails: fc.constantFrom(null, [{ modality: "IMAGE", tokenCount: 258 }]),
    trafficType: fc.constantFrom("ON_DEMAND", "PROVISIONED_THROUGHPUT", null),
  },
  { requiredKeys: [] },
);

const answer = fc.record(
  {
    responseId: fc.constant("r"),
    candidates: fc.oneof(fc.array(candidate, { maxLength: 2 }), fc.constant(null)),
    usageMetadata: fc.oneof(counts, counts, fc.constant(null)),
    promptFeedback: fc.constantFrom(null, null, { blockReason: "SAFETY" }),
    error: fc.constantFrom(null, null, null, { code: 500, message: "no" }),
  },
  { requiredKeys: [] },
) as unknown as fc.Arbitrary<JsonObject>;

const contexts: fc.Arbitrary<DecodeContext> = fc.constantFrom(
  { request: requestOf(), target },
  { request: requestOf({ output: { type: "schema", name: "a", schema: {} } }), target },
  { request: requestOf(), target: { ...target, quirks: { searchesBilled: "answer" } } },
);

test("a tapped answer has the usage of the decoded one", () => {
  expectSameUsage(upstream, answer, contexts);
});
