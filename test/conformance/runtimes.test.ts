import { once } from "node:events";
import { connect, type Socket } from "node:net";
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import { createMockUpstream, type MockUpstream, type RecordedRequest } from "@sluice/testkit";
import OpenAI from "openai";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { heldBytes, startFlood, type Flood } from "../_flood.ts";
import { runtimes, startBuilt, type BuiltGateway } from "./_built-gateway.ts";

// One suite for the built gateway; a runtime that is added here passes all of it.
describe.each(runtimes)("the gateway built for $preset, on $name", (runtime) => {
  let upstream: MockUpstream;
  let flood: Flood;
  let gateway: BuiltGateway;
  let client: OpenAI;
  const user = (content: string) => [{ role: "user" as const, content }];

  beforeAll(async () => {
    upstream = await createMockUpstream({ chunkDelayMs: 5 });
    flood = await startFlood();
    gateway = await startBuilt(runtime, { upstream: upstream.url, flood: flood.url });
    client = new OpenAI({ apiKey: "sk-any", baseURL: `${gateway.url}/v1`, maxRetries: 0 });
  }, 120_000);
  afterEach(() => upstream.reset());
  afterAll(async () => {
    await gateway.close();
    flood.close();
    await upstream.close();
  });

  test("says what it built", () => {
    expect(gateway.buildLog).toMatch(/gzip/);
  });

  test("answers a chat", async () => {
    const reply = await client.chat.completions.create({ model: "default", messages: user("hello there") });
    expect(reply.choices[0]?.message.content).toBe("hello there");
    expect(reply).toMatchObject({ actual_model: "gpt-4.1-mini", sluice: { path: "byte", complete: true } });
  });

  test("streams to the end", async () => {
    const stream = await client.chat.completions.create({
      model: "default",
      messages: user("one two three four"),
      stream: true,
    });
    let text = "";
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
    expect(text).toBe("one two three four");
  });

  test("calls tools in parallel and takes their results", async () => {
    const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
    const tools = [{ type: "function" as const, function: { name: "get_weather", parameters } }];
    const model = "anthropic/claude-sonnet-4-5";
    const messages: OpenAI.ChatCompletionMessageParam[] = user("weather in Paris and Rome");
    const first = await client.chat.completions.stream({ model, messages, tools }).finalChatCompletion();
    const message = first.choices[0]?.message;
    const calls = message?.tool_calls ?? [];
    expect(calls.map((call) => call.type === "function" && JSON.parse(call.function.arguments))).toEqual([
      { city: "Paris" },
      { city: "Rome" },
    ]);
    messages.push(message as OpenAI.ChatCompletionMessageParam);
    for (const { id } of calls) messages.push({ role: "tool", tool_call_id: id, content: "sunny" });
    const second = await client.chat.completions.create({ model, messages, tools });
    expect(second.choices[0]?.message.content).toContain("sunny");
  });

  test("answers the Anthropic and Google clients", async () => {
    const anthropic = new Anthropic({ apiKey: "sk-any", baseURL: gateway.url, maxRetries: 0 });
    const message = await anthropic.messages
      .stream({ model: "default", max_tokens: 100, messages: user("hello") })
      .finalMessage();
    expect(message.content).toMatchObject([{ type: "text", text: "hello" }]);
    const google = new GoogleGenAI({ apiKey: "sk-any", httpOptions: { baseUrl: `${gateway.url}/gemini` } });
    let text = "";
    for await (const chunk of await google.models.generateContentStream({
      model: "anthropic/claude-sonnet-4-5",
      contents: "hello",
    }))
      text += chunk.text ?? "";
    expect(text).toBe("hello");
  });

  test("embeds, and counts tokens", async () => {
    const model = "openai/text-embedding-3-small";
    const { data } = await client.embeddings.create({ model, input: ["a river", "a gate"] });
    const numbers = await client.embeddings.create({ model, input: ["a river", "a gate"], encoding_format: "float" });
    expect(data.map(({ embedding }) => embedding)).toEqual(numbers.data.map(({ embedding }) => embedding));
    const claude = new Anthropic({ apiKey: "sk-any", baseURL: `${gateway.url}/claude`, maxRetries: 0 });
    const counted = await claude.messages.countTokens({ model: "mock/echo", messages: user("hello there") });
    expect(counted.input_tokens).toBeGreaterThan(1);
  });

  test("tells errors in the caller's dialect, with status, code and hint", async () => {
    const failing = client.chat.completions.create({ model: "defualt", messages: user("x") });
    await expect(failing).rejects.toMatchObject({
      status: 404,
      code: "model_not_found",
      error: { message: expect.stringContaining("defualt") },
    });
    const malformed = await fetch(`${gateway.url}/v1/messages`, {
      method: "POST",
      body: "{",
      headers: { "content-type": "application/json" },
    });
    expect(await malformed.json()).toMatchObject({
      type: "error",
      error: { type: "invalid_request_error" },
      sluice: { code: "SLUICE_REQUEST_MALFORMED" },
    });
  });

  test("falls back before the first token, and the receipt lists the attempts", async () => {
    upstream.script(["status:503", "ok"]);
    const reply = await client.chat.completions.create({ model: "default", messages: user("hello") });
    expect(reply.choices[0]?.message.content).toBe("hello");
    const { sluice } = reply as unknown as { sluice: { attempts: { target: string; outcome: string }[] } };
    expect(sluice.attempts.map(({ target, outcome }) => `${target} ${outcome}`)).toEqual([
      "openai/gpt-4.1-mini overloaded",
      "anthropic/claude-sonnet-4-5 ok",
    ]);
  });

  test("never ends a cut stream cleanly", async () => {
    upstream.script(["reset:2"]);
    const finishes: (string | null)[] = [];
    const reading = async () => {
      const stream = await client.chat.completions.create({
        model: "default",
        messages: user("one two three four"),
        stream: true,
      });
      for await (const chunk of stream) finishes.push(chunk.choices[0]?.finish_reason ?? null);
    };
    await expect(reading()).rejects.toThrow(/cut|interrupted/i);
    expect(finishes.filter((finish) => finish !== null)).toEqual([]);
  });

  test.each([
    ["before headers", "hang" as const],
    // Far from its end when the first words are there: nothing is held back until then.
    ["in the middle of a stream", "ok" as const],
  ])("cancels the upstream when the client leaves %s", async (_name, fault) => {
    upstream.script([fault]);
    const leaving = new AbortController();
    const reading = async () => {
      const stream = await client.chat.completions.create(
        { model: "default", messages: user("word ".repeat(2_000)), stream: true },
        { signal: leaving.signal },
      );
      for await (const chunk of stream) if (chunk.choices[0]?.delta.content) leaving.abort();
    };
    const read = reading().catch(() => {});
    const request: RecordedRequest = await upstream.nextRequest();
    if (fault === "hang") leaving.abort();
    await read;
    expect(await request.ended).toBe("aborted");
    expect(upstream.requests).toHaveLength(1);
  });

  test.each([
    ["a stream of events", "/v1/chat/completions", { model: "flood/any", messages: user("hello"), stream: true }],
    ["bytes", "/v1/audio/speech", { model: "flood/any", input: "hello", voice: "alloy" }],
  ])("stops the upstream while a client does not read %s, and goes on with it", async (_name, path, ask) => {
    const readers = 4;
    const taken = flood.taken();
    const sockets = Array.from({ length: readers }, () => request(gateway.url, path, ask));
    await Promise.all(
      sockets.map(async (socket) => {
        await once(socket, "data");
        socket.pause();
      }),
    );
    const stalled = await flood.still();
    expect(stalled - taken).toBeLessThan(readers * heldBytes);
    for (const socket of sockets) socket.resume();
    while (flood.taken() === stalled) await new Promise((resolve) => setTimeout(resolve, 20));
    for (const socket of sockets) socket.destroy();
    await flood.left();
  });

  test("runs plugins: extras, context, stream stage, receipt field, route", async () => {
    const ask = {
      model: "default",
      messages: user("hello"),
      shout: true,
    } as OpenAI.ChatCompletionCreateParamsNonStreaming;
    const reply = await client.chat.completions.create(ask, { headers: { "x-caller": "suite" } });
    expect(reply).toMatchObject({
      choices: [{ message: { content: "HELLO" } }],
      sluice: { greeting: { caller: "suite" }, path: "codec" },
    });
    expect(upstream.requests[0]?.json).not.toHaveProperty("shout");
    const route = await fetch(`${gateway.url}/v1/greeting/world`, { headers: { "x-caller": "suite" } });
    expect(await route.json()).toEqual({ hello: "world", caller: "suite" });
  });

  test("runs routing rules", async () => {
    const ask = (plan: string) =>
      client.chat.completions.create({
        model: "tiered",
        messages: user("hello"),
        tags: { plan },
      } as OpenAI.ChatCompletionCreateParamsNonStreaming);
    expect(await ask("free")).toMatchObject({ sluice: { channel: "mock" } });
    expect(await ask("paid")).toMatchObject({
      sluice: { channel: "openai", why: expect.arrayContaining(["paid requests: last target first"]) },
    });
  });
});

/** A client that reads only what it is told to read. */
function request(url: string, path: string, body: object): Socket {
  const { hostname, port } = new URL(url);
  const json = JSON.stringify(body);
  const head = `POST ${path} HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/json\r\ncontent-length: ${json.length}`;
  const socket = connect({ host: hostname, port: Number(port) });
  socket.write(`${head}\r\n\r\n${json}`);
  return socket;
}
