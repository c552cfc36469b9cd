import { createCohere } from "@ai-sdk/cohere";
import type { JsonObject } from "@sluice/core";
import { reply, stream, type Answer } from "../_vendor.ts";
import { bodyEnd, upTo, type Ending, type VendorCase } from "./_vendor-case.ts";

const usage = { billed_units: { input_tokens: 9, output_tokens: 5 }, tokens: { input_tokens: 9, output_tokens: 5 } };

/** https://docs.cohere.com/v2/docs/streaming (read 2026-11-20) */
function chat(events: readonly JsonObject[], finish: string, ending: Ending = "end"): Answer {
  const all = [
    { type: "message-start", id: "msg-1", delta: { message: { role: "assistant" } } },
    ...events,
    { type: "message-end", delta: { finish_reason: finish, usage } },
  ];
  const pieces = upTo(all, ending, 2).map(
    (event) => `event: ${event.type as string}\ndata: ${JSON.stringify(event)}\n\n`,
  );
  return stream("text/event-stream", pieces, bodyEnd(ending));
}

const content = (type: string, value: JsonObject) => ({ type, index: 0, delta: { message: { content: value } } });
const call = (type: string, value: JsonObject) => ({ type, index: 0, delta: { message: { tool_calls: value } } });

export const cohere: VendorCase = {
  name: "Cohere",
  create: (url) => createCohere({ apiKey: "key", baseURL: `${url}/v2` }),
  model: "command-a-03-2025",
  whole: reply({
    generation_id: "gen-1",
    message: { role: "assistant", content: [{ type: "text", text: "Hi there" }] },
    finish_reason: "COMPLETE",
    usage,
  }),
  usage: [9, 5],
  streamed: (ending) =>
    chat(
      [
        content("content-start", { type: "text", text: "" }),
        content("content-delta", { text: "Hi " }),
        content("content-delta", { text: "there" }),
        { type: "content-end", index: 0 },
      ],
      "COMPLETE",
      ending,
    ),
  calling: chat(
    [
      call("tool-call-start", {
        id: "get_weather_1",
        type: "function",
        function: { name: "get_weather", arguments: "" },
      }),
      call("tool-call-delta", { function: { arguments: '{"city":' } }),
      call("tool-call-delta", { function: { arguments: '"Oslo"}' } }),
      { type: "tool-call-end", index: 0 },
    ],
    "TOOL_CALL",
  ),
  callId: "get_weather_1",
  secondTurn: {
    messages: [
      { role: "user" },
      {
        role: "assistant",
        tool_calls: [{ id: "get_weather_1", function: { name: "get_weather", arguments: '{"city":"Oslo"}' } }],
      },
      { role: "tool", tool_call_id: "get_weather_1", content: "Rain" },
    ],
  },
};
