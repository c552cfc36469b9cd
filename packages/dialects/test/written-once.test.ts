import { receiptJson } from "@sluice/core";
import type { Json, StreamEvent } from "@sluice/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anthropic, gemini, openaiChat } from "../src/index.ts";
import { contextOf, receipt } from "./openai-chat/fixtures.ts";

// Encoders keep as text what every event repeats. These are the same events, each written whole.

const context = contextOf();
const usage = { inputTokens: 5, cacheReadTokens: null, cacheWriteTokens: null, outputTokens: 7, reasoningTokens: 2 };
const text = fc.oneof(fc.string({ minLength: 1, unit: "binary" }), fc.constantFrom('"', "\n\n", "\u2028", "\\", "</"));
const choice = fc.nat({ max: 3 });

const sse = (value: unknown, event?: string) =>
  `${event === undefined ? "" : `event: ${event}\n`}data: ${JSON.stringify(value)}\n\n`;

describe("a chunk of openai-chat", () => {
  const chunkOf = (index: number, delta: object, more: object = {}) => ({
    id: "chatcmpl-req_1",
    object: "chat.completion.chunk",
    created: context.created,
    model: "up",
    choices: [{ index, delta, ...more, finish_reason: null }],
  });
  type EventOf = (choice: number, text: string) => StreamEvent;
  const kinds: [what: string, eventOf: EventOf, deltaOf: (text: string) => object][] = [
    ["text", (index, said) => ({ type: "text-delta", choice: index, text: said }), (content) => ({ content })],
    ["a refusal", (index, said) => ({ type: "refusal-delta", choice: index, text: said }), (refusal) => ({ refusal })],
    [
      "arguments",
      (index, said) => ({ type: "tool-delta", choice: index, index: 0, arguments: said }),
      (said) => ({ tool_calls: [{ index: 0, function: { arguments: said } }] }),
    ],
  ];

  test.each(kinds)("with %s is the JSON of its object", (_, eventOf, deltaOf) => {
    fc.assert(
      fc.property(choice, fc.array(text, { minLength: 1, maxLength: 3 }), (index, texts) => {
        const encoder = openaiChat.client?.createEncoder(context);
        encoder?.write({ type: "start", id: "x", model: "up", created: 1 });
        encoder?.write({ type: "text-delta", choice: index, text: "opens" });
        for (const said of texts) {
          expect(encoder?.write(eventOf(index, said))).toBe(sse(chunkOf(index, deltaOf(said))));
        }
      }),
    );
  });

  test("with logprobs is the JSON of its object", () => {
    fc.assert(
      fc.property(choice, fc.jsonValue(), (index, logprobs) => {
        const encoder = openaiChat.client?.createEncoder(context);
        encoder?.write({ type: "start", id: "x", model: "up", created: 1 });
        encoder?.write({ type: "text-delta", choice: index, text: "opens" });
        const written = encoder?.write({ type: "logprobs", choice: index, logprobs: logprobs as Json });
        expect(written).toBe(sse(chunkOf(index, {}, { logprobs })));
      }),
    );
  });
});

test("a delta of anthropic is the JSON of its object", () => {
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 3 }), (texts) => {
      const encoder = anthropic.client?.createEncoder(context);
      encoder?.write({ type: "text-delta", choice: 0, text: "opens" });
      for (const said of texts) {
        const delta = { type: "text_delta", text: said };
        const event = { type: "content_block_delta", index: 0, delta };
        expect(encoder?.write({ type: "text-delta", choice: 0, text: said })).toBe(sse(event, "content_block_delta"));
      }
    }),
  );
});

test("a chunk of gemini is the JSON of its object, with the counts that are known by then", () => {
  const identity = { modelVersion: context.model, responseId: "req_1" };
  fc.assert(
    fc.property(
      choice,
      fc.array(fc.tuple(text, fc.option(fc.nat())), { minLength: 1, maxLength: 4 }),
      (index, steps) => {
        const encoder = gemini.client?.createEncoder(context);
        let usageMetadata: object | undefined;
        for (const [said, outputTokens] of steps) {
          if (outputTokens !== null) {
            encoder?.write({ type: "usage", usage: { ...usage, outputTokens, reasoningTokens: null } });
            usageMetadata = {
              promptTokenCount: 5,
              candidatesTokenCount: outputTokens,
              totalTokenCount: 5 + outputTokens,
            };
          }
          const candidates = [{ content: { role: "model", parts: [{ text: said }] }, index }];
          const written = encoder?.write({ type: "text-delta", choice: index, text: said });
          expect(written).toBe(sse({ candidates, usageMetadata, ...identity }));
        }
        encoder?.write({ type: "finish", choice: index, reason: "stop" });
        const candidates = [{ content: { role: "model", parts: [{ text: "" }] }, finishReason: "STOP", index }];
        expect(encoder?.end(receipt)).toBe(
          sse({ candidates, usageMetadata, ...identity, sluice: receiptJson(receipt) }),
        );
      },
    ),
  );
});
