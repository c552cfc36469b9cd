import { createOpenAI } from "@ai-sdk/openai";
import { createXai } from "@ai-sdk/xai";
import type { JsonObject } from "@sluice/core";
import { reply, stream, type Answer } from "../_vendor.ts";
import { bodyEnd, upTo, type Ending, type VendorCase } from "./_vendor-case.ts";

const head = { id: "resp_1", object: "response", created_at: 1_790_000_000, model: "gpt-5.1" };
const usage = {
  input_tokens: 9,
  input_tokens_details: { cached_tokens: 4 },
  output_tokens: 5,
  output_tokens_details: { reasoning_tokens: 3 },
  total_tokens: 14,
};
const message = {
  type: "message",
  id: "msg_1",
  status: "completed",
  role: "assistant",
  content: [{ type: "output_text", text: "Hi there", annotations: [] }],
};

/** Responses as OpenAI streams them: https://platform.openai.com/docs/api-reference/responses-streaming (read 2026-11-20). */
function responses(events: readonly JsonObject[], ending: Ending = "end", missing = 2): Answer {
  const all = [{ type: "response.created", response: { ...head, status: "in_progress", output: [] } }, ...events];
  const pieces = upTo(all, ending, missing).map(
    (event, index) =>
      `event: ${event.type as string}\ndata: ${JSON.stringify({ ...event, sequence_number: index })}\n\n`,
  );
  return stream("text/event-stream", pieces, bodyEnd(ending));
}

const completed = { type: "response.completed", response: { ...head, status: "completed", output: [], usage } };
const place = { item_id: "msg_1", output_index: 0, content_index: 0 };
const reasoningItem = {
  type: "reasoning",
  id: "rs_1",
  status: "completed",
  summary: [],
  encrypted_content: "gAAAA+sealed/==",
};
const call = {
  type: "function_call",
  id: "fc_1",
  call_id: "call_1",
  name: "get_weather",
  arguments: '{"city":"Oslo"}',
  status: "completed",
};

/** xAI speaks Responses as well, and its package by default. */
export const xai = (): VendorCase => ({
  ...openai,
  name: "xAI (Responses)",
  create: (url) => createXai({ apiKey: "key", baseURL: `${url}/v1` }),
  options: { xai: { store: false } },
});

export const openai: VendorCase = {
  name: "OpenAI (Responses)",
  create: (url) => createOpenAI({ apiKey: "key", baseURL: `${url}/v1` }),
  model: "gpt-5.1",
  // Without a store at the vendor, encrypted reasoning is what a turn has to bring back.
  options: { openai: { store: false } },
  whole: reply({ ...head, status: "completed", error: null, incomplete_details: null, output: [message], usage }),
  usage: [9, 5],
  streamed: (ending) =>
    responses(
      [
        {
          type: "response.output_item.added",
          output_index: 0,
          item: { ...message, status: "in_progress", content: [] },
        },
        { type: "response.content_part.added", ...place, part: { type: "output_text", text: "", annotations: [] } },
        { type: "response.output_text.delta", ...place, delta: "Hi " },
        { type: "response.output_text.delta", ...place, delta: "there" },
        { type: "response.output_text.done", ...place, text: "Hi there" },
        { type: "response.output_item.done", output_index: 0, item: message },
        completed,
      ],
      ending,
      3,
    ),
  calling: responses([
    { type: "response.output_item.added", output_index: 0, item: { ...reasoningItem, encrypted_content: "" } },
    {
      type: "response.reasoning_summary_part.added",
      item_id: "rs_1",
      output_index: 0,
      summary_index: 0,
      part: { type: "summary_text", text: "" },
    },
    {
      type: "response.reasoning_summary_text.delta",
      item_id: "rs_1",
      output_index: 0,
      summary_index: 0,
      delta: "Which city?",
    },
    {
      type: "response.reasoning_summary_part.done",
      item_id: "rs_1",
      output_index: 0,
      summary_index: 0,
      part: { type: "summary_text", text: "Which city?" },
    },
    {
      type: "response.output_item.done",
      output_index: 0,
      item: { ...reasoningItem, summary: [{ type: "summary_text", text: "Which city?" }] },
    },
    { type: "response.output_item.added", output_index: 1, item: { ...call, arguments: "", status: "in_progress" } },
    { type: "response.function_call_arguments.delta", item_id: "fc_1", output_index: 1, delta: '{"city":' },
    { type: "response.function_call_arguments.delta", item_id: "fc_1", output_index: 1, delta: '"Oslo"}' },
    { type: "response.function_call_arguments.done", item_id: "fc_1", output_index: 1, arguments: '{"city":"Oslo"}' },
    { type: "response.output_item.done", output_index: 1, item: call },
    completed,
  ]),
  callId: "call_1",
  secondTurn: {
    input: [
      { role: "user" },
      {
        type: "reasoning",
        encrypted_content: "gAAAA+sealed/==",
        summary: [{ type: "summary_text", text: "Which city?" }],
      },
      { type: "function_call", call_id: "call_1", name: "get_weather", arguments: '{"city":"Oslo"}' },
      { type: "function_call_output", call_id: "call_1", output: "Rain" },
    ],
  },
};
