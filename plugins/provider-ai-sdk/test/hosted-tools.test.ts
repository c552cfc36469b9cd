import { createAnthropic } from "@ai-sdk/anthropic";
import type { JsonObject } from "@sluice/core";
import { expect, test } from "vitest";
import { aiSdk } from "../src/index.ts";
import { ask, gatewayOf, joined, turnOf } from "./_ask.ts";
import { startVendor, stream } from "./_vendor.ts";

const search = { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: { query: "weather Oslo" } };
const found = {
  type: "web_search_tool_result",
  tool_use_id: "srvtoolu_1",
  content: [
    {
      type: "web_search_result",
      url: "https://yr.example",
      title: "Yr",
      encrypted_content: "Eo8B+/==",
      page_age: null,
    },
  ],
};
const cited = {
  type: "web_search_result_location",
  url: "https://yr.example",
  title: "Yr",
  encrypted_index: "Eo8C+/==",
  cited_text: "Rain in Oslo",
};
const events: JsonObject[] = [
  {
    type: "message_start",
    message: {
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "claude-opus-4-7",
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: 4, output_tokens: 1 },
    },
  },
  { type: "content_block_start", index: 0, content_block: { ...search, input: {} } },
  {
    type: "content_block_delta",
    index: 0,
    delta: { type: "input_json_delta", partial_json: '{"query":"weather Oslo"}' },
  },
  { type: "content_block_stop", index: 0 },
  { type: "content_block_start", index: 1, content_block: found },
  { type: "content_block_stop", index: 1 },
  { type: "content_block_start", index: 2, content_block: { type: "text", text: "" } },
  { type: "content_block_delta", index: 2, delta: { type: "text_delta", text: "Rain." } },
  { type: "content_block_delta", index: 2, delta: { type: "citations_delta", citation: cited } },
  { type: "content_block_stop", index: 2 },
  { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 5 } },
  { type: "message_stop" },
];

test("what a vendor's own tool did is told, cited, and goes back to the vendor whole", async () => {
  const vendor = await startVendor();
  const provider = createAnthropic({ apiKey: "key", baseURL: `${vendor.url}/v1` });
  const gateway = gatewayOf(aiSdk({ id: "claude", provider }));
  const pieces = events.map((event) => `event: ${event["type"] as string}\ndata: ${JSON.stringify(event)}\n\n`);
  vendor.script(stream("text/event-stream", pieces));

  const question = { role: "user", content: "Weather?" };
  const tools = [{ type: "provider", id: "anthropic.web_search_20250305", name: "web_search", args: { maxUses: 1 } }];
  const asking = { model: "claude/claude-opus-4-7", stream: true, tools };
  const first = await ask(gateway, { ...asking, messages: [question] });
  expect(vendor.received[0]?.json["tools"]).toEqual([{ type: "web_search_20250305", name: "web_search", max_uses: 1 }]);
  expect(joined(first.events, "content")).toBe("Rain.");
  const turn = turnOf(first.events);
  expect(turn).not.toHaveProperty("tool_calls");
  expect(first.text).toContain('"url_citation"');
  expect(first.text).toContain("https://yr.example");

  await ask(gateway, { ...asking, messages: [question, turn, { role: "user", content: "And in Rome?" }] });
  const messages = vendor.received[1]?.json["messages"] as { content: JsonObject[] }[] | undefined;
  const assistant = messages?.[1];
  expect(assistant?.content.slice(0, 2)).toMatchObject([search, found]);
  expect(assistant?.content[2]).toMatchObject({ type: "text", text: "Rain." });
  await gateway.close({ graceMs: 0 });
  await vendor.close();
});
