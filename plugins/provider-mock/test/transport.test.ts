import { isObject, TransportError, type TransportResponse } from "@sluice/core";
import type OpenAI from "openai";
import { describe, expect, test } from "vitest";
import { tokensOf } from "../src/tokens.ts";
import { createMockTransport } from "../src/transport.ts";
import { createClient, createTestPorts } from "./_upstream.ts";

type Params = Omit<OpenAI.ChatCompletionCreateParamsNonStreaming, "model" | "messages">;
const hello: OpenAI.ChatCompletionMessageParam[] = [{ role: "user", content: "Hello there" }];
const weather: OpenAI.ChatCompletionTool = {
  type: "function",
  function: {
    name: "get_weather",
    parameters: {
      type: "object",
      properties: { city: { type: "string", minLength: 2 }, days: { type: "integer", minimum: 3 } },
      required: ["city", "days"],
    },
  },
};
const time: OpenAI.ChatCompletionTool = { type: "function", function: { name: "get_time" } };

function ask(model: string, messages = hello, params: Params = {}) {
  return createClient().chat.completions.create({ model, messages, ...params });
}

describe("every mock answer", () => {
  test("is labelled as mock", async () => {
    const answer = await ask("echo");
    expect(answer).toMatchObject({ model: "mock/echo", system_fingerprint: "mock", object: "chat.completion" });
  });

  test("counts tokens by the documented rule", async () => {
    expect(tokensOf("Hello wonderful world")).toEqual(["Hello", " wonder", "ful", " world"]);
    const { usage } = await ask("echo", [{ role: "user", content: "Hello wonderful world" }]);
    expect(usage).toMatchObject({ prompt_tokens: 4 + 4, completion_tokens: 4, total_tokens: 12 });
  });

  test.each(["echo", "lorem", "json", "tools"])("of %s is the same streamed and unary", async (model) => {
    const params = { model, messages: hello, tools: [weather, time], reasoning_effort: "low" as const, n: 2 };
    const unary = await createClient().chat.completions.create(params);
    const streamed = await createClient()
      .chat.completions.stream({ ...params, stream_options: { include_usage: true } })
      .finalChatCompletion();
    expect(streamed.choices.map(shape)).toEqual(unary.choices.map(shape));
    expect(streamed.usage).toEqual(unary.usage);
    expect(unary.choices).toHaveLength(2);
  });

  test("has no usage chunk unless it was asked for", async () => {
    const stream = await createClient().chat.completions.create({ model: "echo", messages: hello, stream: true });
    const chunks = await Array.fromAsync(stream);
    expect(chunks.filter((chunk) => chunk.usage)).toEqual([]);
    expect(chunks.every((chunk) => chunk.choices.length === 1)).toBe(true);
  });

  test("ends with length at the output limit, and counts no more", async () => {
    const { choices, usage } = await ask("lorem", hello, { max_completion_tokens: 5 });
    expect(choices[0]).toMatchObject({ finish_reason: "length", message: { content: "Lorem ipsum dolor sit amet," } });
    expect(usage?.completion_tokens).toBe(5);
    expect((await ask("lorem", hello, { max_tokens: 2 })).choices[0]?.message.content).toBe("Lorem ipsum");
  });

  test("ends before a stop sequence", async () => {
    const { choices } = await ask("lorem", hello, { stop: ["zzz", " dolor"] });
    expect(choices[0]).toMatchObject({ finish_reason: "stop", message: { content: "Lorem ipsum" } });
  });

  test("thinks aloud when an effort is asked for, and not for none", async () => {
    const { choices, usage } = await ask("echo", hello, { reasoning_effort: "high" });
    expect(choices[0]?.message).toHaveProperty("reasoning_content", "The last user message has 2 mock tokens.");
    expect(usage?.completion_tokens_details?.reasoning_tokens).toBeGreaterThan(0);
    const silent = await ask("echo", hello, { reasoning_effort: "none" });
    expect(silent.choices[0]?.message).not.toHaveProperty("reasoning_content");
  });

  test("streams its reasoning before its text", async () => {
    const params = { model: "echo", messages: hello, stream: true, reasoning_effort: "low" } as const;
    const chunks = await Array.fromAsync(await createClient().chat.completions.create(params));
    const deltas = chunks.map((chunk) => chunk.choices[0]?.delta as Record<string, string> | undefined);
    const reasoning = deltas.map((delta) => delta?.["reasoning_content"] ?? "");
    expect(reasoning.join("")).toBe("The last user message has 2 mock tokens.");
    expect(deltas.findIndex((delta) => delta?.["content"])).toBeGreaterThan(
      reasoning.findLastIndex((text) => text !== ""),
    );
  });
});

describe("mock/echo", () => {
  test("says the last user text and nothing else", async () => {
    expect(await textOf("echo", hello)).toBe("Hello there");
  });

  test("states what arrived beside the text", async () => {
    const messages: OpenAI.ChatCompletionMessageParam[] = [
      { role: "system", content: "Be brief." },
      { role: "user", content: "Earlier" },
      { role: "assistant", content: "Yes?" },
      {
        role: "user",
        content: [
          { type: "text", text: "Look" },
          { type: "image_url", image_url: { url: "https://example.com/a.png" } },
          { type: "image_url", image_url: { url: "data:image/png;base64,AA==" } },
        ],
      },
    ];
    const text = await textOf("echo", messages, {
      tools: [weather, time],
      response_format: { type: "json_schema", json_schema: { name: "person", schema: {} } },
    });
    expect(text).toBe(
      'Look\n\n[mock: 2 images, 1 system message, 2 earlier messages, 2 tools (get_weather, get_time), schema "person"]',
    );
  });
});

describe("mock/lorem", () => {
  test("streams 50 tokens a second, or as many as the suffix or the option says", async () => {
    const perToken = async (model: string, behaviour = {}) => {
      const ports = createTestPorts();
      const stream = await createClient(behaviour, ports).chat.completions.create({
        model,
        messages: hello,
        stream: true,
        max_tokens: 11,
      });
      await Array.fromAsync(stream);
      return ports.now / 10;
    };
    expect(await perToken("lorem")).toBeCloseTo(20);
    expect(await perToken("lorem-10")).toBeCloseTo(100);
    expect(await perToken("lorem", { tokensPerSecond: 200 })).toBeCloseTo(5);
    expect(await perToken("lorem-10", { tokensPerSecond: 200 })).toBeCloseTo(100);
    expect(await perToken("echo")).toBe(0);
  });

  test("takes as long unary as streamed", async () => {
    const ports = createTestPorts();
    await createClient({}, ports).chat.completions.create({ model: "lorem", messages: hello, max_tokens: 11 });
    expect(ports.now).toBeCloseTo(200);
  });
});

describe("mock/json", () => {
  test("writes what the schema accepts", async () => {
    const schema = {
      type: "object",
      properties: { name: { type: "string" }, tags: { type: "array", items: { enum: ["a", "b"] }, minItems: 2 } },
      required: ["name", "tags"],
    };
    const text = await textOf("json", hello, {
      response_format: { type: "json_schema", json_schema: { name: "thing", schema } },
    });
    expect(JSON.parse(text)).toEqual({ name: "mock", tags: ["a", "b"] });
  });

  test("writes a sample object without one", async () => {
    const text = await textOf("json", hello, { response_format: { type: "json_object" } });
    expect(JSON.parse(text)).toEqual({ mock: true, text: "Hello there", items: [1, 2, 3] });
  });
});

describe("mock/tools", () => {
  test("calls every offered tool at once, with arguments that fit", async () => {
    const { choices } = await ask("tools", hello, { tools: [weather, time] });
    expect(choices[0]?.finish_reason).toBe("tool_calls");
    expect(choices[0]?.message.content).toBeNull();
    expect(callsOf(choices[0])).toEqual([
      ["get_weather", { city: "mock", days: 3 }],
      ["get_time", {}],
    ]);
  });

  test.each<[string, Params, string[]]>([
    ["one at a time", { parallel_tool_calls: false }, ["get_weather"]],
    ["the named one", { tool_choice: { type: "function", function: { name: "get_time" } } }, ["get_time"]],
    ["none", { tool_choice: "none" }, []],
    ["any", { tool_choice: "required" }, ["get_weather", "get_time"]],
    [
      "one of a subset",
      {
        tool_choice: {
          type: "allowed_tools",
          allowed_tools: { mode: "required", tools: [{ type: "function", function: { name: "get_time" } }] },
        },
      },
      ["get_time"],
    ],
  ])("obeys a client that wants %s", async (_, params, names) => {
    const { choices } = await ask("tools", hello, { tools: [weather, time], ...params });
    expect(callsOf(choices[0]).map(([name]) => name)).toEqual(names);
  });

  test("answers with the results once they are there", async () => {
    const first = await ask("tools", hello, { tools: [weather, time] });
    const calls = first.choices[0]?.message.tool_calls ?? [];
    const text = await textOf(
      "tools",
      [
        ...hello,
        { role: "assistant", tool_calls: calls },
        ...calls.map(({ id }, index) => ({ role: "tool" as const, tool_call_id: id, content: `result ${index}` })),
      ],
      { tools: [weather, time] },
    );
    expect(text).toBe("The tools answered.\nget_weather: result 0\nget_time: result 1");
  });
});

describe("mock/slow", () => {
  test("sends the first token late, by the option or the suffix", async () => {
    const waited = async (model: string, behaviour = {}) => {
      const ports = createTestPorts();
      await createClient(behaviour, ports).chat.completions.create({ model, messages: hello });
      return ports.now;
    };
    expect(await waited("slow")).toBe(3000);
    expect(await waited("slow", { slowMs: 500 })).toBe(500);
    expect(await waited("slow-8000", { slowMs: 500 })).toBe(8000);
  });

  test("opens a stream at once all the same", async () => {
    const ports = createTestPorts({ frozen: true });
    const stream = await createClient({}, ports).chat.completions.create({
      model: "slow",
      messages: hello,
      stream: true,
    });
    const first = await stream[Symbol.asyncIterator]().next();
    expect(first.value?.choices[0]?.delta).toEqual({ role: "assistant", content: "" });
    stream.controller.abort();
  });
});

describe("mock/flaky", () => {
  test("meets the same faults in the same order under one seed, and others under another", async () => {
    const first = await faults(7, 16);
    expect(await faults(7, 16)).toEqual(first);
    expect(await faults(8, 16)).not.toEqual(first);
  });

  test.each([1, 2, 3])("meets every fault once in eight calls (seed %i)", async (seed) => {
    expect((await faults(seed, 8)).toSorted()).toEqual(["429", "500", "503", "cut", "ok", "ok", "ok", "slow"]);
  });

  test("says when to come back with a 429", async () => {
    const error = await ask("flaky-429").catch((reason: unknown) => reason);
    expect(error).toMatchObject({ status: 429, type: "rate_limit_error", code: "rate_limit_exceeded" });
    expect((error as { headers: Headers }).headers.get("retry-after")).toBe("1");
  });

  test("cuts a stream in the middle, with no finish reason", async () => {
    const stream = await createClient().chat.completions.create({ model: "flaky-cut", messages: hello, stream: true });
    const seen: OpenAI.ChatCompletionChunk[] = [];
    const reading = (async () => {
      for await (const chunk of stream) seen.push(chunk);
    })();
    await expect(reading).rejects.toThrow(/cut the connection/);
    expect(seen.map((chunk) => chunk.choices[0]?.delta.content)).toEqual(["", "Hello"]);
    expect(seen.every((chunk) => chunk.choices[0]?.finish_reason === null)).toBe(true);
  });

  test("cuts a whole answer so that its body is no JSON", async () => {
    await expect(ask("flaky-cut")).rejects.toThrow(/cut the connection/);
  });
});

describe("cancelling", () => {
  const body = new TextEncoder().encode(JSON.stringify({ model: "lorem-1", messages: hello, stream: true }));
  const request = { method: "POST" as const, url: "https://mock.invalid/v1/chat/completions", headers: {}, body };

  test("ends a waiting stream at once and leaves no timer", async () => {
    const controller = new AbortController();
    const ports = createTestPorts({ frozen: true });
    const { body: stream } = await send(controller.signal, ports);
    const reader = stream[Symbol.asyncIterator]();
    await reader.next();
    await reader.next();
    const waiting = reader.next();
    await Promise.resolve();
    expect(ports.waits).toEqual([1000]);
    controller.abort(new Error("gone"));
    await expect(waiting).rejects.toBeInstanceOf(TransportError);
  });

  test("before the call sends nothing", async () => {
    await expect(send(AbortSignal.abort(), createTestPorts())).rejects.toBeInstanceOf(TransportError);
  });

  test("of a unary call ends its wait", async () => {
    const controller = new AbortController();
    const client = createClient({}, createTestPorts({ frozen: true }));
    const waiting = client.chat.completions.create({ model: "slow", messages: hello }, { signal: controller.signal });
    setImmediate(() => controller.abort());
    await expect(waiting).rejects.toThrow(/abort/i);
  });

  function send(signal: AbortSignal, ports: ReturnType<typeof createTestPorts>): Promise<TransportResponse> {
    return createMockTransport(ports).send({ ...request, credential: null, signal, connectTimeoutMs: 1000 });
  }
});

describe("what the mock upstream does not serve", () => {
  test.each(["gpt-5", "lorem-fast", "lorem-0", "flaky-418", "constructor", ""])("model %j is a 404", async (model) => {
    await expect(ask(model)).rejects.toMatchObject({ status: 404, code: "model_not_found", param: "model" });
  });

  test.each<[string, Record<string, unknown>]>([
    ["messages", { messages: [] }],
    ["n", { n: 0 }],
  ])("a bad %s is a 400 that names it", async (param, fields) => {
    const params = { model: "echo", messages: hello, ...fields } as OpenAI.ChatCompletionCreateParamsNonStreaming;
    await expect(createClient().chat.completions.create(params)).rejects.toMatchObject({ status: 400, param });
  });

  test("lists its models", async () => {
    const ids = (await Array.fromAsync(createClient().models.list())).map(({ id }) => id);
    expect(ids).toEqual([
      "echo",
      "lorem",
      "json",
      "tools",
      "flaky",
      "slow",
      "embed",
      "rerank",
      "moderate",
      "draw",
      "speak",
      "hear",
      "film",
    ]);
  });
});

async function textOf(model: string, messages: OpenAI.ChatCompletionMessageParam[], params: Params = {}) {
  return (await ask(model, messages, params)).choices[0]?.message.content ?? "";
}

function callsOf(choice: OpenAI.ChatCompletion.Choice | undefined): [string, unknown][] {
  return (choice?.message.tool_calls ?? []).map((call) => {
    const { name, arguments: json } = "function" in call ? call.function : { name: "", arguments: "" };
    return [name, JSON.parse(json)];
  });
}

/** A choice without its ids and without what the client's helper adds, leaves out when null, or (reasoning) does not join. */
function shape(choice: unknown): unknown {
  return JSON.parse(JSON.stringify(choice), (key, value: unknown) => {
    if (key === "parsed" || key === "parsed_arguments" || key === "id" || key === "reasoning_content" || value === null)
      return undefined;
    return isObject(value) && Object.keys(value).length === 0 ? undefined : value;
  });
}

/** What each of the next calls to one mock met. */
async function faults(seed: number, calls: number): Promise<string[]> {
  const ports = createTestPorts();
  const client = createClient({ seed }, ports);
  const met: string[] = [];
  for (let call = 0; call < calls; call += 1) {
    const before = ports.now;
    const fault = await client.chat.completions.create({ model: "flaky", messages: hello }).then(
      () => (ports.now > before ? "slow" : "ok"),
      (error: { status?: number }) => (error.status === undefined ? "cut" : String(error.status)),
    );
    met.push(fault);
  }
  return met;
}
