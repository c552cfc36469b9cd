import { sealState } from "@sluice/core";
import type { ChatRequest, DecodeContext, JsonObject, ModelInfo, StreamEvent, UpstreamTarget } from "@sluice/core";
import { foldEvents } from "@sluice/core";
import { describe, expect, test } from "vitest";
import { call, client, cut, decodeBytes, requestOf, target, upstream } from "./fixtures.ts";

const text = (value: string) => ({ type: "text" as const, text: value });
const chat = { origin: { dialect: "openai-chat", rest: {}, prefers: {} } };
const info = (fields: Partial<ModelInfo>): UpstreamTarget => ({ ...target, info: { id: target.model, ...fields } });
const tool = { name: "look", parameters: { type: "object", properties: { at: { type: "string" } } } };
const schema = { type: "object", properties: { a: { type: "string" } }, required: ["a"], additionalProperties: false };

function encode(fields: Partial<ChatRequest>, to: UpstreamTarget = target) {
  const { body, warnings, memo } = upstream.encodeRequest(requestOf({ ...chat, ...fields }), to);
  return { body, memo, codes: warnings.map((warning) => warning.code), warnings };
}

describe("the output limit", () => {
  test.for([
    ["the caller's", { maxTokens: 50 }, null, 50, []],
    ["the model's own where the caller names none", {}, 64_000, 64_000, []],
    ["4096 where nobody knows", {}, null, 4096, []],
    ["never above the model's own", { maxTokens: 99_000 }, 64_000, 64_000, ["clamped_parameter"]],
  ] as const)("is %s", ([, sampling, most, limit, codes]) => {
    const { body, codes: found } = encode({ sampling }, most === null ? target : info({ maxOutputTokens: most }));
    expect(body["max_tokens"]).toBe(limit);
    expect(found).toEqual(codes);
  });

  test("makes room for a thinking budget that comes without a limit", () => {
    expect(encode({ reasoning: { budgetTokens: 8000 } }).body).toMatchObject({
      max_tokens: 12_096,
      thinking: { type: "enabled", budget_tokens: 8000 },
    });
  });
});

describe("sampling", () => {
  test("is clamped or left out, never silently", () => {
    const { body, warnings } = encode({
      sampling: {
        temperature: 1.7,
        seed: 4,
        frequencyPenalty: 1,
        presencePenalty: 0,
        logitBias: { "1": 2 },
        stop: ["", "\n", "END"],
      },
    });
    expect(body).toMatchObject({ temperature: 1, stop_sequences: ["END"] });
    expect(new Set(warnings.map((warning) => warning.field))).toEqual(
      new Set(["frequency_penalty", "logit_bias", "seed", "stop", "temperature"]),
    );
  });

  test("takes temperature or top_p, not both", () => {
    const { body, codes } = encode({ sampling: { temperature: 0.5, topP: 0.9 } });
    expect(body).toMatchObject({ temperature: 0.5 });
    expect(body).not.toHaveProperty("top_p");
    expect(codes).toEqual(["dropped_parameter"]);
  });

  test("is fixed while the model thinks", () => {
    const { body, codes } = encode({
      sampling: { temperature: 0.2, topK: 4, topP: 0.5 },
      reasoning: { adaptive: true },
    });
    expect(body).toMatchObject({ top_p: 0.95, thinking: { type: "adaptive" } });
    expect(body).not.toHaveProperty("temperature");
    expect(body).not.toHaveProperty("top_k");
    expect(codes).toEqual(["dropped_parameter", "dropped_parameter", "clamped_parameter"]);
  });

  test.for([
    ["n", { n: 2 }],
    ["logprobs", { logprobs: true }],
    ["logprobs", { topLogprobs: 3 }],
  ] as const)("refuses %s: %j", ([field, sampling]) => {
    expect(() => encode({ sampling })).toThrowError(
      expect.objectContaining({ code: "SLUICE_REQUEST_UNSUPPORTED", param: field }),
    );
  });
});

describe("thinking", () => {
  const forms = (...reasoning: NonNullable<ModelInfo["reasoning"]>[number][]) =>
    info({ reasoning, maxOutputTokens: 64_000 });

  test.for([
    ["an effort, adaptively", { effort: "high" }, forms("adaptive", "effort"), { type: "adaptive" }, "high"],
    ["an effort as a budget", { effort: "low" }, forms("budget"), { type: "enabled", budget_tokens: 6400 }, undefined],
    ["minimal as low", { effort: "minimal" }, forms("adaptive", "effort"), { type: "adaptive" }, "low"],
    [
      "a budget as it is",
      { budgetTokens: 5000 },
      forms("adaptive", "budget"),
      { type: "enabled", budget_tokens: 5000 },
      undefined,
    ],
    ["a budget as an effort", { budgetTokens: 20_000 }, forms("adaptive", "effort"), { type: "adaptive" }, "medium"],
    ["too small a budget", { budgetTokens: 10 }, forms("budget"), { type: "enabled", budget_tokens: 1024 }, undefined],
    ["none", { effort: "none" }, forms("adaptive"), { type: "disabled" }, undefined],
    ["a budget of 0", { budgetTokens: 0 }, forms("budget"), { type: "disabled" }, undefined],
    [
      "hidden",
      { adaptive: true, include: false },
      forms("adaptive"),
      { type: "adaptive", display: "omitted" },
      undefined,
    ],
  ] as const)("asks for %s", ([, reasoning, to, thinking, effort]) => {
    const { body } = encode({ reasoning }, to);
    expect(body["thinking"]).toEqual(thinking);
    expect((body["output_config"] as JsonObject | undefined)?.["effort"]).toBe(effort);
  });

  test("that cannot be switched off is the least there is", () => {
    const always = { ...target, quirks: { efforts: ["low", "high"] as const } };
    const { body, codes } = encode({ reasoning: { effort: "none" } }, always);
    expect(body).not.toHaveProperty("thinking");
    expect(body["output_config"]).toEqual({ effort: "low" });
    expect(codes).toEqual(["clamped_parameter"]);
  });

  test("is off where the limit leaves no room, and where the model cannot", () => {
    const small = encode({ sampling: { maxTokens: 900 }, reasoning: { budgetTokens: 4000 } });
    expect(small.body).not.toHaveProperty("thinking");
    expect(small.codes).toEqual(["thinking_off"]);
    const unable = encode({ reasoning: { adaptive: true } }, info({ abilities: { reasoning: false } }));
    expect(unable.body).not.toHaveProperty("thinking");
    expect(unable.codes).toEqual(["dropped_parameter"]);
  });

  test("by budget gives way to a forced tool; adaptive thinking does not", () => {
    const forced = { tools: [tool], toolChoice: { type: "tool", name: "look" } } as const;
    const manual = encode({ ...forced, tools: [tool], reasoning: { budgetTokens: 2000 } });
    expect(manual.body).toMatchObject({ tool_choice: { type: "tool", name: "look" } });
    expect(manual.body).not.toHaveProperty("thinking");
    expect(manual.codes).toEqual(["thinking_off"]);
    const adaptive = encode({ ...forced, tools: [tool], reasoning: { adaptive: true } });
    expect(adaptive.body).toMatchObject({ thinking: { type: "adaptive" } });
  });

  test("goes back with its signature inside its domain, and is dropped with a report elsewhere", () => {
    const state = { kind: "signature" as const, domain: "anthropic", data: "c2ln" };
    const round: ChatRequest["messages"] = [
      { role: "user", parts: [text("x")] },
      {
        role: "assistant",
        parts: [
          { type: "reasoning", text: "Hm.", state },
          { type: "tool-call", id: "a", name: "look", arguments: "{}" },
        ],
      },
      { role: "tool", parts: [{ type: "tool-result", callId: "a", content: [text("y")] }] },
    ];
    const ask = { messages: round, tools: [tool], reasoning: { budgetTokens: 2000 } };
    const same = encode(ask);
    expect(same.body).toMatchObject({
      thinking: { type: "enabled" },
      messages: [{}, { content: [{ type: "thinking", thinking: "Hm.", signature: "c2ln" }, { type: "tool_use" }] }, {}],
    });
    expect(same.codes).toEqual([]);

    const elsewhere = encode(ask, { ...target, stateDomain: "bedrock" });
    expect(elsewhere.body).toMatchObject({ messages: [{}, { content: [{ type: "tool_use" }] }, {}] });
    expect(JSON.stringify(elsewhere.body)).not.toContain("Hm.");
    expect(elsewhere.body).not.toHaveProperty("thinking");
    expect(elsewhere.codes).toEqual(expect.arrayContaining(["state_dropped", "thinking_off"]));
  });
});

describe("messages", () => {
  test("alternate, results first, with names and ids that the vendor takes", () => {
    const { body } = encode({
      tools: [{ name: "files.read" }],
      toolChoice: { type: "tool", name: "files.read" },
      messages: [
        { role: "system", parts: [text("be brief")] },
        { role: "user", parts: [text("go")] },
        {
          role: "assistant",
          parts: [
            text("calling"),
            { type: "tool-call", id: "functions.read:0", name: "files.read", arguments: '{"path":"a"}' },
          ],
        },
        { role: "user", parts: [text("quick")] },
        { role: "tool", parts: [{ type: "tool-result", callId: "functions.read:0", content: [text("contents")] }] },
      ],
    });
    const {
      tools,
      messages,
      tool_choice: choice,
    } = body as { tools: { name: string }[]; messages: { content: JsonObject[] }[]; tool_choice: JsonObject };
    const name = tools[0]?.name ?? "";
    expect(name).toMatch(/^files_read_[a-z0-9]{8}$/);
    expect(choice).toEqual({ type: "tool", name });
    expect(body["system"]).toBe("be brief");
    const id = messages[1]?.content[1]?.["id"];
    expect(id).toMatch(/^[a-zA-Z0-9_-]+$/);
    expect(messages).toEqual([
      { role: "user", content: [text("go")] },
      { role: "assistant", content: [text("calling"), { type: "tool_use", id, name, input: { path: "a" } }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: id, content: "contents" }, text("quick")] },
    ]);
  });

  test("carry arguments that are no object, with a warning", () => {
    const calls = ["", "{oops", "[1]"].map((value, index) => ({
      type: "tool-call" as const,
      id: `c${index}`,
      name: "look",
      arguments: value,
    }));
    const { body, codes } = encode({
      messages: [
        { role: "user", parts: [text("x")] },
        { role: "assistant", parts: calls },
      ],
    });
    const [, assistant] = body["messages"] as { content: JsonObject[] }[];
    expect(assistant?.content.map((block) => block["input"])).toEqual([
      {},
      { raw_arguments: "{oops" },
      { raw_arguments: "[1]" },
    ]);
    expect(codes).toEqual(["raw_arguments", "raw_arguments"]);
  });

  test("keep a prefill without its trailing blanks", () => {
    const { body } = encode({
      messages: [
        { role: "user", parts: [text("x")] },
        { role: "assistant", parts: [text("It is \n")] },
      ],
    });
    expect(body["messages"]).toMatchObject([{}, { content: [text("It is")] }]);
  });

  test("refuse what cannot be carried", () => {
    const withPart = (part: ChatRequest["messages"][number]["parts"][number]) => () =>
      encode({ messages: [{ role: "user", parts: [part] }] });
    const refused = expect.objectContaining({ code: "SLUICE_REQUEST_UNSUPPORTED" });
    expect(withPart({ type: "audio", source: { kind: "data", mediaType: "audio/wav", data: "" } })).toThrowError(
      refused,
    );
    expect(withPart({ type: "image", source: { kind: "file", id: "file_1" } })).toThrowError(refused);
    expect(withPart({ type: "file", source: { kind: "data", mediaType: "application/zip", data: "" } })).toThrowError(
      refused,
    );
    expect(() =>
      encode({ providerTools: [{ format: "openai-responses", item: { type: "file_search" } }] }),
    ).toThrowError(refused);
  });
});

describe("tools", () => {
  test.for([
    [{ type: "auto" }, undefined, { type: "auto" }],
    [{ type: "none" }, false, { type: "none" }],
    [{ type: "required" }, true, { type: "any" }],
    [{ type: "tool", name: "look" }, false, { type: "tool", name: "look", disable_parallel_tool_use: true }],
    [undefined, false, { type: "auto", disable_parallel_tool_use: true }],
    [undefined, undefined, undefined],
  ] as const)("are chosen: %j, parallel %j", ([toolChoice, parallelToolCalls, wire]) => {
    expect(encode({ tools: [tool], toolChoice, parallelToolCalls }).body["tool_choice"]).toEqual(wire);
  });

  test("of a subset are the only ones offered", () => {
    const subset = { type: "subset" as const, mode: "required" as const, names: ["b"] };
    const { body } = encode({ tools: [{ name: "a" }, { name: "b" }], toolChoice: subset });
    expect(body).toMatchObject({
      tools: [{ name: "b", input_schema: { type: "object" } }],
      tool_choice: { type: "any" },
    });
  });

  test("that are not there cannot be chosen", () => {
    expect(encode({ toolChoice: { type: "required" } }).body).not.toHaveProperty("tool_choice");
  });
});

describe("structured output", () => {
  const output = { type: "schema" as const, name: "animal", schema, strict: true };

  test("is asked for in the model's own way", () => {
    const { body } = encode({ output });
    expect(body["output_config"]).toEqual({ format: { type: "json_schema", schema } });
    expect(body).not.toHaveProperty("tools");
  });

  test("is a forced tool for older models, and its arguments are the answer", async () => {
    const request = requestOf({ ...chat, output });
    const older = info({ abilities: { schema: false } });
    const { body, memo } = upstream.encodeRequest(request, older);
    const [answer] = body["tools"] as { name: string; input_schema: JsonObject }[];
    expect(body["tool_choice"]).toEqual({ type: "tool", name: answer?.name });
    expect(answer?.input_schema).toMatchObject({ type: "object", properties: { a: { type: "string" } } });

    const context: DecodeContext = { target: older, request, memo };
    const message = {
      type: "message",
      id: "m",
      content: [{ type: "tool_use", id: "t", name: answer?.name ?? "", input: { a: "b" } }],
      stop_reason: "tool_use",
    };
    expect(upstream.decodeReply(message, context).choices).toEqual([{ parts: [text('{"a":"b"}')], finish: "stop" }]);

    const pieces = ['{"a"', ':"b"}'];
    const events = [
      {
        type: "content_block_start",
        index: 0,
        content_block: { type: "tool_use", id: "t", name: answer?.name, input: {} },
      },
      ...pieces.map((piece) => ({
        type: "content_block_delta",
        index: 0,
        delta: { type: "input_json_delta", partial_json: piece },
      })),
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: { stop_reason: "tool_use" }, usage: { output_tokens: 3 } },
      { type: "message_stop" },
    ];
    const bytes = new TextEncoder().encode(
      events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(""),
    );
    const streamed = await decodeBytes(cut(bytes), context);
    expect(streamed.filter((event) => event.type === "text-delta").map((event) => event.text)).toEqual(pieces);
    expect(foldEvents(streamed).reply.choices).toEqual([{ parts: [text('{"a":"b"}')], finish: "stop" }]);
  });

  test("is a forced tool too where the vendor's quirks say so", () => {
    const { body } = encode({ output }, { ...target, quirks: { schema: "none" } });
    expect(body).not.toHaveProperty("output_config");
    expect(body["tool_choice"]).toMatchObject({ type: "tool" });
  });

  test("leaves the client's tools callable beside the answer's own", () => {
    const { body } = encode({ output, tools: [tool] }, info({ abilities: { schema: false } }));
    expect((body["tools"] as unknown[]).length).toBe(2);
    expect(body["tool_choice"]).toEqual({ type: "any" });
  });

  test("whose root is no object is unwrapped to what the caller asked for", () => {
    const list = { type: "schema" as const, name: "list", schema: { type: "array", items: { type: "string" } } };
    const request = requestOf({ ...chat, output: list });
    const older = info({ abilities: { schema: false } });
    const { body, memo } = upstream.encodeRequest(request, older);
    const [answer] = body["tools"] as { name: string; input_schema: { type: string; properties: JsonObject } }[];
    expect(answer?.input_schema.type).toBe("object");
    const [member] = Object.keys(answer?.input_schema.properties ?? {});
    const block = { type: "tool_use", id: "t", name: answer?.name ?? "", input: { [member ?? ""]: ["x", "y"] } };
    const message = { type: "message", id: "m", content: [block], stop_reason: "tool_use" };
    const reply = upstream.decodeReply(message, { target: older, request, memo });
    expect(reply.choices[0]?.parts).toEqual([text('["x","y"]')]);
  });

  test("as any JSON is an instruction, checked at the end", () => {
    const request = requestOf({ ...chat, output: { type: "json" } });
    const { body, memo } = upstream.encodeRequest(request, target);
    expect(body["system"]).toMatch(/JSON/);
    const answer = (words: string) =>
      upstream.decodeReply(
        { type: "message", content: [text(words)], stop_reason: "end_turn" },
        { target, request, memo },
      ).warnings;
    expect(answer('{"a":1}')).toEqual([]);
    expect(answer("Sure!").map((warning) => warning.code)).toEqual(["output_not_json"]);
  });
});

test("maps rewritten tool names back in the answer", () => {
  const request = requestOf({ ...chat, tools: [{ name: "files.read" }] });
  const { body, memo } = upstream.encodeRequest(request, target);
  const [wire] = body["tools"] as { name: string }[];
  const block = { type: "tool_use", id: "t", name: wire?.name ?? "", input: {} };
  const reply = upstream.decodeReply(
    { type: "message", content: [block], stop_reason: "tool_use" },
    { target, request, memo },
  );
  expect(reply.choices[0]?.parts).toMatchObject([{ type: "tool-call", name: "files.read", arguments: "{}" }]);
});

test("gives a call without an id one that follows from the answer", () => {
  const body = {
    type: "message",
    id: "m",
    content: [{ type: "tool_use", name: "look", input: {} }],
    stop_reason: "tool_use",
  };
  const read = () => upstream.decodeReply(body, { target, request: requestOf() }).choices[0]?.parts[0];
  expect(read()).toMatchObject({ id: expect.stringMatching(/^call_[a-z0-9]{24}$/) });
  expect(read()).toEqual(read());
});

test("reports every field of another dialect that has no equivalent", () => {
  const { warnings } = encode({
    metadata: { project: "x" },
    serviceTier: "flex",
    origin: { dialect: "openai-chat", rest: { verbosity: "low", store: true }, prefers: {} },
  });
  expect(warnings.map((warning) => warning.field)).toEqual(["metadata", "service_tier", "verbosity", "store"]);
});

test("gives the same bytes for the same request", () => {
  const request = { tools: [tool, { name: "a b" }], reasoning: { effort: "high" as const }, user: "u" };
  expect(JSON.stringify(encode(request).body)).toBe(JSON.stringify(encode(structuredClone(request)).body));
});

describe("patching a body of the same dialect", () => {
  const patch = (body: JsonObject, to: UpstreamTarget = target) => {
    const whole = { model: "alias", messages: [{ role: "user", content: "hi" }], ...body };
    return upstream.patchRequest(whole, client.decodeRequest(whole, call("/v1/messages")), to);
  };

  test("changes the model alone where nothing else must change", () => {
    const messages = [
      { role: "user", content: "hi" },
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "", signature: "c2ln" },
          { type: "tool_use", id: "toolu_1", name: "a", input: {} },
        ],
      },
    ];
    expect(patch({ max_tokens: 5, messages, future: 1 })).toEqual({
      set: { model: target.model },
      remove: [],
      warnings: [],
    });
  });

  test("adds the limit that the vendor demands, and lowers one that the model cannot give", () => {
    expect(patch({}, info({ maxOutputTokens: 700 })).set).toEqual({ model: target.model, max_tokens: 700 });
    expect(patch({ max_tokens: 900 }, info({ maxOutputTokens: 700 })).warnings).toMatchObject([
      { code: "clamped_parameter" },
    ]);
    expect(patch({ max_tokens: 0 }).set).toEqual({ model: target.model });
  });

  test("follows the vendor's quirks", () => {
    const quirks = { refuse: ["top_k"], range: { temperature: [1, 1] as const }, rename: { metadata: "labels" } };
    const { set, remove, warnings } = patch(
      { max_tokens: 5, top_k: 3, temperature: 0.4, metadata: { user_id: "u" } },
      { ...target, quirks },
    );
    expect(set).toEqual({ model: target.model, temperature: 1, labels: { user_id: "u" } });
    expect(remove).toEqual(["top_k", "metadata"]);
    expect(warnings.map((warning) => warning.field)).toEqual(["top_k", "temperature"]);
  });

  test("asks for thinking in a form that the model takes", () => {
    const adaptive = info({ reasoning: ["adaptive", "effort"], maxOutputTokens: 64_000 });
    const budget = { max_tokens: 32_000, thinking: { type: "enabled", budget_tokens: 20_000 } };
    const asked = patch(budget, adaptive);
    expect(asked.set).toMatchObject({ thinking: { type: "adaptive" }, output_config: { effort: "high" } });
    expect(asked.warnings.map((warning) => warning.code)).toEqual(["clamped_parameter"]);
    expect(patch(budget, info({ reasoning: ["budget"], maxOutputTokens: 64_000 })).set).toEqual({
      model: target.model,
    });

    const always = { ...target, quirks: { efforts: ["low", "high"] as const } };
    const off = patch({ max_tokens: 5, thinking: { type: "disabled" } }, always);
    expect(off).toMatchObject({ set: { output_config: { effort: "low" } }, remove: ["thinking"] });
    const format = { type: "json_schema", schema };
    const config = { max_tokens: 5, output_config: { effort: "medium", format } };
    expect(patch(config, always).set).toMatchObject({ output_config: { effort: "low", format } });
  });

  test("takes out what earlier turns brought from other vendors", () => {
    const foreign = sealState({ kind: "encrypted", domain: "openai", data: "ZW5j", id: "rs_1" }, "anthropic");
    const messages = [
      { role: "user", content: "hi" },
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "Hm.", signature: foreign },
          { type: "thinking", thinking: "unsigned", signature: "" },
          { type: "tool_use", id: "functions.a:0", name: "a", input: {} },
        ],
      },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "functions.a:0", content: "x" }] },
    ];
    const { set, remove, warnings } = patch({
      max_tokens: 5000,
      messages,
      thinking: { type: "enabled", budget_tokens: 2000 },
    });
    const written = set["messages"] as { content: JsonObject[] }[];
    expect(written[1]?.content.map((block) => block["type"])).toEqual(["tool_use"]);
    const id = written[1]?.content[0]?.["id"];
    expect(id).toMatch(/^[a-zA-Z0-9_-]+$/);
    expect(written[2]?.content[0]?.["tool_use_id"]).toBe(id);
    expect(remove).toEqual(["thinking"]);
    expect(warnings.map((warning) => warning.code)).toEqual(["state_dropped", "state_dropped", "thinking_off"]);
  });

  test("leaves out blank text and made-up citations of earlier answers", () => {
    const own = { type: "web_search_result_location", encrypted_index: "aWR4", url: "https://a.example/" };
    const made = { ...own, encrypted_index: "" };
    const assistant = [
      text("\n\n"),
      { ...text("a"), citations: [own] },
      { ...text("b"), citations: [made] },
      { ...text("c"), citations: [own, made] },
    ];
    const messages = [
      { role: "user", content: "hi" },
      { role: "assistant", content: assistant },
      { role: "user", content: [text("go on")] },
    ];
    const { set, warnings } = patch({ max_tokens: 5, messages });
    const written = set["messages"] as { content: JsonObject[] }[];
    expect(written[1]?.content).toEqual([
      { ...text("a"), citations: [own] },
      text("b"),
      { ...text("c"), citations: [own] },
    ]);
    expect(warnings).toEqual([]);
  });

  test("opens a sealed signature for the domain that it came from", () => {
    const sealed = sealState({ kind: "signature", domain: "bedrock", data: "c2ln" }, "anthropic");
    const messages = [
      { role: "user", content: "hi" },
      { role: "assistant", content: [{ type: "thinking", thinking: "Hm.", signature: sealed }] },
    ];
    const { set } = patch({ max_tokens: 5, messages }, { ...target, stateDomain: "bedrock" });
    expect(set["messages"]).toMatchObject([
      {},
      { content: [{ type: "thinking", thinking: "Hm.", signature: "c2ln" }] },
    ]);
  });
});

describe("error answers", () => {
  const shaped = (type: string, message: string) => ({ type: "error", error: { type, message }, request_id: "req_up" });

  test.for([
    [
      400,
      shaped("invalid_request_error", "messages.0.content: Field required"),
      { class: "invalid", param: "messages.0.content" },
    ],
    [
      400,
      shaped("invalid_request_error", "prompt is too long: 9 tokens > 8 maximum"),
      { class: "invalid", kind: "context_length" },
    ],
    [
      400,
      shaped("invalid_request_error", "Your credit balance is too low to access the API."),
      { class: "credential" },
    ],
    [401, shaped("authentication_error", "invalid x-api-key"), { class: "credential", code: "authentication_error" }],
    [403, shaped("permission_error", "no"), { class: "credential" }],
    [404, shaped("not_found_error", "model: claude-nine"), { class: "invalid", kind: "model_not_found" }],
    [413, shaped("request_too_large", "Request exceeds the maximum size"), { class: "invalid" }],
    [429, shaped("rate_limit_error", "slow down"), { class: "rate" }],
    [500, shaped("api_error", "Internal server error"), { class: "server" }],
    [529, shaped("overloaded_error", "Overloaded"), { class: "overloaded" }],
    [502, "<html><body>Bad gateway</body></html>", { class: "server", message: "an HTML page instead of an answer" }],
    [500, "upstream connect error", { class: "server", message: "upstream connect error" }],
    [400, { error: "bad thing" }, { class: "invalid", message: "bad thing" }],
    [400, [{ error: { message: "first", code: "odd" } }], { class: "invalid", message: "first", code: "odd" }],
    [400, { errors: [{ message: "one" }, { message: "two" }] }, { class: "invalid", message: "one; two" }],
    [422, { error: { message: ["a", "b"], code: 42 } }, { class: "invalid", message: "a; b" }],
    [418, null, { class: "invalid", message: "The upstream answered 418." }],
  ] as const)("%i %j", ([status, body, failure]) => {
    expect(upstream.decodeError(status, new Map(), body, {})).toMatchObject({ ...failure, status });
  });

  test("tell how long to wait and follow the vendor's own codes", () => {
    const body = shaped("rate_limit_error", "slow down");
    expect(upstream.decodeError(429, new Map([["retry-after", "3"]]), body, {})).toMatchObject({ retryAfterMs: 3000 });
    const quirks = { errorCodes: { rate_limit_error: "overloaded" as const } };
    expect(upstream.decodeError(429, new Map(), body, quirks).class).toBe("overloaded");
  });
});

test("relays untouched only what no quirk would change", () => {
  expect(upstream.relayable({})).toBe(true);
  expect(upstream.relayable({ patchStream: true })).toBe(false);
  expect(upstream.relayable({ finishReasons: { eos: "stop" } })).toBe(false);
});

test("reads the vendor's own stop reasons", () => {
  const context: DecodeContext = {
    target: { ...target, quirks: { finishReasons: { eos: "stop", crash: "error" } } },
    request: requestOf(),
  };
  const last = (reason: string): StreamEvent | undefined => {
    const state = upstream.decoder.initial(context);
    const data = JSON.stringify({ type: "message_delta", delta: { stop_reason: reason } });
    return upstream.decoder.step(state, { raw: new Uint8Array(), event: "message_delta", data }).at(-1);
  };
  expect(last("eos")).toMatchObject({ type: "finish", reason: "stop" });
  expect(last("crash")).toMatchObject({ type: "error", failure: { class: "server" } });
});

describe("betas", () => {
  const tools: ChatRequest["tools"] = [{ name: "look" }];
  const computer = { format: "openai-chat", item: { type: "computer_20250124", name: "computer" } };
  const headersOf = (fields: Partial<ChatRequest>, at: Partial<UpstreamTarget> = {}) =>
    upstream.encodeRequest(requestOf({ origin: { dialect: "openai-chat", rest: {}, prefers: {} }, ...fields }), {
      ...target,
      ...at,
    }).headers;

  test("are named for whoever cannot know of them", () => {
    expect(headersOf({ tools })).toBeUndefined();
    expect(headersOf({ providerTools: [computer] })).toEqual({ "anthropic-beta": "computer-use-2025-01-24" });
    const thinking = { tools, reasoning: { budgetTokens: 2000 }, sampling: { maxTokens: 8000 } };
    expect(headersOf(thinking)).toEqual({ "anthropic-beta": "interleaved-thinking-2025-05-14" });
  });

  test("are left to callers of this dialect, and to no other vendor", () => {
    const own = { origin: { dialect: "anthropic", rest: {}, prefers: {} } };
    const item = { type: "computer_20250124", name: "computer" };
    expect(headersOf({ ...own, providerTools: [{ format: "anthropic", item }] })).toBeUndefined();
    expect(headersOf({ providerTools: [computer] }, { stateDomain: "minimax" })).toBeUndefined();
  });
});
