import { sealState } from "@sluice/core";
import type { ChatRequest, JsonObject, Message } from "@sluice/core";
import { describe, expect, test } from "vitest";
import { client, requestOf, targetOf, upstream } from "./fixtures.ts";

const call = {
  method: "POST",
  path: "/v1/chat/completions",
  rawPath: "/v1/chat/completions",
  query: new URLSearchParams(),
  headers: new Map(),
};
const decode = (body: JsonObject): ChatRequest => client.decodeRequest(body, call);
const ask = (more: JsonObject = {}): JsonObject => ({
  model: "gpt-5-mini",
  messages: [{ role: "user", content: "Hi" }],
  ...more,
});
const talk = (...messages: JsonObject[]): JsonObject => ask({ messages });
const partsOf = (...messages: JsonObject[]) => decode(talk(...messages)).messages.map((message) => message.parts);

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

describe("messages", () => {
  test("of each role are read one for one", () => {
    expect(
      decode(
        talk(
          { role: "developer", content: "Be brief." },
          {
            role: "user",
            name: "Ann",
            content: [{ type: "text", text: "Look", cache_control: { type: "ephemeral", ttl: "1h" } }],
          },
          { role: "assistant", content: null, refusal: "No." },
          { role: "tool", tool_call_id: "c", content: [{ type: "text", text: "4" }] },
        ),
      ).messages,
    ).toEqual([
      { role: "system", parts: [{ type: "text", text: "Be brief." }] },
      { role: "user", name: "Ann", parts: [{ type: "text", text: "Look", cache: { ttl: "1h" } }] },
      { role: "assistant", parts: [{ type: "refusal", text: "No." }] },
      { role: "tool", parts: [{ type: "tool-result", callId: "c", content: [{ type: "text", text: "4" }] }] },
    ]);
  });

  test("carry media as URL, data and file", () => {
    const content = [
      { type: "image_url", image_url: { url: "https://a.example/b.png", detail: "low" } },
      { type: "image_url", image_url: { url: "data:image/jpg;base64,/9j/" } },
      { type: "input_audio", input_audio: { data: "AQID", format: "mp3" } },
      { type: "file", file: { file_data: "data:application/pdf;base64,JVBERg==", filename: "a.pdf" } },
      { type: "file", file: { file_id: "file_1" } },
      { type: "hologram", data: 1 },
    ];
    expect(partsOf({ role: "user", content })[0]).toEqual([
      { type: "image", source: { kind: "url", url: "https://a.example/b.png" }, detail: "low" },
      { type: "image", source: { kind: "data", mediaType: "image/jpeg", data: "/9j/" } },
      { type: "audio", source: { kind: "data", mediaType: "audio/mpeg", data: "AQID" } },
      { type: "file", source: { kind: "data", mediaType: "application/pdf", data: "JVBERg==" }, filename: "a.pdf" },
      { type: "file", source: { kind: "file", id: "file_1" } },
      { type: "provider", format: "openai-chat", item: { type: "hologram", data: 1 } },
    ]);
  });

  test("of part types that no one knows are kept, however they are called", () => {
    for (const type of ["constructor", "__proto__", "toString"]) {
      expect(partsOf({ role: "user", content: [{ type }] })[0]).toMatchObject([{ type: "provider", item: { type } }]);
    }
  });

  test("with empty arguments of a call have an empty object", () => {
    const tool_calls = [{ id: "c", type: "function", function: { name: "now", arguments: "" } }];
    expect(partsOf({ role: "assistant", tool_calls })[0]).toEqual([
      { type: "tool-call", id: "c", name: "now", arguments: "{}" },
    ]);
  });

  test("of legacy functions find their calls", () => {
    const [first, second] = partsOf(
      { role: "assistant", content: null, function_call: { name: "now", arguments: "{}" } },
      { role: "function", name: "now", content: "noon" },
    );
    const id = (first as { id: string }[])[0]?.id;
    expect(second).toEqual([
      { type: "tool-result", callId: id, name: "now", content: [{ type: "text", text: "noon" }] },
    ]);
  });
});

describe("reasoning comes back", () => {
  const anthropic = { kind: "signature" as const, domain: "anthropic", data: "c2ln" };
  const block = { type: "reasoning" as const, text: "Hm", state: anthropic };
  const reply = {
    id: null,
    model: null,
    created: null,
    warnings: [],
    usage: { inputTokens: 1, cacheReadTokens: null, cacheWriteTokens: null, outputTokens: 1, reasoningTokens: null },
    choices: [
      {
        finish: "tool-calls" as const,
        parts: [
          block,
          {
            type: "tool-call" as const,
            id: "c",
            name: "now",
            arguments: "{}",
            state: { kind: "signature" as const, domain: "gemini", data: "Zw" },
          },
          {
            type: "reasoning" as const,
            text: "",
            state: { kind: "redacted" as const, domain: "anthropic", data: "cmVk" },
          },
          { type: "tool-call" as const, id: "d", name: "now", arguments: "{}" },
        ],
      },
    ],
  };
  const context = { requestId: "r", created: 1, model: "m", request: requestOf(), warn: () => {} };
  const [answer] = client.encodeReply(reply, context).choices as { message: JsonObject }[];
  const message = answer?.message ?? {};

  test("whole, in place, when the client returns the message as it was", () => {
    expect(partsOf(message)[0]).toEqual(reply.choices[0]?.parts);
  });

  test("whole when the client returns the calls alone", () => {
    expect(partsOf({ role: "assistant", content: null, tool_calls: message.tool_calls })[0]).toEqual(
      reply.choices[0]?.parts,
    );
  });

  test("without its place when the client forgets what the calls carried", () => {
    const tool_calls = (message.tool_calls as JsonObject[]).map((bare) => ({ ...bare, extra_content: undefined }));
    const parts = partsOf({ ...message, tool_calls })[0] ?? [];
    expect(parts.map((part) => part.type)).toEqual(["reasoning", "reasoning", "tool-call", "tool-call"]);
    expect(parts[0]).toEqual(block);
  });

  test("from a bare signature as OpenAI's own, from Anthropic's blocks as Anthropic's", () => {
    const bare = {
      role: "assistant",
      content: "",
      reasoning_details: [{ type: "reasoning.text", text: "Hm", signature: "eA" }],
    };
    expect(partsOf(bare)[0]).toMatchObject([{ state: { domain: "openai", data: "eA" } }]);
    const blocks = {
      role: "assistant",
      content: "",
      thinking_blocks: [{ type: "thinking", thinking: "Hm", signature: "c2ln" }],
    };
    expect(partsOf(blocks)[0]).toEqual([block]);
  });

  test("as plain text where there is nothing else", () => {
    expect(partsOf({ role: "assistant", content: "42", reasoning_content: "Hm" })[0]).toEqual([
      { type: "reasoning", text: "Hm" },
      { type: "text", text: "42" },
    ]);
  });

  test("to another vendor not at all, with a warning", () => {
    const patch = upstream.patchRequest(
      talk(message, { role: "user", content: "Go on" }),
      requestOf(),
      targetOf({ reasoningEcho: "always" }),
    );
    expect(patch.warnings).toMatchObject([{ code: "state_dropped" }]);
    expect(JSON.stringify(patch.set)).not.toMatch(/Hm|sl1\.|extra_content|c2ln/);
  });

  test("to its own vendor bare", () => {
    const target = targetOf({ reasoningEcho: "turn" }, { stateDomain: "anthropic" });
    const { set } = upstream.patchRequest(
      talk(message, { role: "tool", tool_call_id: "c", content: "noon" }),
      requestOf(),
      target,
    );
    expect((set.messages as JsonObject[])[0]).toMatchObject({
      reasoning_content: "Hm",
      reasoning_details: [
        { type: "reasoning.text", text: "Hm", index: 0 },
        { type: "reasoning.text", signature: "c2ln", index: 0 },
        { type: "reasoning.encrypted", data: "cmVk", index: 1 },
      ],
    });
  });

  test("with Google's signature on the call for Google alone", () => {
    const { set } = upstream.patchRequest(talk(message), requestOf(), targetOf({}, { stateDomain: "gemini" }));
    const [told] = set.messages as { tool_calls: JsonObject[] }[];
    expect(told?.tool_calls).toMatchObject([{ extra_content: { google: { thought_signature: "Zw" } } }, { id: "d" }]);
    expect(told?.tool_calls[0]?.extra_content).not.toHaveProperty("sluice");
  });

  test("in an envelope that the same vendor's bare value never has", () => {
    expect(sealState(anthropic, "openai")).toMatch(/^sl1\.anthropic\./);
  });
});

describe("top-level fields", () => {
  test("are read into the canonical form", () => {
    expect(
      decode(
        ask({
          stream: true,
          stream_options: { include_usage: true },
          max_tokens: 5,
          max_completion_tokens: 6,
          temperature: 1,
          stop: "END",
          seed: 7,
          n: 2,
          user: "u",
          reasoning_effort: "low",
          parallel_tool_calls: false,
          tools: [{ type: "function", function: { name: "f", strict: true } }, { type: "web_search" }],
          tool_choice: {
            type: "allowed_tools",
            allowed_tools: { mode: "required", tools: [{ type: "function", function: { name: "f" } }] },
          },
          response_format: { type: "json_schema", json_schema: { name: "s", schema: { type: "object" } } },
          verbosity: "low",
          something_new: { a: 1 },
        }),
      ),
    ).toMatchObject({
      stream: true,
      sampling: { maxTokens: 6, temperature: 1, stop: ["END"], seed: 7, n: 2 },
      user: "u",
      reasoning: { effort: "low" },
      parallelToolCalls: false,
      tools: [{ name: "f", strict: true }],
      providerTools: [{ format: "openai-chat", item: { type: "web_search" } }],
      toolChoice: { type: "subset", mode: "required", names: ["f"] },
      output: { type: "schema", name: "s", schema: { type: "object" } },
      origin: {
        dialect: "openai-chat",
        rest: { verbosity: "low", something_new: { a: 1 } },
        prefers: { includeUsage: true },
      },
    });
  });

  test.each([
    [{ reasoning: { max_tokens: 500, exclude: true } }, { budgetTokens: 500, include: false }],
    [{ reasoning: { enabled: false } }, { effort: "none" }],
    [{ thinking: { type: "enabled", budget_tokens: 900 } }, { budgetTokens: 900 }],
    [{ thinking: { type: "adaptive" } }, { adaptive: true }],
    [{ enable_thinking: false, thinking_budget: 5 }, { effort: "none" }],
    [{ enable_thinking: true }, { budgetTokens: -1 }],
  ])("%j is the wish %j", (fields, wish) => {
    expect(decode(ask(fields)).reasoning).toEqual(wish);
  });

  test("of legacy functions are tools, one call at a time", () => {
    expect(decode(ask({ functions: [{ name: "f" }], function_call: { name: "f" } }))).toMatchObject({
      tools: [{ name: "f" }],
      toolChoice: { type: "tool", name: "f" },
      parallelToolCalls: false,
      origin: { prefers: { legacyFunctions: true } },
    });
  });

  test("null is absent", () => {
    expect(decode(ask({ temperature: null, tools: null, stop: null, response_format: null, user: null }))).toEqual(
      decode(ask()),
    );
  });
});

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

describe("the upstream body from another dialect", () => {
  const origin = { dialect: "anthropic", rest: {}, prefers: {} };
  const encode = (fields: Partial<ChatRequest>, quirks = {}, more = {}) =>
    upstream.encodeRequest(requestOf({ stream: false, origin, ...fields }), targetOf(quirks, more));
  const messagesOf = (...messages: Message[]) => encode({ messages }).body.messages;

  test("has results as tool messages and their media behind them", () => {
    const image = {
      type: "image" as const,
      source: { kind: "data" as const, mediaType: "image/png", data: "iVBORw==" },
    };
    expect(
      messagesOf(
        {
          role: "tool",
          parts: [
            { type: "tool-result", callId: "a", content: [{ type: "text", text: "1" }, image] },
            { type: "tool-result", callId: "b", content: [{ type: "text", text: "2" }] },
          ],
        },
        { role: "user", parts: [{ type: "text", text: "So?" }] },
      ),
    ).toEqual([
      { role: "tool", tool_call_id: "a", content: "1" },
      { role: "tool", tool_call_id: "b", content: "2" },
      { role: "user", content: [{ type: "image_url", image_url: { url: "data:image/png;base64,iVBORw==" } }] },
      { role: "user", content: "So?" },
    ]);
  });

  test("has text documents as text and others as files", () => {
    const file = (mediaType: string, data: string) => ({
      type: "file" as const,
      filename: "a",
      source: { kind: "data" as const, mediaType, data },
    });
    expect(
      messagesOf({ role: "user", parts: [file("text/plain", "SGk="), file("application/pdf", "JVBERg==")] }),
    ).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "a:\nHi" },
          { type: "file", file: { file_data: "data:application/pdf;base64,JVBERg==", filename: "a" } },
        ],
      },
    ]);
  });

  test.each([
    [{ type: "image" as const, source: { kind: "file" as const, id: "f" } }],
    [{ type: "file" as const, source: { kind: "url" as const, url: "https://a.example/a.pdf" } }],
    [{ type: "audio" as const, source: { kind: "url" as const, url: "https://a.example/a.mp3" } }],
  ])("refuses %j, which it has no place for", (part) => {
    expect(() => encode({ messages: [{ role: "user", parts: [part] }] })).toThrow(
      expect.objectContaining({ code: "SLUICE_REQUEST_UNSUPPORTED", param: "messages" }),
    );
  });

  test("refuses tools that only their own vendor runs", () => {
    expect(() => encode({ providerTools: [{ format: "anthropic", item: { type: "web_search_20250305" } }] })).toThrow(
      expect.objectContaining({ code: "SLUICE_REQUEST_UNSUPPORTED" }),
    );
  });

  test("warns of every unknown field and of what has no form here", () => {
    const { body, warnings } = encode({
      origin: {
        dialect: "anthropic",
        rest: { context_management: { edits: [{ type: "clear" }] }, aura: 1 },
        prefers: {},
      },
      metadata: { a: "b" },
      sampling: { topK: 5 },
      serviceTier: "standard_only",
    });
    expect(new Set(warnings.map((warning) => warning.field))).toEqual(
      new Set(["aura", "context_management", "metadata", "top_k"]),
    );
    expect(body).toEqual({ model: "gpt-5-mini", messages: [{ role: "user", content: "Hi" }], service_tier: "default" });
  });

  test("names JSON in a message, because vendors demand it", () => {
    expect(encode({ output: { type: "json" } }).body.messages).toEqual([
      { role: "system", content: "Answer in JSON." },
      { role: "user", content: "Hi" },
    ]);
  });

  test("has a subset of tools as the tools themselves", () => {
    const tools = [{ name: "a" }, { name: "b" }];
    expect(encode({ tools, toolChoice: { type: "subset", mode: "required", names: ["b"] } }).body).toMatchObject({
      tools: [{ function: { name: "b", parameters: { type: "object", properties: {} } } }],
      tool_choice: "required",
    });
  });

  test("has no tool choice without tools", () => {
    expect(encode({ toolChoice: { type: "required" }, parallelToolCalls: false }).body).toEqual({
      model: "gpt-5-mini",
      messages: [{ role: "user", content: "Hi" }],
    });
  });

  test.each([
    [{ effort: "high" as const }, {}, "high"],
    [{ budgetTokens: 0 }, {}, "none"],
    [{ budgetTokens: 20_000 }, {}, "high"],
    [{ budgetTokens: -1 }, {}, undefined],
    [{ effort: "high" as const }, { info: { id: "m", abilities: { reasoning: false } } }, undefined],
    [{ effort: "high" as const }, { info: { id: "m", reasoning: ["budget" as const] } }, undefined],
  ])("asks for the thinking %j as effort", (reasoning, more, expected) => {
    expect(encode({ reasoning }, {}, more).body.reasoning_effort).toBe(expected);
  });

  test("never asks for more than the model gives", () => {
    const { body, warnings } = encode(
      { sampling: { maxTokens: 99_999 } },
      {},
      { info: { id: "m", maxOutputTokens: 8_192 } },
    );
    expect(body.max_tokens).toBe(8_192);
    expect(warnings).toMatchObject([{ code: "clamped_parameter", field: "max_tokens" }]);
  });

  test("warns when a result was an error", () => {
    const parts = [{ type: "tool-result" as const, callId: "a", content: [], isError: true }];
    expect(encode({ messages: [{ role: "tool", parts }] }).warnings).toMatchObject([{ field: "is_error" }]);
  });
});
