import { createAnthropic } from "@ai-sdk/anthropic";
import type { JsonObject } from "@sluice/core";
import { reply, stream, type Answer } from "../_vendor.ts";
import { bodyEnd, upTo, type Ending, type VendorCase } from "./_vendor-case.ts";

const message = { id: "msg_1", type: "message", role: "assistant", model: "claude-haiku-4-5", stop_sequence: null };

/** Messages as Anthropic streams them: https://platform.claude.com/docs/en/build-with-claude/streaming (read 2026-11-20). */
function messages(blocks: readonly JsonObject[], stopReason: string, ending: Ending = "end"): Answer {
  const usage = { input_tokens: 4, cache_read_input_tokens: 3, cache_creation_input_tokens: 2, output_tokens: 1 };
  const events: JsonObject[] = [
    { type: "message_start", message: { ...message, content: [], stop_reason: null, usage } },
    ...blocks,
    { type: "message_delta", delta: { stop_reason: stopReason, stop_sequence: null }, usage: { output_tokens: 5 } },
    { type: "message_stop" },
  ];
  const pieces = upTo(events, ending, 3).map(
    (event) => `event: ${event["type"] as string}\ndata: ${JSON.stringify(event)}\n\n`,
  );
  return stream("text/event-stream", pieces, bodyEnd(ending));
}

const start = (index: number, block: JsonObject) => ({ type: "content_block_start", index, content_block: block });
const delta = (index: number, value: JsonObject) => ({ type: "content_block_delta", index, delta: value });
const stop = (index: number) => ({ type: "content_block_stop", index });

export const anthropic: VendorCase = {
  name: "Anthropic",
  create: (url) => createAnthropic({ apiKey: "key", baseURL: `${url}/v1` }),
  model: "claude-haiku-4-5",
  whole: reply({
    ...message,
    content: [{ type: "text", text: "Hi there" }],
    stop_reason: "end_turn",
    usage: { input_tokens: 4, cache_read_input_tokens: 3, cache_creation_input_tokens: 2, output_tokens: 5 },
  }),
  usage: [9, 5],
  streamed: (ending) =>
    messages(
      [
        start(0, { type: "text", text: "" }),
        delta(0, { type: "text_delta", text: "Hi " }),
        delta(0, { type: "text_delta", text: "there" }),
        stop(0),
      ],
      "end_turn",
      ending,
    ),
  calling: messages(
    [
      start(0, { type: "thinking", thinking: "", signature: "" }),
      delta(0, { type: "thinking_delta", thinking: "Which city?" }),
      delta(0, { type: "signature_delta", signature: "EqQB+/sig==" }),
      stop(0),
      start(1, { type: "tool_use", id: "toolu_1", name: "get_weather", input: {} }),
      delta(1, { type: "input_json_delta", partial_json: '{"city":' }),
      delta(1, { type: "input_json_delta", partial_json: '"Oslo"}' }),
      stop(1),
    ],
    "tool_use",
  ),
  callId: "toolu_1",
  secondTurn: {
    messages: [
      { role: "user" },
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "Which city?", signature: "EqQB+/sig==" },
          { type: "tool_use", id: "toolu_1", name: "get_weather", input: { city: "Oslo" } },
        ],
      },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", content: "Rain" }] },
    ],
  },
};
