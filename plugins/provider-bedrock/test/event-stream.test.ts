import { crc32 as crcOf } from "node:zlib";
import { AttemptError } from "@sluice/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EventStreamSplitter } from "../src/index.ts";
import type { EventStreamMessage } from "../src/index.ts";
import { eventOf, exceptionOf, messageOf } from "./_frames.ts";

const limits = { maxEventBytes: 64 * 1024 };

function read(bytes: Uint8Array, cuts: readonly number[] = []) {
  const splitter = new EventStreamSplitter(limits);
  const messages: EventStreamMessage[] = [];
  let from = 0;
  for (const to of [...cuts.toSorted((a, b) => a - b), bytes.length]) {
    messages.push(...splitter.push(bytes.subarray(from, to)));
    from = to;
  }
  return {
    said: messages.map(({ headers, payload }) => [[...headers], Buffer.from(payload).toString()]),
    open: splitter.isOpen,
  };
}

const several = Buffer.concat([
  eventOf("messageStart", { role: "assistant" }),
  eventOf("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "✓ 世界" } }),
  messageOf({}, ""),
  exceptionOf("throttlingException", "Too many requests"),
]);

describe("an AWS event stream", () => {
  test("is messages with headers and a payload", () => {
    expect(read(several)).toEqual({
      said: [
        [
          [
            [":event-type", "messageStart"],
            [":content-type", "application/json"],
            [":message-type", "event"],
          ],
          '{"role":"assistant"}',
        ],
        [expect.anything(), '{"contentBlockIndex":0,"delta":{"text":"✓ 世界"}}'],
        [[], ""],
        [expect.arrayContaining([[":exception-type", "throttlingException"]]), '{"message":"Too many requests"}'],
      ],
      open: false,
    });
  });

  test("is read the same wherever it is cut once, and byte by byte (W02)", () => {
    const whole = read(several);
    const different: number[] = [];
    for (let at = 0; at <= several.length; at++) {
      if (JSON.stringify(read(several, [at])) !== JSON.stringify(whole)) different.push(at);
    }
    expect(different).toEqual([]);
    expect(
      read(
        several,
        Array.from(several, (_, at) => at),
      ),
    ).toEqual(whole);
  });

  test("gives back whatever was written, however it is cut", () => {
    const header = fc.tuple(fc.string({ minLength: 1, maxLength: 20 }), fc.string({ maxLength: 300 }));
    const message = fc.record({
      headers: fc.array(header, { maxLength: 4 }),
      payload: fc.string({ unit: "binary", maxLength: 2_000 }),
    });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 5 }), fc.array(fc.nat(), { maxLength: 12 }), (messages, places) => {
        const plain = messages.map(({ headers, payload }) => ({ headers: Object.fromEntries(headers), payload }));
        const bytes = Buffer.concat(plain.map(({ headers, payload }) => messageOf(headers, payload)));
        const { said, open } = read(
          bytes,
          places.map((place) => place % (bytes.length + 1)),
        );
        expect(said).toEqual(
          plain.map(({ headers, payload }) => [
            Object.entries(headers).map(([name, value]) => [wire(name), wire(value)]),
            wire(payload),
          ]),
        );
        expect(open).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  test("with any bit turned is refused, or has not ended: never another message", () => {
    const one = eventOf("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "Hi" } });
    const whole = JSON.stringify(read(one).said);
    for (let bit = 0; bit < one.length * 8; bit++) {
      const turned = Uint8Array.from(one);
      turned[bit >> 3] = (turned[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(outcome(turned)).not.toBe(whole);
      expect(outcome(turned)).toBe("protocol");
    }
  });

  test("that ends inside a message says so, wherever it does", () => {
    const one = eventOf("messageStop", { stopReason: "end_turn" });
    for (let length = 1; length < one.length; length++) {
      expect(read(one.subarray(0, length))).toEqual({ said: [], open: true });
    }
  });

  test.each([
    ["more than the limit", 64 * 1024 + 1, 0],
    ["four gigabytes", 0xffffffff, 0],
    ["less than a message can have", 15, 0],
    ["fewer bytes than its headers", 20, 5],
    ["headers that no message can have", 60_000, 0xffffffff],
  ])("with a length of %s is refused before anything is kept for it", (_name, total, headers) => {
    const splitter = new EventStreamSplitter(limits);
    expect(() => [...splitter.push(preludeOf(total, headers))]).toThrow(AttemptError);
  });

  test("may have headers of every type", () => {
    const typed = Buffer.concat([
      typedHeader("t", 0, ""),
      typedHeader("f", 1, ""),
      typedHeader("b", 2, "07"),
      typedHeader("s", 3, "0007"),
      typedHeader("i", 4, "00000007"),
      typedHeader("l", 5, "0000000000000007"),
      typedHeader("bytes", 6, "0003010203"),
      typedHeader("time", 8, "0000000000000007"),
      typedHeader("uuid", 9, "00".repeat(16)),
      typedHeader("text", 7, "00024869"),
    ]);
    expect(read(withHeaders(typed)).said).toEqual([[[["text", "Hi"]], ""]]);
  });

  test.each([
    ["a type that there is not", typedHeader("x", 10, "")],
    ["a value that is longer than the headers", typedHeader("x", 7, "0fff41")],
    ["a name that is longer than the headers", Buffer.from([9, 65])],
    ["no type", Buffer.from([1, 65])],
  ])("with %s in its headers is refused", (_name, headers) => {
    expect(outcome(withHeaders(headers))).toBe("protocol");
  });
});

function outcome(bytes: Uint8Array): string {
  try {
    return JSON.stringify(read(bytes).said);
  } catch (error) {
    return error instanceof AttemptError ? error.failure.class : "broken";
  }
}

/** Lone surrogates have no bytes of their own. */
function wire(text: string): string {
  return Buffer.from(text).toString();
}

function preludeOf(total: number, headers: number): Buffer {
  const prelude = messageOf({}, "").subarray(0, 12);
  prelude.writeUInt32BE(total, 0);
  prelude.writeUInt32BE(headers, 4);
  prelude.writeUInt32BE(crcOf(prelude.subarray(0, 8)), 8);
  return prelude;
}

function withHeaders(headers: Buffer): Buffer {
  const message = Buffer.concat([preludeOf(16 + headers.length, headers.length), headers]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crcOf(message));
  return Buffer.concat([message, sum]);
}

function typedHeader(name: string, type: number, hex: string): Buffer {
  return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([type]), Buffer.from(hex, "hex")]);
}
