import type { Fault } from "./faults.ts";
import type { Chunk, Framing } from "./framing.ts";
import { VendorError } from "./vendor-error.ts";
import type { Vendor, VendorAnswer } from "./vendor.ts";

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

/** What a vendor answers to a request, and what is to go wrong. */
export interface Delivery {
  vendor: Vendor;
  answer: VendorAnswer;
  fault: Fault | null;
  headers: Record<string, string>;
  options: DeliveryOptions;
}

/** Plans a whole body that is known beforehand. */
export function planBody(
  status: number,
  headers: Record<string, string>,
  body: string | Uint8Array,
  contentType = "application/json",
): Move[] {
  const bytes = Buffer.from(body);
  const head = { "content-type": contentType, "content-length": String(bytes.length), ...headers };
  return [{ type: "head", status, headers: head }, writeOf(bytes), { type: "end" }];
}

/** A write that completes no event. */
export function writeOf(bytes: Uint8Array): Move {
  return { type: "write", bytes, events: 0 };
}

/** The bytes in small pieces with pauses between them. */
export function slowly(bytes: Uint8Array, pace: { bytes: number; everyMs: number }): Move[] {
  const moves: Move[] = [];
  for (let at = 0; at < bytes.length; at += pace.bytes) {
    moves.push(writeOf(bytes.subarray(at, at + pace.bytes)), { type: "wait", ms: pace.everyMs });
  }
  return moves;
}

/** The error of a service that fails after it began to answer. */
export function lateError({ status = 500, message }: { status?: number; message?: string }): VendorError {
  return new VendorError(status, message ?? "The service failed in the middle of its answer.");
}
