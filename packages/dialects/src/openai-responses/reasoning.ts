import { openState, sealState, stringOf } from "@sluice/core";
import type { JsonObject, OpaqueState } from "@sluice/core";

/** Whose encrypted reasoning travels bare in this dialect. */
export const nativeDomain = "openai";

/**
 * The state of an item that an upstream of `domain` sent. An envelope of another domain is the upstream's own business,
 * when it is a gateway itself: it goes back to it as it came.
 */
export function itemState(item: JsonObject, domain: string): OpaqueState | undefined {
  const value = stringOf(item.encrypted_content);
  if (!value) return undefined;
  const opened = openState(value, domain, "encrypted");
  const isEnvelope = opened.data !== value;
  if (isEnvelope && opened.domain === domain) return opened;
  const id = stringOf(item.id);
  return { kind: "encrypted", domain, data: value, ...(id ? { id } : {}) };
}

/** The state of an item that a client hands in. Ids of this gateway's own making say nothing to an upstream. */
export function clientState(item: JsonObject): OpaqueState | undefined {
  const value = stringOf(item.encrypted_content);
  if (!value) return undefined;
  const opened = openState(value, nativeDomain, "encrypted");
  const id = stringOf(item.id);
  const isBare = opened.data === value;
  return isBare && id && !isMadeId(id) ? { ...opened, id } : opened;
}

/** The state as `encrypted_content` of the client's item `id`: bare only where nothing of it would be lost. */
export function sealedFor(state: OpaqueState, id: string): string {
  const isBare = state.domain === nativeDomain && state.kind === "encrypted" && (state.id ?? id) === id;
  return isBare ? state.data : sealState({ ...state }, "");
}

/** The id of an item of a translated answer. */
export function madeId(prefix: string, requestId: string, index: number): string {
  return `${prefix}_${requestId}_${index}`;
}

/** Whether an item refers to thinking of a translated answer by its id alone: that is kept nowhere. */
export function isLostReasoning(item: JsonObject): boolean {
  const id = stringOf(item.id) ?? "";
  return item.type === "item_reference" && id.startsWith("rs_") && isMadeId(id);
}

/** Whether this gateway made the id of an item: an upstream has never heard of it. */
export function isMadeId(id: string): boolean {
  return /^[a-z]+_req_[^_]+_\d+$/.test(id);
}
