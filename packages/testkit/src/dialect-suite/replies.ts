import type { Choice, Part, Reply, Usage } from "@sluice/core";

const usage: Usage = {
  inputTokens: 40,
  cacheReadTokens: 16,
  cacheWriteTokens: 0,
  outputTokens: 12,
  reasoningTokens: 5,
};

const text = (words: string): Part => ({ type: "text", text: words });
const call = (id: string, args: string): Part => ({ type: "tool-call", id, name: "get_weather", arguments: args });

/** Answers that every dialect can carry and read back unchanged. State belongs to the dialect's own `domain`. */
export function repliesFor(domain: string): [name: string, reply: Reply][] {
  const thought: Part = {
    type: "reasoning",
    text: "Let me think: ✓ 世界.",
    state: { kind: "signature", domain, data: "c2lnbmF0dXJl" },
  };
  const replies: [string, Omit<Choice, "parts">, Part[]][] = [
    ["text", { finish: "stop" }, [text('Two lines,\n"quoted" — ✓ 世界 \u{1F30D}')]],
    ["a cut text", { finish: "length" }, [text("It was a dark and")]],
    ["one call", { finish: "tool-calls" }, [call("call_1", '{"city":"Oslo"}')]],
    ["a call without arguments", { finish: "tool-calls" }, [call("call_1", "{}")]],
    [
      "parallel calls",
      { finish: "tool-calls" },
      [call("call_1", '{"city":"Oslo"}'), call("call_2", '{"city":"Rome"}')],
    ],
    ["text beside a call", { finish: "tool-calls" }, [text("I will look."), call("call_1", '{"city":"Oslo"}')]],
    ["signed thoughts before text", { finish: "stop" }, [thought, text("Yes.")]],
    ["signed thoughts before a call", { finish: "tool-calls" }, [thought, call("call_1", '{"city":"Oslo"}')]],
  ];
  return replies.map(([name, choice, parts]) => {
    const reply: Reply = {
      id: "id",
      model: "a-model",
      created: 1,
      choices: [{ ...choice, parts }],
      usage,
      warnings: [],
    };
    return [name, reply];
  });
}

/** What must survive a way through the wire: all but the names of the answer, and the wire's own usage object. */
export function essence({ choices, usage: { raw: _raw, ...counts } }: Reply): unknown {
  // A wire without a field for a count cannot tell none from unknown.
  return { choices, usage: Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, count ?? 0])) };
}
