import { createFireworks } from "@ai-sdk/fireworks";
import { createGroq } from "@ai-sdk/groq";
import { createMistral } from "@ai-sdk/mistral";
import type { JsonObject } from "@sluice/core";
import { createMistral as createMistralV2 } from "ai-sdk-mistral-v2";
import { createMistral as createMistralV3 } from "ai-sdk-mistral-v3";
import type { AiSdkProvider } from "../../src/index.ts";
import { reply, sse, type Answer } from "../_vendor.ts";
import { bodyEnd, upTo, type Ending, type VendorCase } from "./_vendor-case.ts";

const head = { id: "chatcmpl-1", created: 1_790_000_000, model: "a-model" };
const usage = { prompt_tokens: 9, completion_tokens: 5, total_tokens: 14 };

interface ChatVendor {
  name: string;
  create: (url: string) => AiSdkProvider;
  /** The member of a message that carries readable reasoning, where the vendor has one. */
  thought?: string;
}

/** Vendors that speak OpenAI's chat completions, each in its own manner. */
function chatVendor({ name, create, thought }: ChatVendor): VendorCase {
  const chunk = (delta: JsonObject, finish: string | null = null): JsonObject => ({
    ...head,
    object: "chat.completion.chunk",
    choices: [{ index: 0, delta, finish_reason: finish }],
    ...(finish === null ? {} : { usage, x_groq: { id: "req_1", usage } }),
  });
  const chat = (chunks: JsonObject[], ending: Ending = "end"): Answer =>
    sse(upTo([...chunks, "[DONE]"], ending, 2), bodyEnd(ending));
  const call = { id: "call12345", type: "function", function: { name: "get_weather", arguments: '{"city":"Oslo"}' } };
  const thinking = thought === undefined ? [] : [chunk({ role: "assistant", [thought]: "Which city?" })];
  return {
    name,
    create,
    model: "a-model",
    whole: reply({
      ...head,
      object: "chat.completion",
      choices: [{ index: 0, message: { role: "assistant", content: "Hi there" }, finish_reason: "stop" }],
      usage,
    }),
    usage: [9, 5],
    streamed: (ending) =>
      chat([chunk({ role: "assistant", content: "Hi " }), chunk({ content: "there" }), chunk({}, "stop")], ending),
    calling: chat([
      ...thinking,
      chunk({ role: "assistant", tool_calls: [{ index: 0, ...call }] }),
      chunk({}, "tool_calls"),
    ]),
    callId: "call12345",
    secondTurn: {
      messages: [
        { role: "user" },
        {
          role: "assistant",
          tool_calls: [{ id: "call12345", function: { name: "get_weather", arguments: '{"city":"Oslo"}' } }],
        },
        { role: "tool", tool_call_id: "call12345", content: "Rain" },
      ],
    },
  };
}

export const chatVendors: readonly VendorCase[] = [
  chatVendor({ name: "Groq", create: (url) => createGroq({ apiKey: "key", baseURL: url }), thought: "reasoning" }),
  chatVendor({
    name: "Fireworks",
    create: (url) => createFireworks({ apiKey: "key", baseURL: url }),
    thought: "reasoning_content",
  }),
  chatVendor({ name: "Mistral", create: (url) => createMistral({ apiKey: "key", baseURL: url }) }),
  chatVendor({ name: "Mistral of contract V3", create: (url) => createMistralV3({ apiKey: "key", baseURL: url }) }),
  chatVendor({ name: "Mistral of contract V2", create: (url) => createMistralV2({ apiKey: "key", baseURL: url }) }),
];
