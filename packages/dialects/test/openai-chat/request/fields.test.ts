import { describe, expect, test } from "vitest";
import { ask, decode } from "./_bodies.ts";

describe("top-level fields", () => {
  test("are read into the canonical form", () => {
    expect(
      decode(
        ask({
          stream: true,
          stream_options: { include_usage: true },
          max_tokens: 5,
          max_completion_tokens: 6,
          temperature: 1,
          stop: "END",
          seed: 7,
          n: 2,
          user: "u",
          reasoning_effort: "low",
          parallel_tool_calls: false,
          tools: [{ type: "function", function: { name: "f", strict: true } }, { type: "web_search" }],
          tool_choice: {
            type: "allowed_tools",
            allowed_tools: { mode: "required", tools: [{ type: "function", function: { name: "f" } }] },
          },
          response_format: { type: "json_schema", json_schema: { name: "s", schema: { type: "object" } } },
          verbosity: "low",
          something_new: { a: 1 },
        }),
      ),
    ).toMatchObject({
      stream: true,
      sampling: { maxTokens: 6, temperature: 1, stop: ["END"], seed: 7, n: 2 },
      user: "u",
      reasoning: { effort: "low" },
      parallelToolCalls: false,
      tools: [{ name: "f", strict: true }],
      providerTools: [{ format: "openai-chat", item: { type: "web_search" } }],
      toolChoice: { type: "subset", mode: "required", names: ["f"] },
      output: { type: "schema", name: "s", schema: { type: "object" } },
      origin: {
        dialect: "openai-chat",
        rest: { verbosity: "low", something_new: { a: 1 } },
        prefers: { includeUsage: true },
      },
    });
  });

  test.each([
    [{ reasoning: { max_tokens: 500, exclude: true } }, { budgetTokens: 500, include: false }],
    [{ reasoning: { enabled: false } }, { effort: "none" }],
    [{ thinking: { type: "enabled", budget_tokens: 900 } }, { budgetTokens: 900 }],
    [{ thinking: { type: "adaptive" } }, { adaptive: true }],
    [{ enable_thinking: false, thinking_budget: 5 }, { effort: "none" }],
    [{ enable_thinking: true }, { budgetTokens: -1 }],
  ])("%j is the wish %j", (fields, wish) => {
    expect(decode(ask(fields)).reasoning).toEqual(wish);
  });

  test("of legacy functions are tools, one call at a time", () => {
    expect(decode(ask({ functions: [{ name: "f" }], function_call: { name: "f" } }))).toMatchObject({
      tools: [{ name: "f" }],
      toolChoice: { type: "tool", name: "f" },
      parallelToolCalls: false,
      origin: { prefers: { legacyFunctions: true } },
    });
  });

  test("null is absent", () => {
    expect(decode(ask({ temperature: null, tools: null, stop: null, response_format: null, user: null }))).toEqual(
      decode(ask()),
    );
  });
});
