import { AttemptError, foldEvents } from "@sluice/core";
import type { StreamEvent } from "@sluice/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decodeBytes,
  decodeContextOf,
  expectationOf,
  fixtureBytes,
  fixtureNames,
  replyBody,
  requestOf,
  targetOf,
  upstream,
} from "./fixtures.ts";

const streams = fixtureNames(".sse");

function lastFinish(bytes: Uint8Array): number {
  return Buffer.from(bytes).lastIndexOf('"finish_reason":"');
}

test("there are fixtures to read", () => {
  expect(streams.length).toBeGreaterThan(50);
  expect(fixtureNames(".events.json")).toEqual(streams);
});

describe.each(streams)("the stream %s", (name) => {
  test("is read as its expected events", async () => {
    expect(await decodeBytes(fixtureBytes(`${name}.sse`), decodeContextOf(name))).toEqual(expectationOf(name).events);
  });

  test("is read the same however its bytes are cut", async () => {
    const bytes = fixtureBytes(`${name}.sse`);
    const expected = expectationOf(name).events;
    for (const size of [1, 2, 3, 7, 64]) {
      expect(await decodeBytes(bytes, decodeContextOf(name), size)).toEqual(expected);
    }
  });

  // The last bytes of a whole stream are its terminator; without it there is no end.
  test("ends in an error wherever it is cut off before its terminator", async () => {
    const bytes = fixtureBytes(`${name}.sse`);
    const { quirks } = expectationOf(name);
    const needed = quirks?.done === "optional" ? lastFinish(bytes) : bytes.length - "[DONE]\n\n".length;
    for (let length = 1; length < needed; length += 7) {
      const events = await decodeBytes(bytes.subarray(0, length), decodeContextOf(name));
      expect(events.at(-1)?.type).toBe("error");
    }
  });
});

test.each(fixtureNames(".reply.json"))("the whole answer %s is what its stream folds to", async (name) => {
  const events = await decodeBytes(fixtureBytes(`${name}.sse`), decodeContextOf(name));
  const fold = foldEvents(events);
  expect(fold.failure).toBeNull();
  expect(upstream.decodeReply(replyBody(name), decodeContextOf(name))).toEqual(fold.reply);
});

const context = { target: targetOf(), request: requestOf() };

describe("a whole answer that is none", () => {
  test.each([
    [{}, "protocol"],
    [{ choices: [] }, "protocol"],
    [{ object: "list" }, "protocol"],
    [{ error: "Model overloaded" }, "protocol"],
    [{ error: { message: "slow down", code: "rate_limit_exceeded" } }, "rate"],
    [{ choices: [{ message: { content: "Hi" } }] }, "protocol"],
    [{ choices: [{ message: null, finish_reason: "stop" }], error: { code: 503 } }, "overloaded"],
  ] as const)("%j is of class %s", (body, expected) => {
    const read = () => upstream.decodeReply(body as never, context);
    expect(read).toThrow(AttemptError);
    expect(read).toThrow(expect.objectContaining({ failure: expect.objectContaining({ class: expected }) }));
  });
});

describe("calls without ids", () => {
  const whole = (turns: number) => {
    const message = { tool_calls: [{ function: { name: "now", arguments: "{}" } }] };
    const request = requestOf({
      messages: Array.from({ length: turns }, () => ({ role: "user" as const, parts: [] })),
    });
    const reply = upstream.decodeReply(
      { choices: [{ message, finish_reason: "stop" }] },
      { target: targetOf(), request },
    );
    const [part] = reply.choices[0]?.parts ?? [];
    return part?.type === "tool-call" ? part.id : "";
  };

  test("get the same one each time, and another in the next turn", () => {
    expect(whole(1)).toMatch(/^call_[a-z0-9]{24}$/);
    expect(whole(1)).toBe(whole(1));
    expect(whole(3)).not.toBe(whole(1));
  });
});

test("an answer with renamed tools gets their own names back", () => {
  const request = requestOf({
    tools: [{ name: "maps.find:near" }],
    origin: { dialect: "gemini", rest: {}, prefers: {} },
  });
  const { body, memo } = upstream.encodeRequest(request, targetOf());
  const [tool] = body.tools as { function: { name: string } }[];
  expect(tool?.function.name).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
  const message = { tool_calls: [{ id: "call_a", function: { name: tool?.function.name, arguments: "{}" } }] };
  const reply = upstream.decodeReply({ choices: [{ message, finish_reason: "tool_calls" }] }, { ...context, memo });
  expect(reply.choices[0]?.parts).toMatchObject([{ type: "tool-call", name: "maps.find:near" }]);
});

test("a strict schema with an optional field is answered in the caller's own schema", async () => {
  const schema = { type: "object", properties: { a: { type: "string" }, b: { type: "number" } }, required: ["a"] };
  const output = { type: "schema" as const, name: "pair", schema, strict: true };
  const request = requestOf({ output, origin: { dialect: "gemini", rest: {}, prefers: {} } });
  const target = targetOf({ strict: true });
  const { body, memo } = upstream.encodeRequest(request, target);
  expect(body.response_format).toMatchObject({ json_schema: { strict: true, schema: { required: ["a", "b"] } } });
  const chunk = { choices: [{ delta: { content: '{"a":"x",' } }] };
  const rest = { choices: [{ delta: { content: '"b":null}' }, finish_reason: "stop" }] };
  const bytes = new TextEncoder().encode(
    `data: ${JSON.stringify(chunk)}\n\ndata: ${JSON.stringify(rest)}\n\ndata: [DONE]\n\n`,
  );
  const events = await decodeBytes(bytes, { target, request, memo });
  expect(events.filter((event) => event.type === "text-delta")).toEqual([
    { type: "text-delta", choice: 0, text: '{"a":"x"}' },
  ]);
});

describe("hostile input", () => {
  const json = fc.jsonValue({ maxDepth: 6 });

  test("no chunk, whatever it holds, makes the decoder throw", () => {
    const delta = fc.dictionary(
      fc.constantFrom(
        "content",
        "reasoning_content",
        "reasoning_details",
        "tool_calls",
        "audio",
        "images",
        "annotations",
        "refusal",
        "x",
      ),
      json,
    );
    const choice = fc.record({ index: json, delta, finish_reason: json, logprobs: json }, { requiredKeys: [] });
    const chunk = fc.oneof(
      json,
      fc.record({ id: json, choices: fc.array(choice), usage: json, error: json }, { requiredKeys: [] }),
    );
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 6 }), (chunks) => {
        const state = upstream.decoder.initial({
          target: targetOf({ thinkTags: true, usageAt: ["a.b"] }),
          request: requestOf(),
        });
        const events: StreamEvent[] = chunks.flatMap((data) =>
          upstream.decoder.step(state, { raw: new Uint8Array(0), event: null, data: JSON.stringify(data) }),
        );
        events.push(...upstream.decoder.end(state));
        expect(["end", "error"]).toContain(events.at(-1)?.type);
        expect(foldEvents(events).complete).toBe(events.at(-1)?.type === "end");
      }),
    );
  });

  test("a thousand made-up names give a bounded number of warnings", () => {
    const state = upstream.decoder.initial(context);
    const delta = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`x${index}`, 1]));
    const data = JSON.stringify({ id: "1", choices: [{ delta }] });
    expect(upstream.decoder.step(state, { raw: new Uint8Array(0), event: null, data }).length).toBeLessThan(40);
  });

  test("more calls than clients take are refused", () => {
    const tool_calls = Array.from({ length: 200 }, (_, index) => ({
      id: `c${index}`,
      function: { name: "f", arguments: "{}" },
    }));
    const body = { choices: [{ message: { tool_calls }, finish_reason: "tool_calls" }] };
    expect(() => upstream.decodeReply(body, context)).toThrow("128");
  });
});
