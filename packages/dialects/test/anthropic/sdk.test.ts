import Anthropic from "@anthropic-ai/sdk";
import { GatewayError, foldEvents, replay } from "@sluice/core";
import type { StreamEvent } from "@sluice/core";
import { describe, expect, test } from "vitest";
import {
  answerContext,
  call,
  client,
  cut,
  decodeBytes,
  encodeEvents,
  fixtureBytes,
  fixtureNames,
  joined,
  receipt,
  requestOf,
} from "./fixtures.ts";

const ask = {
  model: "claude-sonnet-5",
  max_tokens: 100,
  messages: [{ role: "user" as const, content: "hi" }],
};

/** The official client, answered from here. */
function sdk(body: Uint8Array | object, status = 200): { client: Anthropic; calls: Request[] } {
  const calls: Request[] = [];
  const stream = body instanceof Uint8Array;
  const fetch = async (url: string | URL | Request, init?: RequestInit) => {
    calls.push(new Request(url, init));
    const type = stream ? "text/event-stream; charset=utf-8" : "application/json";
    return new Response(stream ? new Uint8Array(body) : JSON.stringify(body), {
      status,
      headers: { "content-type": type },
    });
  };
  return {
    client: new Anthropic({ apiKey: "test", baseURL: "http://127.0.0.1:9/claude", fetch, maxRetries: 0 }),
    calls,
  };
}

async function eventsOf(name: string): Promise<StreamEvent[]> {
  return decodeBytes(cut(fixtureBytes(`${name}.sse`)));
}

describe("the official client", () => {
  test.for(fixtureNames(".reply.json"))(
    "%s: reads the stream and the whole answer as the same message",
    async (name) => {
      const events = await eventsOf(name);
      const { reply } = foldEvents(events);
      const whole = client.encodeReply(reply, answerContext);
      const streamed = await sdk(encodeEvents(replay(reply)))
        .client.messages.stream(ask)
        .finalMessage();
      const unary = await sdk(whole).client.messages.create(ask);

      expect(streamed.stop_reason).toBe(unary.stop_reason);
      expect(streamed.stop_sequence).toBe(unary.stop_sequence);
      expect(streamed.stop_details ?? null).toEqual(unary.stop_details ?? null);
      expect(streamed.usage).toEqual(unary.usage);
      expect(texts(streamed)).toBe(texts(unary));
      const blocks = (message: Anthropic.Message) => message.content.filter((block) => block.type !== "text");
      expect(blocks(streamed)).toEqual(blocks(unary));
    },
  );

  test.for(fixtureNames(".reply.json"))("%s: reads a relayed stream", async (name) => {
    const relay = client.createRelay(answerContext);
    const frame = { raw: fixtureBytes(`${name}.sse`), event: null, data: "", events: [] };
    const message = await sdk(joined([relay.write(frame), relay.end(null)]))
      .client.messages.stream(ask)
      .finalMessage();
    expect(message.stop_reason).not.toBeNull();
  });

  test("gets the receipt on message_stop and ignores what keeps the stream awake", async () => {
    const { client: reader } = sdk(joined([client.keepAlive(requestOf()), encodeEvents(await eventsOf("text"))]));
    const types: string[] = [];
    let found: unknown;
    for await (const event of await reader.messages.create({ ...ask, stream: true })) {
      types.push(event.type);
      if (event.type === "message_stop") found = (event as { sluice?: unknown }).sluice;
    }
    expect(types[0]).toBe("message_start");
    expect(found).toEqual(receipt);
  });

  test("fails when the stream fails, and when it is cut", async () => {
    const writer = client.createEncoder(answerContext);
    const begun = writer.write({ type: "text-delta", choice: 0, text: "So far" });
    const error = new GatewayError("SLUICE_TEST", {
      status: 503,
      message: "The upstream went away.",
      hint: "Try again.",
    });
    const failing = sdk(joined([begun, writer.fail(error, receipt)])).client.messages.stream(ask);
    await expect(failing.finalMessage()).rejects.toMatchObject({
      type: "overloaded_error",
      apiMessage: "The upstream went away.",
    });
    await expect(
      sdk(joined([begun]))
        .client.messages.stream(ask)
        .finalMessage(),
    ).rejects.toThrowError("stream ended without producing a Message");
  });

  test.for([
    [400, Anthropic.BadRequestError],
    [401, Anthropic.AuthenticationError],
    [404, Anthropic.NotFoundError],
    [429, Anthropic.RateLimitError],
    [502, Anthropic.InternalServerError],
  ] as const)("throws its own class for a %i and finds the message", async ([status, type]) => {
    const error = new GatewayError("SLUICE_TEST", { status, message: "Not today.", hint: "Tomorrow." });
    const { client: reader } = sdk(client.encodeError(error, "req_1", receipt), status);
    const thrown: unknown = await reader.messages.create(ask).catch((reason: unknown) => reason);
    expect(thrown).toBeInstanceOf(type);
    expect(thrown).toMatchObject({ status, apiMessage: "Not today." });
  });

  test("sends requests that are read, to the routes that are there", async () => {
    const { client: reader, calls } = sdk(client.encodeReply(foldEvents(await eventsOf("text")).reply, answerContext));
    await reader.messages.create(ask);
    await reader.beta.messages.create({ ...ask, betas: ["fast-mode-2026-02-01"] });
    expect(calls.map(({ url }) => new URL(url).pathname)).toEqual(["/claude/v1/messages", "/claude/v1/messages"]);
    const routes = client.routes.filter((route) => route.method === "POST").map((route) => route.path);
    expect(routes).toContain("/claude/v1/messages");
    for (const sent of calls) {
      const request = client.decodeRequest(JSON.parse(await sent.text()), call("/claude/v1/messages", "beta=true"));
      expect(request).toMatchObject({ model: "claude-sonnet-5", sampling: { maxTokens: 100 } });
    }
  });

  test("walks the pages of the model list", async () => {
    const models = Array.from({ length: 45 }, (_unused, index) => ({ id: `m${index}`, ownedBy: "acme", info: null }));
    const fetch = async (url: string | URL | Request) => {
      const { pathname, searchParams: query } = new URL(url instanceof Request ? url.url : url);
      return Response.json(client.encodeModels(models, { ...call(pathname), query }));
    };
    const reader = new Anthropic({ apiKey: "test", baseURL: "http://127.0.0.1:9/claude", fetch });
    const found: string[] = [];
    for await (const model of reader.models.list({ limit: 20 })) found.push(model.id);
    expect(found).toEqual(models.map((model) => model.id));
  });

  test("returns thinking of other vendors unchanged on the next turn", async () => {
    const state = { kind: "encrypted" as const, domain: "openai", data: "ZW5j", id: "rs_1" };
    const events: StreamEvent[] = [
      { type: "reasoning-delta", choice: 0, text: "Hm." },
      { type: "reasoning-end", choice: 0, state },
      {
        type: "tool-start",
        choice: 0,
        index: 0,
        id: "call_1",
        name: "look",
        state: { kind: "signature", domain: "gemini", data: "dA" },
      },
      { type: "tool-end", choice: 0, index: 0 },
      { type: "finish", choice: 0, reason: "tool-calls" },
      { type: "end" },
    ];
    const message = await sdk(encodeEvents(events)).client.messages.stream(ask).finalMessage();
    expect(message.content.at(-1)).toMatchObject({ type: "tool_use", id: "call_1", input: {} });

    const body = JSON.parse(
      JSON.stringify({ ...ask, messages: [...ask.messages, { role: "assistant", content: message.content }] }),
    );
    expect(client.decodeRequest(body, call("/v1/messages")).messages[1]?.parts).toEqual([
      { type: "reasoning", text: "Hm.", state },
      {
        type: "tool-call",
        id: "call_1",
        name: "look",
        arguments: "{}",
        state: { kind: "signature", domain: "gemini", data: "dA" },
      },
    ]);
  });
});

function texts(message: Anthropic.Message): string {
  return message.content.map((block) => (block.type === "text" ? block.text : "")).join("");
}
