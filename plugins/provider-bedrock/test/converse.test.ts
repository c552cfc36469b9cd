import type { ChatRequest, JsonObject, Message, ModelInfo, Quirks } from "@sluice/core";
import { GatewayError } from "@sluice/core";
import { testDialect } from "@sluice/testkit";
import { describe, expect, test } from "vitest";
import { bedrockConverse } from "../src/index.ts";
import { streams } from "./_recordings.ts";

testDialect(bedrockConverse, streams, {
  stateDomain: "anthropic",
  model: "amazon.nova-2-lite-v1:0",
  refuses: ["an image by URL"],
});

const upstream = bedrockConverse.upstream ?? refuse();

function written(request: Partial<ChatRequest>, about: { info?: ModelInfo; quirks?: Quirks } = {}) {
  const { body, warnings } = upstream.encodeRequest(
    {
      operation: "chat",
      model: "m",
      stream: false,
      messages: [{ role: "user", parts: [{ type: "text", text: "Hi" }] }],
      sampling: {},
      origin: { dialect: "openai-chat", rest: {}, prefers: {} },
      ...request,
    },
    { model: "m", quirks: about.quirks ?? {}, info: about.info ?? null, stateDomain: "anthropic" },
  );
  return { body, codes: warnings.map(({ code, field }) => [code, field]) };
}

const user = (...parts: Message["parts"]): Message => ({ role: "user", parts });
const assistant = (...parts: Message["parts"]): Message => ({ role: "assistant", parts });
const pdf = { kind: "data", mediaType: "application/pdf", data: "JVBERi0=" } as const;

describe("a Converse request", () => {
  test("has everything in the places of its documents", () => {
    const { body, codes } = written({
      messages: [
        { role: "system", parts: [{ type: "text", text: "Be brief.", cache: { ttl: "1h" } }] },
        user(
          { type: "text", text: "Look.", cache: {} },
          { type: "image", source: { kind: "data", mediaType: "image/png", data: "iVBORw==" } },
          { type: "file", source: pdf, filename: "Q3 report (final).v2.pdf" },
        ),
      ],
      tools: [
        { name: "get.weather", description: "Weather", parameters: { type: "object", properties: {} }, cache: {} },
      ],
      toolChoice: { type: "tool", name: "get.weather" },
      sampling: { maxTokens: 64, temperature: 0.5, topP: 0.9, stop: ["END"] },
      serviceTier: "priority",
    });
    const name = expect.stringMatching(/^get_weather_[a-z0-9]{8}$/);
    expect(body).toEqual({
      messages: [
        {
          role: "user",
          content: [
            { text: "Look." },
            { cachePoint: { type: "default" } },
            { image: { format: "png", source: { bytes: "iVBORw==" } } },
            { document: { format: "pdf", name: "Q3 report (final) v2", source: { bytes: "JVBERi0=" } } },
          ],
        },
      ],
      system: [{ text: "Be brief." }, { cachePoint: { type: "default", ttl: "1h" } }],
      inferenceConfig: { maxTokens: 64, temperature: 0.5, topP: 0.9, stopSequences: ["END"] },
      toolConfig: {
        tools: [
          { toolSpec: { name, description: "Weather", inputSchema: { json: { type: "object", properties: {} } } } },
          { cachePoint: { type: "default" } },
        ],
        toolChoice: { tool: { name } },
      },
      serviceTier: { type: "priority" },
    });
    expect(codes).toEqual([]);
  });

  test("returns calls, results and signed thoughts as they were", () => {
    const { body, codes } = written({
      messages: [
        user({ type: "text", text: "Weather?" }),
        assistant(
          { type: "reasoning", text: "Hm.", state: { kind: "signature", domain: "anthropic", data: "sig==" } },
          { type: "reasoning", text: "", state: { kind: "redacted", domain: "bedrock-converse", data: "cmVk" } },
          { type: "reasoning", text: "foreign", state: { kind: "signature", domain: "gemini", data: "x" } },
          { type: "tool-call", id: "t1", name: "w", arguments: '{"city":"Oslo"}' },
          { type: "tool-call", id: "t2", name: "w", arguments: "[1]" },
        ),
        {
          role: "tool",
          parts: [
            { type: "tool-result", callId: "t1", content: [{ type: "text", text: "sunny" }] },
            { type: "tool-result", callId: "t2", content: [{ type: "text", text: "no" }], isError: true },
          ],
        },
      ],
      tools: [{ name: "w" }],
    });
    expect(body["messages"]).toEqual([
      { role: "user", content: [{ text: "Weather?" }] },
      {
        role: "assistant",
        content: [
          { reasoningContent: { reasoningText: { text: "Hm.", signature: "sig==" } } },
          { reasoningContent: { redactedContent: "cmVk" } },
          { toolUse: { toolUseId: "t1", name: "w", input: { city: "Oslo" } } },
          { toolUse: { toolUseId: "t2", name: "w", input: { raw_arguments: "[1]" } } },
        ],
      },
      {
        role: "user",
        content: [
          { toolResult: { toolUseId: "t1", content: [{ text: "sunny" }] } },
          { toolResult: { toolUseId: "t2", content: [{ text: "no" }], status: "error" } },
        ],
      },
    ]);
    expect(codes).toEqual([
      ["state_dropped", "messages"],
      ["raw_arguments", "w"],
    ]);
  });

  test.each<[string, Partial<ChatRequest>]>([
    ["several choices", { sampling: { n: 2 } }],
    ["log probabilities", { sampling: { logprobs: true } }],
    [
      "a picture by address",
      { messages: [user({ type: "image", source: { kind: "url", url: "https://a.example/b.png" } })] },
    ],
    ["a file by id", { messages: [user({ type: "file", source: { kind: "file", id: "file-1" } })] }],
    ["a hosted tool of another vendor", { providerTools: [{ format: "anthropic", item: { type: "web_search" } }] }],
    [
      "a picture in a form of its own",
      { messages: [user({ type: "image", source: { kind: "data", mediaType: "image/bmp", data: "" } })] },
    ],
  ])("with %s is refused: the answer would be another one", (_name, request) => {
    expect(() => written(request)).toThrow(GatewayError);
  });

  test.each<[string, Partial<ChatRequest>, [string, string][]]>([
    ["a seed", { sampling: { seed: 1 } }, [["dropped_parameter", "seed"]]],
    ["penalties", { sampling: { frequencyPenalty: 1 } }, [["dropped_parameter", "frequency_penalty"]]],
    [
      "one call at a time",
      { tools: [{ name: "w" }], parallelToolCalls: false },
      [["dropped_parameter", "parallel_tool_calls"]],
    ],
    ["a temperature out of range", { sampling: { temperature: 1.5 } }, [["clamped_parameter", "temperature"]]],
    [
      "fields of another dialect",
      { origin: { dialect: "openai-chat", rest: { store: true }, prefers: {} } },
      [["dropped_parameter", "store"]],
    ],
    ["thinking in an unknown form", { reasoning: { effort: "high" } }, [["dropped_parameter", "reasoning"]]],
  ])("with %s says what became of it", (_name, request, codes) => {
    expect(written(request).codes).toEqual(codes);
  });

  test("asks no tool to be used by offering none, unless the history has calls", () => {
    const tools = [{ name: "w" }];
    expect(written({ tools, toolChoice: { type: "none" } }).body).not.toHaveProperty("toolConfig");
    const messages = [
      user({ type: "text", text: "Weather?" }),
      assistant({ type: "tool-call", id: "t1", name: "w", arguments: "{}" }),
      {
        role: "tool",
        parts: [{ type: "tool-result", callId: "t1", content: [{ type: "text", text: "sunny" }] }],
      } as Message,
    ];
    const later = written({ messages, tools, toolChoice: { type: "none" } });
    expect(later.body).toHaveProperty("toolConfig");
    expect(later.codes).toEqual([["dropped_parameter", "tool_choice"]]);
  });

  test.each<[NonNullable<ModelInfo["reasoning"]>, JsonObject]>([
    [["budget"], { thinking: { type: "enabled", budget_tokens: 2457 } }],
    [["adaptive", "effort"], { thinking: { type: "adaptive" }, output_config: { effort: "high" } }],
    [["level"], { reasoningConfig: { type: "enabled", maxReasoningEffort: "high" } }],
    [["effort"], { reasoning_effort: "high" }],
  ])("asks a model to think in its own form: %j", (reasoning, expected) => {
    const info: ModelInfo = { id: "m", reasoning };
    const { body } = written({ reasoning: { effort: "high" }, sampling: { maxTokens: 4096 } }, { info });
    expect(body["additionalModelRequestFields"]).toEqual(expected);
    expect(
      written({ reasoning: { effort: "none" } }, { info: { id: "m", reasoning: ["budget"] } }).body,
    ).not.toHaveProperty("additionalModelRequestFields");
  });

  test("holds a model to a schema, or asks it to follow one", () => {
    const schema = {
      type: "object",
      properties: { a: { type: "string" } },
      required: ["a"],
      additionalProperties: false,
    };
    const output = { type: "schema", name: "thing", schema } as const;
    expect(written({ output }).body["outputConfig"]).toEqual({
      textFormat: { type: "json_schema", structure: { jsonSchema: { schema: JSON.stringify(schema), name: "thing" } } },
    });
    const loose = written({ output }, { quirks: { schema: "none" } });
    expect(JSON.stringify(loose.body["system"])).toContain("follows this JSON schema");
    expect(loose.codes).toEqual([["schema_adapted", "response_format"]]);
  });

  test("names its model in the path, encoded", () => {
    const target = { quirks: {}, info: null, stateDomain: "anthropic" };
    const path = (model: string, stream: boolean) => upstream.path({ ...target, model }, stream);
    expect(path("us.amazon.nova-2-lite-v1:0", true)).toBe("/model/us.amazon.nova-2-lite-v1%3A0/converse-stream");
    expect(path("arn:aws:bedrock:us-east-1:1:application-inference-profile/ab", false)).toBe(
      "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Aapplication-inference-profile%2Fab/converse",
    );
  });
});

describe("an error of AWS", () => {
  test.each([
    [400, "ValidationException", "The provided model identifier is invalid.", "invalid", "model_not_found"],
    [400, "ValidationException", "Input is too long for requested model.", "invalid", "context_length"],
    [400, "ValidationException", "messages.0: wrong", "invalid", undefined],
    [400, "ServiceQuotaExceededException", "Quota", "rate", undefined],
    [403, "AccessDeniedException", "You don't have access", "credential", undefined],
    [403, "ExpiredTokenException", "expired", "credential", undefined],
    [404, "ResourceNotFoundException", "No model", "invalid", "model_not_found"],
    [408, "ModelTimeoutException", "slow", "server", undefined],
    [424, "ModelErrorException", "broke", "server", undefined],
    [429, "ThrottlingException", "slow down", "rate", undefined],
    [429, "ModelNotReadyException", "warming up", "overloaded", undefined],
    [500, "InternalServerException", "oops", "server", undefined],
    [503, "ServiceUnavailableException", "busy", "overloaded", undefined],
  ])("%i %s: %s", (status, type, message, failureClass, kind) => {
    const headers = new Map([["x-amzn-errortype", `${type}:http://internal.amazon.com/coral/com.amazon.bedrock/`]]);
    const failure = upstream.decodeError(status, headers, { message }, {});
    expect(failure).toMatchObject({ class: failureClass, status, message, code: type });
    expect(failure.kind).toBe(kind);
    const inBody = upstream.decodeError(
      status,
      new Map(),
      { __type: `com.amazon.coral#${type}`, Message: message },
      {},
    );
    expect(inBody).toMatchObject({ class: failureClass, message });
  });
});

function refuse(): never {
  throw new Error("The dialect has no upstream half.");
}
