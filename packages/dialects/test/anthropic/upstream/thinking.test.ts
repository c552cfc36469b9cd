import type { ChatRequest, JsonObject, ModelInfo } from "@sluice/core";
import { describe, expect, test } from "vitest";
import { target, text } from "../fixtures.ts";
import { encode, info, tool } from "./_encoding.ts";

describe("thinking", () => {
  const forms = (...reasoning: NonNullable<ModelInfo["reasoning"]>[number][]) =>
    info({ reasoning, maxOutputTokens: 64_000 });

  test.for([
    ["an effort, adaptively", { effort: "high" }, forms("adaptive", "effort"), { type: "adaptive" }, "high"],
    ["an effort as a budget", { effort: "low" }, forms("budget"), { type: "enabled", budget_tokens: 6400 }, undefined],
    ["minimal as low", { effort: "minimal" }, forms("adaptive", "effort"), { type: "adaptive" }, "low"],
    [
      "a budget as it is",
      { budgetTokens: 5000 },
      forms("adaptive", "budget"),
      { type: "enabled", budget_tokens: 5000 },
      undefined,
    ],
    ["a budget as an effort", { budgetTokens: 20_000 }, forms("adaptive", "effort"), { type: "adaptive" }, "medium"],
    ["too small a budget", { budgetTokens: 10 }, forms("budget"), { type: "enabled", budget_tokens: 1024 }, undefined],
    ["none", { effort: "none" }, forms("adaptive"), { type: "disabled" }, undefined],
    ["a budget of 0", { budgetTokens: 0 }, forms("budget"), { type: "disabled" }, undefined],
    [
      "hidden",
      { adaptive: true, include: false },
      forms("adaptive"),
      { type: "adaptive", display: "omitted" },
      undefined,
    ],
  ] as const)("asks for %s", ([, reasoning, to, thinking, effort]) => {
    const { body } = encode({ reasoning }, to);
    expect(body["thinking"]).toEqual(thinking);
    expect((body["output_config"] as JsonObject | undefined)?.["effort"]).toBe(effort);
  });

  test("that cannot be switched off is the least there is", () => {
    const always = { ...target, quirks: { efforts: ["low", "high"] as const } };
    const { body, codes } = encode({ reasoning: { effort: "none" } }, always);
    expect(body).not.toHaveProperty("thinking");
    expect(body["output_config"]).toEqual({ effort: "low" });
    expect(codes).toEqual(["clamped_parameter"]);
  });

  test("is off where the limit leaves no room, and where the model cannot", () => {
    const small = encode({ sampling: { maxTokens: 900 }, reasoning: { budgetTokens: 4000 } });
    expect(small.body).not.toHaveProperty("thinking");
    expect(small.codes).toEqual(["thinking_off"]);
    const unable = encode({ reasoning: { adaptive: true } }, info({ abilities: { reasoning: false } }));
    expect(unable.body).not.toHaveProperty("thinking");
    expect(unable.codes).toEqual(["dropped_parameter"]);
  });

  test("by budget gives way to a forced tool; adaptive thinking does not", () => {
    const forced = { tools: [tool], toolChoice: { type: "tool", name: "look" } } as const;
    const manual = encode({ ...forced, tools: [tool], reasoning: { budgetTokens: 2000 } });
    expect(manual.body).toMatchObject({ tool_choice: { type: "tool", name: "look" } });
    expect(manual.body).not.toHaveProperty("thinking");
    expect(manual.codes).toEqual(["thinking_off"]);
    const adaptive = encode({ ...forced, tools: [tool], reasoning: { adaptive: true } });
    expect(adaptive.body).toMatchObject({ thinking: { type: "adaptive" } });
  });

  test("goes back with its signature inside its domain, and is dropped with a report elsewhere", () => {
    const state = { kind: "signature" as const, domain: "anthropic", data: "c2ln" };
    const round: ChatRequest["messages"] = [
      { role: "user", parts: [text("x")] },
      {
        role: "assistant",
        parts: [
          { type: "reasoning", text: "Hm.", state },
          { type: "tool-call", id: "a", name: "look", arguments: "{}" },
        ],
      },
      { role: "tool", parts: [{ type: "tool-result", callId: "a", content: [text("y")] }] },
    ];
    const ask = { messages: round, tools: [tool], reasoning: { budgetTokens: 2000 } };
    const same = encode(ask);
    expect(same.body).toMatchObject({
      thinking: { type: "enabled" },
      messages: [{}, { content: [{ type: "thinking", thinking: "Hm.", signature: "c2ln" }, { type: "tool_use" }] }, {}],
    });
    expect(same.codes).toEqual([]);

    const elsewhere = encode(ask, { ...target, stateDomain: "bedrock" });
    expect(elsewhere.body).toMatchObject({ messages: [{}, { content: [{ type: "tool_use" }] }, {}] });
    expect(JSON.stringify(elsewhere.body)).not.toContain("Hm.");
    expect(elsewhere.body).not.toHaveProperty("thinking");
    expect(elsewhere.codes).toEqual(expect.arrayContaining(["state_dropped", "thinking_off"]));
  });
});
