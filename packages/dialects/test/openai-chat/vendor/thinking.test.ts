import type { Quirks, ReasoningWish } from "@sluice/core";
import { describe, expect, test } from "vitest";
import { defined } from "../../../src/members.ts";
import { requestOf, targetOf, upstream } from "../fixtures.ts";

describe("thinking is asked for in the vendor's own words by clients of other dialects", () => {
  const origin = { dialect: "anthropic", rest: {}, prefers: {} };
  const asked = (reasoning: ReasoningWish, quirks: Quirks) => {
    const { body, warnings } = upstream.encodeRequest(requestOf({ reasoning, origin }), targetOf(quirks));
    const { reasoning_effort, reasoning: router, thinking, enable_thinking, thinking_budget } = body;
    const said = defined({ reasoning_effort, reasoning: router, thinking, enable_thinking, thinking_budget });
    return [said, ...warnings.map(({ code }) => code)];
  };
  test.each<[Quirks["reasoningIn"], ReasoningWish, unknown[]]>([
    [undefined, { effort: "high" }, [{ reasoning_effort: "high" }]],
    [undefined, { budgetTokens: 10_000 }, [{ reasoning_effort: "medium" }]],
    [undefined, { adaptive: true }, [{}]],
    [["reasoning"], { budgetTokens: 10_000 }, [{ reasoning: { max_tokens: 10_000 } }]],
    [["reasoning"], { adaptive: true, include: false }, [{ reasoning: { enabled: true, exclude: true } }]],
    [["enable_thinking"], { budgetTokens: 500 }, [{ enable_thinking: true, thinking_budget: 500 }]],
    [["enable_thinking"], { budgetTokens: 0 }, [{ enable_thinking: false }]],
    [["thinking"], { budgetTokens: 500 }, [{ thinking: { type: "enabled" } }, "changed_parameter"]],
    [["thinking"], { budgetTokens: -1 }, [{ thinking: { type: "enabled" } }]],
  ])("%j: %j", (reasoningIn, wish, expected) => {
    expect(asked(wish, reasoningIn === undefined ? {} : { reasoningIn })).toEqual(expected);
  });
});
