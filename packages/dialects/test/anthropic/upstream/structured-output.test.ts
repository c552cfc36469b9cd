import { foldEvents } from "@sluice/core";
import type { DecodeContext, JsonObject } from "@sluice/core";
import { describe, expect, test } from "vitest";
import { cut, decodeBytes, requestOf, target, text, upstream } from "../fixtures.ts";
import { chat, encode, info, schema, tool } from "./_encoding.ts";

describe("structured output", () => {
  const output = { type: "schema" as const, name: "animal", schema, strict: true };

  test("is asked for in the model's own way", () => {
    const { body } = encode({ output });
    expect(body["output_config"]).toEqual({ format: { type: "json_schema", schema } });
    expect(body).not.toHaveProperty("tools");
  });

  test("is a forced tool for older models, and its arguments are the answer", async () => {
    const request = requestOf({ ...chat, output });
    const older = info({ abilities: { schema: false } });
    const { body, memo } = upstream.encodeRequest(request, older);
    const [answer] = body["tools"] as { name: string; input_schema: JsonObject }[];
    expect(body["tool_choice"]).toEqual({ type: "tool", name: answer?.name });
    expect(answer?.input_schema).toMatchObject({ type: "object", properties: { a: { type: "string" } } });

    const context: DecodeContext = { target: older, request, memo };
    const message = {
      type: "message",
      id: "m",
      content: [{ type: "tool_use", id: "t", name: answer?.name ?? "", input: { a: "b" } }],
      stop_reason: "tool_use",
    };
    expect(upstream.decodeReply(message, context).choices).toEqual([{ parts: [text('{"a":"b"}')], finish: "stop" }]);

    const pieces = ['{"a"', ':"b"}'];
    const events = [
      {
        type: "content_block_start",
        index: 0,
        content_block: { type: "tool_use", id: "t", name: answer?.name, input: {} },
      },
      ...pieces.map((piece) => ({
        type: "content_block_delta",
        index: 0,
        delta: { type: "input_json_delta", partial_json: piece },
      })),
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: { stop_reason: "tool_use" }, usage: { output_tokens: 3 } },
      { type: "message_stop" },
    ];
    const bytes = new TextEncoder().encode(
      events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(""),
    );
    const streamed = await decodeBytes(cut(bytes), context);
    expect(streamed.filter((event) => event.type === "text-delta").map((event) => event.text)).toEqual(pieces);
    expect(foldEvents(streamed).reply.choices).toEqual([{ parts: [text('{"a":"b"}')], finish: "stop" }]);
  });

  test("is a forced tool too where the vendor's quirks say so", () => {
    const { body } = encode({ output }, { ...target, quirks: { schema: "none" } });
    expect(body).not.toHaveProperty("output_config");
    expect(body["tool_choice"]).toMatchObject({ type: "tool" });
  });

  test("leaves the client's tools callable beside the answer's own", () => {
    const { body } = encode({ output, tools: [tool] }, info({ abilities: { schema: false } }));
    expect((body["tools"] as unknown[]).length).toBe(2);
    expect(body["tool_choice"]).toEqual({ type: "any" });
  });

  test("whose root is no object is unwrapped to what the caller asked for", () => {
    const list = { type: "schema" as const, name: "list", schema: { type: "array", items: { type: "string" } } };
    const request = requestOf({ ...chat, output: list });
    const older = info({ abilities: { schema: false } });
    const { body, memo } = upstream.encodeRequest(request, older);
    const [answer] = body["tools"] as { name: string; input_schema: { type: string; properties: JsonObject } }[];
    expect(answer?.input_schema.type).toBe("object");
    const [member] = Object.keys(answer?.input_schema.properties ?? {});
    const block = { type: "tool_use", id: "t", name: answer?.name ?? "", input: { [member ?? ""]: ["x", "y"] } };
    const message = { type: "message", id: "m", content: [block], stop_reason: "tool_use" };
    const reply = upstream.decodeReply(message, { target: older, request, memo });
    expect(reply.choices[0]?.parts).toEqual([text('["x","y"]')]);
  });

  test("as any JSON is an instruction, checked at the end", () => {
    const request = requestOf({ ...chat, output: { type: "json" } });
    const { body, memo } = upstream.encodeRequest(request, target);
    expect(body["system"]).toMatch(/JSON/);
    const answer = (words: string) =>
      upstream.decodeReply(
        { type: "message", content: [text(words)], stop_reason: "end_turn" },
        { target, request, memo },
      ).warnings;
    expect(answer('{"a":1}')).toEqual([]);
    expect(answer("Sure!").map((warning) => warning.code)).toEqual(["output_not_json"]);
  });
});
