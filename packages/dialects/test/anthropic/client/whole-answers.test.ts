import type { Choice } from "@sluice/core";
import { describe, expect, test } from "vitest";
import { answerContext, client, decodeContext, fixtureJson, fixtureNames, text, upstream } from "../fixtures.ts";
import { replyOf } from "./_wire.ts";

describe("writing a whole answer", () => {
  test.for(fixtureNames(".reply.json"))("%s: has the members of a message and the same content", (name) => {
    const body = fixtureJson(`${name}.reply.json`);
    const written = client.encodeReply(upstream.decodeReply(body, decodeContext), answerContext);
    for (const member of [
      "id",
      "type",
      "role",
      "model",
      "content",
      "stop_reason",
      "stop_sequence",
      "stop_details",
      "container",
      "usage",
    ]) {
      expect(written).toHaveProperty(member);
    }
    expect(written["stop_reason"]).toBe(body["stop_reason"]);
    expect(upstream.decodeReply(written, decodeContext).choices).toEqual(
      upstream.decodeReply(body, decodeContext).choices,
    );
  });

  test("cuts a text at what is cited", () => {
    const cited = {
      ...text("before cited after"),
      citations: [
        { url: "https://a.example/", start: 7, end: 12 },
        { url: "https://b.example/", start: 7, end: 12 },
      ],
    };
    expect(client.encodeReply(replyOf({ parts: [cited], finish: "stop" }), answerContext)["content"]).toMatchObject([
      text("before "),
      { type: "text", text: "cited", citations: [{ url: "https://a.example/" }, { url: "https://b.example/" }] },
      text(" after"),
    ]);
  });

  test("writes no empty block, which the vendor would refuse on the next turn", () => {
    expect(client.encodeReply(replyOf({ parts: [text("")], finish: "stop" }), answerContext)["content"]).toEqual([]);
  });

  test("corrects the stop reason by what the answer holds", () => {
    const reason = (choice: Choice) => client.encodeReply(replyOf(choice), answerContext)["stop_reason"];
    const tool = { type: "tool-call" as const, id: "a", name: "look", arguments: "{}" };
    expect(reason({ parts: [tool], finish: "stop" })).toBe("tool_use");
    expect(reason({ parts: [text("x")], finish: "tool-calls" })).toBe("end_turn");
    expect(reason({ parts: [{ type: "refusal", text: "no" }], finish: "stop" })).toBe("refusal");
    expect(reason({ parts: [], finish: "filter" })).toBe("refusal");
  });

  test("tells a filter from a refusal by its details", () => {
    for (const finish of ["filter", "refusal"] as const) {
      const message = client.encodeReply(replyOf({ parts: [text("x")], finish }), answerContext);
      expect(upstream.decodeReply(message, decodeContext).choices[0]?.finish).toBe(finish);
    }
  });

  test("leaves out a call whose arguments were cut", () => {
    const tool = { type: "tool-call" as const, id: "a", name: "look", arguments: '{"at": "ha' };
    const message = client.encodeReply(replyOf({ parts: [text("x"), tool], finish: "length" }), answerContext);
    expect(message).toMatchObject({ content: [text("x")], stop_reason: "max_tokens" });
  });
});
