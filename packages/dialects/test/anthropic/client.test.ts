import { cutFrames, GatewayError, foldEvents, replay } from "@sluice/core";
import type { Choice, ListedModel, Reply } from "@sluice/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  answerContext,
  call,
  client,
  cut,
  decodeBytes,
  decodeContext,
  encodeEvents,
  fixtureBytes,
  fixtureJson,
  fixtureNames,
  joined,
  receipt,
  requestOf,
  upstream,
} from "./fixtures.ts";

const post = call("/v1/messages", "beta=true");
const text = (value: string) => ({ type: "text" as const, text: value });

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

describe("writing a stream", () => {
  test.for(fixtureNames(".reply.json"))("%s: decoding what was encoded gives the same reply", async (name) => {
    const { reply } = foldEvents(await decodeBytes(cut(fixtureBytes(`${name}.sse`))));
    const again = foldEvents(await decodeBytes(cut(encodeEvents(replay(reply)))));
    expect(again.complete).toBe(true);
    expect(comparable(again.reply)).toEqual(comparable(reply));
  });

  test("starts with the usage that is known, ends with one delta, and the stop carries the receipt", async () => {
    const events = await decodeBytes(cut(fixtureBytes("text.sse")));
    const written = wireEvents(encodeEvents(events));
    expect(written.map((event) => event["type"])).toEqual([
      "message_start",
      "content_block_start",
      "content_block_delta",
      "content_block_delta",
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
    expect(written[0]).toMatchObject({
      message: {
        id: "msg_req_1",
        content: [],
        stop_reason: null,
        usage: { input_tokens: 12, cache_read_input_tokens: 100, cache_creation_input_tokens: 30, output_tokens: 1 },
      },
    });
    expect(written[1]).toMatchObject({ index: 0, content_block: { type: "text", text: "" } });
    expect(written[5]).toMatchObject({ delta: { stop_reason: "end_turn" }, usage: { output_tokens: 9 } });
    expect(written[6]).toEqual({ type: "message_stop", sluice: receipt });
    expect(wireEvents(encodeEvents(events, answerContext, false)).at(-1)).toEqual({ type: "message_stop" });
  });

  test("writes each event in its turn and only the stop waits", () => {
    const writer = client.createEncoder(answerContext);
    expect(writer.write({ type: "start", id: "x", model: "m", created: null })).toBe("");
    expect(writer.write({ type: "text-delta", choice: 0, text: "a" })).toContain('"text":"a"');
    expect(writer.write({ type: "finish", choice: 0, reason: "stop" })).toContain("content_block_stop");
    expect(writer.write({ type: "end" })).toContain("message_delta");
    expect(writer.end(null)).toBe('event: message_stop\ndata: {"type":"message_stop"}\n\n');
  });

  test("a failure is an error event and nothing after it", () => {
    const writer = client.createEncoder(answerContext);
    writer.write({ type: "text-delta", choice: 0, text: "a" });
    const failed = new GatewayError("SLUICE_TEST", { status: 503, message: "busy", hint: "wait" });
    const sluice = { code: "SLUICE_TEST", reason: failed.reason, hint: "wait", request_id: "req_1" };
    expect(wireEvents(joined([writer.fail(failed, null)]))).toEqual([
      { type: "error", error: { type: "overloaded_error", message: "busy" }, request_id: "req_1", sluice },
    ]);
  });

  test("invents no end where the upstream gave none", () => {
    const writer = client.createEncoder(answerContext);
    writer.write({ type: "text-delta", choice: 0, text: "a" });
    expect(writer.end(receipt)).toBe("");
  });

  test("leaves thinking text out where the caller asked for none, but keeps its signature", () => {
    const context = { ...answerContext, request: requestOf({ reasoning: { adaptive: true, include: false } }) };
    const choice: Choice = {
      parts: [
        { type: "reasoning", text: "secret", state: { kind: "signature", domain: "anthropic", data: "c2ln" } },
        { type: "reasoning", text: "unsigned" },
        text("shown"),
      ],
      finish: "stop",
    };
    const content = [{ type: "thinking", thinking: "", signature: "c2ln" }, text("shown")];
    expect(client.encodeReply(replyOf(choice), context)["content"]).toEqual(content);
    const written = new TextDecoder().decode(encodeEvents(replay(replyOf(choice)), context));
    expect(written).not.toMatch(/secret|unsigned/);
    expect(written).toContain("c2ln");
  });
});

describe("state of other vendors", () => {
  const state = { kind: "signature" as const, domain: "gemini", data: "dGhvdWdodA==" };
  const choice: Choice = {
    parts: [
      { type: "reasoning", text: "Hm.", state: { kind: "encrypted", domain: "openai", data: "ZW5j", id: "rs_1" } },
      { type: "tool-call", id: "call_1", name: "look", arguments: "{}", state },
    ],
    finish: "tool-calls",
  };

  test("travels through a client and comes back where it was", () => {
    const message = client.encodeReply(replyOf(choice), answerContext);
    const body = {
      model: "m",
      messages: [
        { role: "user", content: "x" },
        { role: "assistant", content: message["content"] ?? null },
      ],
    };
    const request = client.decodeRequest(JSON.parse(JSON.stringify(body)), post);
    expect(request.messages[1]?.parts).toEqual(choice.parts);
  });

  test("is the same in a stream", async () => {
    const written = wireEvents(encodeEvents(replay(replyOf(choice))));
    const starts = written.flatMap((event) =>
      event["type"] === "content_block_start" ? [event["content_block"]] : [],
    );
    expect(starts).toMatchObject([{ type: "thinking" }, { type: "redacted_thinking" }, { type: "tool_use" }]);
  });
});

describe("writing a whole answer", () => {
  test.for(fixtureNames(".reply.json"))("%s: has the members of a message and the same content", (name) => {
    const body = fixtureJson(`${name}.reply.json`);
    const written = client.encodeReply(upstream.decodeReply(body, decodeContext), answerContext);
    for (const member of [
      "id",
      "type",
      "role",
      "model",
      "content",
      "stop_reason",
      "stop_sequence",
      "stop_details",
      "container",
      "usage",
    ]) {
      expect(written).toHaveProperty(member);
    }
    expect(written["stop_reason"]).toBe(body["stop_reason"]);
    expect(upstream.decodeReply(written, decodeContext).choices).toEqual(
      upstream.decodeReply(body, decodeContext).choices,
    );
  });

  test("cuts a text at what is cited", () => {
    const cited = {
      ...text("before cited after"),
      citations: [
        { url: "https://a.example/", start: 7, end: 12 },
        { url: "https://b.example/", start: 7, end: 12 },
      ],
    };
    expect(client.encodeReply(replyOf({ parts: [cited], finish: "stop" }), answerContext)["content"]).toMatchObject([
      text("before "),
      { type: "text", text: "cited", citations: [{ url: "https://a.example/" }, { url: "https://b.example/" }] },
      text(" after"),
    ]);
  });

  test("writes no empty block, which the vendor would refuse on the next turn", () => {
    expect(client.encodeReply(replyOf({ parts: [text("")], finish: "stop" }), answerContext)["content"]).toEqual([]);
  });

  test("corrects the stop reason by what the answer holds", () => {
    const reason = (choice: Choice) => client.encodeReply(replyOf(choice), answerContext)["stop_reason"];
    const tool = { type: "tool-call" as const, id: "a", name: "look", arguments: "{}" };
    expect(reason({ parts: [tool], finish: "stop" })).toBe("tool_use");
    expect(reason({ parts: [text("x")], finish: "tool-calls" })).toBe("end_turn");
    expect(reason({ parts: [{ type: "refusal", text: "no" }], finish: "stop" })).toBe("refusal");
    expect(reason({ parts: [], finish: "filter" })).toBe("refusal");
  });

  test("tells a filter from a refusal by its details", () => {
    for (const finish of ["filter", "refusal"] as const) {
      const message = client.encodeReply(replyOf({ parts: [text("x")], finish }), answerContext);
      expect(upstream.decodeReply(message, decodeContext).choices[0]?.finish).toBe(finish);
    }
  });

  test("leaves out a call whose arguments were cut", () => {
    const tool = { type: "tool-call" as const, id: "a", name: "look", arguments: '{"at": "ha' };
    const message = client.encodeReply(replyOf({ parts: [text("x"), tool], finish: "length" }), answerContext);
    expect(message).toMatchObject({ content: [text("x")], stop_reason: "max_tokens" });
  });
});

describe("relaying frames", () => {
  async function relayed(name: string, withReceipt: boolean): Promise<Uint8Array> {
    const relay = client.createRelay(answerContext);
    const pieces: (string | Uint8Array)[] = [];
    for await (const frame of cutFrames(upstream, cut(fixtureBytes(`${name}.sse`)), { maxEventBytes: 1 << 20 })) {
      pieces.push(relay.write({ ...frame, events: [] }));
    }
    return joined([...pieces, relay.end(withReceipt ? receipt : null)]);
  }

  test.for([...fixtureNames(".reply.json"), "unknown-names", "usage-late"])(
    "%s: passes every byte when the body stays bare",
    async (name) => {
      expect(await relayed(name, false)).toEqual(new Uint8Array(fixtureBytes(`${name}.sse`)));
    },
  );

  test.for(fixtureNames(".reply.json"))("%s: changes message_stop alone for the receipt", async (name) => {
    const before = new TextDecoder().decode(fixtureBytes(`${name}.sse`));
    const after = new TextDecoder().decode(await relayed(name, true));
    const start = before.indexOf("event: message_stop");
    expect(after.slice(0, start)).toBe(before.slice(0, start));
    expect(wireEvents(new TextEncoder().encode(after)).at(-1)).toEqual({ type: "message_stop", sluice: receipt });
  });
});

test("a relay ends a line that was split between CR and LF before it writes its own event", async () => {
  const body = new TextDecoder().decode(fixtureBytes("text.sse")).replaceAll("\n", "\r\n");
  const bytes = new TextEncoder().encode(body);
  const places = Array.from(bytes, (_byte, index) => index);
  const relay = client.createRelay(answerContext);
  const pieces: (string | Uint8Array)[] = [];
  for await (const frame of cutFrames(upstream, cut(bytes, places), { maxEventBytes: 1 << 20 })) {
    pieces.push(relay.write({ ...frame, events: [] }));
  }
  const written = new TextDecoder().decode(joined([...pieces, relay.end(receipt)]));
  expect(written).toContain("\r\n\r\nevent: message_stop\n");
  expect(written).toContain('"sluice"');
});

describe("routes and model lists", () => {
  const models: ListedModel[] = ["a", "b/c", "d", "e"].map((id) => ({ id, ownedBy: "acme", info: null }));
  const list = (query: string) => client.encodeModels(models, call("/v1/models", query));
  const ids = (page: ReturnType<typeof list>) => (page["data"] as { id: string }[]).map((model) => model.id);

  test("claims shared paths only from callers that name the version", () => {
    const shared = client.routes.filter((route) => route.path.startsWith("/v1/models"));
    expect(shared.length).toBe(2);
    for (const route of shared) {
      expect(route.claims?.(call("/v1/models", "", { "anthropic-version": "2023-06-01" }))).toBe(true);
      expect(route.claims?.(call("/v1/models"))).toBe(false);
    }
  });

  test("pages by limit, after_id and before_id", () => {
    expect(list("")).toMatchObject({ has_more: false, first_id: "a", last_id: "e" });
    expect(list("limit=2")).toMatchObject({ has_more: true, first_id: "a", last_id: "b/c" });
    expect(ids(list("limit=2&after_id=b/c"))).toEqual(["d", "e"]);
    expect(list("limit=2&before_id=e")).toMatchObject({ has_more: true, first_id: "b/c", last_id: "d" });
    expect(list("limit=9&before_id=b/c")).toMatchObject({ has_more: false, first_id: "a", last_id: "a" });
    expect(client.encodeModels([], call("/v1/models"))).toEqual({
      data: [],
      has_more: false,
      first_id: null,
      last_id: null,
    });
    for (const limit of ["0", "1001", "x", "1.5"]) {
      expect(() => list(`limit=${limit}`)).toThrowError(expect.objectContaining({ param: "limit" }));
    }
  });

  test("names a model in a path, slashes included", () => {
    expect(client.modelOf(call("/claude/v1/models/acme/large"))).toBe("acme/large");
  });

  test("tells what the catalogue knows and nothing else", () => {
    const info = {
      id: "a",
      name: "A",
      created: "2026-02-03",
      contextTokens: 5,
      maxOutputTokens: 2,
      abilities: { vision: true },
    };
    expect(client.encodeModel({ id: "a", ownedBy: "acme", info }, call("/v1/models/a"))).toEqual({
      type: "model",
      id: "a",
      display_name: "A",
      created_at: "2026-02-03T00:00:00Z",
      max_input_tokens: 5,
      max_tokens: 2,
      capabilities: { image_input: { supported: true } },
      owned_by: "acme",
    });
  });
});

test.for([
  [400, "invalid_request_error"],
  [401, "authentication_error"],
  [402, "billing_error"],
  [403, "permission_error"],
  [404, "not_found_error"],
  [405, "invalid_request_error"],
  [408, "timeout_error"],
  [409, "conflict_error"],
  [413, "request_too_large"],
  [415, "invalid_request_error"],
  [422, "invalid_request_error"],
  [429, "rate_limit_error"],
  [500, "api_error"],
  [502, "api_error"],
  [503, "overloaded_error"],
  [504, "timeout_error"],
  [529, "overloaded_error"],
] as const)("a %i is a %s", ([status, type]) => {
  const error = new GatewayError("SLUICE_TEST", { status, message: "m", hint: "h" });
  const about = { code: "SLUICE_TEST", reason: error.reason, hint: "h", request_id: "req_1" };
  const shape = { type: "error", error: { type, message: "m" }, request_id: "req_1" };
  expect(client.encodeError(error, "req_1", null)).toEqual({ ...shape, sluice: about });
  expect(client.encodeError(error, "req_1", receipt)).toEqual({ ...shape, sluice: { ...receipt, ...about } });
});

function refusalOf(read: () => unknown): unknown {
  try {
    read();
    return null;
  } catch (thrown) {
    return thrown instanceof GatewayError ? thrown.code : thrown;
  }
}

function replyOf(choice: Choice): Reply {
  const usage = { inputTokens: 3, cacheReadTokens: 1, cacheWriteTokens: null, outputTokens: 2, reasoningTokens: null };
  return { id: "x", model: "m", created: null, choices: [choice], usage, warnings: [] };
}

/** What survives an encoder of this dialect: ids are ours, and a citation covers its whole block. */
function comparable(reply: Reply) {
  const parts = reply.choices[0]?.parts.map((part) =>
    part.type === "text" ? { ...part, citations: part.citations?.map(({ raw }) => raw) } : part,
  );
  const { inputTokens, outputTokens, reasoningTokens } = reply.usage;
  return { parts, finish: reply.choices[0]?.finish, inputTokens, outputTokens, reasoningTokens };
}

function wireEvents(bytes: Uint8Array): Record<string, unknown>[] {
  const blocks = new TextDecoder().decode(bytes).trimEnd().split("\n\n");
  return blocks.map((block) => {
    const [event, data] = block.split("\n");
    const value = JSON.parse(data?.replace(/^data: /, "") ?? "") as Record<string, unknown>;
    expect(event).toBe(`event: ${String(value["type"])}`);
    return value;
  });
}
