import type { StreamForm, VendorEvent } from "./vendor.ts";

/** How events become bytes, and bytes become writes. All of it is legal; none of it may change what is read. */
export interface Framing {
  /** @default the vendor's own */
  lineEnd?: "\n" | "\r\n" | "\r";
  /** A byte order mark first. @default false */
  bom?: boolean;
  /** Comments, `id` and `retry` fields between events. @default false */
  comments?: boolean;
  /** JSON spread over several `data` lines. @default false */
  multiLineData?: boolean;
  /** Whether the last event has its blank line. @default true */
  trailingNewline?: boolean;
  /** Where writes are cut: after events, after every byte, inside every multi-byte character, or every n bytes. @default "event" */
  chunks?: "event" | "byte" | "utf8" | number;
}

/** One write: bytes, and how many content events are complete with them. */
export interface Chunk {
  bytes: Uint8Array;
  events: number;
}

/** Frames events and cuts the bytes into writes. */
export function chunksOf(events: readonly VendorEvent[], form: StreamForm, framing: Framing): Chunk[] {
  const frames = events.map((event, at) =>
    (form.framing === "sse" ? sseFrame : arrayFrame)(event, at, events.length, form, framing),
  );
  const bytes = Buffer.from((framing.bom ? "\uFEFF" : "") + frames.join(""));
  let end = framing.bom ? 3 : 0;
  const ends = frames.map((frame, at) => ({
    at: (end += Buffer.byteLength(frame)),
    content: events[at]?.content === true,
  }));
  return cut(bytes, ends, framing.chunks ?? "event");
}

function sseFrame(event: VendorEvent, at: number, count: number, form: StreamForm, framing: Framing): string {
  const end = framing.lineEnd ?? form.lineEnd;
  const data =
    framing.multiLineData && event.data.startsWith("{") ? JSON.stringify(JSON.parse(event.data), null, 1) : event.data;
  const lines = [
    ...(framing.comments ? [": keep-alive", `id: ${at}`, "retry: 3000"] : []),
    ...(event.name === null ? [] : [`event: ${event.name}`]),
    ...data.split("\n").map((line) => `data: ${line}`),
  ];
  const closed = framing.trailingNewline !== false || at < count - 1;
  return lines.join(end) + (closed ? end + end : "");
}

// The service pretty-prints and separates its elements just so; a reader must not depend on it.
function arrayFrame(event: VendorEvent, at: number, count: number, _form: StreamForm, framing: Framing): string {
  const data = framing.multiLineData ? JSON.stringify(JSON.parse(event.data), null, 2) : event.data;
  return `${at === 0 ? "[" : ",\r\n"}${data}\n${at === count - 1 && framing.trailingNewline !== false ? "]" : ""}`;
}

function cut(bytes: Buffer, ends: { at: number; content: boolean }[], mode: NonNullable<Framing["chunks"]>): Chunk[] {
  const chunks: Chunk[] = [];
  let from = 0;
  for (const to of cutsOf(bytes, ends, mode)) {
    const events = ends.filter((end) => end.content && end.at > from && end.at <= to).length;
    chunks.push({ bytes: bytes.subarray(from, to), events });
    from = to;
  }
  return chunks;
}

function cutsOf(bytes: Buffer, ends: { at: number }[], mode: NonNullable<Framing["chunks"]>): number[] {
  if (mode === "event") return ends.map((end) => end.at);
  const step = mode === "byte" || mode === "utf8" ? 1 : mode;
  const every = Array.from({ length: Math.ceil(bytes.length / step) }, (_, at) =>
    Math.min((at + 1) * step, bytes.length),
  );
  if (mode !== "utf8") return every;
  // A continuation byte is 10xxxxxx: a cut before it is inside a character.
  const inside = every.filter((at) => at < bytes.length && ((bytes[at] as number) & 0xc0) === 0x80);
  return [...new Set([...inside, ...ends.map((end) => end.at)])].toSorted((a, b) => a - b);
}
