import { describe, expect, test } from "vitest";
import { targetOf, upstream } from "../fixtures.ts";
import { ask, decode } from "./_bodies.ts";

describe("the upstream body from the same dialect", () => {
  const body = ask({
    messages: [
      { role: "system", content: "Be brief." },
      {
        role: "user",
        content: [
          { type: "text", text: "Look" },
          { type: "image_url", image_url: { url: "https://a.example/b.png", detail: "low" } },
        ],
      },
      {
        role: "assistant",
        content: "One moment.",
        tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: "{}" } }],
      },
      { role: "tool", tool_call_id: "c", content: "4" },
    ],
    tools: [{ type: "function", function: { name: "f", description: "F", parameters: { type: "object" } } }],
    tool_choice: "auto",
    response_format: { type: "json_object" },
    temperature: 0.5,
    top_k: 3,
    thinking: { type: "enabled" },
    something_new: { a: 1 },
  });

  test("is what the client sent, unknown fields included", () => {
    expect(upstream.encodeRequest(decode(body), targetOf()).body).toEqual(body);
  });

  test("is the same each time, byte by byte", () => {
    const encode = () => JSON.stringify(upstream.encodeRequest(decode(structuredClone(body)), targetOf()).body);
    expect(encode()).toBe(encode());
  });
});
