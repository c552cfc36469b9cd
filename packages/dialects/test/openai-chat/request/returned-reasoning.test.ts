import { sealState } from "@sluice/core";
import type { JsonObject } from "@sluice/core";
import { describe, expect, test } from "vitest";
import { client, requestOf, targetOf, upstream } from "../fixtures.ts";
import { partsOf, talk } from "./_bodies.ts";

describe("reasoning comes back", () => {
  const anthropic = { kind: "signature" as const, domain: "anthropic", data: "c2ln" };
  const block = { type: "reasoning" as const, text: "Hm", state: anthropic };
  const reply = {
    id: null,
    model: null,
    created: null,
    warnings: [],
    usage: { inputTokens: 1, cacheReadTokens: null, cacheWriteTokens: null, outputTokens: 1, reasoningTokens: null },
    choices: [
      {
        finish: "tool-calls" as const,
        parts: [
          block,
          {
            type: "tool-call" as const,
            id: "c",
            name: "now",
            arguments: "{}",
            state: { kind: "signature" as const, domain: "gemini", data: "Zw" },
          },
          {
            type: "reasoning" as const,
            text: "",
            state: { kind: "redacted" as const, domain: "anthropic", data: "cmVk" },
          },
          { type: "tool-call" as const, id: "d", name: "now", arguments: "{}" },
        ],
      },
    ],
  };
  const context = { requestId: "r", created: 1, model: "m", request: requestOf(), warn: () => {} };
  const [answer] = client.encodeReply(reply, context).choices as { message: JsonObject }[];
  const message = answer?.message ?? {};

  test("whole, in place, when the client returns the message as it was", () => {
    expect(partsOf(message)[0]).toEqual(reply.choices[0]?.parts);
  });

  test("whole when the client returns the calls alone", () => {
    expect(partsOf({ role: "assistant", content: null, tool_calls: message.tool_calls })[0]).toEqual(
      reply.choices[0]?.parts,
    );
  });

  test("without its place when the client forgets what the calls carried", () => {
    const tool_calls = (message.tool_calls as JsonObject[]).map((bare) => ({ ...bare, extra_content: undefined }));
    const parts = partsOf({ ...message, tool_calls })[0] ?? [];
    expect(parts.map((part) => part.type)).toEqual(["reasoning", "reasoning", "tool-call", "tool-call"]);
    expect(parts[0]).toEqual(block);
  });

  test("from a bare signature as OpenAI's own, from Anthropic's blocks as Anthropic's", () => {
    const bare = {
      role: "assistant",
      content: "",
      reasoning_details: [{ type: "reasoning.text", text: "Hm", signature: "eA" }],
    };
    expect(partsOf(bare)[0]).toMatchObject([{ state: { domain: "openai", data: "eA" } }]);
    const blocks = {
      role: "assistant",
      content: "",
      thinking_blocks: [{ type: "thinking", thinking: "Hm", signature: "c2ln" }],
    };
    expect(partsOf(blocks)[0]).toEqual([block]);
  });

  test("as plain text where there is nothing else", () => {
    expect(partsOf({ role: "assistant", content: "42", reasoning_content: "Hm" })[0]).toEqual([
      { type: "reasoning", text: "Hm" },
      { type: "text", text: "42" },
    ]);
  });

  test("to another vendor not at all, with a warning", () => {
    const patch = upstream.patchRequest(
      talk(message, { role: "user", content: "Go on" }),
      requestOf(),
      targetOf({ reasoningEcho: "always" }),
    );
    expect(patch.warnings).toMatchObject([{ code: "state_dropped" }]);
    expect(JSON.stringify(patch.set)).not.toMatch(/Hm|sl1\.|extra_content|c2ln/);
  });

  test("to its own vendor bare", () => {
    const target = targetOf({ reasoningEcho: "turn" }, { stateDomain: "anthropic" });
    const { set } = upstream.patchRequest(
      talk(message, { role: "tool", tool_call_id: "c", content: "noon" }),
      requestOf(),
      target,
    );
    expect((set.messages as JsonObject[])[0]).toMatchObject({
      reasoning_content: "Hm",
      reasoning_details: [
        { type: "reasoning.text", text: "Hm", index: 0 },
        { type: "reasoning.text", signature: "c2ln", index: 0 },
        { type: "reasoning.encrypted", data: "cmVk", index: 1 },
      ],
    });
  });

  test("with Google's signature on the call for Google alone", () => {
    const { set } = upstream.patchRequest(talk(message), requestOf(), targetOf({}, { stateDomain: "gemini" }));
    const [told] = set.messages as { tool_calls: JsonObject[] }[];
    expect(told?.tool_calls).toMatchObject([{ extra_content: { google: { thought_signature: "Zw" } } }, { id: "d" }]);
    expect(told?.tool_calls[0]?.extra_content).not.toHaveProperty("sluice");
  });

  test("in an envelope that the same vendor's bare value never has", () => {
    expect(sealState(anthropic, "openai")).toMatch(/^sl1\.anthropic\./);
  });
});
