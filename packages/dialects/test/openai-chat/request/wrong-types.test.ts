import { describe, expect, test } from "vitest";
import { ask, decode, talk } from "./_bodies.ts";

describe("fields of the wrong type are refused by name", () => {
  test.each([
    [{ messages: [{ role: "user", content: "Hi" }] }, "model"],
    [{ model: " ", messages: [] }, "model"],
    [{ model: "a" }, "messages"],
    [{ model: "a", messages: [] }, "messages"],
    [talk("Hi" as never), "messages[0]"],
    [talk({ role: "robot", content: "Hi" }), "messages[0].role"],
    [talk({ role: "user", content: 7 }), "messages[0].content"],
    [talk({ role: "user", content: ["Hi"] }), "messages[0].content[0]"],
    [talk({ role: "user", content: [{ type: "text" }] }), "messages[0].content[0].text"],
    [talk({ role: "user", content: [{ type: "image_url", image_url: {} }] }), "messages[0].content[0].image_url.url"],
    [
      talk({ role: "user", content: [{ type: "image_url", image_url: { url: "data:x" } }] }),
      "messages[0].content[0].image_url.url",
    ],
    [talk({ role: "tool", content: "x" }), "messages[0].tool_call_id"],
    [talk({ role: "assistant", tool_calls: [{ id: "c", function: {} }] }), "messages[0].tool_calls[0].function.name"],
    [talk({ role: "function", name: "f", content: "x" }), "messages[0].name"],
    [ask({ stream: "yes" }), "stream"],
    [ask({ stream_options: { include_usage: 1 } }), "stream_options.include_usage"],
    [ask({ temperature: "hot" }), "temperature"],
    [ask({ max_tokens: 1.5 }), "max_tokens"],
    [ask({ stop: ["a", 1] }), "stop[1]"],
    [ask({ logit_bias: { a: "x" } }), "logit_bias"],
    [ask({ tools: [{ type: "function", function: {} }] }), "tools[0].function.name"],
    [ask({ tool_choice: "maybe" }), "tool_choice"],
    [ask({ tool_choice: { type: "function", function: {} } }), "tool_choice.function.name"],
    [ask({ response_format: { type: "xml" } }), "response_format.type"],
    [ask({ response_format: { type: "json_schema" } }), "response_format.json_schema"],
    [ask({ reasoning_effort: "huge" }), "reasoning_effort"],
    [ask({ metadata: { a: 1 } }), "metadata"],
  ])("%j names %s", (body, field) => {
    expect(() => decode(body)).toThrow(
      expect.objectContaining({ code: "SLUICE_REQUEST_INVALID", param: field, status: 400 }),
    );
  });
});
