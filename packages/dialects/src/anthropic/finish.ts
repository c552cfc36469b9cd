import type { FinishReason, JsonObject, Quirks, Warning } from "@sluice/core";
import { inexactFinish } from "../losses.ts";

const reasons = new Map<string, FinishReason>([
  ["end_turn", "stop"],
  ["stop_sequence", "stop-sequence"],
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "context-full"],
  ["tool_use", "tool-calls"],
  ["refusal", "refusal"],
  ["pause_turn", "paused"],
]);

const wire: Record<FinishReason, string> = {
  stop: "end_turn",
  "stop-sequence": "stop_sequence",
  length: "max_tokens",
  "context-full": "model_context_window_exceeded",
  "tool-calls": "tool_use",
  filter: "refusal",
  refusal: "refusal",
  paused: "pause_turn",
  other: "end_turn",
};

/** A stop reason of the wire; null for one that is unknown. A `refusal` that says nothing more is a filter's. */
export function decodeFinish(
  reason: string,
  details: JsonObject | undefined,
  quirks: Quirks,
): FinishReason | "error" | null {
  const known = quirks.finishReasons?.[reason] ?? reasons.get(reason) ?? null;
  return known === "refusal" && details === undefined ? "filter" : known;
}

/** Whether an answer that ended so may be cut in the middle of a call's arguments. */
export function mayBeCut(reason: FinishReason): boolean {
  return reason !== "stop" && reason !== "tool-calls";
}

/** What an answer is known by when its end is written. */
export interface Ending {
  finish: FinishReason;
  stopSequence?: string | undefined;
  detail?: string | undefined;
  hasCalls: boolean;
  hasRefusal: boolean;
}

/** `stop_reason` and its companions. What the answer holds outweighs what the upstream called its end. */
export function encodeFinish(
  ending: Ending,
  warn: (warning: Warning) => void,
): {
  stop_reason: string;
  stop_sequence: string | null;
  stop_details: JsonObject | null;
} {
  const finish = corrected(ending);
  const loss = finish === "paused" ? null : inexactFinish(finish, wire[finish]);
  if (loss) warn(loss);
  const explained = finish === "refusal" || (finish === "filter" && ending.detail !== undefined);
  return {
    stop_reason: wire[finish],
    stop_sequence: finish === "stop-sequence" ? (ending.stopSequence ?? null) : null,
    stop_details: explained ? { type: "refusal", category: null, explanation: ending.detail ?? null } : null,
  };
}

function corrected({ finish, hasCalls, hasRefusal }: Ending): FinishReason {
  if (finish === "stop" && hasRefusal) return "refusal";
  if (finish === "stop" && hasCalls) return "tool-calls";
  if (finish === "tool-calls" && !hasCalls) return "stop";
  return finish;
}
