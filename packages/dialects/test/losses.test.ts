import { replay } from "@sluice/core";
import type { AnswerContext, ChatRequest, Choice, ClientDialect, Reply, Warning } from "@sluice/core";
import { anthropic, gemini, openaiChat } from "@sluice/dialects";
import { describe, expect, test } from "vitest";

const picture = { type: "image" as const, source: { kind: "url" as const, url: "https://pictures.example/a.png" } };
const foreign = { type: "provider" as const, format: "elsewhere", item: { type: "hosted_search" } };
const call = (text: string) => ({ type: "tool-call" as const, id: "call_1", name: "look", arguments: text });
const says = (parts: Choice["parts"], finish: Choice["finish"] = "stop"): Choice => ({ parts, finish });
const hi = says([{ type: "text", text: "Hi" }]);

const dialects: Readonly<Record<string, ClientDialect>> = {
  "openai-chat": openaiChat.client as ClientDialect,
  anthropic: anthropic.client as ClientDialect,
  gemini: gemini.client as ClientDialect,
};

const cases: readonly (readonly [what: string, choices: Choice[], codes: Record<string, string[]>])[] = [
  ["plain text", [hi], { "openai-chat": [], anthropic: [], gemini: [] }],
  ["a picture", [says([picture])], { "openai-chat": [], anthropic: ["dropped_part image"], gemini: [] }],
  [
    "a part of another dialect",
    [says([foreign])],
    { "openai-chat": [], anthropic: ["dropped_part elsewhere"], gemini: ["dropped_part elsewhere"] },
  ],
  ["two answers", [hi, hi], { "openai-chat": [], anthropic: ["dropped_choices undefined"], gemini: [] }],
  [
    "a paused turn",
    [says(hi.parts, "paused")],
    { "openai-chat": ["inexact_finish undefined"], anthropic: [], gemini: ["inexact_finish undefined"] },
  ],
  [
    "an end for a reason of its own",
    [says(hi.parts, "other")],
    { "openai-chat": ["inexact_finish undefined"], anthropic: ["inexact_finish undefined"], gemini: [] },
  ],
];

describe.each(Object.entries(dialects))("an answer to a client of %s reports its losses", (id, client) => {
  test.each(cases)("%s", (_what, choices, codes) => {
    expect(lossesOf(client, id, choices, "unary")).toEqual(codes[id]);
    expect(lossesOf(client, id, choices, "streamed")).toEqual(codes[id]);
  });

  test("a call that the output limit cut", () => {
    const choices = [says([call('{"a":')], "length")];
    expect(lossesOf(client, id, choices, "unary")).toEqual(id === "openai-chat" ? [] : ["cut_call look"]);
    // A stream of these two dialects passes what came.
    expect(lossesOf(client, id, choices, "streamed")).toEqual(id === "gemini" ? ["cut_call look"] : []);
  });
});

test("a client of the old function calls hears of calls that it cannot get", () => {
  const choices = [says([call("{}"), { ...call("{}"), id: "call_2" }], "tool-calls")];
  const client = dialects["openai-chat"] as ClientDialect;
  const prefers = { legacyFunctions: true };
  expect(lossesOf(client, "openai-chat", choices, "unary", prefers)).toEqual(["dropped_part second call"]);
  expect(lossesOf(client, "openai-chat", choices, "streamed", prefers)).toEqual(["dropped_part second call"]);
});

function lossesOf(
  client: ClientDialect,
  dialect: string,
  choices: Choice[],
  way: "unary" | "streamed",
  prefers: Record<string, unknown> = {},
): string[] {
  const warnings = new Map<string, Warning>();
  const request: ChatRequest = {
    operation: "chat",
    model: "m",
    stream: way === "streamed",
    messages: [{ role: "user", parts: [{ type: "text", text: "Hi" }] }],
    sampling: {},
    origin: { dialect, rest: {}, prefers },
  };
  const warn = (warning: Warning) => void warnings.set(`${warning.code} ${warning.field}`, warning);
  const context: AnswerContext = { requestId: "req_1", created: 1, model: "m", request, warn };
  const usage = {
    inputTokens: 1,
    cacheReadTokens: null,
    cacheWriteTokens: null,
    outputTokens: 1,
    reasoningTokens: null,
  };
  const reply: Reply = { id: null, model: null, created: null, choices, usage, warnings: [] };
  if (way === "unary") client.encodeReply(reply, context);
  else {
    const writer = client.createEncoder(context);
    for (const event of replay(reply)) writer.write(event);
    writer.end(null);
  }
  return [...warnings.keys()];
}
