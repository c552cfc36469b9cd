import { arrayOf, isObject, numberOf, stringOf } from "@sluice/core";
import type { Json, JsonObject, OpaqueState } from "@sluice/core";

/** A call whose arguments come piece by piece, as Vertex streams them where it is asked to. */
export interface PartialCall {
  name: string;
  id: string | null;
  signature: OpaqueState | null;
  args: JsonObject;
  /** The path whose text goes on with the next piece. */
  open: string | null;
}

/** The beginning of a call that goes on; null for one that is whole. */
export function beginCall(call: JsonObject, signature: OpaqueState | null): PartialCall | null {
  const name = stringOf(call["name"]);
  if (!name || call["willContinue"] !== true) return null;
  const begun: PartialCall = { name, id: stringOf(call["id"]) ?? null, signature, args: {}, open: null };
  return continueCall(begun, call);
}

/** The call with one more piece of it. */
export function continueCall(begun: PartialCall, call: JsonObject): PartialCall {
  for (const piece of arrayOf(call["partialArgs"])) if (isObject(piece)) addPiece(begun, piece);
  if (isObject(call["args"])) begun.args = { ...begun.args, ...call["args"] };
  return begun;
}

function addPiece(call: PartialCall, piece: JsonObject): void {
  const path = stringOf(piece["jsonPath"]) ?? "$";
  const steps = stepsOf(path);
  const value = valueOf(piece);
  if (steps === null || value === undefined) return;
  put(call.args, steps, value, call.open === path);
  call.open = piece["willContinue"] === true && typeof value === "string" ? path : null;
}

function valueOf(piece: JsonObject): Json | undefined {
  if (piece["nullValue"] !== undefined) return null;
  if (typeof piece["boolValue"] === "boolean") return piece["boolValue"];
  return numberOf(piece["numberValue"]) ?? stringOf(piece["stringValue"]);
}

type Step = string | number;

const step = /\.([\p{L}_$][\p{L}\p{N}_$]*)|\[(\d{1,5})\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]/gu;

/** The members and places of a JSON path such as `$.foo.bar[0]`; null for any other expression. */
function stepsOf(path: string): Step[] | null {
  if (!path.startsWith("$")) return null;
  const steps: Step[] = [];
  let end = 1;
  for (const match of path.slice(1).matchAll(step)) {
    const [whole, member, index, single, double] = match;
    steps.push(index === undefined ? (member ?? unescaped(single ?? double ?? "")) : Number(index));
    end += whole.length;
  }
  return end === path.length && typeof steps[0] === "string" ? steps : null;
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/g, "$1");
}

/** The longest list that a piece can make: a place far behind the last would fill what lies between. */
const mostItems = 10_000;

function put(root: JsonObject, steps: readonly Step[], value: Json, goesOn: boolean): void {
  let holder: JsonObject | Json[] = root;
  for (const [at, name] of steps.entries()) {
    if (typeof name === "number" ? !Array.isArray(holder) || name >= mostItems : Array.isArray(holder)) return;
    const next = steps[at + 1];
    const known = memberOf(holder, name);
    if (next === undefined) {
      const before = goesOn && typeof known === "string" && typeof value === "string" ? known : null;
      return set(holder, name, before === null ? value : before + (value as string));
    }
    const inner: JsonObject | Json[] =
      isObject(known) || Array.isArray(known) ? known : typeof next === "number" ? [] : {};
    set(holder, name, inner);
    holder = inner;
  }
}

function memberOf(holder: JsonObject | Json[], name: Step): Json | undefined {
  return Object.hasOwn(holder, name) ? (holder as JsonObject)[name] : undefined;
}

/** As a member of its own, whatever it is called. */
function set(holder: JsonObject | Json[], name: Step, value: Json): void {
  if (Array.isArray(holder)) while (holder.length < Number(name)) holder.push(null);
  Object.defineProperty(holder, name, { value, enumerable: true, writable: true, configurable: true });
}
