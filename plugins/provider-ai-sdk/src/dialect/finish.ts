import { isObject, stringOf } from "@sluice/core";
import type { FinishReason, Json, JsonObject } from "@sluice/core";

/** `error`: the vendor gave up. `none`: the package saw no end, so nothing says that the answer is whole. */
export type Finish = FinishReason | "error" | "none";

const unified: Readonly<Record<string, FinishReason | "error">> = {
  stop: "stop",
  length: "length",
  "content-filter": "filter",
  "tool-calls": "tool-calls",
  error: "error",
  other: "other",
};

/** The vendors' own words that say more than the contract's six. */
const words: Readonly<Record<string, FinishReason>> = {
  stop_sequence: "stop-sequence",
  STOP_SEQUENCE: "stop-sequence",
  model_context_window_exceeded: "context-full",
  refusal: "refusal",
  pause_turn: "paused",
};

/** Reads `LanguageModelV4FinishReason`. */
export function decodeFinish(value: Json | undefined): Finish {
  const finish = isObject(value) ? value : {};
  const raw = stringOf(finish["raw"]);
  const reason = stringOf(finish["unified"]) ?? "";
  // Where packages begin before they know a reason, and where they stay when none comes.
  if (reason === "interrupted" || reason === "unknown" || reason === "") return "none";
  if (reason === "other" && raw === undefined) return "none";
  if (raw !== undefined && Object.hasOwn(words, raw)) return words[raw] as FinishReason;
  return Object.hasOwn(unified, reason) ? (unified[reason] as Finish) : "other";
}

/** The sequence that was hit, where the package has it in its metadata. */
export function stopSequenceOf(metadata: JsonObject | undefined): string | undefined {
  for (const own of Object.values(metadata ?? {})) {
    const sequence = isObject(own) ? stringOf(own["stopSequence"]) : undefined;
    if (sequence !== undefined) return sequence;
  }
  return undefined;
}
