import type { ChatRequest, JsonObject, Message, Part } from "@sluice/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { requestOf, target, upstream } from "./fixtures.ts";

const text = (value: string) => ({ type: "text" as const, text: value });
const state = (domain: string) => ({ kind: "signature" as const, domain, data: "c2ln" });
const other = { dialect: "openai-chat", rest: {}, prefers: {} };
const encode = (fields: Partial<ChatRequest>, at = target) => upstream.encodeRequest(requestOf(fields), at);
const codes = (fields: Partial<ChatRequest>, at = target) => encode(fields, at).warnings.map((warning) => warning.code);
const config = (fields: Partial<ChatRequest>, at = target) => encode(fields, at).body["generationConfig"];
const old = { ...target, model: "gemini-2.5-flash" };

const round = (...parts: Part[]): Message[] => [
  { role: "user", parts: [text("Weather?")] },
  { role: "assistant", parts },
  { role: "tool", parts: [{ type: "tool-result", callId: "b", content: [text("rain")] }] },
  { role: "tool", parts: [{ type: "tool-result", callId: "a", content: [text("sun")], isError: true }] },
];
const call = (id: string, extra: Partial<Part> = {}): Part =>
  ({ type: "tool-call", id, name: `get_${id}`, arguments: '{"x":1}', ...extra }) as Part;

describe("a conversation", () => {
  test("instructions, turns, calls in order and results in call order", () => {
    const messages: Message[] = [
      { role: "system", parts: [text("Be brief.")] },
      ...round(text("Looking."), call("a", { state: state("gemini") }), call("b")),
      { role: "user", parts: [text("And?")] },
    ];
    expect(encode({ messages }).body).toEqual({
      systemInstruction: { parts: [{ text: "Be brief." }] },
      contents: [
        { role: "user", parts: [{ text: "Weather?" }] },
        {
          role: "model",
          parts: [
            { text: "Looking." },
            { functionCall: { id: "a", name: "get_a", args: { x: 1 } }, thoughtSignature: "c2ln" },
            { functionCall: { id: "b", name: "get_b", args: { x: 1 } } },
          ],
        },
        {
          role: "user",
          parts: [
            { functionResponse: { id: "a", name: "get_a", response: { error: "sun" } } },
            { functionResponse: { id: "b", name: "get_b", response: { output: "rain" } } },
            { text: "And?" },
          ],
        },
      ],
    });
  });

  test("media: inline, by data URL, by address, and behind the result it came with", () => {
    const messages: Message[] = [
      {
        role: "user",
        parts: [text("See"), { type: "image", source: { kind: "url", url: "data:image/jpg;base64,AAAA" } }],
      },
      { role: "assistant", parts: [call("a")] },
      {
        role: "tool",
        parts: [
          {
            type: "tool-result",
            callId: "a",
            content: [text("here"), { type: "image", source: { kind: "url", url: "https://p.example/a.png?x=1" } }],
          },
        ],
      },
    ];
    const contents = encode({ messages }, old).body["contents"] as JsonObject[];
    expect(contents[0]?.["parts"]).toEqual([{ text: "See" }, { inlineData: { mimeType: "image/jpeg", data: "AAAA" } }]);
    expect(contents[2]?.["parts"]).toEqual([
      { functionResponse: { id: "a", name: "get_a", response: { output: "here" } } },
      { fileData: { mimeType: "image/png", fileUri: "https://p.example/a.png?x=1" } },
    ]);
  });

  test("a result of an unknown call is a 400 that names the message", () => {
    const messages = round(call("a"));
    expect(() => encode({ messages })).toThrow(expect.objectContaining({ param: "messages" }));
  });

  test("arguments that are no object are sent raw, with a warning", () => {
    const messages = round(call("a", { arguments: "oops" }), call("b", { arguments: "" }));
    expect(JSON.stringify(encode({ messages }, old).body)).toContain('"args":{"raw_arguments":"oops"}');
    expect(JSON.stringify(encode({ messages }, old).body)).toContain('"name":"get_b","args":{}');
    expect(codes({ messages }, old)).toEqual(["raw_arguments"]);
  });
});

describe("state", () => {
  const thinking: Part[] = [{ type: "reasoning", text: "Hm.", state: state("gemini") }, call("a"), call("b")];

  test("goes back in place inside its domain", () => {
    const parts = (encode({ messages: round(...thinking) }).body["contents"] as JsonObject[])[1]?.["parts"];
    expect(parts).toMatchObject([
      { text: "Hm.", thought: true, thoughtSignature: "c2ln" },
      { functionCall: { id: "a" }, thoughtSignature: "skip_thought_signature_validator" },
      { functionCall: { id: "b" } },
    ]);
    expect(codes({ messages: round(...thinking) })).toEqual(["signature_lost"]);
  });

  test("of another domain stays behind, with one warning", () => {
    const foreign = round(
      { type: "reasoning", text: "Secret.", state: state("anthropic") },
      call("a", { state: state("anthropic") }),
      call("b"),
    );
    const { body, warnings } = encode({ messages: foreign }, old);
    expect(JSON.stringify(body)).not.toMatch(/Secret|c2ln/);
    expect(warnings.map((warning) => warning.code)).toEqual(["state_dropped"]);
  });

  test("only the third generation needs a value for a lost signature", () => {
    expect(JSON.stringify(encode({ messages: round(call("a"), call("b")) }, old).body)).not.toContain(
      "thoughtSignature",
    );
  });

  test("a sealed value in a body of the same dialect is opened, or taken out", () => {
    const sealed = (domain: string) => `sl1.${domain}.${btoa('["signature","AAAA"]').replaceAll("=", "")}`;
    const body = (signature: string): JsonObject => ({
      contents: [
        { role: "user", parts: [{ text: "Hi" }] },
        {
          role: "model",
          parts: [
            { functionCall: { name: "f", args: {} }, thoughtSignature: signature },
            { text: "", thoughtSignature: signature },
          ],
        },
      ],
    });
    const patch = (signature: string) => upstream.patchRequest(body(signature), requestOf(), target);
    expect(patch("bare")).toEqual({ set: {}, remove: [], warnings: [] });
    expect(JSON.stringify(patch(sealed("gemini")).set)).toContain('"thoughtSignature":"AAAA"');
    const lost = patch(sealed("anthropic"));
    expect(lost.set["contents"]).toMatchObject([
      {},
      { parts: [{ thoughtSignature: "skip_thought_signature_validator" }] },
    ]);
    expect(lost.warnings.map((warning) => warning.code)).toEqual(["state_dropped", "signature_lost"]);
  });
});

describe("tools", () => {
  const tools = [
    { name: "get a", parameters: { type: "object", properties: { x: { type: "string" } } } },
    { name: "none", parameters: { type: "object", properties: {} } },
  ];

  test("names are made acceptable and empty parameters left out", () => {
    const body = encode({ tools }).body["tools"] as JsonObject[];
    expect(body[0]?.["functionDeclarations"]).toEqual([
      { name: expect.stringMatching(/^get_a_[a-z0-9]{8}$/), parametersJsonSchema: tools[0]?.parameters },
      { name: "none" },
    ]);
  });

  test("a provider that renames the schema field gets the OpenAPI form", () => {
    const quirks = { rename: { parametersJsonSchema: "parameters", responseJsonSchema: "responseSchema" } };
    const output = { type: "schema" as const, name: "r", schema: { type: ["string", "null"] } };
    const { body } = encode({ tools, output }, { ...target, quirks });
    expect(JSON.stringify(body)).toContain('"parameters":{"type":"OBJECT","properties":{"x":{"type":"STRING"}}}');
    expect(body["generationConfig"]).toMatchObject({ responseSchema: { type: "STRING", nullable: true } });
  });

  test.each<[ChatRequest["toolChoice"], JsonObject | undefined]>([
    [undefined, undefined],
    [{ type: "auto" }, { mode: "AUTO" }],
    [{ type: "none" }, { mode: "NONE" }],
    [{ type: "required" }, { mode: "ANY" }],
    [
      { type: "tool", name: "none" },
      { mode: "ANY", allowedFunctionNames: ["none"] },
    ],
    [
      { type: "subset", mode: "required", names: ["none"] },
      { mode: "ANY", allowedFunctionNames: ["none"] },
    ],
  ])("choice %j", (toolChoice, functionCallingConfig) => {
    const { body } = encode({ tools, ...(toolChoice ? { toolChoice } : {}) });
    expect(body["toolConfig"]).toEqual(functionCallingConfig && { functionCallingConfig });
    expect(encode(toolChoice ? { toolChoice } : {}).body["toolConfig"]).toBeUndefined();
  });

  test("a free choice among some is a choice among fewer; strict tools are validated", () => {
    const toolChoice = { type: "subset" as const, mode: "auto" as const, names: ["none"] };
    expect(JSON.stringify(encode({ tools, toolChoice }).body["tools"])).not.toContain("get");
    const strict = tools.map((tool) => ({ ...tool, strict: true }));
    expect(encode({ tools: strict }).body["toolConfig"]).toEqual({ functionCallingConfig: { mode: "VALIDATED" } });
  });

  test("what a schema loses is told, what cannot be carried is refused", () => {
    const lossy = [{ name: "f", parameters: { type: "object", properties: { x: { not: { type: "string" } } } } }];
    expect(codes({ tools: lossy, parallelToolCalls: false })).toEqual(["schema_loss", "dropped_parameter"]);
    const providerTools = [{ format: "anthropic", item: { type: "computer_20250124" } }];
    expect(() => encode({ providerTools })).toThrow(expect.objectContaining({ code: "SLUICE_REQUEST_UNSUPPORTED" }));
    expect(() => encode({ sampling: { logitBias: { "1": 1 } } })).toThrow(
      expect.objectContaining({ param: "logit_bias" }),
    );
  });
});

describe("how the answer is made", () => {
  test("sampling, stops, choices, log probabilities", () => {
    const sampling = {
      maxTokens: 9,
      temperature: 2.5,
      topP: 0.5,
      topK: 3,
      n: 2,
      stop: ["a", ""],
      seed: 1,
      logprobs: true,
      topLogprobs: 2,
    };
    expect(config({ sampling })).toEqual({
      temperature: 2,
      topP: 0.5,
      topK: 3,
      maxOutputTokens: 9,
      candidateCount: 2,
      stopSequences: ["a"],
      seed: 1,
      responseLogprobs: true,
      logprobs: 2,
    });
    expect(codes({ sampling })).toEqual(["clamped_parameter"]);
    expect(() => encode({ sampling: { stop: ["1", "2", "3", "4", "5", "6"] } })).toThrow(/at most 5/);
  });

  test.each<[string, ChatRequest["reasoning"], JsonObject]>([
    ["gemini-3-flash", { effort: "minimal" }, { thinkingLevel: "MINIMAL" }],
    ["gemini-3-pro", { effort: "minimal" }, { thinkingLevel: "LOW" }],
    ["gemini-3-pro", { effort: "max" }, { thinkingLevel: "HIGH" }],
    ["gemini-3-flash", { effort: "none" }, { thinkingLevel: "MINIMAL" }],
    ["gemini-2.5-flash", { effort: "none" }, { thinkingBudget: 0 }],
    ["gemini-2.5-flash", { effort: "low" }, { thinkingBudget: 6553 }],
    ["gemini-2.5-flash", { budgetTokens: -1 }, { thinkingBudget: -1 }],
    ["gemini-2.5-flash", { budgetTokens: 512, include: true }, { thinkingBudget: 512, includeThoughts: true }],
    ["gemini-2.5-flash", { effort: "max" }, { thinkingBudget: 24_576 }],
    ["gemini-2.5-pro", { budgetTokens: 99_000 }, { thinkingBudget: 32_768 }],
    ["gemini-2.5-pro", { effort: "none" }, { thinkingBudget: 128 }],
    ["gemini-2.5-flash", { adaptive: true }, { thinkingBudget: -1 }],
  ])("%s asked for %j", (model, reasoning, thinkingConfig) => {
    expect(config(reasoning ? { reasoning } : {}, { ...target, model })).toEqual({ thinkingConfig });
  });

  test("callers of other dialects see the thinking that they ask for, unless they say no", () => {
    expect(config({ origin: other, reasoning: { effort: "low" } })).toMatchObject({
      thinkingConfig: { includeThoughts: true },
    });
    expect(config({ origin: other, reasoning: { effort: "low", include: false } })).toMatchObject({
      thinkingConfig: { includeThoughts: false },
    });
  });

  test("the catalogue's forms go before the name, and a model that cannot think is not asked", () => {
    const info = { id: "tuned", reasoning: ["level" as const] };
    expect(config({ reasoning: { effort: "low" } }, { ...old, info })).toEqual({
      thinkingConfig: { thinkingLevel: "LOW" },
    });
    expect(codes({ reasoning: { effort: "low" } }, { ...old, info: { id: "x", reasoning: [] } })).toEqual([
      "dropped_parameter",
    ]);
  });

  test("JSON and schemas", () => {
    expect(config({ output: { type: "json" } })).toEqual({ responseMimeType: "application/json" });
    const schema = { type: "object", properties: { a: { type: "string" } }, required: ["a"] };
    expect(config({ output: { type: "schema", name: "r", schema } })).toEqual({
      responseMimeType: "application/json",
      responseJsonSchema: schema,
    });
  });

  test("quirks of a vendor", () => {
    const quirks = { refuse: ["seed"], range: { temperature: [0, 1] as const }, rename: { topK: "top_k" } };
    const sampling = { seed: 1, temperature: 1.5, topK: 2 };
    expect(config({ sampling }, { ...target, quirks })).toEqual({ temperature: 1, top_k: 2 });
    const patch = upstream.patchRequest({ generationConfig: { seed: 1, topP: 1 } }, requestOf(), { ...target, quirks });
    expect(patch.set).toEqual({ generationConfig: { topP: 1 } });
  });

  test("an answer in sound or pictures", () => {
    expect(config({ modalities: ["text", "image"] })).toEqual({ responseModalities: ["TEXT", "IMAGE"] });
    expect(config({ modalities: ["text"] })).toBeUndefined();
    expect(config({ modalities: ["text", "audio"], speech: { voice: "Kore", format: "pcm16" } })).toEqual({
      responseModalities: ["AUDIO"],
      speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: "Kore" } } },
    });
    const foreign = { modalities: ["audio" as const], speech: { voice: "alloy", format: "wav" }, stream: false };
    expect(config(foreign)).toEqual({ responseModalities: ["AUDIO"] });
    expect(encode(foreign).warnings).toMatchObject([{ code: "changed_parameter", field: "audio.voice" }]);
    const refused = expect.objectContaining({ param: "audio.format" }) as Error;
    expect(() => encode({ ...foreign, stream: true })).toThrow(refused);
    expect(() => encode({ ...foreign, speech: { format: "mp3" } })).toThrow(refused);
  });

  test("hints that do not change the question are dropped aloud", () => {
    const source = { kind: "url" as const, url: "https://p.example/a.png" };
    const parts = [
      { ...text("Hi"), cache: {} },
      { type: "image" as const, source, detail: "low" },
    ];
    const { warnings } = encode({ messages: [{ role: "user", parts }] });
    expect(warnings.map((warning) => warning.field)).toEqual(["cache_control", "detail"]);
  });

  test("another dialect's fields are dropped aloud", () => {
    const origin = { ...other, rest: { verbosity: "low" } };
    expect(codes({ origin, user: "u", metadata: { a: "b" }, serviceTier: "auto" })).toEqual(
      Array(4).fill("dropped_parameter"),
    );
  });
});

test("the path names the model and the form of the answer", () => {
  const path = (model: string, stream: boolean) => upstream.path({ ...target, model }, stream);
  expect(path("gemini-3-flash", false)).toBe("/models/gemini-3-flash:generateContent");
  expect(path("tunedModels/a b", true)).toBe("/tunedModels/a%20b:streamGenerateContent?alt=sse");
});

test("the same request gives the same bytes and is never changed", () => {
  const words = fc.string({ minLength: 1 }).filter((value) => value.trim() !== "");
  const part = words.map(text);
  const messages = fc.array(
    fc.record({
      role: fc.constantFrom("user" as const, "assistant" as const),
      parts: fc.array(part, { minLength: 1, maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 5 },
  );
  fc.assert(
    fc.property(messages, (list) => {
      const request = requestOf({ messages: list, tools: [{ name: "f f", parameters: { type: "object" } }] });
      const before = structuredClone(request);
      const bytes = JSON.stringify(upstream.encodeRequest(request, target).body);
      expect(JSON.stringify(upstream.encodeRequest(request, target).body)).toBe(bytes);
      expect(request).toEqual(before);
      const contents = (JSON.parse(bytes) as { contents: { role: string }[] }).contents;
      expect(contents.every((content, index) => content.role !== contents[index - 1]?.role)).toBe(true);
    }),
  );
});
