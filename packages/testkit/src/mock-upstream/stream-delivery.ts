import { gzipSync } from "node:zlib";
import { lateError, slowly, writeOf } from "./move.ts";
import type { Delivery, Move } from "./move.ts";
import { ruled } from "./faults.ts";
import type { Fault } from "./faults.ts";
import { chunksOf } from "./framing.ts";
import type { Chunk, Framing } from "./framing.ts";
import type { VendorAnswer, VendorEvent } from "./vendor.ts";

type Streamed = Extract<VendorAnswer, { type: "events" }>;

/** Plans a streamed answer. */
export function planStream(delivery: Delivery, { events, form }: Streamed): Move[] {
  const { fault, headers, options } = delivery;
  const contentType = fault?.type === "content-type" ? fault.value : form.contentType;
  const coding: Record<string, string> = fault?.type === "gzip" ? { "content-encoding": "gzip" } : {};
  const head: Move = {
    type: "head",
    status: 200,
    headers: { ...headers, "content-type": contentType, "cache-control": "no-cache", ...coding },
  };
  const chunks = chunksOf(spoiled(delivery, events), form, framingOf(delivery, form.framing === "json-array"));
  const whole = Buffer.concat(chunks.map((chunk) => chunk.bytes));
  const writes = ruled<Move[]>(
    {
      silence: () => [],
      trickle: (pace) => slowly(whole, pace),
      gzip: () => [writeOf(gzipSync(whole))],
      delay: ({ firstEventMs = 0 }) => [{ type: "wait", ms: firstEventMs }, ...paced(chunks, options.chunkDelayMs)],
      // Late usage comes after the finish, so only the end of the stream waits.
      "late-usage": ({ delayMs }) => [
        ...paced(chunks.slice(0, -2), options.chunkDelayMs),
        { type: "wait", ms: delayMs },
        ...paced(chunks.slice(-2), 0),
      ],
    },
    fault,
  );
  return [head, ...(writes ?? paced(chunks, options.chunkDelayMs)), endOf(fault)];
}

function paced(chunks: Chunk[], delayMs: number): Move[] {
  const pause: Move[] = delayMs > 0 ? [{ type: "wait", ms: delayMs }] : [];
  return chunks.flatMap((chunk): Move[] => [...pause, { type: "write", ...chunk }]);
}

function endOf(fault: Fault | null): Move {
  const end = ruled<Move>(
    { silence: () => ({ type: "hang" }), stall: () => ({ type: "hang" }), reset: () => ({ type: "reset" }) },
    fault,
  );
  return end ?? { type: "end" };
}

const broken = new Set<Fault["type"] | undefined>(["cut", "stall", "reset", "missing-done"]);

function framingOf({ fault, options }: Delivery, isArray: boolean): Framing {
  const framing = { ...options.framing, ...(fault?.type === "framing" ? fault : {}) };
  // An array that is cut has no `]`.
  return isArray && broken.has(fault?.type) ? { ...framing, trailingNewline: false } : framing;
}

/** The events with the fault in them. */
function spoiled({ vendor, fault, options }: Delivery, events: VendorEvent[]): VendorEvent[] {
  const faulty = ruled<VendorEvent[]>(
    {
      cut: ({ afterEvents }) => upTo(events, afterEvents),
      stall: ({ afterEvents }) => upTo(events, afterEvents),
      reset: ({ afterEvents = 0 }) => upTo(events, afterEvents),
      "error-event": (late) => {
        const sent = upTo(events, late.afterEvents);
        return [...sent, ...vendor.errorEvents(lateError(late), options.requestId, sent)];
      },
      "malformed-event": ({ afterEvents }) => {
        const at = upTo(events, afterEvents).length;
        return events.map((event, index) => (index === at ? { ...event, data: event.data.slice(0, -2) } : event));
      },
      "oversized-event": ({ afterEvents, bytes }) => {
        const at = upTo(events, afterEvents).length;
        const large: VendorEvent = {
          name: null,
          data: JSON.stringify({ padding: "x".repeat(bytes) }),
          content: false,
          role: "other",
        };
        return events.toSpliced(at, 0, large);
      },
      "missing-usage": () =>
        events.filter((event) => event.role !== "usage").map((event) => ({ ...event, data: withoutUsage(event.data) })),
      // Where there is no terminator, the finish is one.
      "missing-done": () => {
        const last = events.some((event) => event.role === "terminator") ? "terminator" : "finish";
        return events.filter((event) => event.role !== last);
      },
    },
    fault,
  );
  return faulty ?? events;
}

/** The events before the content event after `count` of them. Never the end of the answer. */
function upTo(events: VendorEvent[], count: number): VendorEvent[] {
  let seen = 0;
  const stop = events.findIndex((event) => (event.content ? ++seen > count : event.role !== "other"));
  return stop < 0 ? events : events.slice(0, stop);
}

function withoutUsage(data: string): string {
  if (!data.startsWith("{")) return data;
  const { usage: _usage, usageMetadata: _metadata, ...rest } = JSON.parse(data) as Record<string, unknown>;
  // Anthropic's start and OpenAI's responses have it one level down.
  for (const holder of ["message", "response"]) {
    const { usage: _inner, ...inner } = (rest[holder] ?? {}) as Record<string, unknown>;
    if (rest[holder] !== undefined) rest[holder] = inner;
  }
  return JSON.stringify(rest);
}
