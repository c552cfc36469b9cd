import { errors } from "./errors.ts";
import type { Incoming } from "./incoming.ts";
import { parseJson } from "./json-text.ts";
import { isObject } from "./json.ts";
import type { JsonObject } from "./json.ts";
import { become, defineLate } from "./late.ts";
import type { Timers } from "./ports.ts";
import { assertTidy, scanObject } from "./scan.ts";
import type { Member, Scan, ScanLimits } from "./scan.ts";
import { duplicates } from "./splice.ts";
import type { Watch } from "./watch.ts";

/** A request body: the bytes as they came, where its members are, and what they parse to. */
export interface Body {
  bytes: Uint8Array;
  scan: Scan;
  /** Large members are parsed when they are first read; reading one that is malformed throws what `readBody` throws. */
  json: JsonObject;
  /** Whether the value of a member may hold a text as a whole string, key or value. False is certain, and needs no parse. */
  mayHold: MayHold;
}

export type MayHold = (member: string, text: string) => boolean;

export interface BodyLimits extends ScanLimits {
  /** The whole body, in bytes. @default 33554432 */
  bodyBytes: number;
  /** Until the whole body has arrived, in milliseconds. @default 30000 */
  bodyMs: number;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads a JSON request body within limits; nothing else has looked at it before.
 *
 * Throws `SLUICE_REQUEST_*` with status 400, 408, 413 or 415.
 */
export function readBody(
  incoming: Incoming,
  limits: BodyLimits,
  timers: Timers,
  watch: Watch | null = null,
): Promise<Body> {
  assertJsonType(incoming.headers);
  return readBytes(incoming, limits, timers).then((bytes) => parseBody(bytes, limits, watch));
}

/** Throws `SLUICE_REQUEST_*` with status 400. */
export function parseBody(bytes: Uint8Array, limits: ScanLimits, watch: Watch | null = null): Body {
  const scan = scanObject(bytes, limits, watch);
  const [twice] = duplicates(scan.members);
  if (twice !== undefined) throw errors.REQUEST_DUPLICATE_FIELD(twice);
  const json = bytes.length < parsedWhole ? parseWhole(bytes) : parseMembers(bytes, scan);
  return { bytes, scan, json, mayHold: (name, text) => mayHold(scan, watch, name, text) };
}

function mayHold({ members }: Scan, watch: Watch | null, name: string, text: string): boolean {
  if (watch === null) return true;
  const bit = watch.bitOf(text);
  for (const member of members) if (member.name === name && (member.watched & bit) !== 0) return true;
  // Of a text that nobody watches nothing is known.
  return bit === -1;
}

// Most of a large body is history and pictures, which pass as they are: parsing 500 KB of them took as long as all the rest.
const parsedWhole = 8 * 1024;
const parsedLate = 2 * 1024;

function parseMembers(bytes: Uint8Array, scan: Scan): JsonObject {
  assertTidy(bytes, scan);
  const json: JsonObject = {};
  for (const member of scan.members) {
    const { name } = member;
    if (isLarge(bytes, member)) defineLate(json, name, () => parseValue(bytes, member));
    else become(json, name, parseValue(bytes, member));
  }
  return json;
}

function isLarge(bytes: Uint8Array, { valueStart, end }: Member): boolean {
  const start = bytes[valueStart];
  return end - valueStart > parsedLate && (start === 0x5b || start === 0x7b);
}

function parseValue(bytes: Uint8Array, { valueStart, end }: Member): unknown {
  return parse(bytes.subarray(valueStart, end), valueStart);
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

/** Not `async`, like most of what every request comes by: the frame of such a function is half a kilobyte and half a microsecond. */
export function readBytes(incoming: Incoming, limits: BodyLimits, timers: Timers): Promise<Uint8Array> {
  const declared = Number(incoming.headers.get("content-length") ?? 0);
  if (declared > limits.bodyBytes) throw errors.REQUEST_TOO_LARGE(limits.bodyBytes);
  let late = false;
  const cancelTimer = timers.set(limits.bodyMs, () => {
    late = true;
    incoming.cancelBody();
  });
  return incoming.readBody(limits.bodyBytes).then(
    (bytes) => {
      cancelTimer();
      if (late) throw errors.REQUEST_TIMEOUT();
      if (bytes === "too-large") throw errors.REQUEST_TOO_LARGE(limits.bodyBytes);
      if (bytes === null || bytes.length === 0) throw errors.REQUEST_MALFORMED("it is empty");
      return bytes;
    },
    (thrown: unknown) => {
      cancelTimer();
      // Reading fails only when the client goes away in the middle of its own body.
      throw errors.CLIENT_GONE().because(thrown);
    },
  );
}

function parseWhole(bytes: Uint8Array): JsonObject {
  const value = parse(bytes, 0);
  if (!isObject(value)) throw errors.REQUEST_MALFORMED("it is not an object");
  return value;
}

function parse(bytes: Uint8Array, offset: number): unknown {
  let value: unknown;
  let source: string;
  try {
    source = utf8.decode(bytes);
  } catch (cause) {
    throw errors.REQUEST_MALFORMED("it is not UTF-8").because(cause);
  }
  try {
    value = parseJson(source);
  } catch (cause) {
    throw errors.REQUEST_MALFORMED(positionOf(cause, offset)).because(cause);
  }
  if (hasEscapedNul(source)) throw errors.REQUEST_MALFORMED("a string has a NUL character");
  return value;
}

// The engine's message may quote the body; only the position is passed on.
function positionOf(cause: unknown, offset: number): string {
  const position = /position (\d+)/.exec(cause instanceof Error ? cause.message : "")?.[1];
  return position === undefined ? "it does not parse" : `it does not parse at position ${offset + Number(position)}`;
}

function hasEscapedNul(source: string): boolean {
  for (let at = source.indexOf("\\u0000"); at >= 0; at = source.indexOf("\\u0000", at + 1)) {
    let escapes = 0;
    while (source[at - 1 - escapes] === "\\") escapes++;
    if (escapes % 2 === 0) return true;
  }
  return false;
}
