import { cutFrames, foldEvents, openState } from "@sluice/core";
import type {
  AnswerContext,
  ChatRequest,
  Dialect,
  Json,
  JsonObject,
  OpaqueState,
  Part,
  Reply,
  UpstreamTarget,
  WireFrame,
} from "@sluice/core";
import { recordings } from "@sluice/testkit";
import { describe, expect, test } from "vitest";
import { chatDialects } from "../src/index.ts";

type Whole = Required<Dialect>;
const all = chatDialects as readonly Whole[];
const pairs = all.flatMap((client) => all.map((upstream) => [client.id, upstream.id, client, upstream] as const));

const vendors: Readonly<Record<string, string>> = {
  "openai-chat": "openai",
  "openai-responses": "openai",
  anthropic: "anthropic",
  gemini: "gemini",
};

function targetOf(dialect: Dialect, more: Partial<UpstreamTarget> = {}): UpstreamTarget {
  const stateDomain = vendors[dialect.id] ?? dialect.id;
  return { model: "some-model", quirks: { strict: true, reasoningEcho: "always" }, info: null, stateDomain, ...more };
}

function callOf(dialect: Dialect, stream: boolean) {
  const action = stream ? "streamGenerateContent" : "generateContent";
  const path = dialect.id === "gemini" ? `/v1beta/models/some-model:${action}` : "/";
  return {
    method: "POST",
    path,
    rawPath: path,
    query: new URLSearchParams({ alt: "sse" }),
    headers: new Map<string, string>(),
  };
}

async function framesOf(dialect: Whole, bytes: Uint8Array): Promise<WireFrame[]> {
  async function* body(): AsyncGenerator<Uint8Array> {
    yield bytes;
  }
  return Array.fromAsync(cutFrames(dialect.upstream, body(), { maxEventBytes: 1 << 25 }));
}

async function decoded(dialect: Whole, bytes: Uint8Array, request: ChatRequest, target: UpstreamTarget) {
  const state = dialect.upstream.decoder.initial({ target, request });
  const events = (await framesOf(dialect, bytes)).flatMap((frame) => dialect.upstream.decoder.step(state, frame));
  return [...events, ...dialect.upstream.decoder.end(state)];
}

/** A question in the client's own wire format, written by its own upstream half. */
function asked(client: Whole, fields: Partial<ChatRequest>): ChatRequest {
  const origin = { dialect: client.id, rest: {}, prefers: {} };
  const plain: ChatRequest = {
    operation: "chat",
    model: "some-model",
    stream: true,
    messages: [],
    sampling: { maxTokens: 50 },
    origin,
  };
  const { body } = client.upstream.encodeRequest({ ...plain, ...fields }, targetOf(client));
  return client.client.decodeRequest(JSON.parse(JSON.stringify(body)) as JsonObject, callOf(client, true));
}

const user = (...parts: Part[]) => ({ role: "user" as const, parts });
const text = (words: string): Part => ({ type: "text", text: words });
const hi = user(text("Hi"));
const weather = {
  name: "weather",
  description: "Tells it",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};
const callPart = (id: string, city: string): Part => ({
  type: "tool-call",
  id,
  name: "weather",
  arguments: JSON.stringify({ city }),
});
const result = (callId: string, words: string): Part => ({
  type: "tool-result",
  callId,
  content: [{ type: "text", text: words }],
});
const pixel = { kind: "data" as const, mediaType: "image/png", data: "iVBORw==" };

const questions: readonly (readonly [name: string, fields: Partial<ChatRequest>, traces: readonly string[]])[] = [
  ["text", { messages: [hi] }, ["Hi"]],
  ["a system prompt", { messages: [{ role: "system", parts: [text("Be brief.")] }, hi] }, ["Be brief.", "Hi"]],
  [
    "several turns",
    { messages: [hi, { role: "assistant", parts: [text("Hello")] }, user(text("Bye"))] },
    ["Hi", "Hello", "Bye"],
  ],
  ["an inline image", { messages: [user(text("Look"), { type: "image", source: pixel })] }, ["Look", "iVBORw=="]],
  ["tools", { messages: [hi], tools: [weather], toolChoice: { type: "auto" } }, ["weather", "city"]],
  ["a forced tool", { messages: [hi], tools: [weather], toolChoice: { type: "tool", name: "weather" } }, ["weather"]],
  ["no tool allowed", { messages: [hi], tools: [weather], toolChoice: { type: "none" } }, ["weather"]],
  [
    "parallel calls and their results",
    {
      tools: [weather],
      messages: [
        hi,
        { role: "assistant", parts: [callPart("call_aaaaaaaaaaaa", "Bern"), callPart("call_bbbbbbbbbbbb", "Basel")] },
        { role: "tool", parts: [result("call_aaaaaaaaaaaa", "sunny"), result("call_bbbbbbbbbbbb", "foggy")] },
      ],
    },
    ["Bern", "Basel", "sunny", "foggy"],
  ],
  ["JSON", { messages: [user(text("As JSON"))], output: { type: "json" } }, ["As JSON"]],
  ["a schema", { messages: [hi], output: { type: "schema", name: "place", schema: weather.parameters } }, ["city"]],
  ["a temperature", { messages: [hi], sampling: { maxTokens: 9, temperature: 0.5 } }, ["0.5"]],
  ["stop sequences", { messages: [hi], sampling: { maxTokens: 9, stop: ["END"] } }, ["END"]],
];

/** Responses have no stop sequences. */
const sayable = (dialects: readonly Dialect[]) =>
  questions.filter(([name]) => name !== "stop sequences" || dialects.every(({ id }) => id !== "openai-responses"));

describe.each(pairs)("a client of %s asking %s", (_client, _upstream, client, upstream) => {
  test.each(sayable([client, upstream]))("is understood: %s", (_name, fields, traces) => {
    const request = asked(client, fields);
    const { body } = upstream.upstream.encodeRequest(request, targetOf(upstream));
    const told = JSON.stringify(body);
    for (const trace of traces) expect(told).toContain(trace);
    const again = upstream.client.decodeRequest(JSON.parse(told) as JsonObject, callOf(upstream, true));
    expect(outline(again)).toEqual(outline(request));
  });
});

/** What a question means, without the marks of a dialect. */
function outline(request: ChatRequest): Json {
  const calls = new Map<string, number>();
  const place = (id: string) => calls.get(id) ?? calls.set(id, calls.size).size - 1;
  return JSON.parse(
    JSON.stringify({
      parts: request.messages
        .flatMap(({ role, parts }) =>
          parts.map((part) => {
            if (part.type === "tool-call") return [role, place(part.id), part.name, JSON.parse(part.arguments) as Json];
            if (part.type === "tool-result")
              return [place(part.callId), part.content.map((item) => (item.type === "text" ? item.text : item.type))];
            return part.type === "text" ? [role, part.text] : [role, part];
          }),
        )
        .filter((part) => typeof part[1] !== "string" || !part[1].startsWith("Answer ")),
      tools: request.tools?.map(({ name, parameters }) => [
        name,
        (parameters?.properties as JsonObject | undefined)?.city !== undefined,
      ]),
      choice:
        request.toolChoice?.type === "subset"
          ? { type: "tool", name: request.toolChoice.names[0] }
          : request.toolChoice,
      stop: request.sampling.stop,
      temperature: request.sampling.temperature,
    }),
  ) as Json;
}

describe.each(pairs)("a client of %s answered by %s", (_client, _upstream, client, upstream) => {
  const complete = recordings(upstream.id).filter(({ events }) => events?.at(-1)?.type === "end");

  test.each(complete.map((recording) => [recording.name, recording] as const))("reads %s", async (_name, recording) => {
    const request = asked(client, { messages: [hi] });
    const { quirks, stateDomain, stream } = recording;
    const target = targetOf(upstream, { quirks, stateDomain: stateDomain ?? vendors[upstream.id] ?? "" });
    const events = await decoded(upstream, stream as Uint8Array, request, target);
    const { reply } = foldEvents(events);
    const context: AnswerContext = {
      requestId: "req_1",
      created: 1_790_000_000,
      model: "some-model",
      request,
      warn: () => {},
    };

    const writer = client.client.createEncoder(context);
    const pieces = [...events.map((event) => writer.write(event)), writer.end(null)].map((piece) => Buffer.from(piece));
    const own = targetOf(client, { quirks: {} });
    const streamed = foldEvents(await decoded(client, new Uint8Array(Buffer.concat(pieces)), request, own));
    const whole = client.upstream.decodeReply(client.client.encodeReply(reply, context), { target: own, request });

    expect(streamed.failure).toBeNull();
    expect(gist(streamed.reply, client)).toEqual(gist(reply, client));
    expect(gist(whole, client)).toEqual(gist(reply, client));
  });
});

/** What an answer says. A dialect without refusals says them as text, one without choices gives the first. */
function gist(reply: Reply, { id }: Dialect): unknown {
  const hasOne = id === "anthropic" || id === "openai-responses";
  const choices = hasOne ? reply.choices.slice(0, 1) : reply.choices;
  return choices.map(({ parts, detail }) => ({
    text:
      parts.map((part) => (part.type === "text" || part.type === "refusal" ? part.text : "")).join("") ||
      (detail ?? ""),
    thought: parts.map((part) => (part.type === "reasoning" ? part.text : "")).join(""),
    states: parts.flatMap((part) =>
      "state" in part && part.state && !isCarrier(part.state) ? [opened(part.state)] : [],
    ),
    calls: parts.flatMap((part) =>
      part.type === "tool-call" && isWhole(part.arguments) ? [[part.name, part.arguments]] : [],
    ),
  }));
}

/** What a vendor ran travels as a state of its own where a dialect has no place for it. */
function isCarrier({ data, domain, kind }: OpaqueState): boolean {
  return openState(data, domain, kind).id === "part";
}

/** Foreign state travels in an envelope that only the client half opens. */
function opened({ data, domain, kind }: OpaqueState): string {
  return openState(data, domain, kind).data;
}

function isWhole(json: string): boolean {
  try {
    JSON.parse(json);
    return true;
  } catch {
    return false;
  }
}
