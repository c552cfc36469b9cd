import { cutFrames, foldEvents } from "@sluice/core";
import type { JsonObject, StreamEvent } from "@sluice/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  cut,
  decodeBytes,
  decodeContext,
  fixtureBytes,
  fixtureJson,
  fixtureNames,
  target,
  upstream,
} from "./fixtures.ts";

const streams = fixtureNames(".sse");
const eventsOf = (name: string) => fixtureJson(`${name}.events.json`)["events"] as unknown as StreamEvent[];
const withoutRaw = (event: StreamEvent): StreamEvent =>
  event.type === "usage" ? { type: "usage", usage: { ...event.usage, raw: {} } } : event;

describe("reading a streamed answer", () => {
  test("there are fixtures", () => expect(streams.length).toBeGreaterThan(15));

  test.each(streams)("%s", async (name) => {
    expect(await decodeBytes(cut(fixtureBytes(`${name}.sse`)))).toEqual(eventsOf(name));
  });

  test.each(streams)("%s: cut anywhere, the events are the same", async (name) => {
    const bytes = fixtureBytes(`${name}.sse`);
    const places = fc.array(fc.nat(bytes.length), { maxLength: 20 });
    const check = async (cuts: number[]) => {
      expect(await decodeBytes(cut(bytes, cuts))).toEqual(eventsOf(name));
    };
    await fc.assert(fc.asyncProperty(places, check), { numRuns: 25 });
    await check(Array.from(bytes, (_byte, index) => index));
  });

  test("a JSON array is read where an upstream sends no events, cut anywhere", async () => {
    const bytes = fixtureBytes("array.json");
    const whole = await decodeBytes(cut(bytes));
    expect(foldEvents(whole)).toMatchObject({
      complete: true,
      reply: { choices: [{ parts: [{ type: "text", text: 'Zeile [1], "x" \\ {' }], finish: "stop" }] },
    });
    expect(
      await decodeBytes(
        cut(
          bytes,
          Array.from(bytes, (_byte, index) => index),
        ),
      ),
    ).toEqual(whole);
  });

  test("frames are the body, byte for byte, in both forms", async () => {
    for (const file of ["text.sse", "array.json"]) {
      const raw: Uint8Array[] = [];
      const body = fixtureBytes(file);
      for await (const frame of cutFrames(upstream, cut(body, [5, 90]), { maxEventBytes: 1000 })) raw.push(frame.raw);
      expect(Buffer.concat(raw).equals(body)).toBe(true);
    }
  });

  test("an array without its end is cut", async () => {
    const bytes = fixtureBytes("array.json");
    await expect(decodeBytes(cut(bytes.subarray(0, -3)))).rejects.toMatchObject({ failure: { class: "truncated" } });
  });

  test("whatever the bytes are, it ends with one end or one error and does not throw", async () => {
    const data = fc.oneof(
      fc.string(),
      fc.json(),
      fc.constantFrom("[DONE]", "null", "[]", '{"candidates":[{"content":7}]}'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(data, { maxLength: 5 }), async (lines) => {
        const bytes = new TextEncoder().encode(
          lines.map((line) => `data: ${line.replaceAll(/[\r\n]/g, "")}\n\n`).join(""),
        );
        const events = await decodeBytes(cut(bytes));
        expect(["end", "error"]).toContain(events.at(-1)?.type);
        expect(events.filter((event) => event.type === "end" || event.type === "error")).toHaveLength(1);
      }),
    );
  });

  test("an error wins over what follows it", async () => {
    const bytes = Buffer.concat([fixtureBytes("error-after-content.sse"), fixtureBytes("text.sse")]);
    expect((await decodeBytes(cut(bytes))).at(-1)).toMatchObject({ type: "error", failure: { code: "INTERNAL" } });
  });

  test("a rewritten tool name comes back as the caller's own", async () => {
    const { memo } = upstream.encodeRequest({ ...decodeContext.request, tools: [{ name: "weather tool!" }] }, target);
    const wire = (memo as { names: { toWire(name: string): string } }).names.toWire("weather tool!");
    expect(wire).toMatch(/^[A-Za-z_][A-Za-z0-9_.:-]{0,127}$/);
    const body = { candidates: [{ content: { parts: [{ functionCall: { name: wire } }] }, finishReason: "STOP" }] };
    const reply = upstream.decodeReply(body, { ...decodeContext, memo });
    expect(reply.choices[0]?.parts[0]).toMatchObject({ name: "weather tool!", arguments: "{}" });
  });
});

describe("reading a whole answer", () => {
  test.each(fixtureNames(".reply.json"))("%s is what its stream folds to", (name) => {
    const streamed = foldEvents(eventsOf(name).map(withoutRaw)).reply;
    const reply = upstream.decodeReply(fixtureJson(`${name}.reply.json`), decodeContext);
    expect({ ...reply, usage: { ...reply.usage, raw: {} } }).toEqual(streamed);
  });

  test.each([
    ["an empty object", {}, { class: "protocol" }],
    ["no candidate", { candidates: [], usageMetadata: {} }, { class: "protocol" }],
    ["an error", { error: { code: 429, status: "RESOURCE_EXHAUSTED", message: "Slow down." } }, { class: "rate" }],
    ["a failed call", { candidates: [{ finishReason: "UNEXPECTED_TOOL_CALL" }] }, { class: "protocol" }],
  ])("%s is no answer", (_name, body: JsonObject, failure) => {
    expect(() => upstream.decodeReply(body, decodeContext)).toThrow(
      expect.objectContaining({ failure: expect.objectContaining(failure) }),
    );
  });
});

describe("reading an error", () => {
  const none = new Map<string, string>();
  test.each([
    [
      429,
      {
        error: {
          code: 429,
          message: "Quota.",
          status: "RESOURCE_EXHAUSTED",
          details: [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "34.07s" }],
        },
      },
      { class: "rate", retryAfterMs: 34_070 },
    ],
    [
      400,
      [
        {
          error: {
            code: 400,
            message: "API key not valid.",
            status: "INVALID_ARGUMENT",
            details: [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "API_KEY_INVALID" }],
          },
        },
      ],
      { class: "credential" },
    ],
    [
      400,
      {
        error: {
          message: "The input token count (9) exceeds the maximum number of tokens allowed (8).",
          status: "INVALID_ARGUMENT",
        },
      },
      { class: "invalid", kind: "context_length" },
    ],
    [
      404,
      { error: { message: "models/x is not found for API version v1beta.", status: "NOT_FOUND" } },
      { class: "invalid", kind: "model_not_found" },
    ],
    [
      400,
      {
        error: {
          message: "Bad.",
          status: "INVALID_ARGUMENT",
          details: [
            { "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations: [{ field: "contents[0]" }] },
          ],
        },
      },
      { param: "contents[0]" },
    ],
    [503, { error: { message: "Overloaded.", status: "UNAVAILABLE" } }, { class: "overloaded", code: "UNAVAILABLE" }],
    [502, "<html><h1>Bad gateway</h1></html>", { class: "server", message: "an HTML page instead of an answer" }],
    [500, "plain words", { class: "server", message: "plain words" }],
    [403, { error: "no" }, { class: "credential", message: "no" }],
    [500, null, { class: "server", message: "HTTP 500" }],
    [400, { errors: [{ message: ["a", "b"] }] }, { class: "invalid", message: "a; b" }],
  ])("%i %j", (status, body, expected) => {
    expect(upstream.decodeError(status, none, body, {})).toMatchObject({ ...expected, status });
  });

  test("a vendor's own code decides before all", () => {
    const body = { error: { status: "RESOURCE_EXHAUSTED", message: "Out of funds." } };
    expect(upstream.decodeError(429, none, body, { errorCodes: { RESOURCE_EXHAUSTED: "credential" } }).class).toBe(
      "credential",
    );
  });

  test("Retry-After counts where the body says nothing", () => {
    expect(upstream.decodeError(503, new Map([["retry-after", "2"]]), "", {}).retryAfterMs).toBe(2000);
  });
});
