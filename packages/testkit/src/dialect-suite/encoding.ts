import { errors, foldEvents, replay } from "@sluice/core";
import type { Frame, Receipt, Reply, StreamEvent } from "@sluice/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { essence, repliesFor } from "./replies.ts";
import { joined } from "./subject.ts";
import type { Subject } from "./subject.ts";

const receipt = {
  request_id: "req_0123456789",
  actual_model: "a-model",
  total_ms: 12,
  warnings: [],
} as unknown as Receipt;
const broken = errors.INTERNAL();

/** What must hold for the answers that clients of the dialect get. */
export function encodingCases(subject: Subject): void {
  describe.each(repliesFor(subject.domain))("an answer of %s", (_name, reply) => {
    test("is the same after it was written and read whole", () => {
      const body = subject.client.encodeReply(reply, subject.answerContext);
      expect(essence(subject.upstream.decodeReply(body, subject.decodeContext()))).toEqual(essence(reply));
    });

    test("is the same after it was streamed and read", async () => {
      const fold = await subject.fold(subject.encode(replay(reply)));
      expect(fold.complete).toBe(true);
      expect(essence(fold.reply)).toEqual(essence(reply));
    });

    test("is the same in whatever pieces it comes", async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 9 }), async (size) => {
          const fold = await subject.fold(subject.encode(inPieces(reply, size)));
          expect(essence(fold.reply)).toEqual(essence(reply));
        }),
        { numRuns: 9 },
      );
    });

    test("that breaks anywhere is never complete, and says what broke (§3)", async () => {
      const events = [...inPieces(reply, 3)].filter((event) => event.type !== "end");
      for (let count = 0; count <= events.length; count++) {
        const writer = subject.client.createEncoder(subject.answerContext);
        const written = events.slice(0, count).map((event) => writer.write(event));
        const fold = await subject.fold(joined([...written, writer.fail(broken, null)]));
        expect(fold.complete, `after ${count} events`).toBe(false);
        expect(fold.failure?.message).toContain(broken.message);
      }
    });

    test("carries a receipt without saying anything else", async () => {
      const writer = subject.client.createEncoder(subject.answerContext);
      const written = Array.from(replay(reply), (event) => writer.write(event));
      const bytes = joined([...written, writer.end(receipt)]);
      expect(new TextDecoder().decode(bytes)).toContain(receipt.request_id);
      expect(essence((await subject.fold(bytes)).reply)).toEqual(essence(reply));
    });

    test("is written the same each time, and is left as it was (W18)", () => {
      const given = structuredClone(reply);
      const write = () => JSON.stringify(subject.client.encodeReply(given, subject.answerContext));
      expect(write()).toBe(write());
      expect(given).toEqual(reply);
      expect(subject.encode(replay(given))).toEqual(subject.encode(replay(given)));
    });

    test("has no member that the receipt would overwrite", () => {
      const body = subject.client.encodeReply(reply, subject.answerContext);
      expect(Object.keys(subject.client.receiptMembers(receipt)).filter((name) => name in body)).toEqual([]);
    });
  });

  test.each(["filter", "refusal"] as const)(
    "an answer that ends with %s is never taken for a finished one",
    async (finish) => {
      const parts = [{ type: "text" as const, text: "It began" }];
      const [, [, plain] = []] = repliesFor(subject.domain);
      if (plain === undefined) throw new Error("There is no reply.");
      const reply: Reply = { ...plain, choices: [{ parts, finish }] };
      const whole = subject.upstream.decodeReply(
        subject.client.encodeReply(reply, subject.answerContext),
        subject.decodeContext(),
      );
      const streamed = (await subject.fold(subject.encode(replay(reply)))).reply;
      for (const { choices } of [whole, streamed]) expect(["filter", "refusal"]).toContain(choices[0]?.finish);
    },
  );

  test("two streams at once share nothing (W14)", () => {
    const [[, one] = [], [, other] = []] = repliesFor(subject.domain).filter(([name]) =>
      /parallel|thoughts/.test(name),
    );
    if (one === undefined || other === undefined) throw new Error("There are no two replies.");
    const writers = [one, other].map((reply) => ({
      events: [...replay(reply)],
      writer: subject.client.createEncoder(subject.answerContext),
      out: [] as (string | Uint8Array)[],
    }));
    for (let at = 0; at < 20; at++) {
      for (const { events, writer, out } of writers) {
        const event = events[at];
        if (event !== undefined) out.push(writer.write(event));
      }
    }
    const mixed = writers.map(({ writer, out }) => joined([...out, writer.end(null)]));
    expect(mixed).toEqual([subject.encode(replay(one)), subject.encode(replay(other))]);
  });

  relayCases(subject);
  errorCases(subject);
}

function relayCases(subject: Subject): void {
  const complete = subject.streams.filter(
    (one) => one.events?.at(-1)?.type === "end" && subject.upstream.relayable(one.quirks),
  );

  test("there are complete streams to relay", () => {
    expect(complete.length).toBeGreaterThan(0);
  });

  describe.each(complete.map((one) => [one.name, one] as const))("the stream %s, relayed", (_name, recording) => {
    test("leaves byte for byte (W15)", async () => {
      const writer = subject.client.createRelay(subject.answerContext);
      const frames = await framesWithEvents(subject, recording.name);
      const bytes = joined([...frames.map((frame) => writer.write(frame)), writer.end(null)]);
      // What carries the receipt and what ends the stream is written anew, so line ends may differ there.
      const passed = recording.stream.length - (frames.at(-1)?.raw.length ?? 0);
      const words = (of: Uint8Array) => new TextDecoder().decode(of);
      expect(words(bytes.subarray(0, passed))).toBe(words(recording.stream.subarray(0, passed)));
      expect(words(bytes).replaceAll("\r\n", "\n")).toBe(words(recording.stream).replaceAll("\r\n", "\n"));
    });

    test("says the same with a receipt in it", async () => {
      const writer = subject.client.createRelay(subject.answerContext);
      const frames = await framesWithEvents(subject, recording.name);
      const bytes = joined([...frames.map((frame) => writer.write(frame)), writer.end(receipt)]);
      expect(new TextDecoder().decode(bytes)).toContain(receipt.request_id);
      const context = subject.decodeContext(recording);
      const before = foldEvents(await subject.decode(recording.stream, context));
      expect(essence(foldEvents(await subject.decode(bytes, context)).reply)).toEqual(essence(before.reply));
    });

    test("that breaks anywhere is never complete (§3)", async () => {
      const frames = await framesWithEvents(subject, recording.name);
      const last = frames.findIndex((frame) =>
        frame.events.some((event) => event.type === "finish" || event.type === "end"),
      );
      for (let count = 0; count < last; count++) {
        const writer = subject.client.createRelay(subject.answerContext);
        const written = frames.slice(0, count).map((frame) => writer.write(frame));
        const bytes = joined([...written, writer.fail(broken, null)]);
        const fold = foldEvents(await subject.decode(bytes, subject.decodeContext(recording)));
        expect(fold.complete, `after ${count} frames`).toBe(false);
        expect(fold.failure?.message).toContain(broken.message);
      }
    });
  });
}

function errorCases(subject: Subject): void {
  const table = [
    errors.REQUEST_INVALID("messages", "must be a list"),
    errors.ROUTE_UNKNOWN_MODEL("x", null),
    errors.REQUEST_TOO_LARGE(1),
    errors.GATEWAY_CLOSING(),
    errors.INTERNAL(),
    errors.UPSTREAM_TIMEOUT(1000),
  ];
  test.each(table.map((error) => [error.code, error] as const))(
    "%s is said in the dialect's shape (W09)",
    (_code, error) => {
      const body = subject.client.encodeError(error, "req_0123456789", receipt);
      expect(JSON.parse(JSON.stringify(body))).toEqual(body);
      expect(body).toHaveProperty("error");
      expect(body).toHaveProperty("sluice");
      const failure = subject.upstream.decodeError(error.status, new Map(), body, {});
      expect(failure.message).toContain(error.message);
      expect(failure.status).toBe(error.status);
    },
  );
}

async function framesWithEvents(subject: Subject, name: string): Promise<Frame[]> {
  const recording = subject.streams.find((one) => one.name === name);
  if (recording === undefined) throw new Error(`There is no stream ${name}.`);
  const { decoder } = subject.upstream;
  const state = decoder.initial(subject.decodeContext(recording));
  return (await subject.frames(recording.stream)).map((frame) => ({ ...frame, events: decoder.step(state, frame) }));
}

/** The events of a reply with every delta cut into pieces of `size` UTF-16 units. */
function* inPieces(reply: Reply, size: number): Generator<StreamEvent> {
  for (const event of replay(reply)) {
    if (event.type === "text-delta" || event.type === "reasoning-delta") {
      for (const text of cut(event.text, size)) yield { ...event, text };
    } else if (event.type === "tool-delta") {
      for (const part of cut(event.arguments, size)) yield { ...event, arguments: part };
    } else {
      yield event;
    }
  }
}

function cut(text: string, size: number): string[] {
  // A lone half of a character is no text that an encoder could be given.
  const characters = Array.from(text);
  const parts: string[] = [];
  for (let at = 0; at < characters.length; at += size) parts.push(characters.slice(at, at + size).join(""));
  return parts;
}
