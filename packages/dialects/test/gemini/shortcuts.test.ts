import { sealState } from "@sluice/core";
import type { DecodeContext, JsonObject, Quirks } from "@sluice/core";
import fc from "fast-check";
import { describe, test } from "vitest";
import { expectSamePatch, expectSameRequest, expectSameUsage, few } from "../_shortcuts.ts";
import { call, client, requestOf, target, upstream } from "./fixtures.ts";

const sealed = sealState({ kind: "signature", domain: "else", data: "c2ln" }, "");

const said = fc.constantFrom<JsonObject>(
  { text: "Hello" },
  { text: "functionCall" },
  { inlineData: { mimeType: "image/png", data: "AAAA" } },
  { file_data: { mime_type: "audio/wav", file_uri: "https://example.com/a" } },
);

const answered = fc.constantFrom<JsonObject>(
  { text: "Hm", thought: true, thoughtSignature: "c2ln" },
  { text: "", thought_signature: sealed },
  { functionCall: { name: "clock", args: {} } },
  { function_call: { name: "clock", args: {} }, thoughtSignature: sealed },
);

const content = fc.oneof(
  { weight: 6, arbitrary: fc.record({ role: fc.constant("user"), parts: fc.array(said, { maxLength: 3 }) }) },
  { weight: 3, arbitrary: fc.record({ role: fc.constant("model"), parts: fc.array(said, { maxLength: 3 }) }) },
  fc.record({ role: fc.constant("model"), parts: fc.array(fc.oneof(said, answered), { maxLength: 3 }) }),
);

const contents = fc
  .array(content, { maxLength: 3 })
  .map((turns) => [...turns, { role: "user", parts: [{ text: "And?" }] }]);

const body = fc.record(
  {
    contents,
    model: fc.constant("models/asked"),
    system_instruction: fc.constant({ parts: [{ text: "Be short" }] }),
    generationConfig: fc.constantFrom({ temperature: 3, topK: 5 }, { responseMimeType: "application/json" }),
    safetySettings: fc.constant([]),
    cachedContent: fc.constant("cachedContents/1"),
    vendor_field: fc.constant({ any: "thing" }),
  },
  { requiredKeys: ["contents"] },
) as unknown as fc.Arbitrary<JsonObject>;

const usual = fc.oneof(body, few(body, ["contents"]));

const quirks = fc.record(
  {
    refuse: fc.subarray(["topK", "contents", "safetySettings"]),
    rename: fc.constant({ topK: "top_k" }),
    range: fc.constant({ temperature: [0, 2] }),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Quirks>;

const generate = call("/v1beta/models/gemini-3-flash:generateContent");

describe("a request", () => {
  test("is patched the same whether or not contents were looked at", () => {
    const cases = fc
      .tuple(usual, quirks, fc.constantFrom("gemini-3-flash", "gemini-2.5-flash"))
      .map(([sent, given, model]) => ({ sent, request: requestOf(), target: { ...target, model, quirks: given } }));
    expectSamePatch(upstream, "contents", cases);
  });

  test("is the same whether its contents are decoded at once or when they are read", () => {
    expectSameRequest(client, "contents", generate, usual);
  });
});

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

const ordinary = fc.record({
  index: fc.constant(0),
  content: fc.constant({ role: "model", parts: [{ text: "Hi" }] }),
  finishReason: fc.constantFrom("STOP", "MAX_TOKENS"),
});

const unusual = fc.record(
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

const candidate = fc.oneof(ordinary, unusual);

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
