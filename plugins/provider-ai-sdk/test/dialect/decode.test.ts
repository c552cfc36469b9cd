import type { JsonObject } from "@sluice/core";
import { describe, expect, test } from "vitest";
import { decode, decodeWhole, fold, finish, text, usage } from "./_decoding.ts";

const metadata = (value: string): JsonObject => ({ acme: { signature: value } });
const state = (value: string, kind = "signature", id?: string) => ({
  kind,
  domain: "ai-sdk.acme",
  data: JSON.stringify(metadata(value)),
  ...(id === undefined ? {} : { id }),
});
const partsOf = (parts: JsonObject[]) => fold(parts).reply.choices[0]?.parts;

describe("a stream of parts", () => {
  test("tells who answers, what it used and why it ended", () => {
    const parts = [
      { type: "stream-start", warnings: [] },
      { type: "response-metadata", id: "r-1", modelId: "a-model-2026", timestamp: "2026-11-20T00:00:00.000Z" },
      ...text("Hi"),
      finish("length", "max_tokens"),
    ];
    expect(fold(parts)).toMatchObject({
      complete: true,
      reply: {
        id: "r-1",
        model: "a-model-2026",
        created: 1_795_132_800,
        choices: [{ parts: [{ type: "text", text: "Hi" }], finish: "length" }],
        usage: {
          inputTokens: 12,
          cacheReadTokens: 9,
          cacheWriteTokens: 1,
          outputTokens: 7,
          reasoningTokens: 3,
          raw: { prompt: 12 },
        },
      },
    });
  });

  test("ends reasoning with the latest of its metadata", () => {
    expect(
      partsOf([
        { type: "reasoning-start", id: "a", providerMetadata: metadata("early") },
        { type: "reasoning-delta", id: "a", delta: "Hm. " },
        { type: "reasoning-delta", id: "a", delta: "", providerMetadata: metadata("late") },
        { type: "reasoning-end", id: "a" },
        ...text("Hi"),
        finish(),
      ]),
    ).toEqual([
      { type: "reasoning", text: "Hm. ", state: state("late") },
      { type: "text", text: "Hi" },
    ]);
  });

  test("keeps reasoning that cannot be read", () => {
    const parts = [
      { type: "reasoning-start", id: "a", providerMetadata: metadata("sealed") },
      { type: "reasoning-end", id: "a" },
      finish(),
    ];
    expect(partsOf(parts)).toEqual([{ type: "reasoning", text: "", state: state("sealed", "encrypted") }]);
  });

  test("says late which block a signature belongs to, when another began before it came", () => {
    const parts = [
      { type: "reasoning-start", id: "a" },
      { type: "reasoning-delta", id: "a", delta: "One." },
      { type: "reasoning-start", id: "b" },
      { type: "reasoning-delta", id: "b", delta: "Two." },
      { type: "reasoning-end", id: "a", providerMetadata: metadata("a") },
      { type: "reasoning-end", id: "b", providerMetadata: metadata("b") },
      finish(),
    ];
    expect(partsOf(parts)).toEqual([
      { type: "reasoning", text: "One." },
      { type: "reasoning", text: "Two." },
      { type: "reasoning", text: "", state: state("a", "encrypted", "reasoning:0") },
      { type: "reasoning", text: "", state: state("b", "encrypted", "reasoning:1") },
    ]);
  });

  test("keeps what belongs to a text after it", () => {
    const parts = [
      { type: "text-start", id: "t", providerMetadata: metadata("t") },
      { type: "text-delta", id: "t", delta: "Hi" },
      { type: "text-end", id: "t" },
      { type: "text-start", id: "empty", providerMetadata: metadata("empty") },
      { type: "text-end", id: "empty" },
      finish(),
    ];
    expect(partsOf(parts)).toEqual([
      { type: "text", text: "Hi" },
      { type: "reasoning", text: "", state: state("t", "encrypted", "text:0") },
      { type: "reasoning", text: "", state: state("empty", "encrypted", "text:end") },
    ]);
  });

  test("puts calls one after the other, whatever else arrives between their deltas", () => {
    const parts = [
      { type: "tool-input-start", id: "c1", toolName: "look", providerMetadata: metadata("c1") },
      { type: "tool-input-delta", id: "c1", delta: '{"a"' },
      { type: "tool-input-start", id: "c2", toolName: "look" },
      { type: "tool-input-delta", id: "c2", delta: '{"b":2}' },
      ...text("meanwhile"),
      { type: "tool-input-delta", id: "c1", delta: ":1}" },
      { type: "tool-input-end", id: "c2" },
      { type: "tool-call", toolCallId: "c2", toolName: "look", input: '{"b":2}', providerMetadata: metadata("c2") },
      { type: "tool-input-end", id: "c1" },
      {
        type: "tool-call",
        toolCallId: "c1",
        toolName: "look",
        input: '{"a":1}',
        providerMetadata: metadata("c1"),
      },
      finish("tool-calls", "tool_use"),
    ];
    expect(partsOf(parts)).toEqual([
      { type: "tool-call", id: "c1", name: "look", arguments: '{"a":1}', state: state("c1") },
      { type: "tool-call", id: "c2", name: "look", arguments: '{"b":2}' },
      { type: "reasoning", text: "", state: state("c2", "encrypted", "call:c2") },
      { type: "text", text: "meanwhile" },
    ]);
  });

  test("streams the input of a tool as it comes", () => {
    const events = decode([
      { type: "tool-input-start", id: "c1", toolName: "look" },
      { type: "tool-input-delta", id: "c1", delta: '{"a":' },
    ]);
    expect(events.map((event) => event.type)).toEqual(["start", "tool-start", "tool-delta", "error"]);
  });

  test("reads calls that come whole, and inputs that are no JSON until they are whole", () => {
    const parts = [
      { type: "tool-call", toolCallId: "c1", toolName: "look", input: "" },
      { type: "tool-input-start", id: "c2", toolName: "write", inputEncoding: "text" },
      { type: "tool-input-delta", id: "c2", delta: "plain text" },
      { type: "tool-input-end", id: "c2" },
      { type: "tool-call", toolCallId: "c2", toolName: "write", input: '"plain text"' },
      finish("tool-calls"),
    ];
    expect(partsOf(parts)).toEqual([
      { type: "tool-call", id: "c1", name: "look", arguments: "{}" },
      { type: "tool-call", id: "c2", name: "write", arguments: '"plain text"' },
    ]);
  });

  test("keeps what the vendor's own tools did, and never takes it for a call of the client's", () => {
    const call = { type: "tool-call", toolCallId: "s1", toolName: "search", input: "{}", providerExecuted: true };
    const result = {
      type: "tool-result",
      toolCallId: "s1",
      toolName: "search",
      result: [{ url: "https://a.example" }],
    };
    const parts = [
      { type: "tool-input-start", id: "s1", toolName: "search", providerExecuted: true },
      { type: "tool-input-delta", id: "s1", delta: "{}" },
      { type: "tool-input-end", id: "s1" },
      call,
      { ...result, preliminary: true },
      result,
      ...text("Found."),
      finish(),
    ];
    expect(fold(parts).reply.choices[0]).toMatchObject({
      finish: "stop",
      parts: [
        { type: "provider", format: "ai-sdk", item: { domain: "ai-sdk.acme", texts: 0, part: call } },
        { type: "provider", format: "ai-sdk", item: { domain: "ai-sdk.acme", texts: 0, part: result } },
        { type: "text", text: "Found." },
      ],
    });
  });

  test("makes citations of what was cited, and of sources that were only read", () => {
    const source = (id: string) => ({ type: "source", sourceType: "url", id, url: `https://${id}.example`, title: id });
    const cited = { source: source("a"), startIndex: 0, endIndex: 2, citedText: "quoted" };
    const parts = [
      source("a"),
      source("b"),
      { type: "text-start", id: "0" },
      { type: "text-delta", id: "0", delta: "Hi" },
      { type: "text-end", id: "0", citations: [cited] },
      finish(),
    ];
    expect(partsOf(parts)).toEqual([
      {
        type: "text",
        text: "Hi",
        citations: [
          { url: "https://a.example", title: "a", quote: "quoted", start: 0, end: 2, raw: cited },
          { url: "https://b.example", title: "b", raw: source("b") },
        ],
      },
    ]);
  });

  test("hands on pictures and sounds, and keeps other files whole", () => {
    const file = (mediaType: string, data: JsonObject) => ({ type: "file", mediaType, data });
    const pdf = file("application/pdf", { type: "data", data: "JVBE" });
    const parts = [
      file("image/png", { type: "data", data: "iVBO" }),
      file("audio/wav", { type: "url", url: "https://a.example/a.wav" }),
      pdf,
      finish(),
    ];
    expect(partsOf(parts)).toEqual([
      { type: "image", source: { kind: "data", mediaType: "image/png", data: "iVBO" } },
      { type: "audio", source: { kind: "url", mediaType: "audio/wav", url: "https://a.example/a.wav" } },
      { type: "provider", format: "ai-sdk", item: { domain: "ai-sdk.acme", texts: 0, part: pdf } },
    ]);
  });

  test("keeps what the package tells of the answer as a whole", () => {
    const told = { acme: { safety: ["none"] } };
    expect(partsOf([...text("Hi"), finish("stop", "end", { providerMetadata: told })])?.at(-1)).toEqual({
      type: "provider",
      format: "ai-sdk",
      item: { domain: "ai-sdk.acme", texts: 1, part: { type: "provider-metadata", providerMetadata: told } },
    });
  });

  test("puts the package's warnings into the receipt", () => {
    const warnings = [
      { type: "unsupported", feature: "topK" },
      { type: "compatibility", feature: "system", details: "sent as user" },
      { type: "deprecated", setting: "old", message: "use new" },
      { type: "other", message: "mind the gap" },
    ];
    expect(fold([{ type: "stream-start", warnings }, ...text("Hi"), finish()]).reply.warnings).toEqual([
      { code: "dropped_parameter", message: "topK: the package does not take it for this model.", field: "topK" },
      { code: "changed_parameter", message: "system: sent as user", field: "system" },
      { code: "upstream_warning", message: "old: use new", field: "old" },
      { code: "upstream_warning", message: "mind the gap" },
    ]);
  });

  test("passes over parts that nobody knows yet, and says so once", () => {
    const hologram = { type: "hologram", data: 1 };
    expect(fold([...text("Hi"), hologram, hologram, finish()])).toMatchObject({
      complete: true,
      reply: { warnings: [{ code: "unknown_event", field: "hologram" }] },
    });
  });
});

describe("usage", () => {
  test.each([
    [
      { cache_creation: { ephemeral_5m_input_tokens: 3, ephemeral_1h_input_tokens: 4 } },
      { cacheWrite5mTokens: 3, cacheWrite1hTokens: 4 },
    ],
    [{ cacheDetails: [{ ttl: "1h", inputTokens: 9 }] }, { cacheWrite1hTokens: 9 }],
    [{ server_tool_use: { web_search_requests: 2, web_fetch_requests: 0 } }, { toolCalls: { web_search: 2 } }],
    [{ input_tokens_details: { audio_tokens: 5, image_tokens: 6 } }, { audioInputTokens: 5, imageInputTokens: 6 }],
    [{ prompt_tokens: 5 }, undefined],
  ])("has what the vendor tells in %j", (raw, details) => {
    const part = { ...finish(), usage: { ...usage, raw } };
    expect(fold([...text("Hi"), part]).reply.usage.details).toEqual(details);
  });

  test("is unknown where the package knows nothing", () => {
    const part = { ...finish(), usage: { inputTokens: {}, outputTokens: {} } };
    expect(fold([...text("Hi"), part]).reply.usage).toEqual({
      inputTokens: null,
      cacheReadTokens: null,
      cacheWriteTokens: null,
      outputTokens: null,
      reasoningTokens: null,
    });
  });
});

describe("the end of a stream", () => {
  test.each([
    [finish("stop", "stop_sequence", { providerMetadata: { acme: { stopSequence: "END" } } }), "stop-sequence"],
    [finish("length", "model_context_window_exceeded"), "context-full"],
    [finish("content-filter", "SAFETY"), "filter"],
    [finish("content-filter", "refusal"), "refusal"],
    [finish("other", "pause_turn"), "paused"],
    [finish("other", "SOMETHING"), "other"],
    [finish("tool-calls", "tool_use"), "stop"],
  ] as const)("%j is %s", (part, reason) => {
    const { reply, complete } = fold([...text("Hi"), part]);
    expect([reply.choices[0]?.finish, complete]).toEqual([reason, true]);
  });

  test.each([
    ["nothing", null, "truncated"],
    ["a reason that the package never got", finish("other", null), "truncated"],
    ["an interruption", finish("interrupted", null), "truncated"],
    ["an error of the model", finish("error", "error"), "server"],
  ] as const)("%s is no whole answer", (_name, part, failure) => {
    const result = fold([...text("Hi"), ...(part === null ? [] : [part])]);
    expect(result).toMatchObject({ complete: false, failure: { class: failure } });
  });

  test("an error wins over a finish that follows it", () => {
    const error = {
      type: "error",
      error: { name: "", message: "", body: '{"type":"overloaded_error","message":"Busy"}' },
    };
    expect(fold([...text("Hi"), error, finish()])).toMatchObject({
      complete: false,
      failure: { class: "overloaded", message: "Busy" },
    });
  });

  test("arguments that are no JSON are no answer, unless the limit has cut them", () => {
    const call = [
      { type: "tool-input-start", id: "c1", toolName: "look" },
      { type: "tool-input-delta", id: "c1", delta: '{"a' },
    ];
    const whole = { type: "tool-call", toolCallId: "c1", toolName: "look", input: '{"a' };
    expect(fold([...call, whole, finish("tool-calls")]).failure).toMatchObject({ class: "protocol" });
    expect(fold([...call, finish("stop")]).failure).toMatchObject({ class: "protocol" });
    expect(fold([...call, finish("length")])).toMatchObject({
      complete: true,
      reply: { choices: [{ finish: "length", parts: [{ arguments: '{"a' }] }] },
    });
  });
});

describe("a whole answer", () => {
  test("is read as the stream that it could have been", () => {
    const result = {
      warnings: [{ type: "other", message: "hm" }],
      response: { id: "r-1", modelId: "m" },
      content: [
        { type: "reasoning", text: "Hm.", providerMetadata: metadata("r") },
        { type: "text", text: "Hi" },
        { type: "tool-call", toolCallId: "c1", toolName: "look", input: '{"a":1}' },
      ],
      finishReason: { unified: "tool-calls", raw: "tool_use" },
      usage,
    };
    expect(decodeWhole(result)).toMatchObject({
      id: "r-1",
      model: "m",
      warnings: [{ code: "upstream_warning" }],
      choices: [
        {
          finish: "tool-calls",
          parts: [
            { type: "reasoning", text: "Hm.", state: state("r") },
            { type: "text", text: "Hi" },
            { type: "tool-call", arguments: '{"a":1}' },
          ],
        },
      ],
    });
  });

  test("without a reason is whole all the same, and says that there is none", () => {
    const result = { content: [{ type: "text", text: "Hi" }], finishReason: { unified: "other" }, usage };
    expect(decodeWhole(result)).toMatchObject({
      choices: [{ finish: "other" }],
      warnings: [{ code: "missing_finish_reason" }],
    });
  });

  test("shows the JSON that was asked for and not the drafts before it", () => {
    const content = [
      { type: "text", text: "Draft" },
      { type: "text", text: '{"a":1}' },
    ];
    const result = { content, structuredOutputText: '{"a":1}', finishReason: { unified: "stop" }, usage };
    expect(decodeWhole(result, { output: { type: "json" } }).choices[0]?.parts).toEqual([
      { type: "text", text: '{"a":1}' },
    ]);
    expect(decodeWhole(result).choices[0]?.parts).toEqual([{ type: "text", text: 'Draft{"a":1}' }]);
  });

  test.each([[{}], [{ content: "Hi" }], [{ content: [] }]] as const)("%j is none", (body) => {
    expect(() => decodeWhole(body as unknown as JsonObject)).toThrow(/no content or no finish reason/);
  });
});
