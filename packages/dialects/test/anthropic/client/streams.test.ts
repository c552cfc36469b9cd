import { GatewayError, foldEvents, replay } from "@sluice/core";
import type { Choice, Reply } from "@sluice/core";
import { describe, expect, test } from "vitest";
import {
  answerContext,
  client,
  cut,
  decodeBytes,
  encodeEvents,
  fixtureBytes,
  fixtureNames,
  joined,
  receipt,
  requestOf,
  text,
} from "../fixtures.ts";
import { replyOf, wireEvents } from "./_wire.ts";

describe("writing a stream", () => {
  test.for(fixtureNames(".reply.json"))("%s: decoding what was encoded gives the same reply", async (name) => {
    const { reply } = foldEvents(await decodeBytes(cut(fixtureBytes(`${name}.sse`))));
    const again = foldEvents(await decodeBytes(cut(encodeEvents(replay(reply)))));
    expect(again.complete).toBe(true);
    expect(comparable(again.reply)).toEqual(comparable(reply));
  });

  test("starts with the usage that is known, ends with one delta, and the stop carries the receipt", async () => {
    const events = await decodeBytes(cut(fixtureBytes("text.sse")));
    const written = wireEvents(encodeEvents(events));
    expect(written.map((event) => event["type"])).toEqual([
      "message_start",
      "content_block_start",
      "content_block_delta",
      "content_block_delta",
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
    expect(written[0]).toMatchObject({
      message: {
        id: "msg_req_1",
        content: [],
        stop_reason: null,
        usage: { input_tokens: 12, cache_read_input_tokens: 100, cache_creation_input_tokens: 30, output_tokens: 1 },
      },
    });
    expect(written[1]).toMatchObject({ index: 0, content_block: { type: "text", text: "" } });
    expect(written[5]).toMatchObject({ delta: { stop_reason: "end_turn" }, usage: { output_tokens: 9 } });
    expect(written[6]).toEqual({ type: "message_stop", sluice: receipt });
    expect(wireEvents(encodeEvents(events, answerContext, false)).at(-1)).toEqual({ type: "message_stop" });
  });

  test("writes each event in its turn and only the stop waits", () => {
    const writer = client.createEncoder(answerContext);
    expect(writer.write({ type: "start", id: "x", model: "m", created: null })).toBe("");
    expect(writer.write({ type: "text-delta", choice: 0, text: "a" })).toContain('"text":"a"');
    expect(writer.write({ type: "finish", choice: 0, reason: "stop" })).toContain("content_block_stop");
    expect(writer.write({ type: "end" })).toContain("message_delta");
    expect(writer.end(null)).toBe('event: message_stop\ndata: {"type":"message_stop"}\n\n');
  });

  test("a failure is an error event and nothing after it", () => {
    const writer = client.createEncoder(answerContext);
    writer.write({ type: "text-delta", choice: 0, text: "a" });
    const failed = new GatewayError("SLUICE_TEST", { status: 503, message: "busy", hint: "wait" });
    const sluice = { code: "SLUICE_TEST", reason: failed.reason, hint: "wait", request_id: "req_1" };
    expect(wireEvents(joined([writer.fail(failed, null)]))).toEqual([
      { type: "error", error: { type: "overloaded_error", message: "busy" }, request_id: "req_1", sluice },
    ]);
  });

  test("invents no end where the upstream gave none", () => {
    const writer = client.createEncoder(answerContext);
    writer.write({ type: "text-delta", choice: 0, text: "a" });
    expect(writer.end(receipt)).toBe("");
  });

  test("leaves thinking text out where the caller asked for none, but keeps its signature", () => {
    const context = { ...answerContext, request: requestOf({ reasoning: { adaptive: true, include: false } }) };
    const choice: Choice = {
      parts: [
        { type: "reasoning", text: "secret", state: { kind: "signature", domain: "anthropic", data: "c2ln" } },
        { type: "reasoning", text: "unsigned" },
        text("shown"),
      ],
      finish: "stop",
    };
    const content = [{ type: "thinking", thinking: "", signature: "c2ln" }, text("shown")];
    expect(client.encodeReply(replyOf(choice), context)["content"]).toEqual(content);
    const written = new TextDecoder().decode(encodeEvents(replay(replyOf(choice)), context));
    expect(written).not.toMatch(/secret|unsigned/);
    expect(written).toContain("c2ln");
  });
});

/** What survives an encoder of this dialect: ids are ours, and a citation covers its whole block. */
function comparable(reply: Reply) {
  const parts = reply.choices[0]?.parts.map((part) =>
    part.type === "text" ? { ...part, citations: part.citations?.map(({ raw }) => raw) } : part,
  );
  const { inputTokens, outputTokens, reasoningTokens } = reply.usage;
  return { parts, finish: reply.choices[0]?.finish, inputTokens, outputTokens, reasoningTokens };
}
