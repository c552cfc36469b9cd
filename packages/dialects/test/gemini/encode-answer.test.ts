import { cutFrames, GatewayError, foldEvents, replay } from "@sluice/core";
import type { AnswerContext, Choice, Frame, JsonObject, Part, Reply, StreamEvent } from "@sluice/core";
import { GoogleGenAI } from "@google/genai";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  answerContext,
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

const origin = (stream: string) => ({ dialect: "gemini", rest: {}, prefers: { stream } });
const arrayContext: AnswerContext = { ...answerContext, request: requestOf({ origin: origin("array") }) };
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const failure = new GatewayError("SLUICE_X", {
  status: 502,
  message: "It broke.",
  hint: "Again.",
  retryAfterSeconds: 3,
});
const complete = fixtureNames(".reply.json");
const eventsOf = (name: string) => fixtureJson(`${name}.events.json`)["events"] as unknown as StreamEvent[];

/** The official client, reading these bytes from its own fetch. */
async function withSdk<T>(bytes: Uint8Array, status: number, use: (ai: GoogleGenAI) => Promise<T>): Promise<T> {
  const before = globalThis.fetch;
  const type = textOf(bytes).startsWith("data:") ? "text/event-stream" : "application/json";
  globalThis.fetch = () =>
    Promise.resolve(new Response(new Uint8Array(bytes), { status, headers: { "content-type": type } }));
  try {
    return await use(new GoogleGenAI({ apiKey: "k", httpOptions: { baseUrl: "http://gateway.example" } }));
  } finally {
    globalThis.fetch = before;
  }
}

const ask = { model: "gemini-3-flash", contents: "Hi" };
async function streamed(bytes: Uint8Array) {
  return withSdk(bytes, 200, async (ai) => {
    const chunks = [];
    for await (const chunk of await ai.models.generateContentStream(ask)) chunks.push(chunk);
    return chunks;
  });
}

const words = fc.string({ minLength: 1 });
const domains = fc.constantFrom("gemini", "anthropic", "openai");
const state = fc.record({
  kind: fc.constantFrom("signature" as const, "redacted" as const),
  domain: domains,
  data: fc.base64String({ minLength: 4 }),
});
const signature = state.map((value) => (value.domain === "gemini" ? { ...value, kind: "signature" as const } : value));
const args = fc
  .dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.constant(null)), { noNullPrototype: true })
  .map((value) => JSON.stringify(value));
const texts = words.map((text): Part => ({ type: "text", text }));
const thoughts = fc.tuple(words, signature).map(([text, value]): Part => ({ type: "reasoning", text, state: value }));
const calls = fc.tuple(fc.uuid(), args, fc.option(signature, { nil: undefined })).map(([id, text, value]): Part => ({
  type: "tool-call",
  id,
  name: "f",
  arguments: text,
  ...(value ? { state: value } : {}),
}));
const images = fc
  .base64String({ minLength: 4 })
  .map((data): Part => ({ type: "image", source: { kind: "data", mediaType: "image/png", data } }));
const sealed = signature.map((value): Part => ({ type: "reasoning", text: "", state: value }));
const choice = fc
  .array(fc.oneof(texts, thoughts, calls, images), { minLength: 1, maxLength: 6 })
  .chain((parts) =>
    fc.tuple(
      fc.constant(parts.filter((part, index) => part.type !== "text" || parts[index - 1]?.type !== "text")),
      fc.option(sealed, { nil: undefined }),
    ),
  )
  .map(([parts, late]): Choice => {
    const all = late && parts.at(-1)?.type === "text" ? [...parts, late] : parts;
    return { parts: all, finish: all.some((part) => part.type === "tool-call") ? "tool-calls" : "stop" };
  });
const count = fc.nat(10_000);
const replies = fc
  .tuple(fc.array(choice, { minLength: 1, maxLength: 3 }), count, count, count)
  .map(([choices, inputTokens, candidates, reasoningTokens]): Reply => ({
    id: "req_1",
    model: "gemini-3-flash",
    created: null,
    choices,
    usage: {
      inputTokens,
      cacheReadTokens: inputTokens,
      cacheWriteTokens: null,
      outputTokens: candidates + reasoningTokens,
      reasoningTokens,
    },
    warnings: [],
  }));

describe("a reply of any kind", () => {
  /** What a Gemini client sends back is opened as its own domain; so is this. */
  const opened = (reply: Reply): Reply => {
    const body = client.encodeReply(reply, answerContext);
    const contents = [{ role: "user", parts: [{ text: "x" }] }];
    for (const candidate of body["candidates"] as JsonObject[]) contents.push(candidate["content"] as never);
    const call = {
      method: "POST",
      path: "/v1beta/models/m:generateContent",
      rawPath: "/v1beta/models/m:generateContent",
      query: new URLSearchParams(),
      headers: new Map<string, string>(),
    };
    const request = client.decodeRequest({ contents }, call);
    return {
      ...reply,
      choices: reply.choices.map((each, index) => ({ ...each, parts: request.messages[index + 1]?.parts ?? [] })),
    };
  };

  test("comes back whole from a client that returns it, with state of every domain", () => {
    fc.assert(
      fc.property(replies, (reply) => {
        expect(opened(reply)).toEqual(reply);
      }),
    );
  });

  test("replayed, written as a stream and read again it is the same", async () => {
    const native = replies.filter(
      (reply) =>
        !JSON.stringify(reply).includes('"domain":"anthropic"') && !JSON.stringify(reply).includes('"domain":"openai"'),
    );
    for (const context of [answerContext, arrayContext]) {
      await fc.assert(
        fc.asyncProperty(native, async (reply) => {
          const events = await decodeBytes(cut(encodeEvents(replay(reply), context)));
          const fold = foldEvents(events);
          expect(fold.complete).toBe(true);
          expect({ ...fold.reply, usage: { ...fold.reply.usage, raw: {} } }).toEqual({
            ...reply,
            usage: { ...reply.usage, raw: {} },
          });
        }),
        { numRuns: 60 },
      );
    }
  });

  test("streamed and whole fold to the same", async () => {
    await fc.assert(
      fc.asyncProperty(replies, async (reply) => {
        const whole = upstream.decodeReply(client.encodeReply(reply, answerContext), decodeContext);
        const fold = foldEvents(await decodeBytes(cut(encodeEvents(replay(reply)))));
        expect(fold.reply.choices).toEqual(whole.choices);
        expect(fold.reply.usage).toEqual(whole.usage);
      }),
      { numRuns: 60 },
    );
  });
});

describe("the official client", () => {
  test.each(complete)("reads the stream of %s to its end", async (name) => {
    const chunks = await streamed(encodeEvents(eventsOf(name)));
    const { reply } = foldEvents(eventsOf(name));
    const [first] = reply.choices;
    const mine = chunks.flatMap((chunk) => chunk.candidates?.filter((candidate) => (candidate.index ?? 0) === 0) ?? []);
    const parts = mine.flatMap((candidate) => candidate.content?.parts ?? []);
    const texts = parts.map((part) => (part.thought ? "" : (part.text ?? ""))).join("");
    const expected = (first?.parts ?? [])
      .map((part) => (part.type === "text" || part.type === "refusal" ? part.text : ""))
      .join("");
    expect(texts).toBe(expected);
    const calls = parts.flatMap((part) => part.functionCall ?? []);
    const asked = (first?.parts ?? []).filter((part) => part.type === "tool-call");
    expect(calls.map((call) => [call.id, call.name, JSON.stringify(call.args)])).toEqual(
      asked.map((call) => [call.id, call.name, call.arguments]),
    );
    expect(chunks.at(-1)?.usageMetadata?.promptTokenCount).toBe(reply.usage.inputTokens);
    expect(chunks.every((chunk) => chunk.modelVersion === "gemini-3-flash" && chunk.responseId === "req_1")).toBe(true);
    expect(chunks.filter((chunk) => chunk.candidates?.[0]?.finishReason !== undefined)).toHaveLength(1);
  });

  test("reads a whole answer", async () => {
    const { reply } = foldEvents(eventsOf("thinking-tools"));
    const body = new TextEncoder().encode(JSON.stringify(client.encodeReply(reply, answerContext)));
    const answer = await withSdk(body, 200, (ai) => ai.models.generateContent(ask));
    expect(answer.candidates?.[0]?.content?.parts?.map((part) => part.text)).toContain("Let me look.");
    expect(answer.functionCalls?.map((call) => call.name)).toEqual(["weather", "weather"]);
    expect(answer.usageMetadata).toEqual({
      promptTokenCount: 40,
      cachedContentTokenCount: 16,
      candidatesTokenCount: 30,
      thoughtsTokenCount: 20,
      totalTokenCount: 90,
    });
    expect(answer.candidates?.[0]?.finishReason).toBe("STOP");
  });

  test("keeps the turn of a chat that was streamed", async () => {
    await withSdk(encodeEvents(eventsOf("text")), 200, async (ai) => {
      const chat = ai.chats.create({ model: "gemini-3-flash" });
      for await (const chunk of await chat.sendMessageStream({ message: "Hi" })) void chunk;
      expect(chat.getHistory(true).map((content) => content.role)).toContain("model");
    });
  });

  test("fails on an error before and in a stream, whether it arrives alone or not", async () => {
    const body = new TextEncoder().encode(JSON.stringify(client.encodeError(failure, "req_1", null)));
    await expect(withSdk(body, 502, (ai) => ai.models.generateContent(ask))).rejects.toMatchObject({ status: 502 });
    const writer = client.createEncoder(answerContext);
    const pieces = [writer.write({ type: "text-delta", choice: 0, text: "half" }), writer.fail(failure, receipt)];
    await expect(streamed(joined(pieces))).rejects.toThrow(/It broke|Incomplete/);
    await expect(streamed(joined(pieces.slice(1)))).rejects.toThrow(/It broke|Incomplete/);
  });

  test("lists models", async () => {
    const models = [{ id: "fast", ownedBy: "sluice", info: { id: "fast", name: "Fast", contextTokens: 9 } }];
    const call = {
      method: "GET",
      path: "/v1beta/models",
      rawPath: "/v1beta/models",
      query: new URLSearchParams(),
      headers: new Map<string, string>(),
    };
    const body = new TextEncoder().encode(JSON.stringify(client.encodeModels(models, call)));
    const names = await withSdk(body, 200, async (ai) => {
      const found = [];
      for await (const model of await ai.models.list())
        found.push([model.name, model.displayName, model.inputTokenLimit]);
      return found;
    });
    expect(names).toEqual([["models/fast", "Fast", 9]]);
  });
});

describe("the end of a stream", () => {
  const dataOf = (bytes: Uint8Array) =>
    textOf(bytes)
      .split("\n\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line.replace(/^data: /, "")) as JsonObject);

  test("only the last chunk has the finish reason, the whole usage and the receipt", () => {
    const chunks = dataOf(encodeEvents(eventsOf("thinking-tools")));
    const last = chunks.at(-1);
    expect(last).toMatchObject({
      sluice: { request_id: "req_1" },
      usageMetadata: { totalTokenCount: 90 },
      candidates: [{ finishReason: "STOP" }],
    });
    expect(
      chunks
        .slice(0, -1)
        .filter((chunk) => chunk["sluice"] !== undefined || JSON.stringify(chunk).includes("finishReason")),
    ).toEqual([]);
    expect(textOf(encodeEvents(eventsOf("text"), answerContext, false))).not.toContain("sluice");
  });

  test("has no comment, no event name and no [DONE]", () => {
    for (const line of textOf(encodeEvents(eventsOf("thinking-tools"))).split("\n"))
      expect(line).toMatch(/^(data: \{.*\})?$/);
  });

  test("a failure is an event, then bare as the last bytes, and never a finish", () => {
    const writer = client.createEncoder(answerContext);
    writer.write({ type: "finish", choice: 0, reason: "stop" });
    const tail = String(writer.fail(failure, receipt));
    const [event, bare] = tail.split("\n\n");
    expect(event).toBe(`data: ${bare}`);
    expect(JSON.parse(bare ?? "")).toMatchObject({
      error: { code: 502, status: "INTERNAL", message: "It broke." },
      sluice: { code: "SLUICE_X", request_id: "req_1" },
    });
    expect(bare).toContain('"retryDelay":"3s"');
    expect(tail).not.toContain("finishReason");
  });

  test("an array stays one JSON array, whole or failed", () => {
    const whole = JSON.parse(textOf(encodeEvents(eventsOf("text"), arrayContext))) as JsonObject[];
    expect(whole.at(-1)).toMatchObject({ sluice: { request_id: "req_1" } });
    const writer = client.createEncoder(arrayContext);
    const cutShort = joined([
      writer.write({ type: "text-delta", choice: 0, text: "half" }),
      writer.fail(failure, null),
    ]);
    expect((JSON.parse(textOf(cutShort)) as JsonObject[]).at(-1)).toMatchObject({ error: { code: 502 } });
    expect(JSON.parse(String(client.createEncoder(arrayContext).fail(failure, null)))).toHaveLength(1);
  });

  test("a call that the limit cut is left out; one that never parsed goes raw", () => {
    const events = (reason: "length" | "tool-calls"): StreamEvent[] => [
      { type: "tool-start", choice: 0, index: 0, id: "a", name: "f" },
      { type: "tool-delta", choice: 0, index: 0, arguments: '{"x":' },
      { type: "tool-end", choice: 0, index: 0 },
      { type: "finish", choice: 0, reason },
    ];
    expect(textOf(encodeEvents(events("length")))).not.toContain("functionCall");
    expect(textOf(encodeEvents(events("tool-calls")))).toContain('"raw_arguments":"{\\"x\\":"');
    const { reply } = foldEvents(events("length"));
    expect(JSON.stringify(client.encodeReply(reply, answerContext))).not.toContain("functionCall");
  });

  test.each([
    [401, "UNAUTHENTICATED"],
    [402, "RESOURCE_EXHAUSTED"],
    [403, "PERMISSION_DENIED"],
    [404, "NOT_FOUND"],
    [405, "INVALID_ARGUMENT"],
    [409, "ABORTED"],
    [413, "INVALID_ARGUMENT"],
    [429, "RESOURCE_EXHAUSTED"],
    [500, "INTERNAL"],
    [503, "UNAVAILABLE"],
    [504, "DEADLINE_EXCEEDED"],
  ])("status %i is %s", (status, name) => {
    const error = new GatewayError("SLUICE_X", { status, message: "m", hint: "h" });
    expect(client.encodeError(error, "req_1", null)).toMatchObject({ error: { code: status, status: name } });
  });
});

describe("the byte path", () => {
  async function relayed(name: string, context: AnswerContext, withReceipt = true, cuts: number[] = []) {
    const relay = client.createRelay(context);
    const state = upstream.decoder.initial(decodeContext);
    const pieces: (string | Uint8Array)[] = [];
    for await (const frame of cutFrames(upstream, cut(fixtureBytes(name), cuts), { maxEventBytes: 1 << 20 })) {
      const read: Frame = { ...frame, events: upstream.decoder.step(state, frame) };
      pieces.push(relay.write(read));
    }
    return joined([...pieces, relay.end(withReceipt ? receipt : null)]);
  }

  test.each([
    "text.sse",
    "thinking-tools.sse",
    "usage-late.sse",
    "unknown-names.sse",
    "blocked-prompt.sse",
    "choices.sse",
  ])("%s passes untouched but for the receipt on its last chunk", async (name) => {
    const before = textOf(fixtureBytes(name))
      .trimEnd()
      .split(/\r?\n\r?\n/);
    const after = textOf(await relayed(name, answerContext))
      .trimEnd()
      .split(/\r?\n\r?\n/);
    expect(after.slice(0, -1)).toEqual(before.slice(0, -1));
    const last = before.at(-1) ?? "";
    expect(after.at(-1)?.startsWith(`${last.slice(0, -1)},"sluice":{"request_id":"req_1"`)).toBe(true);
    const bare = textOf(await relayed(name, answerContext, false))
      .trimEnd()
      .split(/\r?\n\r?\n/);
    expect(bare).toEqual(before);
  });

  test("events become an array for whoever wants one, and an array events", async () => {
    const array = JSON.parse(textOf(await relayed("text.sse", arrayContext))) as JsonObject[];
    expect(array).toHaveLength(3);
    expect(array[2]).toMatchObject({ sluice: { request_id: "req_1" } });
    const events = textOf(await relayed("array.json", answerContext));
    expect(events.split("\n").every((line) => /^(data: \{.*\})?$/.test(line))).toBe(true);
    expect(foldEvents(await decodeBytes(cut(new TextEncoder().encode(events)))).complete).toBe(true);
  });

  test("the official client reads it wherever a read ended, between CR and LF too", async () => {
    const bytes = fixtureBytes("text.sse");
    const ends = [...bytes.keys()].filter((at) => bytes[at - 1] === 13 && bytes[at] === 10);
    expect(ends.length).toBeGreaterThan(4);
    for (const end of ends) {
      const chunks = await streamed(await relayed("text.sse", answerContext, true, [end]));
      expect(chunks.map((chunk) => chunk.text).join("")).toBe("Grüß dich 👋.");
    }
  });

  test("a broken stream ends as one and keeps its finish back", () => {
    const relay = client.createRelay(answerContext);
    const raw = new TextEncoder().encode("data: {}\n\n");
    relay.write({ raw, event: null, data: "{}", events: [{ type: "finish", choice: 0, reason: "stop" }] });
    expect(String(relay.fail(failure, null))).not.toContain("data: {}");
  });
});
