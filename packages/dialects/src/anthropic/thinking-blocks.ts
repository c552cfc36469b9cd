import { openState, sealState } from "@sluice/core";
import type { JsonObject, OpaqueState, Part, ReasoningPart, ToolCallPart } from "@sluice/core";
import { callCarrier } from "../call-states.ts";
import type { Turn } from "../turns.ts";
import { need, take, text } from "../fields.ts";

/** Whose signatures travel bare in this dialect. */
export const nativeDomain = "anthropic";

export function decodeThinking(block: JsonObject, path: string): ReasoningPart {
  const thinking = need(block, "thinking", text, `${path}.`);
  const signature = take(block, "signature", text, `${path}.`);
  if (signature === undefined || signature === "") return { type: "reasoning", text: thinking };
  return { type: "reasoning", text: thinking, state: openState(signature, nativeDomain, "signature") };
}

export function decodeRedacted(block: JsonObject, path: string): ReasoningPart {
  const data = need(block, "data", text, `${path}.`);
  return { type: "reasoning", text: "", state: openState(data, nativeDomain, "redacted") };
}

/** Whether reasoning is a `redacted_thinking` block rather than a `thinking` block. */
export function isRedacted(text: string, state: OpaqueState): boolean {
  return state.kind === "redacted" || (state.kind === "encrypted" && text === "");
}

/** A reasoning block for a client; null if nothing of it can be shown or returned. */
export function encodeReasoning(part: ReasoningPart, include: boolean): JsonObject | null {
  if (part.state && isRedacted(part.text, part.state)) return redactedBlock(part.state);
  const thinking = include ? part.text : "";
  if (thinking === "" && part.state === undefined) return null;
  return { type: "thinking", thinking, signature: part.state ? sealState(part.state, nativeDomain) : "" };
}

export function redactedBlock(state: OpaqueState): JsonObject {
  return { type: "redacted_thinking", data: sealState(state, nativeDomain) };
}

/** The block that carries a call's state to a client, if it has any. */
export function callStateBlock(call: Pick<ToolCallPart, "id" | "state">): JsonObject | null {
  const state = callCarrier(call);
  return state === null ? null : redactedBlock(state);
}

/** Whether the conversation stands inside a tool round whose thinking `domain` cannot check. */
export function lacksSignature(turns: readonly Turn[], domain: string): boolean {
  const [calling, answering] = turns.slice(-2);
  if (calling?.role !== "assistant" || !answering?.parts.some((part) => part.type === "tool-result")) return false;
  const first = calling.parts[0];
  return first?.type !== "reasoning" || first.state?.domain !== domain;
}

/** Other dialects do not tell whether thinking stood before the text beside it. Here it always does, up to the next call. */
export function thinkingFirst(turn: Turn): Turn {
  const parts: Part[] = [];
  let start = 0;
  for (const part of turn.parts) {
    if (part.type === "reasoning") parts.splice(start++, 0, part);
    else parts.push(part);
    if (part.type === "tool-call" || part.type === "provider") start = parts.length;
  }
  return { ...turn, parts };
}
