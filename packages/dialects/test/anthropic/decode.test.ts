import { AttemptError, foldEvents } from "@sluice/core";
import type { DecodeContext } from "@sluice/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { cut, decodeBytes, decodeContext, fixtureBytes, fixtureJson, fixtureNames, upstream } from "./fixtures.ts";

const streams = fixtureNames(".sse");
const replies = fixtureNames(".reply.json");

const decode = (name: string, context?: DecodeContext) => decodeBytes(cut(fixtureBytes(`${name}.sse`)), context);

test("there are fixtures", () => {
  expect(streams.length).toBeGreaterThan(12);
  expect(replies.length).toBeGreaterThan(5);
});

test.for(streams)("%s: reads the events that stand beside the fixture", async (name) => {
  expect(await decode(name)).toEqual(fixtureJson(`${name}.events.json`)["events"]);
});

test.for(streams)("%s: events depend on the bytes alone (W02)", async (name) => {
  const bytes = fixtureBytes(`${name}.sse`);
  const whole = await decodeBytes(cut(bytes));
  const everywhere = Array.from(bytes, (_byte, index) => index);
  expect(await decodeBytes(cut(bytes, everywhere))).toEqual(whole);
  const places = fc.array(fc.nat(bytes.length), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(places, async (at) => {
      expect(await decodeBytes(cut(bytes, at))).toEqual(whole);
    }),
    { numRuns: 60 },
  );
});

test.for(replies)("%s: streamed and whole answers are the same reply", async (name) => {
  const { reply, complete } = foldEvents(await decode(name));
  expect(complete).toBe(true);
  const whole = upstream.decodeReply(fixtureJson(`${name}.reply.json`), decodeContext);
  expect({ ...reply, usage: { ...reply.usage, raw: null } }).toEqual({
    ...whole,
    usage: { ...whole.usage, raw: null },
  });
});

test.for(streams)("%s: every cut before its terminator is no complete answer (W07)", async (name) => {
  const bytes = fixtureBytes(`${name}.sse`);
  const end = new TextDecoder().decode(bytes).indexOf("event: message_stop");
  const last = new TextEncoder().encode(new TextDecoder().decode(bytes).slice(0, end === -1 ? undefined : end)).length;
  for (let length = 0; length < last; length += 7) {
    const fold = foldEvents(await decodeBytes(cut(bytes.subarray(0, length))));
    expect(fold.complete).toBe(false);
    expect(fold.failure).not.toBeNull();
  }
});

test("counts cached tokens as input, and lets later totals replace earlier ones", async () => {
  const { usage } = foldEvents(await decode("text")).reply;
  expect(usage).toMatchObject({ inputTokens: 142, cacheReadTokens: 100, cacheWriteTokens: 30, outputTokens: 9 });
  const late = foldEvents(await decode("usage-late")).reply.usage;
  expect(late).toMatchObject({ inputTokens: 25, cacheReadTokens: 5, cacheWriteTokens: null, outputTokens: 7 });
});

test("binds signatures to the domain of the target", async () => {
  const context = { ...decodeContext, target: { ...decodeContext.target, stateDomain: "elsewhere" } };
  const [thinking] = foldEvents(await decode("thinking-tools", context)).reply.choices[0]?.parts ?? [];
  expect(thinking).toMatchObject({ type: "reasoning", state: { kind: "signature", domain: "elsewhere" } });
});

test.for([
  ["an error of its own", { type: "error", error: { type: "overloaded_error", message: "Overloaded" } }, "overloaded"],
  ["another dialect's answer", { id: "x", object: "chat.completion", choices: [] }, "protocol"],
  ["a message without content", { type: "message", role: "assistant" }, "protocol"],
  ["nothing", {}, "protocol"],
  [
    "an answer that did not end",
    { type: "message", content: [{ type: "text", text: "x" }], stop_reason: null },
    "truncated",
  ],
] as const)("a 200 with %s is a failure of class %3$s (W08)", ([, body, failureClass]) => {
  const read = () => upstream.decodeReply(JSON.parse(JSON.stringify(body)), decodeContext);
  expect(read).toThrowError(AttemptError);
  expect(read).toThrowError(expect.objectContaining({ failure: expect.objectContaining({ class: failureClass }) }));
});

test("never throws and never invents an end, whatever the frames say", () => {
  const json = fc.oneof(
    fc.json(),
    fc.string(),
    fc.constantFrom('{"type":"message_delta","delta":{"stop_reason":1}}', "null", "[]"),
  );
  const frame = fc.record({
    event: fc.option(fc.constantFrom("message_start", "content_block_start", "error", "x")),
    data: json,
  });
  const types = fc.constantFrom(
    { type: "content_block_start" },
    { type: "content_block_start", content_block: { type: "tool_use" } },
    { type: "content_block_start", content_block: { type: "text", text: 7 } },
    { type: "content_block_delta", index: 3, delta: { type: "input_json_delta", partial_json: {} } },
    { type: "content_block_delta", delta: { type: "citations_delta", citation: null } },
    { type: "content_block_stop" },
    { type: "message_delta", usage: [] },
  );
  const odd = types.map((value) => ({ event: null, data: JSON.stringify(value) }));
  fc.assert(
    fc.property(fc.array(fc.oneof(frame, odd)), (frames) => {
      const state = upstream.decoder.initial(decodeContext);
      const events = frames.flatMap((item) => upstream.decoder.step(state, { ...item, raw: new Uint8Array() }));
      const fold = foldEvents([...events, ...upstream.decoder.end(state)]);
      expect(fold.complete).toBe(false);
      expect(fold.failure).not.toBeNull();
    }),
  );
});
