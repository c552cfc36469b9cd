import { arrayOf, isObject } from "@sluice/core";
import type { ChatRequest, Json, JsonObject, Patch, UpstreamTarget, Warning } from "@sluice/core";
import { onceEach } from "../openai-chat/encode-request.ts";
import { clientState, isLostReasoning, isMadeId } from "./reasoning.ts";
import { fitToVendor } from "./vendor.ts";

/** What must change in a client's own body: the model, and what the vendor's quirks and foreign state demand. */
export function patchRequest(body: JsonObject, _request: ChatRequest, target: UpstreamTarget): Patch {
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
