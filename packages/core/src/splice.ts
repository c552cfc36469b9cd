import type { Json } from "./json.ts";
import type { Member, Scan } from "./scan.ts";

const encoder = new TextEncoder();

/**
 * Edits the top-level members of a JSON object in its bytes. Everything else keeps its bytes and its order, so unknown
 * fields survive and a large body is never serialised again. New members go to the end. Returns views of `bytes` and
 * what is new between them, so that a large body is not copied either.
 */
export function spliceMembers(
  bytes: Uint8Array,
  { members, close }: Scan,
  set: Readonly<Record<string, Json>>,
  remove: readonly string[],
): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  const pending = new Set(Object.keys(set));
  // Where the run of untouched bytes begins that is still to be copied; -1 behind a removed member.
  let from = 0;
  let kept = 0;
  let end = members[0]?.start ?? close;
  for (const member of members) {
    const replaced = pending.delete(member.name);
    if (!replaced && remove.includes(member.name)) {
      if (from >= 0) pieces.push(bytes.subarray(from, end));
      from = -1;
      continue;
    }
    if (from < 0) {
      if (kept > 0) pieces.push(encoder.encode(","));
      from = member.start;
    }
    if (replaced) {
      pieces.push(bytes.subarray(from, member.valueStart), encoder.encode(JSON.stringify(set[member.name])));
      from = member.end;
    }
    kept++;
    end = member.end;
  }
  if (from >= 0) pieces.push(bytes.subarray(from, end));
  for (const name of pending) {
    pieces.push(encoder.encode(`${kept++ > 0 ? "," : ""}${JSON.stringify(name)}:${JSON.stringify(set[name])}`));
  }
  pieces.push(bytes.subarray(close));
  return pieces;
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

/** A body that may be in pieces, or none, in one. */
export function bytesOf(body: Uint8Array | readonly Uint8Array[] | null): Uint8Array {
  return body instanceof Uint8Array ? body : joined(body ?? []);
}

/** As `concat`, without a copy where there is one piece. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return pieces.length === 1 && pieces[0] ? pieces[0] : concat(pieces);
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
  const twice: string[] = [];
  const seen = new Set<string>();
  for (const { name } of members) {
    if (seen.has(name)) twice.push(name);
    seen.add(name);
  }
  return twice;
}
