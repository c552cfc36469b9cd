import { isObject, openState } from "@sluice/core";
import type { Json, JsonObject, UpstreamTarget, Warning } from "@sluice/core";
import { takesLevels } from "./thinking.ts";

/**
 * Models of the third generation refuse a call of the history without its signature. The documented value for a lost one
 * goes there: https://ai.google.dev/gemini-api/docs/thought-signatures (read 2026-08).
 */
const lostSignature = "skip_thought_signature_validator";

type Warn = (warning: Warning) => void;

/** Puts the value for a lost signature on the first call of each round that has none. Changes the contents in place. */
export function signUnsignedCalls(
  contents: readonly { role: string; parts: JsonObject[] }[],
  target: UpstreamTarget,
  warn: Warn,
): void {
  if (!takesLevels(target)) return;
  const rounds = contents.filter((content) => content.role === "model");
  const first = rounds.map((round) => round.parts.find((part) => isObject(part["functionCall"])));
  const unsigned = first.filter((part) => part !== undefined && part["thoughtSignature"] === undefined);
  for (const part of unsigned) if (part) part["thoughtSignature"] = lostSignature;
  if (unsigned.length === 0) return;
  const message = "A call came back without its thought signature; the model goes on without what it thought then.";
  warn({ code: "signature_lost", message, field: "contents" });
}

/**
 * The contents of a body in this dialect with every sealed signature opened or, where it is another domain's, taken out.
 * Null if there is none: bare signatures are the vendor's own and pass.
 */
export function openSealedSignatures(contents: Json | undefined, target: UpstreamTarget, warn: Warn): Json[] | null {
  if (!Array.isArray(contents) || !contents.some(hasSealed)) return null;
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
  if (isLost) {
    warn({ code: "state_dropped", message: "State of another upstream stays behind.", field: "contents" });
    signUnsignedCalls(opened.filter(isContent), target, warn);
  }
  return opened.filter(
    (content) => !isObject(content) || !Array.isArray(content["parts"]) || content["parts"].length > 0,
  );
}

function hasSealed(content: Json): boolean {
  const parts = isObject(content) ? content["parts"] : undefined;
  return Array.isArray(parts) && parts.some((part) => isObject(part) && sealedIn(part) !== null);
}

function sealedIn(part: JsonObject): string | null {
  const value = part["thoughtSignature"] ?? part["thought_signature"];
  return typeof value === "string" && value.startsWith("sl1.") ? value : null;
}

function isEmptyPart(part: JsonObject): boolean {
  return Object.keys(part).every((key) => key === "thought" || (key === "text" && part["text"] === ""));
}

function isContent(content: Json): content is { role: string; parts: JsonObject[] } & JsonObject {
  return isObject(content) && Array.isArray(content["parts"]) && content["parts"].every(isObject);
}
