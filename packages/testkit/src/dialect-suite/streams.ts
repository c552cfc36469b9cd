import { isContent } from "@sluice/core";
import type { StreamEvent, WireFrame } from "@sluice/core";
import { describe, expect, test } from "vitest";
import type { Framing } from "../mock-upstream/framing.ts";
import { chunksOf } from "../mock-upstream/framing.ts";
import type { VendorEvent } from "../mock-upstream/vendor.ts";
import type { Recording } from "../recordings.ts";
import type { Personality } from "../simulation/personality.ts";
import { essence } from "./replies.ts";
import type { Subject } from "./subject.ts";
import { ask, eventStream, replying, sending } from "./through-gateway.ts";
import type { Told } from "./through-gateway.ts";

/**
 * What a gateway makes of the streams that upstreams of the dialect send: any framing says the same, and what is cut,
 * failed or no stream at all is never taken for an answer. Client and upstream speak the dialect.
 */
export function streamCases(subject: Subject): void {
  framingCases(subject);
  recordedCases(subject);
  brokenCases(subject);
}

// Everything that a stream may look like and still say the same (W01, W02; F11).
const framings: Readonly<Record<string, Framing>> = {
  "CRLF line ends": { lineEnd: "\r\n" },
  "CR line ends": { lineEnd: "\r" },
  "CRLF line ends, byte by byte": { lineEnd: "\r\n", chunks: "byte" },
  "a byte order mark": { bom: true },
  "comments and other fields": { comments: true },
  "data over several lines": { multiLineData: true },
  "characters that are cut": { chunks: "utf8" },
  "single bytes": { chunks: "byte" },
  "no blank line at the end": { trailingNewline: false },
  "all of that": { lineEnd: "\r\n", bom: true, comments: true, multiLineData: true, chunks: 3, trailingNewline: false },
};

function framingCases(subject: Subject): void {
  describe("an answer comes through", () => {
    test.each(Object.entries(framings))("with %s", async (_name, framing) => {
      const base = await baseOf(subject);
      const told = await ask(subject, { a: sending(bytesIn(base.events, framing)) });
      expect(told).toMatchObject({ status: 200, outcomes: ["a ok"], receipt: { complete: true } });
      expect(essenceOf(subject, told.events)).toEqual(essenceOf(subject, base.canonical));
    });

    test("with pings and comments between its events", async () => {
      const base = await baseOf(subject);
      const pieces = base.events.flatMap((event) => [": still here\n\n", ...bytesIn([event], {})]);
      const told = await ask(subject, { a: sending(pieces) });
      expect(told).toMatchObject({ status: 200, outcomes: ["a ok"], receipt: { complete: true } });
      expect(essenceOf(subject, told.events)).toEqual(essenceOf(subject, base.canonical));
    });

    test("whole, where a stream was asked for (W05)", async () => {
      const { recording } = await baseOf(subject);
      const told = await ask(subject, { a: replying(JSON.stringify(recording.reply)) });
      expect(told).toMatchObject({ status: 200, outcomes: ["a ok"], receipt: { complete: true } });
      const whole = subject.upstream.decodeReply(recording.reply ?? {}, subject.decodeContext(recording));
      expect(essence(subject.foldOf(told.events).reply)).toEqual(essence(whole));
    });
  });
}

/** Usage early, late or in every chunk, errors before and after content, cuts: as each of them was recorded. */
function recordedCases(subject: Subject): void {
  describe.each(subject.streams.map((one) => [one.name, one] as const))(
    "the stream %s, through a gateway",
    (_name, one) => {
      test("ends as it ended", async () => {
        const events = await subject.decode(one.stream, subject.decodeContext(one)).catch(() => []);
        const told = await ask(subject, { a: sending([one.stream]) }, { quirks: one.quirks });
        expect(fateOf(told)).toEqual(dueTo(events));
      });
    },
  );
}

function brokenCases(subject: Subject): void {
  test("an answer that is cut after any event is no answer (F06, W07)", async () => {
    const { events, recording } = await baseOf(subject);
    const frames = await subject.frames(recording.stream as Uint8Array);
    for (let count = 0; count < events.length; count++) {
      const told = await ask(subject, { a: sending(bytesIn(events.slice(0, count), {})) });
      expect([count, fateOf(told)]).toEqual([count, dueTo(decodedBefore(subject, frames, count))]);
    }
    expect(dueTo(decodedBefore(subject, frames, events.length))).toBe(complete);
  });

  const noStream: Readonly<Record<string, Personality>> = {
    "an error in JSON": replying(
      '{"error":{"message":"It broke","code":500,"status":"INTERNAL","type":"server_error"}}',
    ),
    "another JSON object": replying('{"object":"list","data":[]}'),
    "a JSON list": replying("[]"),
    HTML: replying("<!doctype html><p>Sign in</p>", "text/html"),
    nothing: sending([]),
    "comments alone": sending([": hello\n\n: bye\n\n"]),
    "an event that is no JSON": sending(["data: {oops\n\n"]),
    "an error event at once": sending([
      'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"It broke","code":500,"status":"INTERNAL"}}\n\n',
    ]),
    "a connection that breaks": () => [
      { do: "head", status: 200, headers: eventStream },
      { do: "break", phase: "sent" },
    ],
  };

  describe.each(Object.entries(noStream))("status 200 with %s (F10, W08)", (_name, personality) => {
    test("is an error with a status of its own", async () => {
      const told = await ask(subject, { a: personality });
      expect(told.status).toBeGreaterThanOrEqual(500);
      expect([told.receipt?.complete, told.outcomes]).toEqual([false, [expect.not.stringMatching(/ ok$/)]]);
    });

    test("leaves no trace where another target answers", async () => {
      const base = await baseOf(subject);
      const told = await ask(subject, { a: personality, b: sending(bytesIn(base.events, {})) });
      expect([told.status, told.receipt?.complete, told.outcomes.at(-1)]).toEqual([200, true, "b ok"]);
      expect(essenceOf(subject, told.events)).toEqual(essenceOf(subject, base.canonical));
    });
  });

  test("what is no answer after its content has begun is told in the stream", async () => {
    const { events, recording } = await baseOf(subject);
    const frames = await subject.frames(recording.stream as Uint8Array);
    const begun = frames.findIndex((_frame, at) => decodedBefore(subject, frames, at).some(isContent));
    const start = bytesIn(events.slice(0, begun), {});
    for (const rest of ["data: {oops\n\n", 'event: error\ndata: {"type":"error","error":{"message":"It broke"}}\n\n']) {
      const told = await ask(subject, { a: sending([...start, rest]), b: sending(bytesIn(events, {})) });
      expect(fateOf(told)).toEqual(broken);
    }
  });
}

/** What became of the one call and its stream, in the client's eyes. */
interface Fate {
  begun: boolean;
  complete: boolean;
  outcomes: string[];
  last: string | null;
}

const complete: Fate = { begun: true, complete: true, outcomes: ["ok"], last: "end" };
/** Nobody takes it for complete, no target takes over, and the dialect's own error is its end. */
const broken: Fate = { begun: true, complete: false, outcomes: ["not ok"], last: "error" };
/** Before its content an answer that is none is an error with a status. */
const refused: Fate = { begun: false, complete: false, outcomes: ["not ok"], last: null };

function fateOf({ status, events, receipt, outcomes }: Told): Fate {
  const isEnded = events.some((event) => event.type === "end");
  return {
    begun: status === 200,
    complete: receipt?.complete ?? false,
    outcomes: outcomes.map((outcome) => (outcome.endsWith(" ok") ? "ok" : "not ok")),
    last: isEnded ? "end" : (events.at(-1)?.type ?? null),
  };
}

/** What must become of a stream that is read as these events. */
function dueTo(events: readonly StreamEvent[]): Fate {
  // A finish may be the end where there is no other.
  if (events.at(-1)?.type === "end" && events.some((event) => event.type === "finish")) return complete;
  return events.some(isContent) ? broken : refused;
}

/** A recorded answer of plain events, to be framed in every way. */
async function baseOf(subject: Subject) {
  const isPlain = (one: Recording) => one.reply !== null && Object.keys(one.quirks).length === 0 && isSse(one);
  const recording = subject.streams.find((one) => one.name === "text" && isPlain(one)) ?? subject.streams.find(isPlain);
  if (recording === undefined) throw new Error("There is no answer recorded both streamed and whole.");
  const frames = (await subject.frames(recording.stream)).filter(({ data }) => data !== "");
  const events = frames.map(({ event, data }): VendorEvent => ({ name: event, data, content: false, role: "other" }));
  return { recording, events, canonical: await subject.decode(recording.stream, subject.decodeContext(recording)) };
}

function isSse({ stream }: Recording): boolean {
  return /^(event|data):/m.test(new TextDecoder().decode(stream ?? new Uint8Array()));
}

const form = { contentType: "text/event-stream", framing: "sse", lineEnd: "\n" } as const;

function bytesIn(events: readonly VendorEvent[], framing: Framing): Uint8Array[] {
  return chunksOf(events, form, framing).map(({ bytes }) => bytes);
}

function decodedBefore(subject: Subject, frames: readonly WireFrame[], count: number): StreamEvent[] {
  const whole = frames.filter(({ data }) => data !== "");
  return subject.decodeFrames(whole.slice(0, count), subject.decodeContext());
}

function essenceOf(subject: Subject, events: readonly StreamEvent[]): unknown {
  return essence(subject.foldOf(events).reply);
}
