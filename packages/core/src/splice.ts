import type { Json } from "./json.ts";
import type { Member, Scan } from "./scan.ts";

const encoder = new TextEncoder();

/**
 * Edits the top-level members of a JSON object in its bytes. Everything else keeps its bytes and its order, so unknown
 * fields survive and a large body is never serialised again. New members go to the end.
 */
export function spliceMembers(
  bytes: Uint8Array,
  scan: Scan,
  set: Readonly<Record<string, Json>>,
  remove: Iterable<string>,
): Uint8Array {
  const removed = new Set(remove);
  const pending = new Map(Object.entries(set));
  const pieces: Uint8Array[] = [encoder.encode("{")];
  let first = true;
  const add = (piece: Uint8Array) => {
    if (!first) pieces.push(encoder.encode(","));
    first = false;
    pieces.push(piece);
  };
  for (const member of scan.members) {
    const value = pending.get(member.name);
    if (value !== undefined) {
      add(bytes.subarray(member.start, member.valueStart));
      pieces.push(encoder.encode(JSON.stringify(value)));
      pending.delete(member.name);
    } else if (!removed.has(member.name)) {
      add(bytes.subarray(member.start, member.end));
    }
  }
  for (const [name, value] of pending) add(encoder.encode(`${JSON.stringify(name)}:${JSON.stringify(value)}`));
  pieces.push(encoder.encode("}"));
  return concat(pieces);
}

/** Adds members at the end of a JSON object whose last byte but white space is its closing brace. */
export function appendMembers(bytes: Uint8Array, members: Readonly<Record<string, Json | undefined>>): Uint8Array {
  const close = bytes.lastIndexOf(0x7d);
  const added = Object.entries(members)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  if (close < 0 || added.length === 0) return bytes;
  let before = close - 1;
  while (before >= 0 && (bytes[before] ?? 0) <= 0x20) before--;
  const separator = bytes[before] === 0x7b ? "" : ",";
  return concat([bytes.subarray(0, close), encoder.encode(separator + added.join(",")), bytes.subarray(close)]);
}

export function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const total = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const joined = new Uint8Array(total);
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

/** The members that stand more than once, in order of their second appearance. */
export function duplicates(members: readonly Member[]): string[] {
  const seen = new Set<string>();
  const twice: string[] = [];
  for (const { name } of members) {
    if (seen.has(name)) twice.push(name);
    seen.add(name);
  }
  return twice;
}
