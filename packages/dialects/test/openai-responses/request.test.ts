import { GatewayError, sealState } from "@sluice/core";
import type { ChatRequest, JsonObject, UpstreamTarget } from "@sluice/core";
import { describe, expect, test } from "vitest";
import { anthropic, openaiChat } from "../../src/index.ts";
import { call } from "../_subject.ts";
import { client, fixtureJson, requestOf, target, upstream } from "./fixtures.ts";

const decode = (body: JsonObject): ChatRequest =>
  client.decodeRequest({ model: "gpt-5-mini", ...body }, call("/v1/responses"));
const encode = (request: ChatRequest, more: Partial<UpstreamTarget> = {}) =>
  upstream.encodeRequest(request, { ...target, ...more });
const foreign = { dialect: "anthropic", rest: {}, prefers: {} };
const user = (text: string) => ({ role: "user" as const, parts: [{ type: "text" as const, text }] });

describe("a client's request", () => {
  test("with everything in it is read and written without a loss", () => {
    const body = fixtureJson("everything.request.json");
    const decoded = client.decodeRequest(body, call("/v1/responses"));
    const { body: again, warnings } = encode(decoded, { quirks: { developerRole: "developer", strict: true } });
    expect(warnings).toEqual([]);
    const input = body.input as JsonObject[];
    // Ids and states are those of the vendor's own answers: they are not needed, nor always known.
    const bare = input.map(({ id, status: _status, ...item }) => (item.type === "reasoning" ? { id, ...item } : item));
    const told = again.input as JsonObject[];
    expect(told.map((item) => ({ type: "message", ...item }))).toMatchObject(
      bare.map((item) => ({ ...(item.type === "web_search_call" ? input[8] : item), type: item.type ?? "message" })),
    );
    const { input: _, ...rest } = body;
    expect(again).toMatchObject(rest);
  });

  test("is its words alone, or items without a type", () => {
    expect(decode({ input: "Hi" }).messages).toEqual([user("Hi")]);
    expect(decode({ input: [{ role: "user", content: "Hi" }] }).messages).toEqual([user("Hi")]);
  });

  test("has one message for one turn of the model, and one for its results", () => {
    const { messages } = decode({
      input: [
        { role: "user", content: "Go" },
        { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "gAAAAAB1" },
        { role: "assistant", content: "I will." },
        { type: "function_call", call_id: "a", name: "f", arguments: "" },
        { type: "function_call", call_id: "b", name: "f", arguments: "{}" },
        { type: "function_call_output", call_id: "a", output: "1" },
        { type: "function_call_output", call_id: "b", output: [{ type: "input_text", text: "2" }] },
        { role: "assistant", content: "Done." },
        { role: "assistant", content: "Really." },
      ],
    });
    expect(messages.map(({ role, parts }) => [role, parts.map(({ type }) => type)])).toEqual([
      ["user", ["text"]],
      ["assistant", ["reasoning", "text", "tool-call", "tool-call"]],
      ["tool", ["tool-result", "tool-result"]],
      ["assistant", ["text"]],
      ["assistant", ["text"]],
    ]);
    expect(messages[1]?.parts[0]).toEqual({
      type: "reasoning",
      text: "",
      state: { kind: "encrypted", domain: "openai", data: "gAAAAAB1", id: "rs_1" },
    });
  });

  test("keeps items of the vendor's own tools where they stand", () => {
    const item = { type: "file_search_call", id: "fs_1", status: "completed", queries: ["a"] };
    const request = decode({ input: [{ role: "user", content: "Go" }, item, { role: "assistant", content: "Done." }] });
    expect(encode(request).body.input).toEqual([
      { role: "user", content: "Go" },
      item,
      { type: "message", role: "assistant", content: [{ type: "output_text", text: "Done.", annotations: [] }] },
    ]);
  });

  test.each<[string, JsonObject]>([
    ["model", { model: "", input: "Hi" }],
    ["input", {}],
    ["input", { input: 7 }],
    ["input", { input: [] }],
    ["input[0]", { input: ["Hi"] }],
    ["input[0].role", { input: [{ role: "tool", content: "Hi" }] }],
    ["input[0].content[0].text", { input: [{ role: "user", content: [{ type: "input_text", text: 1 }] }] }],
    ["input[0].call_id", { input: [{ type: "function_call_output", output: "x" }] }],
    ["tools[0].name", { input: "Hi", tools: [{ type: "function" }] }],
    ["tool_choice", { input: "Hi", tool_choice: "must" }],
    ["text.format.schema", { input: "Hi", text: { format: { type: "json_schema", name: "a" } } }],
    ["stream", { input: "Hi", stream: "yes" }],
    ["max_output_tokens", { input: "Hi", max_output_tokens: 1.5 }],
    ["reasoning", { input: "Hi", reasoning: "high" }],
  ])("is refused with the name of its field: %s", (field, body) => {
    expect(() => decode(body)).toThrow(GatewayError);
    expect(() => decode(body)).toThrow(expect.objectContaining({ status: 400, param: field }));
  });

  test.each<[string, JsonObject]>([
    ["previous_response_id", { previous_response_id: "resp_1" }],
    ["conversation", { conversation: { id: "conv_1" }, input: "Hi" }],
    ["prompt", { prompt: { id: "pmpt_1" } }],
    ["background", { background: true, input: "Hi" }],
    [
      "input[1]",
      {
        input: [
          { role: "user", content: "Hi" },
          { type: "item_reference", id: "msg_1" },
        ],
      },
    ],
  ])("that speaks of what lies with its vendor says so: %s", (field, body) => {
    expect(decode(body).nativeField).toBe(field);
  });

  test("that merely names such fields does not", () => {
    const body = { input: "Hi", previous_response_id: null, background: false, conversation: null };
    expect(decode(body)).not.toHaveProperty("nativeField");
  });
});

describe("a request of another dialect", () => {
  test("leaves nothing with the vendor, and takes its reasoning along", () => {
    const thinking = requestOf({ origin: foreign, reasoning: { effort: "high" } });
    expect(encode(thinking).body).toMatchObject({ store: false, include: ["reasoning.encrypted_content"] });
    expect(encode(requestOf({ origin: foreign })).body).not.toHaveProperty("include");
  });

  test("asks for summaries only where somebody wants to see", () => {
    const asked = (reasoning: NonNullable<ChatRequest["reasoning"]>) =>
      encode(requestOf({ origin: foreign, reasoning })).body.reasoning;
    expect(asked({ effort: "high" })).toEqual({ effort: "high" });
    expect(asked({ effort: "high", include: true })).toEqual({ effort: "high", summary: "auto" });
    expect(asked({ adaptive: true })).toEqual({ summary: "auto" });
    expect(asked({ budgetTokens: 0 })).toEqual({ effort: "none" });
    expect(asked({ budgetTokens: 20_000, include: false })).toEqual({ effort: "high" });
  });

  test("is given encrypted reasoning without asking, so asking for it is no loss elsewhere", () => {
    const include = ["reasoning.encrypted_content", "web_search_call.results"];
    const request = decode({ input: "Hi", include });
    expect(request.origin.rest).toEqual({ include: ["web_search_call.results"] });
    expect(encode(request).body).toMatchObject({ include });
  });

  test("has its verbosity and its cache key told in chat, and what chat lacks is lost and told", () => {
    const request = decode({ input: "Hi", text: { verbosity: "low" }, prompt_cache_key: "k", max_tool_calls: 2 });
    const { body, warnings } = openaiChat.upstream?.encodeRequest(request, target) ?? {};
    expect(body).toMatchObject({ verbosity: "low", prompt_cache_key: "k" });
    expect(warnings?.map(({ field }) => field)).toEqual(["max_tool_calls"]);
    const elsewhere = anthropic.upstream?.encodeRequest(request, target).warnings ?? [];
    expect(elsewhere.map(({ field }) => field)).toEqual(
      expect.arrayContaining(["text.verbosity", "prompt_cache_key", "max_tool_calls"]),
    );
  });

  test("whose user and metadata say nothing has none", () => {
    const request = decode({ input: "Hi", user: "", metadata: {} });
    expect([request.user, request.metadata]).toEqual([undefined, undefined]);
  });

  test("says what has no form here", () => {
    const sampling = { topK: 1, seed: 2, stop: ["x"], presencePenalty: 1, frequencyPenalty: 1, logitBias: { "1": 1 } };
    const { body, warnings } = encode(requestOf({ origin: foreign, sampling }));
    const lost = ["top_k", "frequency_penalty", "presence_penalty", "stop", "seed", "logit_bias"];
    expect(warnings.map(({ field }) => field)).toEqual(lost);
    expect(Object.keys(body).toSorted()).toEqual(["input", "model", "store", "stream"]);
  });

  test.each<[string, Partial<ChatRequest>]>([
    ["n", { sampling: { n: 2 } }],
    ["tools", { providerTools: [{ format: "anthropic", item: { type: "bash_20250124" } }] }],
    ["messages", { messages: [{ role: "user", parts: [{ type: "image", source: { kind: "file", id: "f" } }] }] }],
  ])("is refused for what would be another question: %s", (field, fields) => {
    expect(() => encode(requestOf({ origin: foreign, ...fields }))).toThrow(
      expect.objectContaining({ code: "SLUICE_REQUEST_UNSUPPORTED", param: field }),
    );
  });

  test("names JSON where the vendor insists on it", () => {
    const asked = (text: string) =>
      encode(requestOf({ origin: foreign, output: { type: "json" }, messages: [user(text)] }));
    expect(asked("Go").body.input).toEqual([
      { role: "developer", content: "Answer in JSON." },
      { role: "user", content: "Go" },
    ]);
    expect(asked("As JSON").body.input).toEqual([{ role: "user", content: "As JSON" }]);
  });
});

describe("thinking of earlier turns", () => {
  const turn = (state: { kind: "encrypted" | "signature"; domain: string; data: string; id?: string }) =>
    requestOf({
      origin: foreign,
      messages: [user("Go"), { role: "assistant", parts: [{ type: "reasoning", text: "Think.", state }] }, user("On")],
    });

  test("goes back with its id to the vendor that it comes from", () => {
    const { body, warnings } = encode(turn({ kind: "encrypted", domain: "openai", data: "gAAAAAB1", id: "rs_1" }));
    expect((body.input as JsonObject[])[1]).toEqual({
      type: "reasoning",
      id: "rs_1",
      summary: [{ type: "summary_text", text: "Think." }],
      encrypted_content: "gAAAAAB1",
    });
    expect(warnings).toEqual([]);
  });

  test("stays behind elsewhere, and that is said", () => {
    const { body, warnings } = encode(turn({ kind: "signature", domain: "anthropic", data: "sig" }));
    expect(body.input).toHaveLength(2);
    expect(warnings).toMatchObject([{ code: "state_dropped" }]);
  });

  test("that a client left here by its id alone is lost, and does not bind the request to a vendor", () => {
    const reference = { type: "item_reference", id: "rs_req_0_0" };
    const request = decode({ input: [{ role: "user", content: "Hi" }, reference, { role: "user", content: "On" }] });
    expect(request.nativeField).toBeUndefined();
    const { body, warnings } = encode({ ...request, origin: foreign });
    expect(body.input).toHaveLength(2);
    expect(warnings).toMatchObject([{ code: "state_dropped" }]);
    const patched = upstream.patchRequest({ model: "gpt-5-mini", input: [reference] }, requestOf({}), target);
    expect(patched).toMatchObject({ set: { input: [] }, warnings: [{ code: "state_dropped" }] });
  });

  test("goes back in plain words to a vendor that wants those", () => {
    const messages = [
      user("Go"),
      { role: "assistant" as const, parts: [{ type: "reasoning" as const, text: "Think." }] },
    ];
    const { body } = encode(requestOf({ origin: foreign, messages }), { quirks: { reasoningEcho: "always" } });
    expect((body.input as JsonObject[])[1]).toEqual({
      type: "reasoning",
      summary: [],
      content: [{ type: "reasoning_text", text: "Think." }],
    });
  });
});

describe("a body that is already in this dialect", () => {
  const patch = (body: JsonObject, more: Partial<UpstreamTarget> = {}) =>
    upstream.patchRequest({ model: "an-alias", ...body }, decode(body), { ...target, ...more });
  const sealed = (domain: string) => sealState({ kind: "encrypted", domain, data: "gAAAAAB1", id: "rs_9" }, "");
  const thought = (encrypted_content: string, id = "rs_req_0_0") => ({
    type: "reasoning",
    id,
    summary: [],
    encrypted_content,
  });

  test("changes in nothing but the model", () => {
    const body = fixtureJson("everything.request.json");
    expect(patch({ ...body, model: "an-alias" })).toEqual({ set: { model: "gpt-5-mini" }, remove: [], warnings: [] });
  });

  test("has the state that a translated answer wrapped, as its vendor knows it", () => {
    const { set, warnings } = patch({ input: [thought(sealed("openai"))] });
    expect(set.input).toEqual([{ type: "reasoning", id: "rs_9", summary: [], encrypted_content: "gAAAAAB1" }]);
    expect(warnings).toEqual([]);
  });

  test("goes without the state of others, and without ids that the gateway made", () => {
    const { set, warnings } = patch({
      input: [
        thought(sealed("anthropic")),
        { type: "function_call", id: "fc_req_0_1", call_id: "a", name: "f", arguments: "{}" },
      ],
    });
    expect(set.input).toEqual([{ type: "function_call", call_id: "a", name: "f", arguments: "{}" }]);
    expect(warnings).toMatchObject([{ code: "state_dropped", field: "input" }]);
  });

  test("keeps what the vendor gave bare", () => {
    expect(
      patch({ input: [thought("gAAAAABbare", "rs_1"), { type: "reasoning", id: "rs_2", summary: [] }] }).set,
    ).toEqual({
      model: "gpt-5-mini",
    });
  });

  test("fits the vendor's efforts, names and ranges", () => {
    const quirks = {
      efforts: ["low", "high"] as const,
      refuse: ["top_p"],
      rename: { user: "end_user" },
      range: { max_output_tokens: [16, 100] as const },
    };
    const body = {
      input: "Hi",
      reasoning: { effort: "medium", summary: "auto" },
      top_p: 1,
      user: "u",
      max_output_tokens: 1,
    };
    const { set, remove, warnings } = patch(body, { quirks });
    expect(set).toMatchObject({ reasoning: { effort: "low", summary: "auto" }, end_user: "u", max_output_tokens: 16 });
    expect(remove.toSorted()).toEqual(["top_p", "user"]);
    expect(warnings.map(({ code }) => code).toSorted()).toEqual([
      "changed_parameter",
      "clamped_parameter",
      "dropped_parameter",
    ]);
  });
});
