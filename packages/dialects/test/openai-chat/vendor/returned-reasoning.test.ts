import type { JsonObject, Quirks } from "@sluice/core";
import { describe, expect, test } from "vitest";
import { client, contextOf, requestOf, targetOf, upstream } from "../fixtures.ts";
import { bare, patch, user } from "./_patching.ts";

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
