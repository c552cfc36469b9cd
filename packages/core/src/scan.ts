import { errors } from "./errors.ts";
import type { Watch } from "./watch.ts";

/** Where one top-level member of a JSON object stands in the bytes. Offsets in bytes; `end` is exclusive. */
export interface Member {
  name: string;
  /** The opening quote of the name. */
  start: number;
  valueStart: number;
  end: number;
  /** The bits of the watched texts in the value, or of all of them where escapes hide what a string says. */
  watched: number;
}

/** What a linear pass found in a body that starts as a JSON object. */
export interface Scan {
  members: Member[];
  /** The closing brace of the root. */
  close: number;
}

export interface ScanLimits {
  /** Nesting of objects and arrays. */
  depth: number;
  /** Keys of one object. */
  keys: number;
}

const quote = 0x22;
const backslash = 0x5c;
const lowerU = 0x75;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const colon = 0x3a;
const comma = 0x2c;

const text = new TextDecoder("utf-8", { fatal: true });

/**
 * One pass over the bytes before anything parses them: depth, keys per object, numbers beyond a double, and where the
 * top-level members are. It does not validate JSON: `JSON.parse` does, afterwards, on input that is known to be bounded.
 *
 * Throws `SLUICE_REQUEST_TOO_DEEP`, `SLUICE_REQUEST_TOO_MANY_KEYS`, `SLUICE_REQUEST_MALFORMED`.
 */
export function scanObject(bytes: Uint8Array, limits: ScanLimits, watch: Watch | null = null): Scan {
  const members: Member[] = [];
  const keys: number[] = [];
  let depth = 0;
  let at = skipSpace(bytes, 0);
  if (bytes[at] !== openBrace) throw errors.REQUEST_MALFORMED("it is not an object");

  let nameStart = -1;
  let member: Member | null = null;
  let escape = watch === null ? Infinity : nextEscape(bytes, at);
  const endMember = (end: number) => {
    if (member) {
      member.end = trimEnd(bytes, end);
      members.push(member);
    }
    member = null;
    nameStart = -1;
  };

  for (; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === quote) {
      if (depth === 1 && member === null && nameStart < 0) nameStart = at;
      const start = at;
      at = endOfString(bytes, at);
      if (watch !== null && member !== null) {
        member.watched |= watch.bitAt(bytes, start + 1, at);
        if (escape < at && spellsLetters(bytes, start, at, watch.longestEscaped)) member.watched = -1;
      }
      if (escape < at) escape = nextEscape(bytes, at);
    } else if (byte === openBrace || byte === openBracket) {
      if (++depth > limits.depth) throw errors.REQUEST_TOO_DEEP(limits.depth);
      keys[depth] = 0;
    } else if (byte === closeBrace || byte === closeBracket) {
      if (depth === 1) {
        endMember(at);
        assertNothingAfter(bytes, at + 1);
        return { members, close: at };
      }
      depth--;
    } else if (byte === colon) {
      if ((keys[depth] = (keys[depth] ?? 0) + 1) > limits.keys) throw errors.REQUEST_TOO_MANY_KEYS(limits.keys);
      if (depth === 1 && nameStart >= 0 && member === null) {
        const name = readName(bytes, nameStart, at);
        const valueStart = skipSpace(bytes, at + 1);
        member = { name, start: nameStart, valueStart, end: -1, watched: 0 };
      }
    } else if (byte === comma) {
      if (depth === 1) endMember(at);
    } else if (isDigit(byte)) {
      at = endOfNumber(bytes, at) - 1;
    }
  }
  throw errors.REQUEST_MALFORMED("it ends too early");
}

/** Whether a string that may be a watched text has escapes for letters, so that its bytes do not say what it is. */
function spellsLetters(bytes: Uint8Array, start: number, end: number, longest: number): boolean {
  if (end - start - 1 > longest) return false;
  for (let at = start; at < end; at++) if (bytes[at] === backslash && bytes[at + 1] === lowerU) return true;
  return false;
}

function nextEscape(bytes: Uint8Array, from: number): number {
  const at = bytes.indexOf(backslash, from);
  return at < 0 ? Infinity : at;
}

function readName(bytes: Uint8Array, start: number, end: number): string {
  try {
    return plainName(bytes, start, end) ?? String(JSON.parse(text.decode(bytes.subarray(start, end))));
  } catch (cause) {
    throw errors.REQUEST_MALFORMED("a field name is not a string").because(cause);
  }
}

/** A name of letters, digits and underscores, as all known ones are; null for any other. */
function plainName(bytes: Uint8Array, start: number, end: number): string | null {
  let name = "";
  for (let at = start + 1; at < start + 40; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === quote) return skipSpace(bytes, at + 1) === end ? name : null;
    const isPlain = (byte >= 0x61 && byte <= 0x7a) || byte === 0x5f || isDigit(byte) || (byte >= 0x41 && byte <= 0x5a);
    if (!isPlain) return null;
    name += String.fromCharCode(byte);
  }
  return null;
}

function endOfString(bytes: Uint8Array, start: number): number {
  let at = start;
  for (;;) {
    // indexOf is native: long strings, such as images in base64, cost almost nothing.
    at = bytes.indexOf(quote, at + 1);
    if (at < 0) throw errors.REQUEST_MALFORMED("a string is not closed");
    let escapes = 0;
    while (bytes[at - 1 - escapes] === backslash) escapes++;
    if (escapes % 2 === 0) return at;
  }
}

function endOfNumber(bytes: Uint8Array, start: number): number {
  let end = start;
  let plain = true;
  for (; end < bytes.length; end++) {
    const byte = bytes[end] ?? 0;
    if (isDigit(byte)) continue;
    const inNumber = byte === 0x2e || byte === 0x65 || byte === 0x45 || byte === 0x2b || byte === 0x2d;
    if (!inNumber) break;
    if (byte === 0x65 || byte === 0x45) plain = false;
  }
  // Only an exponent or more than 300 digits can leave the range of a double; `1e400` would parse as Infinity.
  if (!plain || end - start > 300) {
    const number = Number(text.decode(bytes.subarray(start, end)));
    if (!Number.isFinite(number)) throw errors.REQUEST_MALFORMED("a number is too large");
  }
  return end;
}

/** That there is nothing but members, commas and white space on the first level: what one parse of the whole would find. */
export function assertTidy(bytes: Uint8Array, { members, close }: Scan): void {
  let at = skipSpace(bytes, 0) + 1;
  let tidy = bytes[close] === closeBrace;
  for (const [index, member] of members.entries()) {
    tidy &&= skipSpace(bytes, at) === member.start;
    at = skipSpace(bytes, member.end);
    tidy &&= index === members.length - 1 ? at === close : bytes[at] === comma;
    at++;
  }
  if (members.length === 0) tidy &&= skipSpace(bytes, at) === close;
  if (!tidy) throw errors.REQUEST_MALFORMED("it does not parse");
}

function assertNothingAfter(bytes: Uint8Array, at: number): void {
  if (skipSpace(bytes, at) !== bytes.length) throw errors.REQUEST_MALFORMED("something follows the object");
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isSpace(bytes[at])) at++;
  return at;
}

function trimEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isSpace(bytes[at - 1])) at--;
  return at;
}
