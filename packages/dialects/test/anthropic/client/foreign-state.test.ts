import { replay } from "@sluice/core";
import type { Choice } from "@sluice/core";
import { describe, expect, test } from "vitest";
import { answerContext, client, encodeEvents } from "../fixtures.ts";
import { post, replyOf, wireEvents } from "./_wire.ts";

describe("state of other vendors", () => {
  const state = { kind: "signature" as const, domain: "gemini", data: "dGhvdWdodA==" };
  const choice: Choice = {
    parts: [
      { type: "reasoning", text: "Hm.", state: { kind: "encrypted", domain: "openai", data: "ZW5j", id: "rs_1" } },
      { type: "tool-call", id: "call_1", name: "look", arguments: "{}", state },
    ],
    finish: "tool-calls",
  };

  test("travels through a client and comes back where it was", () => {
    const message = client.encodeReply(replyOf(choice), answerContext);
    const body = {
      model: "m",
      messages: [
        { role: "user", content: "x" },
        { role: "assistant", content: message["content"] ?? null },
      ],
    };
    const request = client.decodeRequest(JSON.parse(JSON.stringify(body)), post);
    expect(request.messages[1]?.parts).toEqual(choice.parts);
  });

  test("is the same in a stream", async () => {
    const written = wireEvents(encodeEvents(replay(replyOf(choice))));
    const starts = written.flatMap((event) =>
      event["type"] === "content_block_start" ? [event["content_block"]] : [],
    );
    expect(starts).toMatchObject([{ type: "thinking" }, { type: "redacted_thinking" }, { type: "tool_use" }]);
  });
});
