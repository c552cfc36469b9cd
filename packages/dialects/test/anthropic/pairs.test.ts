import { cutFrames, GatewayError, foldEvents, replay } from "@sluice/core";
import type { ChatRequest, Dialect, JsonObject, Reply, StreamEvent, UpstreamTarget, WireFrame } from "@sluice/core";
import { describe, expect, test } from "vitest";
import { gemini } from "../../src/gemini/index.ts";
import { openaiChat } from "../../src/openai-chat/index.ts";
import {
  answerContext,
  call,
  client,
  cut,
  decodeBytes,
  encodeEvents,
  fixtureBytes,
  fixtureJson,
  joined,
  requestOf,
  target,
  upstream,
} from "./fixtures.ts";

const others = [
  { dialect: openaiChat as Required<Dialect>, domain: "openai", path: "/v1/chat/completions", query: "" },
  {
    dialect: gemini as Required<Dialect>,
    domain: "gemini",
    path: "/v1beta/models/m:streamGenerateContent",
    query: "alt=sse",
  },
].map((other) => ({
  ...other,
  name: other.dialect.id,
  clientCall: { ...call(other.path, other.query), method: "POST" },
}));

type Other = (typeof others)[number];

const gone = new GatewayError("SLUICE_TEST", { status: 502, message: "The upstream went away.", hint: "Try again." });

const targetOf = ({ domain }: Other): UpstreamTarget => ({ model: "m", quirks: {}, info: null, stateDomain: domain });

/** A request that says all that every dialect can say. */
function plainRequest(): ChatRequest {
  const { tools, ...body } = fixtureJson("everything.request.json");
  const clientTools = (tools as JsonObject[]).slice(0, 1);
  return client.decodeRequest({ ...body, tools: clientTools }, call("/v1/messages"));
}

/** What is said, whatever the dialect: texts, pictures, calls with their results. */
function gist(messages: ChatRequest["messages"]): string[] {
  const ids: string[] = [];
  const number = (id: string) => (ids.includes(id) ? ids.indexOf(id) : ids.push(id) - 1);
  return messages.flatMap((message) =>
    message.parts.flatMap((part) => {
      switch (part.type) {
        case "text":
          return [part.text];
        case "image":
          return [JSON.stringify(part.source)];
        case "tool-call":
          return [`call ${number(part.id)} ${part.name} ${part.arguments}`];
        case "tool-result":
          return [
            `result ${number(part.callId)} ${part.content.map((inner) => (inner.type === "text" ? inner.text : "")).join("")}`,
          ];
        case "refusal":
        case "reasoning":
        case "audio":
        case "file":
        case "provider":
          return [];
      }
    }),
  );
}

/** The events of an answer, written for a client of the other dialect and read again as from an upstream of it. */
async function through(other: Other, replayed: Iterable<StreamEvent>): Promise<StreamEvent[]> {
  const events = [...replayed];
  const request = other.dialect.client.decodeRequest(
    other.dialect.upstream.encodeRequest(requestOf(), targetOf(other)).body,
    other.clientCall,
  );
  const writer = other.dialect.client.createEncoder({ ...answerContext, request: { ...request, stream: true } });
  const written = events.map((event) => (event.type === "error" ? writer.fail(gone, null) : writer.write(event)));
  const failed = events.some((event) => event.type === "error");
  const bytes = joined([...written, failed ? "" : writer.end(null)]);
  const state = other.dialect.upstream.decoder.initial({ target: targetOf(other), request });
  const found: StreamEvent[] = [];
  const frames: AsyncIterable<WireFrame> = cutFrames(other.dialect.upstream, cut(bytes), { maxEventBytes: 1 << 20 });
  for await (const frame of frames) found.push(...other.dialect.upstream.decoder.step(state, frame));
  return [...found, ...other.dialect.upstream.decoder.end(state)];
}

const fixture = (name: string) => decodeBytes(cut(fixtureBytes(`${name}.sse`)));

function said(reply: Reply) {
  const parts = reply.choices[0]?.parts ?? [];
  return {
    text: parts.map((part) => (part.type === "text" ? part.text : "")).join(""),
    thinking: parts.map((part) => (part.type === "reasoning" ? part.text : "")).join(""),
    calls: parts.flatMap((part) =>
      part.type === "tool-call" ? [[part.name, JSON.parse(part.arguments) as unknown]] : [],
    ),
    finish: reply.choices[0]?.finish,
    output: reply.usage.outputTokens,
    input: reply.usage.inputTokens,
    cached: reply.usage.cacheReadTokens,
  };
}

describe.for(others)("anthropic and $name", (other) => {
  test("a conversation goes there and comes back", () => {
    const request = plainRequest();
    const there = other.dialect.upstream.encodeRequest(request, targetOf(other));
    const read = other.dialect.client.decodeRequest(there.body, other.clientCall);
    const back = upstream.encodeRequest(read, target);
    const again = client.decodeRequest(back.body, call("/v1/messages"));

    const wanted = gist(request.messages);
    const found = gist(again.messages);
    for (const item of wanted.filter((line) => line.startsWith("call") || line.startsWith("result")))
      expect(found).toContain(item);
    for (const word of ["You are brief.", "What is on these?", "Calling.", "And now?", "iVBORw0KGgo="]) {
      expect(found.join("\n")).toContain(word);
    }
    expect(again.tools?.map((tool) => tool.name)).toEqual(["look"]);
    expect(again.output).toMatchObject({ type: "schema", schema: { properties: { animal: { type: "string" } } } });
    expect(again.sampling).toMatchObject({ maxTokens: 2048, stop: ["END"] });
  });

  test.for(["text", "thinking-tools", "context-full", "pause-turn", "stop-sequence"])(
    "%s: an answer of anthropic is read by a client of the other",
    async (name) => {
      const events = await fixture(name);
      const { reply, complete, failure } = foldEvents(await through(other, events));
      const original = foldEvents(events).reply;
      expect(failure).toBeNull();
      expect(complete).toBe(true);
      const { finish, ...words } = said(reply);
      const { finish: wanted, ...originalWords } = said(original);
      expect(words).toEqual(originalWords);
      // The finer reasons of one dialect are coarser ones of another.
      const coarse = { "context-full": "length", paused: "length", "stop-sequence": "stop" } as Record<string, string>;
      expect([wanted, coarse[wanted ?? ""]]).toContain(finish);
    },
  );

  test.for(["text", "thinking-tools"])("%s: an answer of the other is read by a client of anthropic", async (name) => {
    const original = foldEvents(await fixture(name)).reply;
    const events = await through(other, replay(original));
    const { reply, complete } = foldEvents(await decodeBytes(cut(encodeEvents(events))));
    expect(complete).toBe(true);
    expect(said(reply)).toEqual(said(original));
  });

  test("a refusal stays one", async () => {
    const { reply } = foldEvents(await through(other, await fixture("refusal")));
    expect(["refusal", "filter"]).toContain(reply.choices[0]?.finish);
    const again = client.encodeReply(reply, answerContext);
    expect(again["stop_reason"]).toBe("refusal");
  });

  test("a failure is a failure on both sides", async () => {
    for (const name of ["error-after-content", "cut"]) {
      const { complete, failure } = foldEvents(await through(other, await fixture(name)));
      expect(complete).toBe(false);
      expect(failure).not.toBeNull();
    }
  });

  test("signed thinking comes back to anthropic in its place on the next turn", async () => {
    const { reply } = foldEvents(await fixture("thinking-tools"));
    const answer = other.dialect.client.encodeReply(reply, answerContext);
    const first = other.dialect.upstream.encodeRequest(requestOf(), targetOf(other)).body;
    const next = other.dialect.client.decodeRequest(
      JSON.parse(JSON.stringify(continued(other, first, answer))),
      other.clientCall,
    );
    const { body } = upstream.encodeRequest({ ...next, reasoning: { budgetTokens: 2000 } }, target);
    const [, assistant] = body["messages"] as { content: JsonObject[] }[];
    expect(assistant?.content).toMatchObject([
      { type: "thinking", thinking: "Two cities, two calls.", signature: "c2lnbmF0dXJl" },
      { type: "text", text: "Looking both up." },
      { type: "tool_use", name: "get_weather", input: { city: "Bremen" } },
      { type: "tool_use", name: "get_time", input: {} },
    ]);
    expect(body["thinking"]).toMatchObject({ type: "enabled" });
  });
});

/** The same conversation one turn later, as a client writes it that returns what it was given. */
function continued({ name }: Other, body: JsonObject, answer: JsonObject): JsonObject {
  if (name === "gemini") {
    const [candidate] = answer["candidates"] as { content: { parts: JsonObject[] } }[];
    const calls =
      candidate?.content.parts.flatMap((part) => (part["functionCall"] ? [part["functionCall"] as JsonObject] : [])) ??
      [];
    const results = calls.map(({ id, name: called }) => ({
      functionResponse: { ...(id ? { id } : {}), name: called, response: { output: "ok" } },
    }));
    return {
      ...body,
      contents: [
        ...(body["contents"] as JsonObject[]),
        candidate?.content as unknown as JsonObject,
        { role: "user", parts: results },
      ],
    };
  }
  const [choice] = answer["choices"] as { message: JsonObject & { tool_calls: { id: string }[] } }[];
  const results = choice?.message.tool_calls.map(({ id }) => ({ role: "tool", tool_call_id: id, content: "ok" })) ?? [];
  return { ...body, messages: [...(body["messages"] as JsonObject[]), choice?.message as JsonObject, ...results] };
}
