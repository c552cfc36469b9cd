import { describe, expect, test } from "vitest";
import { requestOf, target, upstream } from "../fixtures.ts";
import { chat, encode, tool } from "./_encoding.ts";

describe("tools", () => {
  test.for([
    [{ type: "auto" }, undefined, { type: "auto" }],
    [{ type: "none" }, false, { type: "none" }],
    [{ type: "required" }, true, { type: "any" }],
    [{ type: "tool", name: "look" }, false, { type: "tool", name: "look", disable_parallel_tool_use: true }],
    [undefined, false, { type: "auto", disable_parallel_tool_use: true }],
    [undefined, undefined, undefined],
  ] as const)("are chosen: %j, parallel %j", ([toolChoice, parallelToolCalls, wire]) => {
    expect(encode({ tools: [tool], toolChoice, parallelToolCalls }).body["tool_choice"]).toEqual(wire);
  });

  test("of a subset are the only ones offered", () => {
    const subset = { type: "subset" as const, mode: "required" as const, names: ["b"] };
    const { body } = encode({ tools: [{ name: "a" }, { name: "b" }], toolChoice: subset });
    expect(body).toMatchObject({
      tools: [{ name: "b", input_schema: { type: "object" } }],
      tool_choice: { type: "any" },
    });
  });

  test("that are not there cannot be chosen", () => {
    expect(encode({ toolChoice: { type: "required" } }).body).not.toHaveProperty("tool_choice");
  });
});

test("maps rewritten tool names back in the answer", () => {
  const request = requestOf({ ...chat, tools: [{ name: "files.read" }] });
  const { body, memo } = upstream.encodeRequest(request, target);
  const [wire] = body["tools"] as { name: string }[];
  const block = { type: "tool_use", id: "t", name: wire?.name ?? "", input: {} };
  const reply = upstream.decodeReply(
    { type: "message", content: [block], stop_reason: "tool_use" },
    { target, request, memo },
  );
  expect(reply.choices[0]?.parts).toMatchObject([{ type: "tool-call", name: "files.read", arguments: "{}" }]);
});

test("gives a call without an id one that follows from the answer", () => {
  const body = {
    type: "message",
    id: "m",
    content: [{ type: "tool_use", name: "look", input: {} }],
    stop_reason: "tool_use",
  };
  const read = () => upstream.decodeReply(body, { target, request: requestOf() }).choices[0]?.parts[0];
  expect(read()).toMatchObject({ id: expect.stringMatching(/^call_[a-z0-9]{24}$/) });
  expect(read()).toEqual(read());
});
