import { isObject, parseJson } from "@sluice/core";
import type { JsonObject, OpaqueState, Part, UpstreamTarget, Warning } from "@sluice/core";

/**
 * Provider metadata of a part, which the package wants back with it on the next turn: thinking signatures, encrypted
 * reasoning, ids of items. Carried as opaque state, its JSON unread.
 *
 * Some of it comes after the part has been handed on. Then it follows as a block of reasoning without text whose id says
 * which part of the message it belongs to: `text:0`, `reasoning:1`, `call:<id>`.
 */
export function toState(metadata: JsonObject, domain: string, isSigned: boolean, id?: string): OpaqueState {
  const kind = isSigned ? "signature" : "encrypted";
  return { kind, domain, data: JSON.stringify(metadata), ...(id === undefined ? {} : { id }) };
}

const late = /^(?:(?:text|reasoning):(?:\d+|end)|call:.+)$/s;

/** Which part state belongs to that came after it; null for state of its own part. */
export function ownerOf(part: Part): string | null {
  if (part.type !== "reasoning" || part.text !== "") return null;
  const id = part.state?.id;
  return id !== undefined && late.test(id) ? id : null;
}

export type Warn = (warning: Warning) => void;

/** The provider options of each part of a message that has state of this target, by the names of `ownerOf`. */
export function optionsOf(parts: readonly Part[], target: UpstreamTarget, warn: Warn): Map<string, JsonObject> {
  const options = new Map<string, JsonObject>();
  for (const [name, part] of namedParts(parts)) {
    const state = "state" in part ? part.state : undefined;
    if (state === undefined) continue;
    const metadata = state.domain === target.stateDomain ? metadataOf(state.data) : null;
    if (metadata !== null) options.set(name, metadata);
    else warn({ code: "state_dropped", message: `State of "${state.domain}" stays behind.`, field: "messages" });
  }
  return options;
}

/** Every part with the name that state has for it: its own, or that of the part that it belongs to. */
export function* namedParts(parts: readonly Part[]): Generator<[name: string, part: Part]> {
  let texts = 0;
  let thoughts = 0;
  for (const part of parts) {
    const owner = ownerOf(part);
    if (owner !== null) yield [owner, part];
    else if (part.type === "text") yield [`text:${texts++}`, part];
    else if (part.type === "reasoning") yield [`reasoning:${thoughts++}`, part];
    else if (part.type === "tool-call") yield [`call:${part.id}`, part];
    else yield ["", part];
  }
}

function metadataOf(data: string): JsonObject | null {
  try {
    const metadata: unknown = parseJson(data);
    return isObject(metadata) ? metadata : null;
  } catch {
    return null;
  }
}
