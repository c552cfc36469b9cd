import { arrayOf, isObject } from "@sluice/core";
import type { ChatRequest, Json, JsonObject, MayHold, Patch, UpstreamTarget, Warning } from "@sluice/core";
import { onceEach } from "../openai-chat/encode-request.ts";
import { clientState, isLostReasoning, isMadeId } from "./reasoning.ts";
import { fitToVendor } from "./vendor.ts";

/** What must change in a client's own body: the model, and what the vendor's quirks and foreign state demand. */
export function patchRequest(
  body: JsonObject,
  _request: ChatRequest,
  target: UpstreamTarget,
  mayHold?: MayHold,
): Patch {
  const { model } = target;
  if (mayHold && isPlain(body, target, mayHold))
    return { set: body.model === model ? {} : { model }, remove: [], warnings: [] };
  const warnings: Warning[] = [];
  const warn = onceEach(warnings);
  const input = withOwnState(body.input, target, warn);
  const start = input === null ? body : { ...body, input };
  const fitted = fitToVendor(start, target, warn);
  const set: Record<string, Json> = {};
  for (const [name, value] of Object.entries(fitted)) {
    if (value !== undefined && value !== body[name]) set[name] = value;
  }
  return { set, remove: Object.keys(body).filter((name) => !(name in fitted)), warnings };
}

/** What `isPlain` looks for in the input: items of an answer have ids, or state that is encrypted. */
const marked = ["id", "encrypted_content"] as const;

/** What the codecs of requests look for in the input. */
export const watched: readonly string[] = [...marked, "item_reference"];

/** Whether nothing can have to change but the model, so that the input need not be looked at. */
function isPlain(body: JsonObject, { quirks }: UpstreamTarget, mayHold: MayHold): boolean {
  if (quirks.rename !== undefined || (quirks.efforts !== undefined && body.reasoning !== undefined)) return false;
  if (quirks.refuse?.some((name) => name in body)) return false;
  if (quirks.range && Object.keys(quirks.range).some((name) => name in body)) return false;
  return !marked.some((name) => mayHold("input", name));
}

/** Items that a translated answer gave the client are told as this vendor knows them; null if there is none. */
function withOwnState(
  input: Json | undefined,
  target: UpstreamTarget,
  warn: (warning: Warning) => void,
): Json[] | null {
  const before = arrayOf(input);
  const after = before.flatMap((item): Json[] => (isObject(item) ? ownItem(item, target, warn) : [item]));
  return after.length === before.length && after.every((item, index) => item === before[index]) ? null : after;
}

function ownItem(item: JsonObject, { stateDomain }: UpstreamTarget, warn: (warning: Warning) => void): JsonObject[] {
  if (isLostReasoning(item)) {
    warn(stateDropped);
    return [];
  }
  const { id, ...rest } = item;
  const isMade = typeof id === "string" && isMadeId(id);
  if (item.type !== "reasoning") return [isMade ? rest : item];

  const state = clientState(item);
  // A bare value came over the byte path, which leads back to where it came from.
  if (state !== undefined && state.data === item.encrypted_content) return [isMade ? rest : item];
  if (state === undefined && !isMade) return [item];
  if (state?.domain === stateDomain) {
    return [{ ...rest, ...(state.id === undefined ? {} : { id: state.id }), encrypted_content: state.data }];
  }
  warn(stateDropped);
  return [];
}

const stateDropped: Warning = {
  code: "state_dropped",
  message: "Thinking of another vendor was left out of the history: only that vendor can read it.",
  field: "input",
};
