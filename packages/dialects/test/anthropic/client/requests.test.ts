import { GatewayError } from "@sluice/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { client, decodeContext, fixtureJson, text, upstream } from "../fixtures.ts";
import { post } from "./_wire.ts";

describe("reading a request", () => {
  test("has a place for everything that the dialect can say", () => {
    const request = client.decodeRequest(fixtureJson("everything.request.json"), post);
    expect(request).toEqual({
      operation: "chat",
      model: "claude-sonnet-5",
      stream: true,
      messages: [
        { role: "system", parts: [{ ...text("You are brief."), cache: { ttl: "1h" } }] },
        {
          role: "user",
          parts: [
            text("What is on these?"),
            { type: "image", source: { kind: "data", mediaType: "image/png", data: "iVBORw0KGgo=" } },
            { type: "image", source: { kind: "url", url: "https://pictures.example/a.png" } },
            {
              type: "file",
              filename: "notes.txt",
              source: { kind: "data", mediaType: "text/plain", data: btoa("Gr\u00c3\u00bc\u00c3\u009fe") },
            },
            { type: "file", source: { kind: "data", mediaType: "application/pdf", data: "JVBERi0=" } },
          ],
        },
        {
          role: "assistant",
          parts: [
            { type: "reasoning", text: "Look.", state: { kind: "signature", domain: "anthropic", data: "c2ln" } },
            { type: "reasoning", text: "", state: { kind: "redacted", domain: "anthropic", data: "cmVk" } },
            text("Calling."),
            { type: "tool-call", id: "toolu_a", name: "look", arguments: '{"at":"a"}' },
            { type: "tool-call", id: "toolu_b", name: "look", arguments: "{}" },
          ],
        },
        {
          role: "tool",
          parts: [
            {
              type: "tool-result",
              callId: "toolu_a",
              content: [
                text("a cat"),
                { type: "image", source: { kind: "data", mediaType: "image/png", data: "iVBORw0KGgo=" } },
              ],
            },
            { type: "tool-result", callId: "toolu_b", content: [text("no such thing")], isError: true },
          ],
        },
        { role: "user", parts: [{ ...text("And now?"), cache: {} }] },
      ],
      tools: [
        {
          name: "look",
          description: "Looks at something.",
          parameters: { type: "object", properties: { at: { type: "string" } } },
          cache: {},
        },
      ],
      providerTools: [{ format: "anthropic", item: { type: "web_search_20260318", name: "web_search", max_uses: 3 } }],
      toolChoice: { type: "auto" },
      parallelToolCalls: false,
      output: {
        type: "schema",
        name: "answer",
        strict: true,
        schema: {
          type: "object",
          properties: { animal: { type: "string" } },
          required: ["animal"],
          additionalProperties: false,
        },
      },
      sampling: { maxTokens: 2048, stop: ["END"] },
      reasoning: { adaptive: true, include: true, effort: "high" },
      user: "user-7",
      serviceTier: "auto",
      origin: {
        dialect: "anthropic",
        rest: {
          context_management: { edits: [] },
          container: "container_1",
          output_config: { task_budget: { type: "tokens", total: 9000 } },
        },
        prefers: {},
      },
    });
  });

  test("survives the way to its own upstream and back", () => {
    const body = fixtureJson("everything.request.json");
    const request = client.decodeRequest(body, post);
    const { body: written, warnings } = upstream.encodeRequest(request, decodeContext.target);
    expect(warnings).toEqual([]);
    expect(client.decodeRequest(written, post)).toEqual(request);
  });

  test.for([
    ["model", { model: 7 }],
    ["model", { model: "" }],
    ["messages", { messages: "hi" }],
    ["messages", { messages: [] }],
    ["messages[0]", { messages: ["hi"] }],
    ["messages[0].role", { messages: [{ content: "hi" }] }],
    ["messages[0].role", { messages: [{ role: "tool", content: "hi" }] }],
    ["messages[0].content", { messages: [{ role: "user" }] }],
    ["messages[0].content[0].type", { messages: [{ role: "user", content: [{}] }] }],
    ["messages[0].content[0].text", { messages: [{ role: "user", content: [{ type: "text", text: 1 }] }] }],
    ["messages[0].content[0].source", { messages: [{ role: "user", content: [{ type: "image" }] }] }],
    ["messages[0].content[0].id", { messages: [{ role: "assistant", content: [{ type: "tool_use", name: "x" }] }] }],
    ["messages[0].content[0].tool_use_id", { messages: [{ role: "user", content: [{ type: "tool_result" }] }] }],
    ["system[0].text", { system: [{ type: "text" }] }],
    ["max_tokens", { max_tokens: "many" }],
    ["max_tokens", { max_tokens: -1 }],
    ["temperature", { temperature: "hot" }],
    ["stream", { stream: "yes" }],
    ["stop_sequences", { stop_sequences: [1] }],
    ["tools[0].name", { tools: [{ input_schema: {} }] }],
    ["tool_choice.type", { tool_choice: { type: "must" } }],
    ["tool_choice.name", { tool_choice: { type: "tool" } }],
    ["thinking.budget_tokens", { thinking: { type: "enabled" } }],
    ["output_config.effort", { output_config: { effort: "extreme" } }],
    ["output_config.format.schema", { output_config: { format: { type: "json_schema" } } }],
  ] as const)("names %s when it is wrong: %j", ([field, change]) => {
    const body = { model: "claude-sonnet-5", messages: [{ role: "user", content: "hi" }], ...change };
    const read = () => client.decodeRequest(JSON.parse(JSON.stringify(body)), post);
    expect(read).toThrowError(expect.objectContaining({ code: "SLUICE_REQUEST_INVALID", param: field }));
  });

  test("refuses or reads any JSON, but never breaks", () => {
    const block = fc.record(
      {
        type: fc.constantFrom("text", "image", "tool_use", "tool_result", "thinking", "x"),
        text: fc.json(),
        source: fc.object(),
        content: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    const message = fc.record({
      role: fc.constantFrom("user", "assistant", "system"),
      content: fc.oneof(fc.array(block), fc.jsonValue()),
    });
    const body = fc.record(
      {
        model: fc.string(),
        messages: fc.array(message),
        tools: fc.jsonValue(),
        thinking: fc.jsonValue(),
        system: fc.jsonValue(),
      },
      { requiredKeys: ["model"] },
    );
    fc.assert(
      fc.property(body, (value) => {
        const code = refusalOf(() => client.decodeRequest(JSON.parse(JSON.stringify(value)), post));
        expect([null, "SLUICE_REQUEST_INVALID"]).toContain(code);
      }),
    );
  });

  test("keeps blocks and thinking of a kind that it does not know", () => {
    const block = { type: "search_result", source: "s", title: "t", content: [] };
    const request = client.decodeRequest(
      { model: "m", messages: [{ role: "user", content: [block, text("hi")] }], thinking: { type: "between_tools" } },
      post,
    );
    expect(request.messages[0]?.parts[0]).toEqual({ type: "provider", format: "anthropic", item: block });
    expect(request.reasoning).toBeUndefined();
    expect(request.origin.rest).toEqual({ thinking: { type: "between_tools" } });
  });
});

function refusalOf(read: () => unknown): unknown {
  try {
    read();
    return null;
  } catch (thrown) {
    return thrown instanceof GatewayError ? thrown.code : thrown;
  }
}
