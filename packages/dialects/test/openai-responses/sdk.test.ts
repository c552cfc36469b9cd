import { foldEvents, replay } from "@sluice/core";
import type { Reply } from "@sluice/core";
import OpenAI from "openai";
import { describe, expect, test } from "vitest";
import { cut } from "../_subject.ts";
import {
  answerContext,
  client,
  decodeBytes,
  decodeContext,
  encodeEvents,
  failure,
  fixtureBytes,
  fixtureNames,
  requestOf,
} from "./fixtures.ts";

/** The official client, answered from here. */
function sdk(body: Uint8Array | object): OpenAI {
  const isStream = body instanceof Uint8Array;
  const fetch = async () =>
    new Response(isStream ? new Uint8Array(body) : JSON.stringify(body), {
      headers: { "content-type": isStream ? "text/event-stream; charset=utf-8" : "application/json" },
    });
  return new OpenAI({ apiKey: "test", baseURL: "http://127.0.0.1:9/v1", fetch, maxRetries: 0 });
}

const ask = { model: "gpt-5-mini", input: "hi" };
const replyOf = async (name: string): Promise<Reply> =>
  foldEvents(await decodeBytes(cut(fixtureBytes(`${name}.sse`)), decodeContext)).reply;

describe("the official client", () => {
  test.for(fixtureNames(".reply.json"))("%s: reads the stream and the whole answer as one response", async (name) => {
    const reply = await replyOf(name);
    const streamed = await sdk(encodeEvents(replay(reply), answerContext, false))
      .responses.stream(ask)
      .finalResponse();
    const whole = await sdk(client.encodeReply(reply, answerContext)).responses.create(ask);

    expect(streamed.output).toMatchObject(whole.output);
    expect(streamed.output_text).toBe(whole.output_text);
    expect([streamed.id, streamed.status, streamed.usage]).toEqual([whole.id, whole.status, whole.usage]);
  });

  test.for(fixtureNames(".reply.json"))("%s: gets what it could not have got by deltas alone", async (name) => {
    // Without the terminal event's own output the library builds it from the events.
    const written = new TextDecoder().decode(encodeEvents(replay(await replyOf(name)), answerContext, false));
    const blocks = written.split("\n\n");
    const last = blocks.findLastIndex((block) => block.startsWith("event: response."));
    const bare = blocks[last]?.replace(/"output":\[.*\],"usage"/s, '"output":null,"usage"') ?? "";
    const bytes = new TextEncoder().encode(blocks.with(last, bare).join("\n\n"));
    const built = await sdk(bytes).responses.stream(ask).finalResponse();
    const whole = await sdk(client.encodeReply(await replyOf(name), answerContext)).responses.create(ask);
    expect(bare).toContain('"output":null');
    expect(built.output).toMatchObject(whole.output);
  });

  test("reads a schema's answer and a strict call parsed", async () => {
    const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
    const format = { type: "json_schema" as const, name: "place", schema, strict: true };
    const tool = { type: "function" as const, name: "go", parameters: schema, strict: true };
    const reply = (parts: Reply["choices"][number]["parts"]): Reply => ({
      id: "x",
      model: "m",
      created: 1,
      choices: [{ parts, finish: "stop" }],
      usage: { inputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 1, reasoningTokens: 0 },
      warnings: [],
    });
    const said = client.encodeReply(reply([{ type: "text", text: '{"city":"Oslo"}' }]), answerContext);
    const parsed = await sdk(said).responses.parse({ ...ask, text: { format } });
    expect(parsed.output_parsed).toEqual({ city: "Oslo" });
    const called = client.encodeReply(
      reply([{ type: "tool-call", id: "call_1", name: "go", arguments: '{"city":"Rome"}' }]),
      answerContext,
    );
    const { output } = await sdk(called).responses.parse({ ...ask, tools: [tool] });
    expect(output[0]).toMatchObject({ type: "function_call", parsed_arguments: { city: "Rome" } });
  });

  test.for(fixtureNames(".reply.json"))("%s: fails when the stream breaks, wherever it does", async (name) => {
    const events = [...replay(await replyOf(name))].filter(({ type }) => type !== "end");
    for (let count = 0; count <= events.length; count++) {
      const writer = client.createEncoder(answerContext);
      const told = events.slice(0, count).map((event) => writer.write(event));
      const bytes = new TextEncoder().encode([...told, writer.fail(failure, null)].join(""));
      await expect(sdk(bytes).responses.stream(ask).finalResponse()).rejects.toThrow(/It broke/);
    }
  });

  test("gets custom calls as the free text that its tool takes", async () => {
    const request = requestOf({
      origin: { dialect: "openai-responses", rest: {}, prefers: { customTools: ["run"], custom: {}, echo: {} } },
    });
    const reply = await replyOf("custom-tool");
    const bytes = encodeEvents(replay(reply), { ...answerContext, request }, false);
    const { output } = await sdk(bytes).responses.stream(ask).finalResponse();
    expect(output).toMatchObject([
      { type: "custom_tool_call", call_id: "call_1", name: "run", input: 'say "hi"}\n\u{1F30D}' },
    ]);
  });
});
