import { AttemptError, foldEvents } from "@sluice/core";
import type { StreamEvent, WireFrame } from "@sluice/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { orderProblem } from "../event-order.ts";
import type { Recording } from "../recordings.ts";
import { essence } from "./replies.ts";
import { joined } from "./subject.ts";
import type { Subject } from "./subject.ts";

/** What must hold for the answers that upstreams of the dialect give. */
export function decodingCases(subject: Subject): void {
  streamCases(subject);
  wholeCases(subject);
  unknownEventCases(subject);
  brokenAnswerCases(subject);
}

function streamCases(subject: Subject): void {
  describe.each(subject.streams.map((one) => [one.name, one] as const))("the stream %s", (_name, recording) => {
    const bytes = recording.stream;
    const context = subject.decodeContext(recording);

    test("is read as the events that stand beside it, in their order", async () => {
      const events = await subject.decode(bytes, context);
      expect(events).toEqual(recording.events ?? events);
      expect(orderProblem(events)).toBeNull();
    });

    test("is read the same however it is cut (W02)", async () => {
      const whole = await subject.decode(bytes, context);
      const everywhere = Array.from(bytes, (_byte, at) => at);
      expect(await subject.decode(bytes, context, everywhere)).toEqual(whole);
      const cuts = fc.array(fc.nat({ max: bytes.length }), { maxLength: 20 });
      const property = fc.asyncProperty(cuts, async (at) => {
        expect(await subject.decode(bytes, context, at)).toEqual(whole);
      });
      await fc.assert(property, { numRuns: 20 });
    });

    test("has the same frames wherever it is cut once (W02)", async () => {
      const said = async (cuts: number[]) => {
        const frames = await subject.frames(bytes, cuts);
        // A line feed that comes after its carriage return was dispatched belongs to the next frame.
        const length = frames.reduce((sum, { raw }) => sum + raw.length, 0);
        return JSON.stringify([length, frames.flatMap(({ event, data }) => (data === "" ? [] : [[event, data]]))]);
      };
      const whole = await said([]);
      const different: number[] = [];
      for (let at = 1; at < bytes.length; at++) if ((await said([at])) !== whole) different.push(at);
      expect(different).toEqual([]);
    });

    test("leaves its frames as they came, so that they can be relayed", async () => {
      const whole = joined((await subject.frames(bytes)).map((frame) => frame.raw));
      const { complete } = foldEvents(await subject.decode(bytes, context));
      // A last block that is cut is no frame; a complete stream has none.
      expect(whole).toEqual(bytes.subarray(0, complete ? bytes.length : whole.length));
    });

    test("is complete only with its terminator, and ends in an error without it (W07)", async () => {
      const frames = await subject.frames(bytes);
      const until = (count: number) => subject.decodeFrames(frames.slice(0, count), context);
      const lengths = frames.map((_frame, at) => at + 1);
      const complete = lengths.find((count) => foldEvents(until(count)).complete) ?? frames.length + 1;
      expect(complete).toBeGreaterThanOrEqual(finishOf(subject, frames, recording));
      for (const count of lengths.filter((length) => length < complete)) {
        expect(until(count).at(-1)).toMatchObject({ type: "error" });
        expect(orderProblem(until(count))).toBeNull();
      }
    });

    test("says the same with fields that nobody knows (W06)", async () => {
      const frames = await subject.frames(bytes);
      const odd = frames.map(withUnknownField);
      const ignoring = (events: StreamEvent[]) =>
        events.filter(({ type }) => type !== "warning" && type !== "rest").map(withoutRaw);
      expect(ignoring(subject.decodeFrames(odd, context))).toEqual(ignoring(subject.decodeFrames(frames, context)));
    });
  });
}

function wholeCases(subject: Subject): void {
  const both = subject.streams.flatMap((one) => (one.reply === null ? [] : [[one.name, one, one.reply] as const]));

  test("some answers are recorded both streamed and whole", () => {
    expect(both.length).toBeGreaterThan(0);
  });

  test.each(both)("%s is the same answer streamed and whole", async (_name, recording, reply) => {
    const context = subject.decodeContext(recording);
    const fold = foldEvents(await subject.decode(recording.stream, context));
    expect(fold.complete).toBe(true);
    expect(essence(fold.reply)).toEqual(essence(subject.upstream.decodeReply(reply, context)));
  });

  test("a whole answer that is none is a failure, never an answer (W08)", () => {
    const bodies = [
      {},
      { error: { message: "It broke", code: 500 } },
      { object: "list", data: [] },
      { html: "<p>" },
      { choices: "no" },
    ];
    for (const body of bodies) {
      const read = () => subject.upstream.decodeReply(body, subject.decodeContext());
      expect(read).toThrow(AttemptError);
    }
  });
}

/** Only for wires that name their events. */
function unknownEventCases(subject: Subject): void {
  const named = subject.streams.filter(
    (one) => one.reply !== null && /^event:/m.test(new TextDecoder().decode(one.stream)),
  );

  test.each(named.map((one) => [one.name, one] as const))(
    "%s is complete with an event of an unknown name in it (W06)",
    async (_name, recording) => {
      const context = subject.decodeContext(recording);
      const frames = await subject.frames(recording.stream);
      const unknown: WireFrame = { raw: new Uint8Array(), event: "future_event", data: '{"type":"future_event"}' };
      const before = foldEvents(subject.decodeFrames(frames, context));
      const after = foldEvents(subject.decodeFrames(frames.toSpliced(1, 0, unknown, unknown), context));
      expect(essence(after.reply)).toEqual(essence(before.reply));
      expect(after.reply.warnings.length - before.reply.warnings.length).toBe(1);
    },
  );
}

function brokenAnswerCases(subject: Subject): void {
  test.each([
    ["nothing", ""],
    ["HTML", "<!doctype html><html><body>Sign in</body></html>\n\n"],
    ["text", "Internal error\n\n"],
    ["a comment", ": hello\n\n"],
    ["an event that is no JSON", "data: {oops\n\n"],
    ["an empty object", "data: {}\n\n"],
    ["a JSON error", 'data: {"error":{"message":"It broke","type":"server_error","code":500,"status":"INTERNAL"}}\n\n'],
    ["null", "data: null\n\n"],
    ["a list", "data: [1]\n\n"],
  ])("%s in place of a stream is an error and no end (W08)", async (_name, body) => {
    const events = await subject.decode(new TextEncoder().encode(body), subject.decodeContext()).catch(failureEvents);
    expect(orderProblem(events)).toBeNull();
    expect(events.at(-1)?.type).toBe("error");
  });

  test("an event above the limit is refused as soon as it is", async () => {
    const body = joined(["data: {", "x".repeat(40 * 1024 * 1024)]);
    await expect(subject.frames(body)).rejects.toMatchObject({ failure: { class: "protocol" } });
  });

  test("no frame makes the decoder throw or end without a finish", () => {
    const frame = fc.record({
      raw: fc.constant(new Uint8Array()),
      event: fc.option(fc.constantFrom("message_start", "message_delta", "content_block_delta", "error", "ping", "?")),
      data: fc.oneof(
        fc.json(),
        fc.constantFrom("{}", '{"choices":[{}]}', '{"candidates":[{}]}', '{"type":"message_delta"}'),
        fc.string(),
      ),
    });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 6 }), (frames) => {
        expect(orderProblem(subject.decodeFrames(frames, subject.decodeContext()))).toBeNull();
      }),
      { numRuns: 300 },
    );
  });

  test("an error answer is read in any shape, and keeps its class", () => {
    const classes = {
      400: "invalid",
      401: "credential",
      403: "credential",
      404: "invalid",
      429: "rate",
      500: "server",
      503: "overloaded",
      529: "overloaded",
    };
    const body = fc.oneof(
      fc.json().map((json): unknown => JSON.parse(json)),
      fc.constantFrom("", "<html>", "Bad gateway", null),
    );
    fc.assert(
      fc.property(fc.constantFrom(...Object.entries(classes)), body, ([status, failureClass], given) => {
        const failure = subject.upstream.decodeError(Number(status), new Map(), given, {});
        expect(failure.class).toBe(failureClass);
        expect(failure.status).toBe(Number(status));
      }),
      { numRuns: 200 },
    );
  });
}

/** How many frames it takes until something is finished; 0 when nothing is. */
function finishOf(subject: Subject, frames: readonly WireFrame[], recording: Recording): number {
  const { decoder } = subject.upstream;
  const state = decoder.initial(subject.decodeContext(recording));
  return frames.findIndex((frame) => decoder.step(state, frame).some((event) => event.type === "finish")) + 1;
}

function failureEvents(error: unknown): StreamEvent[] {
  if (!(error instanceof AttemptError)) throw error;
  return [{ type: "error", failure: error.failure }];
}

function withUnknownField(frame: WireFrame): WireFrame {
  if (!frame.data.startsWith("{") || !frame.data.endsWith("}")) return frame;
  try {
    return {
      ...frame,
      data: JSON.stringify({ ...(JSON.parse(frame.data) as object), x_future: { of: ["some", "kind"] } }),
    };
  } catch {
    return frame;
  }
}

/** Objects that are handed on as they came differ when the wire does. */
function withoutRaw(event: StreamEvent): unknown {
  if (event.type === "provider") return { ...event, item: null };
  if (event.type === "error") return { ...event, failure: { ...event.failure, cause: null } };
  return event;
}
