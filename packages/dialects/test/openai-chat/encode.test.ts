import { definePrice, errors, foldEvents, noUsage, replay } from "@sluice/core";
import type { Reply, StreamEvent } from "@sluice/core";
import OpenAI from "openai";
import { describe, expect, test } from "vitest";
import {
  chunksOf,
  client,
  contextOf,
  decodeBytes,
  encodeEvents,
  expectationOf,
  failure,
  fixtureNames,
  receipt,
  requestOf,
  targetOf,
  upstream,
} from "./fixtures.ts";

const whole = fixtureNames(".events.json").filter((name) => expectationOf(name).events.at(-1)?.type === "end");
const replyOf = (name: string): Reply => foldEvents(expectationOf(name).events).reply;
const utf8 = new TextEncoder();

/** What survives a round trip: everything but what names the wire it came over. */
function essence(reply: Reply): unknown {
  const choices = reply.choices.map((choice) => ({
    ...choice,
    finish: choice.finish === "other" ? "stop" : choice.finish,
    parts: choice.parts.map((part) =>
      part.type === "text" && part.citations
        ? { ...part, citations: part.citations.map(({ url, title }) => ({ url, title: title || undefined })) }
        : part,
    ),
  }));
  const { raw: _, ...usage } = reply.usage;
  return { choices, usage: Object.values(usage).map((amount) => amount ?? 0) };
}

const decodeContext = (name: string) => ({
  target: targetOf({}, { stateDomain: expectationOf(name).stateDomain ?? "openai" }),
  request: requestOf(),
});

test("there are whole answers to encode", () => expect(whole.length).toBeGreaterThan(25));

describe.each(whole)("the answer %s", (name) => {
  test("survives being streamed", async () => {
    const bytes = utf8.encode(encodeEvents(expectationOf(name).events, contextOf({ includeUsage: true })));
    const { reply, failure: failed } = foldEvents(await decodeBytes(bytes, decodeContext(name)));
    expect(failed).toBeNull();
    expect(essence(reply)).toEqual(essence(replyOf(name)));
  });

  test("survives being replayed and streamed", async () => {
    const bytes = utf8.encode(encodeEvents(replay(replyOf(name)), contextOf({ includeUsage: true })));
    expect(essence(foldEvents(await decodeBytes(bytes, decodeContext(name))).reply)).toEqual(essence(replyOf(name)));
  });

  test("survives being written whole", () => {
    const body = client.encodeReply(replyOf(name), contextOf());
    expect(essence(upstream.decodeReply(body, decodeContext(name)))).toEqual(essence(replyOf(name)));
  });

  test("is taken by OpenAI's own client, streamed and whole", async () => {
    const body = client.encodeReply(replyOf(name), contextOf());
    const text = encodeEvents(expectationOf(name).events, contextOf({ includeUsage: true }), receipt);
    const streamed = await clientOf(text).chat.completions.stream(question).finalChatCompletion();
    const plain = await clientOf(JSON.stringify(body), "application/json").chat.completions.create(question);
    const counted = replyOf(name).usage !== noUsage;
    expect(streamed.usage?.total_tokens).toBe(counted ? plain.usage?.total_tokens : 3);
    for (const [index, { message, finish_reason }] of plain.choices.entries()) {
      const choice = streamed.choices[index];
      expect(choice?.finish_reason).toBe(finish_reason);
      expect(choice?.message.content || null).toBe(message.content);
      expect(choice?.message.refusal || null).toBe(message.refusal);
      const calls = choice?.message.tool_calls?.map((call) =>
        call.type === "function" ? call.function.arguments : "",
      );
      expect(calls).toEqual(
        message.tool_calls?.map((call) => (call.type === "function" ? call.function.arguments : "")),
      );
    }
  });
});

const question = { model: "gpt-5-mini", messages: [{ role: "user" as const, content: "Hi" }] };

function clientOf(body: string, type = "text/event-stream"): OpenAI {
  const fetch = () => Promise.resolve(new Response(body, { headers: { "content-type": type } }));
  return new OpenAI({ apiKey: "none", baseURL: "http://127.0.0.1", fetch, maxRetries: 0 });
}

const say = (...texts: string[]): StreamEvent[] => texts.map((text) => ({ type: "text-delta", choice: 0, text }));
const stop: StreamEvent = { type: "finish", choice: 0, reason: "stop" };

describe("chunks", () => {
  test("share one id, time and model, and open with the role", () => {
    const chunks = chunksOf(encodeEvents([...say("a", "b"), stop]));
    expect(new Set(chunks.map(({ id, created, model }) => JSON.stringify([id, created, model])))).toEqual(
      new Set(['["chatcmpl-req_1",1790000000,"gpt-5-mini"]']),
    );
    expect(chunks.map((chunk) => (chunk.choices as { delta: unknown }[])[0]?.delta)).toEqual([
      { role: "assistant", content: "" },
      { content: "a" },
      { content: "b" },
      {},
    ]);
  });

  test("keep the model of the first answer when another goes on", () => {
    const start = (model: string): StreamEvent => ({ type: "start", id: null, model, created: null });
    const chunks = chunksOf(encodeEvents([start("one"), ...say("a"), start("two"), ...say("b"), stop]));
    expect(new Set(chunks.map((chunk) => chunk.model))).toEqual(new Set(["one"]));
  });

  test("open with null content when a call comes first", () => {
    const [first] = chunksOf(encodeEvents([{ type: "tool-start", choice: 0, index: 0, id: "c", name: "f" }, stop]));
    expect(first?.choices).toEqual([{ index: 0, delta: { role: "assistant", content: null }, finish_reason: null }]);
  });

  test("a call without arguments gets {} before it ends", () => {
    const events: StreamEvent[] = [
      { type: "tool-start", choice: 0, index: 0, id: "c", name: "f" },
      { type: "tool-end", choice: 0, index: 0 },
      { type: "finish", choice: 0, reason: "tool-calls" },
    ];
    expect(encodeEvents(events)).toContain('{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}');
  });

  test("usage comes only to those who asked, in a chunk without choices", () => {
    const usage: StreamEvent = {
      type: "usage",
      usage: { inputTokens: 3, cacheReadTokens: 1, cacheWriteTokens: null, outputTokens: 2, reasoningTokens: null },
    };
    expect(encodeEvents([...say("a"), usage, stop])).not.toContain("usage");
    const chunks = chunksOf(encodeEvents([...say("a"), usage, stop], contextOf({ includeUsage: true })));
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5, prompt_tokens_details: { cached_tokens: 1 } },
    });
  });

  test("unknown usage is not made up", () => {
    expect(chunksOf(encodeEvents([...say("a"), stop], contextOf({ includeUsage: true }))).at(-1)?.usage).toBeNull();
  });
});

describe("the receipt", () => {
  test("is on the last finish chunk, which waits for it", () => {
    const writer = client.createEncoder(contextOf());
    expect([...say("a"), stop].map((event) => writer.write(event)).join("")).not.toContain("stop");
    const tail = String(writer.end(receipt));
    expect(chunksOf(tail)).toMatchObject([
      {
        choices: [{ finish_reason: "stop" }],
        sluice: { request_id: "req_1" },
        cached: false,
        total_ms: 12,
        cost_cny: "1.8",
      },
    ]);
    expect(tail.endsWith("data: [DONE]\n\n")).toBe(true);
  });

  test("is on the usage chunk, with the cost, for those who asked for usage", () => {
    const chunks = chunksOf(encodeEvents([...say("a"), stop], contextOf({ includeUsage: true }), receipt));
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { cost: 0.25, total_tokens: 3 }, sluice: {} });
    expect(chunks.at(-2)).not.toHaveProperty("sluice");
  });

  test("is on the last choice alone", () => {
    const chunks = chunksOf(encodeEvents(expectationOf("choices").events, contextOf(), receipt));
    expect(chunks.filter((chunk) => "sluice" in chunk)).toMatchObject([{ choices: [{ index: 1 }] }]);
  });
});

describe("a failure in the stream", () => {
  const failed = (events: readonly StreamEvent[]): string => {
    const writer = client.createEncoder(contextOf());
    return events.map((event) => writer.write(event)).join("") + String(writer.fail(failure, receipt));
  };

  test("is an error first and alone, then the terminator, without a finish reason", () => {
    const text = failed([...say("a"), stop]);
    expect(text).toMatch(/data: \{"error":\{"message":"[^\n]+\n\ndata: \[DONE\]\n\n$/);
    expect(text).not.toMatch(/"finish_reason":"/);
    expect(chunksOf(text).at(-1)).not.toHaveProperty("choices");
  });

  test("fails OpenAI's own client", async () => {
    await expect(
      clientOf(failed(say("a")))
        .chat.completions.stream(question)
        .finalChatCompletion(),
    ).rejects.toThrow("It broke");
  });
});

describe("answers in the client's own way", () => {
  const call = { type: "tool-call" as const, id: "c", name: "sum", arguments: '{"input":"1+1"}' };
  const reply: Reply = {
    ...foldEvents([]).reply,
    choices: [{ parts: [call], finish: "tool-calls" }],
  };

  test("a legacy function is answered as one", () => {
    const context = contextOf({ legacyFunctions: true });
    const expected = { function_call: { name: "sum", arguments: '{"input":"1+1"}' } };
    expect(client.encodeReply(reply, context).choices).toMatchObject([
      { message: expected, finish_reason: "function_call" },
    ]);
    const text = encodeEvents(replay(reply), context);
    expect(text).toContain('{"function_call":{"name":"sum","arguments":""}}');
    expect(text).not.toContain("tool_calls");
  });

  test("a custom tool gets its free text", async () => {
    const context = contextOf({ customTools: ["sum"] });
    const expected = { id: "c", type: "custom", custom: { name: "sum", input: "1+1" } };
    expect(client.encodeReply(reply, context).choices).toMatchObject([{ message: { tool_calls: [expected] } }]);
    const tools = [{ type: "custom" as const, custom: { name: "sum" } }];
    const final = await clientOf(encodeEvents(replay(reply), context))
      .chat.completions.stream({ ...question, tools })
      .finalMessage();
    expect(final.tool_calls).toMatchObject([expected]);
  });

  test("readable thinking is left out for those who exclude it, state for tools is not", () => {
    const state = { kind: "signature" as const, domain: "anthropic", data: "c2ln" };
    const parts = [{ type: "reasoning" as const, text: "Hm", state }, call];
    const told = client.encodeReply(
      { ...reply, choices: [{ parts, finish: "tool-calls" }] },
      contextOf({}, { reasoning: { include: false } }),
    );
    const text = JSON.stringify(told);
    expect(text).not.toContain("reasoning_content");
    expect(text).toContain('"extra_content":{"sluice":{"blocks":[{"text":"Hm","state":"sl1.anthropic.');
  });
});

describe("an answer that was withheld", () => {
  const withheld = (finish: "filter" | "refusal", detail?: string): Reply => ({
    ...foldEvents([]).reply,
    choices: [{ parts: [], finish, ...(detail === undefined ? {} : { detail }) }],
  });

  test.each(["filter", "refusal"] as const)(
    "by a %s is content_filter with the vendor's words as refusal",
    (finish) => {
      const reply = withheld(finish, "Not that.");
      const message = { content: null, refusal: "Not that." };
      expect(client.encodeReply(reply, contextOf()).choices).toMatchObject([
        { message, finish_reason: "content_filter" },
      ]);
      expect(encodeEvents(replay(reply))).toContain('"delta":{"refusal":"Not that."}');
    },
  );

  test("without words is content_filter with no content", () => {
    expect(client.encodeReply(withheld("filter"), contextOf()).choices).toMatchObject([
      { message: { content: null, refusal: null }, finish_reason: "content_filter" },
    ]);
  });
});

describe("errors", () => {
  test.each([
    [
      errors.REQUEST_INVALID("messages[0].content", "must be a string"),
      "invalid_request_error",
      "invalid_value",
      "messages[0].content",
    ],
    [errors.AUTH_MALFORMED("authorization"), "invalid_request_error", "invalid_api_key", null],
    [errors.ROUTE_UNKNOWN_MODEL("nope", null), "invalid_request_error", "model_not_found", "model"],
    [
      errors.UPSTREAM_RATE_LIMITED({ target: "a/b", message: "slow", status: 429 }),
      "rate_limit_error",
      expect.any(String),
      null,
    ],
    [errors.GATEWAY_CLOSING(), "service_unavailable_error", "shutting_down", null],
    [errors.INTERNAL(), "server_error", "sluice_internal", null],
  ] as const)("%s has OpenAI's four members", (error, type, code, param) => {
    const body = client.encodeError(error, "req_1", receipt);
    expect(body.error).toEqual({ message: error.message, type, code, param });
    expect(Object.keys(body)[0]).toBe("error");
    expect(body.sluice).toMatchObject({ request_id: "req_1", code: error.code, hint: error.hint, total_ms: 12 });
  });

  test("OpenAI's own client throws them with code and param", async () => {
    const error = errors.REQUEST_INVALID("model", "is empty");
    const body = JSON.stringify(client.encodeError(error, "req_1", null));
    const fetch = () =>
      Promise.resolve(new Response(body, { status: 400, headers: { "content-type": "application/json" } }));
    const openai = new OpenAI({ apiKey: "none", fetch, maxRetries: 0 });
    await expect(openai.chat.completions.create(question)).rejects.toMatchObject({
      status: 400,
      code: "invalid_value",
      param: "model",
    });
  });
});

describe("model lists", () => {
  const call = (path: string) => ({
    method: "GET",
    path,
    rawPath: path,
    query: new URLSearchParams(),
    headers: new Map(),
  });
  const info = {
    id: "gpt-5-mini",
    created: "2025-08-07",
    contextTokens: 400_000,
    abilities: { vision: true },
    price: definePrice({ perMillion: { input_token: 0.25, output_token: 2 }, source: "x", date: "2026-11-20" }),
  };

  test("have OpenAI's members and what the catalogue knows, prices exact", () => {
    const list = client.encodeModels(
      [
        { id: "openai/gpt-5-mini", ownedBy: "openai", info },
        { id: "fast", ownedBy: "sluice", info: null },
      ],
      call("/v1/models"),
    );
    expect(list).toEqual({
      object: "list",
      data: [
        {
          id: "openai/gpt-5-mini",
          object: "model",
          created: 1_754_524_800,
          owned_by: "openai",
          name: null,
          context_length: 400_000,
          max_output_tokens: null,
          abilities: { vision: true },
          architecture: { input_modalities: ["text", "image"], output_modalities: ["text"] },
          pricing: {
            prompt: "0.00000025",
            completion: "0.000002",
            source: "x",
            source_version: null,
            date: "2026-11-20",
            version: info.price.version,
            lines: [
              { unit: "input_token", usd: "0.00000025" },
              { unit: "output_token", usd: "0.000002" },
            ],
          },
          status: null,
          intelligence: null,
        },
        {
          id: "fast",
          object: "model",
          created: 0,
          owned_by: "sluice",
          name: null,
          context_length: null,
          max_output_tokens: null,
          abilities: null,
          architecture: null,
          pricing: null,
          status: null,
          intelligence: null,
        },
      ],
    });
  });

  test("name a model with slashes", () => {
    expect(client.modelOf(call("/v1/models/openai/gpt-5-mini"))).toBe("openai/gpt-5-mini");
  });
});
