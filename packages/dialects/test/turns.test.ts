import type { Message, Warning } from "@sluice/core";
import { expect, test } from "vitest";
import { callNames, toTurns } from "../src/turns.ts";

const text = (value: string) => ({ type: "text" as const, text: value });
const call = (id: string) => ({ type: "tool-call" as const, id, name: `name of ${id}`, arguments: "{}" });
const result = (callId: string) => ({ type: "tool-result" as const, callId, content: [text(`result of ${callId}`)] });

function turnsOf(messages: Message[]) {
  const warnings: Warning[] = [];
  return { ...toTurns(messages, (warning) => warnings.push(warning)), warnings };
}

test("joins neighbours and puts leading system text apart", () => {
  const { system, turns } = turnsOf([
    { role: "system", parts: [text("be brief")] },
    { role: "user", parts: [text("one")] },
    { role: "user", parts: [text("two")] },
    { role: "assistant", parts: [text("three")] },
  ]);
  expect(system).toEqual([text("be brief")]);
  expect(turns).toEqual([
    { role: "user", parts: [text("one"), text("two")] },
    { role: "assistant", parts: [text("three")] },
  ]);
});

test("puts all results of a round first, in call order", () => {
  const { turns } = turnsOf([
    { role: "user", parts: [text("go")] },
    { role: "assistant", parts: [text("calling"), call("a"), call("b")] },
    { role: "tool", parts: [result("b")] },
    { role: "user", parts: [text("and?")] },
    { role: "tool", parts: [result("a")] },
  ]);
  expect(turns[1]?.parts).toEqual([text("calling"), call("a"), call("b")]);
  expect(turns[2]).toEqual({ role: "user", parts: [result("a"), result("b"), text("and?")] });
});

test("keeps a later system message in its place, as tagged text", () => {
  const { turns } = turnsOf([
    { role: "user", parts: [text("one")] },
    { role: "system", parts: [text("now in French")] },
    { role: "user", parts: [text("two")] },
  ]);
  expect(turns).toEqual([{ role: "user", parts: [text("one"), text("<system>now in French</system>"), text("two")] }]);
});

test("drops blank text and messages left empty, but never the last question", () => {
  const { turns } = turnsOf([
    { role: "user", parts: [text("one")] },
    { role: "assistant", parts: [text(" \n")] },
    { role: "user", parts: [text(""), text("two")] },
  ]);
  expect(turns).toEqual([{ role: "user", parts: [text("one"), text("two")] }]);
  expect(() => turnsOf([{ role: "user", parts: [text(" ")] }])).toThrowError(
    expect.objectContaining({ code: "SLUICE_REQUEST_INVALID" }),
  );
});

test("names several speakers in the text and reports the loss of a single name", () => {
  const several = turnsOf([
    { role: "user", name: "ada", parts: [text("hi")] },
    { role: "user", name: "bob", parts: [text("ho")] },
  ]);
  expect(several.turns[0]?.parts).toEqual([text("ada: hi"), text("bob: ho")]);
  const single = turnsOf([{ role: "user", name: "ada", parts: [text("hi")] }]);
  expect(single.turns[0]?.parts).toEqual([text("hi")]);
  expect(single.warnings.map((warning) => warning.code)).toEqual(["dropped_parameter"]);
});

test("instructions alone become the question, with a warning", () => {
  const { system, turns, warnings } = turnsOf([{ role: "system", parts: [text("say hi")] }]);
  expect(system).toEqual([]);
  expect(turns).toEqual([{ role: "user", parts: [text("say hi")] }]);
  expect(warnings.map((warning) => warning.code)).toEqual(["system_as_user"]);
});

test("the name of a tool beside its result is no speaker's", () => {
  const parts = [{ type: "tool-result" as const, callId: "a", content: [text("1")] }];
  const { warnings } = turnsOf([
    { role: "user", parts: [text("hi")] },
    { role: "assistant", parts: [call("a")] },
    { role: "tool", name: "name of a", parts },
  ]);
  expect(warnings).toEqual([]);
});

test("finds tool names by call id", () => {
  const names = callNames([{ role: "assistant", parts: [call("a"), call("b")] }]);
  expect([...names]).toEqual([
    ["a", "name of a"],
    ["b", "name of b"],
  ]);
});

test.each([
  ["tag", [], ["user: one", "user: <system>now two</system>", "user: three"]],
  ["hoist", ["now two"], ["user: one", "user: three"]],
  ["system", [], ["user: one", "system: now two", "user: three"]],
] as const)("a later system message may %s", (later, hoisted, said) => {
  const messages: Message[] = [
    { role: "user", parts: [text("one")] },
    { role: "system", parts: [text("now two")] },
    { role: "user", parts: [text("three")] },
  ];
  const { system, turns } = toTurns(messages, () => {}, later);
  expect(system.map((part) => part.text)).toEqual(hoisted);
  expect(
    turns.flatMap(({ role, parts }) => parts.map((part) => `${role}: ${part.type === "text" ? part.text : part.type}`)),
  ).toEqual(said);
});
