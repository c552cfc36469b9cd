import type { JsonObject, Message, Part } from "@sluice/core";
import { describe, expect, test } from "vitest";
import { versions } from "../../src/versions.ts";
import { asked, encode, encodeFor, requestOf, target } from "./_decoding.ts";

const user = (...parts: Part[]): Message => ({ role: "user", parts });
const assistant = (...parts: Part[]): Message => ({ role: "assistant", parts });
const promptOf = (...messages: Message[]) => encode(messages).body["prompt"];
const codesOf = (...messages: Message[]) => encode(messages).warnings.map((warning) => warning.code);
const own = (metadata: JsonObject) => ({
  kind: "signature" as const,
  domain: "ai-sdk.acme",
  data: JSON.stringify(metadata),
});
const signed = { acme: { signature: "s+/=" } };

describe("a request as call options", () => {
  test("has the contract's words for sampling, output, tools and reasoning", () => {
    const { body, warnings } = encode(asked, {
      sampling: {
        maxTokens: 9,
        temperature: 0.5,
        topP: 0.9,
        topK: 3,
        frequencyPenalty: 1,
        presencePenalty: -1,
        stop: ["END", ""],
        seed: 7,
      },
      output: { type: "schema", name: "city", description: "A city", schema: { type: "object" } },
      tools: [
        { name: "look up!", description: "Looks", parameters: { type: "object" }, strict: true },
        { name: "wait" },
      ],
      toolChoice: { type: "tool", name: "look up!" },
      reasoning: { effort: "high" },
    });
    expect(body).toEqual({
      prompt: [{ role: "user", content: [{ type: "text", text: "Hello" }] }],
      maxOutputTokens: 9,
      temperature: 0.5,
      stopSequences: ["END"],
      topP: 0.9,
      topK: 3,
      presencePenalty: -1,
      frequencyPenalty: 1,
      responseFormat: { type: "json", schema: { type: "object" }, name: "city", description: "A city" },
      seed: 7,
      tools: [
        {
          type: "function",
          name: expect.stringMatching(/^look_up__/),
          description: "Looks",
          inputSchema: { type: "object" },
          strict: true,
        },
        { type: "function", name: "wait", inputSchema: { type: "object", properties: {} } },
      ],
      toolChoice: { type: "tool", toolName: expect.stringMatching(/^look_up__/) },
      reasoning: "high",
    });
    expect(warnings).toEqual([]);
  });

  test("is the same for the same request", () => {
    expect(JSON.stringify(encode(asked).body)).toBe(JSON.stringify(encode(asked).body));
  });

  test.each([
    ["n", { sampling: { n: 2 } }],
    ["logprobs", { sampling: { logprobs: true } }],
    ["logit_bias", { sampling: { logitBias: { "1": 5 } } }],
    ["modalities", { modalities: ["text" as const, "audio" as const] }],
    ["tools", { providerTools: [{ format: "anthropic", item: { type: "web_search_20250305", name: "web_search" } }] }],
  ])("refuses %s, which the contract has no word for", (field, more) => {
    expect(() => encode(asked, more)).toThrow(
      expect.objectContaining({ code: "SLUICE_REQUEST_UNSUPPORTED", param: field }),
    );
  });

  test("leaves out aloud what does not change the meaning of an answer", () => {
    const { warnings } = encode(asked, {
      tools: [{ name: "look" }],
      parallelToolCalls: false,
      user: "u",
      metadata: { a: "b" },
      serviceTier: "flex",
      reasoning: { budgetTokens: 1000 },
      origin: { dialect: "openai-chat", rest: { verbosity: "low" }, prefers: {} },
    });
    expect(warnings.map(({ code, field }) => [code, field])).toEqual([
      ["changed_parameter", "reasoning"],
      ["dropped_parameter", "parallel_tool_calls"],
      ["dropped_parameter", "user"],
      ["dropped_parameter", "metadata"],
      ["dropped_parameter", "service_tier"],
      ["dropped_parameter", "verbosity"],
    ]);
  });

  test("keeps to what the model is known to take", () => {
    const known = {
      ...target,
      quirks: { efforts: ["low", "high"] as const },
      info: { id: "a-model", maxOutputTokens: 100 },
    };
    const request = requestOf(asked, { sampling: { maxTokens: 200 }, reasoning: { effort: "max" } });
    const { body, warnings } = encodeFor(request, known);
    expect(body).toMatchObject({ maxOutputTokens: 100, reasoning: "high" });
    expect(warnings.map(({ code }) => code)).toEqual(["clamped_parameter", "changed_parameter"]);
  });

  test("offers fewer tools where some of them may be chosen", () => {
    const tools = [{ name: "a" }, { name: "b" }];
    const { body } = encode(asked, { tools, toolChoice: { type: "subset", mode: "required", names: ["b"] } });
    expect(body).toMatchObject({ tools: [{ name: "b" }], toolChoice: { type: "required" } });
  });

  test("takes tools of the package in the AI SDK's own form", () => {
    const item = { type: "provider", id: "anthropic.web_search_20260209", args: { maxUses: 2 } };
    expect(encode(asked, { providerTools: [{ format: "openai-chat", item }] }).body["tools"]).toEqual([
      { type: "provider", id: "anthropic.web_search_20260209", name: "web_search_20260209", args: { maxUses: 2 } },
    ]);
  });
});

describe("a conversation as a prompt", () => {
  test("has system text at its start alone, with marks for the prompt cache", () => {
    const cached: Message = { role: "system", parts: [{ type: "text", text: "Be brief.", cache: { ttl: "1h" } }] };
    const later: Message = { role: "system", parts: [{ type: "text", text: "Now in verse." }] };
    expect(promptOf(cached, ...asked, later)).toEqual([
      {
        role: "system",
        content: "Be brief.",
        providerOptions: {
          anthropic: { cacheControl: { type: "ephemeral", ttl: "1h" } },
          bedrock: { cachePoint: { type: "default", ttl: "1h" } },
        },
      },
      { role: "user", content: [{ type: "text", text: "Hello" }] },
      { role: "user", content: [{ type: "text", text: "<system>Now in verse.</system>" }] },
    ]);
    expect(promptOf(later)).toEqual([{ role: "user", content: [{ type: "text", text: "Now in verse." }] }]);
    expect(codesOf(later)).toEqual(["system_as_user"]);
  });

  test("has media as files with their types", () => {
    expect(
      promptOf(
        user(
          { type: "image", source: { kind: "data", mediaType: "image/png", data: "iVBO" } },
          { type: "image", source: { kind: "url", url: "https://a.example/a" } },
          { type: "audio", source: { kind: "data", mediaType: "audio/wav", data: "UklG" } },
          { type: "file", filename: "a.pdf", source: { kind: "url", url: "https://a.example/a.pdf?x=1" } },
        ),
      ),
    ).toEqual([
      {
        role: "user",
        content: [
          { type: "file", data: { type: "data", data: "iVBO" }, mediaType: "image/png" },
          { type: "file", data: { type: "url", url: "https://a.example/a" }, mediaType: "image/*" },
          { type: "file", data: { type: "data", data: "UklG" }, mediaType: "audio/wav" },
          {
            type: "file",
            filename: "a.pdf",
            data: { type: "url", url: "https://a.example/a.pdf?x=1" },
            mediaType: "application/pdf",
          },
        ],
      },
    ]);
    expect(() => encode([user({ type: "file", source: { kind: "file", id: "file-1" } })])).toThrow(/cannot be carried/);
  });

  test("gives back what the package signed, and nothing that another vendor did", () => {
    const foreign = { kind: "signature" as const, domain: "anthropic", data: "sig" };
    const messages = [
      ...asked,
      assistant(
        { type: "reasoning", text: "Hm.", state: own(signed) },
        { type: "reasoning", text: "Elsewhere.", state: foreign },
        { type: "reasoning", text: "Plain." },
        { type: "text", text: "Hi" },
        { type: "tool-call", id: "c 1", name: "look", arguments: '{"a":1}', state: own(signed) },
      ),
    ];
    const [, turn] = promptOf(...messages) as JsonObject[];
    expect(turn?.["content"]).toEqual([
      { type: "reasoning", text: "Hm.", providerOptions: signed },
      { type: "reasoning", text: "Plain." },
      { type: "text", text: "Hi" },
      {
        type: "tool-call",
        toolCallId: expect.stringMatching(/^c_1_/),
        toolName: "look",
        input: { a: 1 },
        providerOptions: signed,
      },
    ]);
    expect(codesOf(...messages)).toEqual(["state_dropped"]);
  });

  test("gives back what came late, to the part that it belongs to", () => {
    const late = (id: string) => ({ type: "reasoning" as const, text: "", state: { ...own(signed), id } });
    const messages = [
      ...asked,
      assistant(
        { type: "reasoning", text: "Hm." },
        { type: "text", text: "Hi" },
        { type: "tool-call", id: "c1", name: "look", arguments: "{}" },
        late("reasoning:0"),
        late("text:0"),
        late("call:c1"),
        late("text:end"),
        late("call:gone"),
      ),
    ];
    const [, turn] = promptOf(...messages) as JsonObject[];
    expect(turn?.["content"]).toEqual([
      { type: "reasoning", text: "Hm.", providerOptions: signed },
      { type: "text", text: "Hi", providerOptions: signed },
      { type: "tool-call", toolCallId: "c1", toolName: "look", input: {}, providerOptions: signed },
      { type: "text", text: "", providerOptions: signed },
    ]);
    expect(codesOf(...messages)).toEqual(["signature_lost"]);
  });

  test("gives back what the vendor's own tools did, to that vendor alone", () => {
    const part = (value: JsonObject, domain = "ai-sdk.acme"): Part => ({
      type: "provider",
      format: "ai-sdk",
      item: { domain, part: value },
    });
    const call = {
      type: "tool-call",
      toolCallId: "s1",
      toolName: "search",
      input: '{"q":"x"}',
      providerExecuted: true,
      providerMetadata: signed,
    };
    const result = { type: "tool-result", toolCallId: "s1", toolName: "search", result: { hits: 1 } };
    const messages = [
      ...asked,
      assistant(
        part(call),
        part(result),
        part({ type: "provider-metadata", providerMetadata: signed }),
        part(call, "ai-sdk.other"),
        { type: "provider", format: "anthropic", item: { type: "server_tool_use" } },
      ),
    ];
    const [, turn] = promptOf(...messages) as JsonObject[];
    expect(turn?.["content"]).toEqual([
      {
        type: "tool-call",
        toolCallId: "s1",
        toolName: "search",
        input: { q: "x" },
        providerExecuted: true,
        providerOptions: signed,
      },
      { type: "tool-result", toolCallId: "s1", toolName: "search", output: { type: "json", value: { hits: 1 } } },
    ]);
    expect(codesOf(...messages)).toEqual(["dropped_part", "dropped_part"]);
  });

  test("puts them where they stood, also when a dialect keeps them beside the text", () => {
    const part = (toolCallId: string, texts: number): Part => ({
      type: "provider",
      format: "ai-sdk",
      item: { domain: "ai-sdk.acme", texts, part: { type: "tool-call", toolCallId, toolName: "search", input: "{}" } },
    });
    const words = (text: string): Part => ({ type: "text", text });
    const order = (...parts: Part[]) => {
      const [, turn] = promptOf(...asked, assistant(...parts)) as { content: JsonObject[] }[];
      return turn?.content.map((one) => one["toolCallId"] ?? one["text"]);
    };
    expect(order(words("one"), words("two"), part("a", 0), part("b", 1), part("c", 2))).toEqual([
      "a",
      "one",
      "b",
      "two",
      "c",
    ]);
    expect(order(part("a", 0), words("one"), part("b", 1), words("two"), part("c", 2))).toEqual([
      "a",
      "one",
      "b",
      "two",
      "c",
    ]);
  });

  test("names the tools whose results it brings", () => {
    const call = assistant({ type: "tool-call", id: "c1", name: "look", arguments: "{}" });
    const result = (more: object): Message => ({
      role: "tool",
      parts: [{ type: "tool-result", callId: "c1", content: [{ type: "text", text: "Rain" }], ...more }],
    });
    const outputOf = (more: object) => {
      const prompt = promptOf(...asked, call, result(more)) as { content: JsonObject[] }[];
      return prompt[2]?.content[0];
    };
    expect(outputOf({})).toEqual({
      type: "tool-result",
      toolCallId: "c1",
      toolName: "look",
      output: { type: "text", value: "Rain" },
    });
    expect(outputOf({ isError: true })).toMatchObject({ output: { type: "error-text", value: "Rain" } });
    const image = { type: "image", source: { kind: "data", mediaType: "image/png", data: "iVBO" } };
    expect(outputOf({ content: [image] })).toMatchObject({
      output: {
        type: "content",
        value: [{ type: "file", data: { type: "data", data: "iVBO" }, mediaType: "image/png" }],
      },
    });
    expect(() => encode([...asked, result({ callId: "unknown" })])).toThrow(/unknown call/);
  });

  test("says what was no JSON", () => {
    const call = assistant({ type: "tool-call", id: "c1", name: "look", arguments: "oops" });
    const [, turn] = promptOf(...asked, call) as JsonObject[];
    expect(turn?.["content"]).toMatchObject([{ input: { raw_arguments: "oops" } }]);
    expect(codesOf(...asked, call)).toEqual(["raw_arguments"]);
  });
});

describe("older contracts", () => {
  const { body } = encode(
    [
      user({ type: "image", source: { kind: "url", url: "https://a.example/a.png" } }),
      assistant(
        { type: "tool-call", id: "c1", name: "look", arguments: "{}" },
        {
          type: "provider",
          format: "ai-sdk",
          item: { domain: "ai-sdk.acme", part: { type: "custom", kind: "acme.x" } },
        },
      ),
      {
        role: "tool",
        parts: [
          {
            type: "tool-result",
            callId: "c1",
            content: [
              { type: "image", source: { kind: "data", mediaType: "image/png", data: "iVBO" } },
              { type: "image", source: { kind: "url", url: "https://a.example/b.png" } },
            ],
          },
        ],
      },
    ],
    { tools: [{ name: "look", strict: true }], reasoning: { effort: "low" } },
  );

  test("V3 gets bare data and addresses, and says what it has no word for", () => {
    const { options, warnings } = versions.v3.options(body);
    expect(options).toMatchObject({
      tools: [{ strict: true }],
      prompt: [
        { content: [{ type: "file", mediaType: "image/*", data: new URL("https://a.example/a.png") }] },
        { content: [{ type: "tool-call" }] },
        {
          content: [
            {
              output: {
                value: [
                  { type: "image-data", data: "iVBO", mediaType: "image/png" },
                  { type: "image-url", url: "https://a.example/b.png" },
                ],
              },
            },
          ],
        },
      ],
    });
    expect(options).not.toHaveProperty("reasoning");
    expect(warnings).toMatchObject([{ feature: "reasoning" }, { feature: "a part of the type custom" }]);
  });

  test("V2 has fewer words still", () => {
    const { options, warnings } = versions.v2.options(body);
    expect(options).toMatchObject({
      prompt: [{}, {}, { content: [{ output: { value: [{ type: "media", data: "iVBO", mediaType: "image/png" }] } }] }],
    });
    expect(options["tools"]).toEqual([
      { type: "function", name: "look", inputSchema: { type: "object", properties: {} } },
    ]);
    expect(warnings.map((warning) => (warning as JsonObject)["feature"])).toEqual([
      "reasoning",
      "a part of the type custom",
      "media by address in the result of a tool",
      "strict",
    ]);
  });

  test.each([
    ["stop", { unified: "stop" }],
    ["other", { unified: "other", raw: "other" }],
    ["unknown", { unified: "other" }],
  ])("V2 ends with %s", (finishReason, expected) => {
    const usage = { inputTokens: 2, outputTokens: 3, totalTokens: 5, cachedInputTokens: 8, reasoningTokens: 1 };
    expect(versions.v2.part({ type: "finish", finishReason, usage })).toEqual({
      type: "finish",
      finishReason: expected,
      usage: { inputTokens: { total: 10, cacheRead: 8 }, outputTokens: { total: 3, reasoning: 1 } },
    });
  });

  test("V2 warns in V4's words", () => {
    const warnings = [
      { type: "unsupported-setting", setting: "seed", details: "no" },
      { type: "unsupported-tool", tool: { name: "look" } },
      { type: "other", message: "hm" },
    ];
    expect(versions.v2.part({ type: "stream-start", warnings })).toMatchObject({
      warnings: [
        { type: "unsupported", feature: "seed", details: "no" },
        { type: "unsupported", feature: "tool look" },
        { type: "other", message: "hm" },
      ],
    });
  });
});
