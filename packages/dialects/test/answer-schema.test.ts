import type { ChatRequest, Dialect, JsonObject } from "@sluice/core";
import { describe, expect, test } from "vitest";
import { anthropic, gemini, openaiChat } from "../src/index.ts";
import { subjectOf } from "./_subject.ts";

const schema = { type: "object", properties: { n: { type: "integer" } }, required: ["n"] };
const output: ChatRequest["output"] = { type: "schema", name: "count", schema };

const answers: Readonly<Record<string, readonly [Dialect, (text: string, finish?: string) => JsonObject]>> = {
  "openai-chat": [
    openaiChat,
    (content, finish_reason = "stop") => ({ id: "c", choices: [{ index: 0, message: { content }, finish_reason }] }),
  ],
  anthropic: [
    anthropic,
    (text, finish) => ({
      type: "message",
      content: [{ type: "text", text }],
      stop_reason: finish === "length" ? "max_tokens" : "end_turn",
    }),
  ],
  gemini: [
    gemini,
    (text, finish) => ({
      candidates: [{ content: { parts: [{ text }] }, finishReason: finish === "length" ? "MAX_TOKENS" : "STOP" }],
    }),
  ],
};

describe.each(Object.entries(answers))(
  "a whole answer of %s beside the schema that was asked for",
  (_id, [dialect, answer]) => {
    const { upstream, target, requestOf } = subjectOf(dialect, "m");
    const warned = (body: JsonObject, fields: Partial<ChatRequest> = { output }) =>
      upstream
        .decodeReply(body, { target, request: requestOf(fields) })
        .warnings.map(({ code, field }) => `${code} ${field}`);

    test("is held to it, and a mismatch is told", () => {
      expect(warned(answer('{"n":1}'))).toEqual([]);
      expect(warned(answer('{"n":"one"}'))).toEqual(["schema_mismatch response_format"]);
      expect(warned(answer("One."))).toEqual(["schema_mismatch response_format"]);
    });

    test("is not where it was cut, or nothing was asked", () => {
      expect(warned(answer('{"n":', "length"))).toEqual([]);
      expect(warned(answer("One."), {})).toEqual([]);
    });
  },
);
