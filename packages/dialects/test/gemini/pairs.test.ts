import { cutFrames, foldEvents, replay } from "@sluice/core";
import type { ClientCall, Dialect, JsonObject, Reply, UpstreamTarget } from "@sluice/core";
import { describe, expect, test } from "vitest";
import { anthropic, gemini, openaiChat } from "../../src/index.ts";
import { requestOf } from "./fixtures.ts";

const { client, upstream } = gemini as Required<Dialect>;
const others = [openaiChat, anthropic] as Required<Dialect>[];
const call: ClientCall = {
  method: "POST",
  path: "/v1beta/models/m:generateContent",
  rawPath: "/v1beta/models/m:generateContent",
  query: new URLSearchParams(),
  headers: new Map(),
};
const at = (stateDomain: string): UpstreamTarget => ({ model: "m", quirks: {}, info: null, stateDomain });
const native = (dialect: Dialect) => dialect.id.split("-")[0] ?? "";

const tool = {
  name: "look",
  description: "Looks.",
  parameters: { type: "object", properties: { at: { type: "string" } } },
};
const asked: JsonObject = {
  systemInstruction: { parts: [{ text: "You are brief." }] },
  contents: [
    {
      role: "user",
      parts: [{ text: "What is here?" }, { inlineData: { mimeType: "image/png", data: "iVBORw0KGgo=" } }],
    },
    {
      role: "model",
      parts: [
        { functionCall: { name: "look", args: { at: "a" } }, thoughtSignature: "c2ln" },
        { functionCall: { name: "look", args: { at: "b" } } },
      ],
    },
    {
      role: "user",
      parts: [
        { functionResponse: { name: "look", response: { output: "A" } } },
        { functionResponse: { name: "look", response: { output: "B" } } },
        { text: "Go on." },
      ],
    },
  ],
  tools: [{ functionDeclarations: [{ name: "look", description: "Looks.", parametersJsonSchema: tool.parameters }] }],
  generationConfig: { maxOutputTokens: 2000, temperature: 0.5, stopSequences: ["END"] },
};

describe.each(others)("$id", (other) => {
  test("understands what a Gemini client asks, and asks Gemini the same", () => {
    const request = client.decodeRequest(asked, call);
    const there = other.upstream.encodeRequest(request, at(native(other)));
    const back = other.client.decodeRequest(there.body, { ...call, path: "/v1", rawPath: "/v1" });
    const { body } = upstream.encodeRequest(back, { ...at("gemini"), model: "gemini-2.5-pro" });
    const contents = client.decodeRequest(body, call).messages;
    const before = request.messages.map((message) => ({
      ...message,
      parts: message.parts.map((part) => (part.type === "tool-call" ? { ...part, state: undefined } : part)),
    }));
    expect(JSON.parse(JSON.stringify(contents))).toEqual(JSON.parse(JSON.stringify(before)));
    expect(body["tools"]).toEqual(asked["tools"]);
    expect(body["generationConfig"]).toMatchObject({ maxOutputTokens: 2000, temperature: 0.5, stopSequences: ["END"] });
  });

  test("its answers reach Gemini clients, and Gemini's its own", async () => {
    const reply: Reply = {
      id: null,
      model: null,
      created: null,
      choices: [
        {
          parts: [
            { type: "text", text: "Let me look." },
            { type: "tool-call", id: "toolu_1", name: "look", arguments: '{"at":"a"}' },
            { type: "tool-call", id: "toolu_2", name: "look", arguments: "{}" },
          ],
          finish: "tool-calls",
        },
      ],
      usage: { inputTokens: 9, cacheReadTokens: 4, cacheWriteTokens: null, outputTokens: 20, reasoningTokens: 5 },
      warnings: [],
    };
    for (const [from, to] of [
      [other, gemini as Required<Dialect>],
      [gemini as Required<Dialect>, other],
    ] as const) {
      const context = { requestId: "req_1", created: 1, model: "m", request: requestOf(), warn: () => {} };
      const decoding = { target: at(native(from)), request: requestOf() };
      const read = from.upstream.decodeReply(from.client.encodeReply(reply, context), decoding);
      const written = to.upstream.decodeReply(to.client.encodeReply(read, context), {
        ...decoding,
        target: at(native(to)),
      });
      expect(written.choices).toEqual(reply.choices);
      expect(written.usage).toMatchObject({ inputTokens: 9, cacheReadTokens: 4, outputTokens: 20 });

      const writer = to.client.createEncoder(context);
      const bytes = [...Array.from(replay(read), (event) => writer.write(event)), writer.end(null)].join("");
      const state = to.upstream.decoder.initial({ ...decoding, target: at(native(to)) });
      const events = [];
      const limits = { maxEventBytes: 1 << 20 };
      for await (const frame of cutFrames(to.upstream, once(bytes), limits))
        events.push(...to.upstream.decoder.step(state, frame));
      const fold = foldEvents([...events, ...to.upstream.decoder.end(state)]);
      expect(fold.complete).toBe(true);
      expect(fold.reply.choices).toEqual(reply.choices);
    }
  });

  test("its thinking comes back to it through a Gemini client, and stays behind elsewhere", () => {
    const parts = [
      {
        type: "reasoning" as const,
        text: "Hm.",
        state: { kind: "signature" as const, domain: native(other), data: "c2ln" },
      },
      { type: "text" as const, text: "Yes." },
    ];
    const reply: Reply = {
      id: null,
      model: null,
      created: null,
      choices: [{ parts, finish: "stop" }],
      usage: { inputTokens: 1, cacheReadTokens: null, cacheWriteTokens: null, outputTokens: 1, reasoningTokens: null },
      warnings: [],
    };
    const answer = client.encodeReply(reply, {
      requestId: "r",
      created: 1,
      model: "m",
      request: requestOf(),
      warn: () => {},
    });
    const [candidate] = answer["candidates"] as JsonObject[];
    const contents = [
      { role: "user", parts: [{ text: "Hi" }] },
      candidate?.["content"],
      { role: "user", parts: [{ text: "So?" }] },
    ];
    const request = client.decodeRequest({ contents: contents as JsonObject[] }, call);
    expect(request.messages[1]?.parts).toEqual(parts);
    const elsewhere = upstream.encodeRequest(request, at("gemini"));
    expect(JSON.stringify(elsewhere.body)).not.toContain("c2ln");
    expect(elsewhere.warnings.map((warning) => warning.code)).toEqual(["state_dropped"]);
  });
});

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}
