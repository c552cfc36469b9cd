import { errors, isGatewayError } from "./errors.ts";
import type { Incoming } from "./incoming.ts";
import { isObject } from "./json.ts";
import type { JsonObject } from "./json.ts";
import type { Timers } from "./ports.ts";
import { scanObject } from "./scan.ts";
import type { Scan, ScanLimits } from "./scan.ts";
import { duplicates } from "./splice.ts";

/** A request body: the bytes as they came, where its members are, and one parse of it. */
export interface Body {
  bytes: Uint8Array;
  scan: Scan;
  json: JsonObject;
}

export interface BodyLimits extends ScanLimits {
  /** The whole body, in bytes. @default 33554432 */
  bodyBytes: number;
  /** Until the whole body has arrived, in milliseconds. @default 30000 */
  bodyMs: number;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads a JSON request body within limits; nothing else has looked at it before.
 *
 * Throws `SLUICE_REQUEST_*` with status 400, 408, 413 or 415.
 */
export async function readBody(incoming: Incoming, limits: BodyLimits, timers: Timers): Promise<Body> {
  assertJsonType(incoming.headers);
  return parseBody(await readBytes(incoming, limits, timers), limits);
}

/** Throws `SLUICE_REQUEST_*` with status 400. */
export function parseBody(bytes: Uint8Array, limits: ScanLimits): Body {
  const scan = scanObject(bytes, limits);
  const [twice] = duplicates(scan.members);
  if (twice !== undefined) throw errors.REQUEST_DUPLICATE_FIELD(twice);
  return { bytes, scan, json: parse(bytes) };
}

function assertJsonType(headers: ReadonlyMap<string, string>): void {
  const type = headers.get("content-type") ?? "application/json";
  if (type !== "application/json") {
    const essence = type.split(";")[0]?.trim().toLowerCase() ?? "";
    if (essence !== "application/json" && !essence.endsWith("+json")) throw errors.REQUEST_MEDIA_TYPE(essence);
  }
  const encoding = headers.get("content-encoding");
  if (encoding !== undefined && encoding !== "identity")
    throw errors.REQUEST_MEDIA_TYPE(`${type}, encoded as ${encoding}`);
}

export async function readBytes(incoming: Incoming, limits: BodyLimits, timers: Timers): Promise<Uint8Array> {
  const declared = Number(incoming.headers.get("content-length") ?? 0);
  if (declared > limits.bodyBytes) throw errors.REQUEST_TOO_LARGE(limits.bodyBytes);
  let late = false;
  const cancelTimer = timers.set(limits.bodyMs, () => {
    late = true;
    incoming.cancelBody();
  });
  try {
    const bytes = await incoming.readBody(limits.bodyBytes);
    if (late) throw errors.REQUEST_TIMEOUT();
    if (bytes === "too-large") throw errors.REQUEST_TOO_LARGE(limits.bodyBytes);
    if (bytes === null || bytes.length === 0) throw errors.REQUEST_MALFORMED("it is empty");
    return bytes;
  } catch (thrown) {
    // Reading fails only when the client goes away in the middle of its own body.
    throw isGatewayError(thrown) ? thrown : errors.CLIENT_GONE().because(thrown);
  } finally {
    cancelTimer();
  }
}

function parse(bytes: Uint8Array): JsonObject {
  let value: unknown;
  let source: string;
  try {
    source = utf8.decode(bytes);
  } catch (cause) {
    throw errors.REQUEST_MALFORMED("it is not UTF-8").because(cause);
  }
  try {
    value = JSON.parse(source);
  } catch (cause) {
    throw errors.REQUEST_MALFORMED(positionOf(cause)).because(cause);
  }
  if (hasEscapedNul(source)) throw errors.REQUEST_MALFORMED("a string has a NUL character");
  if (!isObject(value)) throw errors.REQUEST_MALFORMED("it is not an object");
  return value;
}

// The engine's message may quote the body; only the position is passed on.
function positionOf(cause: unknown): string {
  const position = /position (\d+)/.exec(cause instanceof Error ? cause.message : "")?.[1];
  return position === undefined ? "it does not parse" : `it does not parse at position ${position}`;
}

function hasEscapedNul(source: string): boolean {
  for (let at = source.indexOf("\\u0000"); at >= 0; at = source.indexOf("\\u0000", at + 1)) {
    let escapes = 0;
    while (source[at - 1 - escapes] === "\\") escapes++;
    if (escapes % 2 === 0) return true;
  }
  return false;
}
