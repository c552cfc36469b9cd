import { isObject, openState } from "@sluice/core";
import type { Json, JsonObject, MayHold, UpstreamTarget, Warning } from "@sluice/core";
import { takesLevels } from "./thinking.ts";

/**
 * Models of the third generation refuse a call of the history without its signature. The documented value for a lost one
 * goes there: https://ai.google.dev/gemini-api/docs/thought-signatures (read 2026-08).
 */
const lostSignature = "skip_thought_signature_validator";

type Warn = (warning: Warning) => void;

/** The contents with the value for a lost signature on the first call of each round that has none. */
export function signUnsignedCalls<Item extends Json>(
  contents: readonly Item[],
  target: UpstreamTarget,
  warn: Warn,
): readonly Item[] {
  if (!takesLevels(target) || !contents.some(isUnsigned)) return contents;
  const message = "A call came back without its thought signature; the model goes on without what it thought then.";
  warn({ code: "signature_lost", message, field: "contents" });
  return contents.map((content) => (isUnsigned(content) ? signed(content) : content));
}

function signed<Item extends Json>(content: Item): Item {
  const { parts } = content as { parts: JsonObject[] };
  const first = firstCall(parts);
  const standIn = parts.map((part) => (part === first ? { ...part, thoughtSignature: lostSignature } : part));
  return { ...(content as JsonObject), parts: standIn } as unknown as Item;
}

function isUnsigned(content: Json): boolean {
  if (!isContent(content) || content.role !== "model") return false;
  const first = firstCall(content.parts);
  return first !== undefined && signatureIn(first) === undefined;
}

function firstCall(parts: readonly JsonObject[]): JsonObject | undefined {
  return parts.find((part) => isObject(part["functionCall"] ?? part["function_call"]));
}

function signatureIn(part: JsonObject): Json | undefined {
  return part["thoughtSignature"] ?? part["thought_signature"];
}

/**
 * The contents of a body in this dialect as this vendor may read them: sealed signatures opened or, where they are
 * another domain's, taken out; calls that have none, such as another vendor's, signed. Null if there is nothing to
 * change: bare signatures are the vendor's own and pass.
 */
export function ownSignatures(contents: Json | undefined, target: UpstreamTarget, warn: Warn): Json[] | null {
  if (!Array.isArray(contents)) return null;
  const opened = contents.some(hasSealed) ? openSealed(contents, target, warn) : contents;
  const own = signUnsignedCalls(opened, target, warn);
  return own === contents ? null : [...own];
}

function openSealed(contents: readonly Json[], target: UpstreamTarget, warn: Warn): readonly Json[] {
  let isLost = false;
  const opened = contents.map((content) => {
    if (!isObject(content) || !Array.isArray(content["parts"])) return content;
    const parts = content["parts"].map((part) => {
      const value = isObject(part) ? sealedIn(part) : null;
      if (value === null || !isObject(part)) return part;
      const { thoughtSignature: _camel, thought_signature: _snake, ...bare } = part;
      const state = openState(value, "gemini", "signature");
      if (state.domain === target.stateDomain) return { ...bare, thoughtSignature: state.data };
      isLost = true;
      return isEmptyPart(bare) ? null : bare;
    });
    return { ...content, parts: parts.filter((part) => part !== null) };
  });
  if (isLost) warn({ code: "state_dropped", message: "State of another upstream stays behind.", field: "contents" });
  return opened.filter(
    (content) => !isObject(content) || !Array.isArray(content["parts"]) || content["parts"].length > 0,
  );
}

const signatures = ["thoughtSignature", "thought_signature"] as const;
const calls = ["functionCall", "function_call"] as const;

/** What `hasNoState` looks for in contents. */
export const watched: readonly string[] = [...signatures, ...calls];

/** Whether contents have no signatures for certain, and no call that must have one. */
export function hasNoState(target: UpstreamTarget, mayHold: MayHold): boolean {
  const looked = takesLevels(target) ? watched : signatures;
  return !looked.some((name) => mayHold("contents", name));
}

function hasSealed(content: Json): boolean {
  const parts = isObject(content) ? content["parts"] : undefined;
  return Array.isArray(parts) && parts.some((part) => isObject(part) && sealedIn(part) !== null);
}

function sealedIn(part: JsonObject): string | null {
  const value = signatureIn(part);
  return typeof value === "string" && value.startsWith("sl1.") ? value : null;
}

function isEmptyPart(part: JsonObject): boolean {
  return Object.keys(part).every((key) => key === "thought" || (key === "text" && part["text"] === ""));
}

function isContent(content: Json): content is { role: string; parts: JsonObject[] } & JsonObject {
  return isObject(content) && Array.isArray(content["parts"]) && content["parts"].every(isObject);
}
