import { gzipSync } from "node:zlib";
import type { Answer } from "./answer.ts";
import type { Fault } from "./faults.ts";
import { chunksOf } from "./framing.ts";
import type { Chunk, Framing } from "./framing.ts";
import type { Prompt } from "./prompt.ts";
import { VendorError } from "./vendor-error.ts";
import type { Vendor, VendorEvent } from "./vendor.ts";

/** What the server does next with a connection. A delivery is a list of these: plain data until it is carried out. */
export type Move =
  | { type: "head"; status: number; headers: Record<string, string> }
  | ({ type: "write" } & Chunk)
  | { type: "wait"; ms: number }
  /** A header line that never ends. */
  | { type: "slow-head"; everyMs: number }
  /** Nothing, until the client leaves. */
  | { type: "hang" }
  | { type: "reset" }
  | { type: "end" };

export interface DeliveryOptions {
  tokensPerEvent: number;
  chunkDelayMs: number;
  framing: Framing;
  requestId: string;
}

/** Plans a whole JSON body. */
export function planBody(
  status: number,
  headers: Record<string, string>,
  body: string,
  contentType = "application/json",
): Move[] {
  const bytes = Buffer.from(body);
  const head = { "content-type": contentType, "content-length": String(bytes.length), ...headers };
  return [{ type: "head", status, headers: head }, { type: "write", bytes, events: 0 }, { type: "end" }];
}

/** Plans the answer to a request that was read, with what is to go wrong. */
export function planAnswer(
  vendor: Vendor,
  prompt: Prompt,
  answer: Answer,
  fault: Fault | null,
  options: DeliveryOptions,
): Move[] {
  const headers = vendor.headers(options.requestId);
  const odd = planOdd(vendor, headers, fault, options);
  const delayed: Move[] =
    fault?.type === "delay" && fault.headersMs !== undefined ? [{ type: "wait", ms: fault.headersMs }] : [];
  if (odd !== null) return odd;
  if (!prompt.stream || fault?.type === "json-reply")
    return [...delayed, ...planUnary(vendor, prompt, answer, fault, headers)];
  return [...delayed, ...planStream(vendor, prompt, answer, fault, headers, options)];
}

const html = "<!doctype html><html><head><title>Sign in</title></head><body><h1>Please sign in</h1></body></html>";

/** Answers that are none, or null when the fault is another. */
function planOdd(
  vendor: Vendor,
  headers: Record<string, string>,
  fault: Fault | null,
  options: DeliveryOptions,
): Move[] | null {
  switch (fault?.type) {
    case "html":
      return planBody(200, headers, html, "text/html; charset=utf-8");
    case "empty":
      return planBody(200, headers, "");
    case "error-200": {
      const error = new VendorError(fault.status ?? 500, "The service failed although it says 200.");
      return planBody(200, headers, JSON.stringify(vendor.errorBody(error, options.requestId)));
    }
    case "redirect":
      return planBody(fault.status ?? 307, { ...headers, location: fault.location }, "");
    case "trickle":
      return fault.headers === true ? [{ type: "slow-head", everyMs: fault.everyMs }] : null;
    default:
      return null;
  }
}

function planUnary(
  vendor: Vendor,
  prompt: Prompt,
  answer: Answer,
  fault: Fault | null,
  headers: Record<string, string>,
): Move[] {
  const reply = vendor.reply(prompt, answer);
  if (fault?.type === "missing-usage") for (const field of ["usage", "usageMetadata"]) delete reply[field];
  if (fault?.type === "oversized-event") reply["padding"] = "x".repeat(fault.bytes);
  const json = JSON.stringify(reply);
  const half = Buffer.from(json.slice(0, json.length / 2));
  const chunked: Move = { type: "head", status: 200, headers: { ...headers, "content-type": "application/json" } };
  const partial: Move[] = [chunked, { type: "write", bytes: half, events: 0 }];
  switch (fault?.type) {
    case "silence":
      return [chunked, { type: "hang" }];
    case "reset":
      return [...partial, { type: "reset" }];
    case "stall":
      return [...partial, { type: "hang" }];
    case "cut":
    case "malformed-event":
      return [...partial, { type: "end" }];
    case "error-event":
      return planBody(200, headers, JSON.stringify(vendor.errorBody(midStream(fault), "")));
    case "content-type":
      return planBody(200, headers, json, fault.value);
    case "trickle":
      return [chunked, ...slowly(Buffer.from(json), fault), { type: "end" }];
    case "gzip": {
      const bytes = gzipSync(json);
      return [
        { ...chunked, headers: { ...chunked.headers, "content-encoding": "gzip" } },
        { type: "write", bytes, events: 0 },
        { type: "end" },
      ];
    }
    default:
      return planBody(200, headers, json);
  }
}

function planStream(
  vendor: Vendor,
  prompt: Prompt,
  answer: Answer,
  fault: Fault | null,
  headers: Record<string, string>,
  options: DeliveryOptions,
): Move[] {
  const form = vendor.form(prompt);
  const events = spoiled(vendor, vendor.events(prompt, answer, options.tokensPerEvent), fault, options.requestId);
  const broken =
    fault?.type === "cut" || fault?.type === "stall" || fault?.type === "reset" || fault?.type === "missing-done";
  const framing: Framing = {
    ...options.framing,
    ...(fault?.type === "framing" ? fault : {}),
    // An array that is cut has no `]`.
    ...(broken && form.framing === "json-array" ? { trailingNewline: false } : {}),
  };
  const chunks = fault?.type === "silence" ? [] : chunksOf(events, form, framing);
  const type = fault?.type === "content-type" ? fault.value : form.contentType;
  const head: Move = {
    type: "head",
    status: 200,
    headers: { ...headers, "content-type": type, "cache-control": "no-cache" },
  };
  if (fault?.type === "gzip") {
    const bytes = gzipSync(Buffer.concat(chunks.map((chunk) => chunk.bytes)));
    return [
      { ...head, headers: { ...head.headers, "content-encoding": "gzip" } },
      { type: "write", bytes, events: 0 },
      { type: "end" },
    ];
  }
  const all = Buffer.concat(chunks.map((chunk) => chunk.bytes));
  const writes = fault?.type === "trickle" ? slowly(all, fault) : paced(chunks, fault, options.chunkDelayMs);
  return [head, ...writes, last(fault)];
}

function last(fault: Fault | null): Move {
  if (fault?.type === "silence" || fault?.type === "stall") return { type: "hang" };
  return fault?.type === "reset" ? { type: "reset" } : { type: "end" };
}

function paced(chunks: Chunk[], fault: Fault | null, delayMs: number): Move[] {
  const first: Move[] =
    fault?.type === "delay" && fault.firstEventMs !== undefined ? [{ type: "wait", ms: fault.firstEventMs }] : [];
  const pause: Move[] = delayMs > 0 ? [{ type: "wait", ms: delayMs }] : [];
  const writes = chunks.flatMap((chunk): Move[] => [...pause, { type: "write", ...chunk }]);
  if (fault?.type !== "late-usage") return [...first, ...writes];
  // Late usage comes in the chunks after the finish, so only the end of the stream waits.
  return [...first, ...writes.slice(0, -2), { type: "wait", ms: fault.delayMs }, ...writes.slice(-2)];
}

function slowly(bytes: Uint8Array, fault: { bytes: number; everyMs: number }): Move[] {
  const moves: Move[] = [];
  for (let at = 0; at < bytes.length; at += fault.bytes) {
    moves.push(
      { type: "write", bytes: bytes.subarray(at, at + fault.bytes), events: 0 },
      { type: "wait", ms: fault.everyMs },
    );
  }
  return moves;
}

/** The events with the fault in them. */
function spoiled(vendor: Vendor, events: VendorEvent[], fault: Fault | null, requestId: string): VendorEvent[] {
  const other = (data: string): VendorEvent => ({ name: null, data, content: false, role: "other" });
  switch (fault?.type) {
    case "cut":
    case "stall":
      return upTo(events, fault.afterEvents);
    case "reset":
      return upTo(events, fault.afterEvents ?? 0);
    case "error-event":
      return [...upTo(events, fault.afterEvents), vendor.errorEvent(midStream(fault), requestId)];
    case "malformed-event": {
      const kept = upTo(events, fault.afterEvents);
      const next = events[kept.length];
      const broken = next === undefined ? [] : [{ ...next, data: next.data.slice(0, -2) }];
      return [...kept, ...broken, ...events.slice(kept.length + 1)];
    }
    case "oversized-event": {
      const kept = upTo(events, fault.afterEvents);
      return [...kept, other(JSON.stringify({ padding: "x".repeat(fault.bytes) })), ...events.slice(kept.length)];
    }
    case "missing-usage":
      return events
        .filter((event) => event.role !== "usage")
        .map((event) => ({ ...event, data: withoutUsage(event.data) }));
    case "missing-done": {
      const bare = events.filter((event) => event.role !== "terminator");
      // Where the finish is the terminator, the finish goes.
      return bare.length < events.length || vendor.dialect !== "gemini"
        ? bare
        : bare.filter((event) => event.role !== "finish");
    }
    default:
      return events;
  }
}

/** The events before the content event after `count` of them. */
function upTo(events: VendorEvent[], count: number): VendorEvent[] {
  let seen = 0;
  const stop = events.findIndex(
    (event) => (event.content && ++seen > count) || (event.role !== "other" && !event.content),
  );
  return stop < 0 ? events : events.slice(0, stop);
}

function midStream(fault: { status?: number; message?: string }): VendorError {
  return new VendorError(fault.status ?? 500, fault.message ?? "The service failed in the middle of its answer.");
}

function withoutUsage(data: string): string {
  if (!data.startsWith("{")) return data;
  const { usage: _usage, usageMetadata: _metadata, message, ...rest } = JSON.parse(data) as Record<string, unknown>;
  const { usage: _start, ...start } = (message ?? {}) as Record<string, unknown>;
  return JSON.stringify(message === undefined ? rest : { ...rest, message: start });
}
