import type { FinishReason, Quirks, Warning } from "@sluice/core";
import { inexactFinish } from "../losses.ts";

const reasons: Readonly<Record<string, FinishReason | "error">> = {
  stop: "stop",
  length: "length",
  tool_calls: "tool-calls",
  function_call: "tool-calls",
  content_filter: "filter",
  error: "error",
};

/** What this dialect's vendors call the end of an answer; an unknown word is `other`. */
export function decodeFinish(reason: string, quirks: Quirks): FinishReason | "error" {
  const known = { ...reasons, ...quirks.finishReasons };
  return Object.hasOwn(known, reason) ? (known[reason] ?? "other") : "other";
}

/** What the answer was made of, as far as it decides how its end is called. */
export interface FinishContent {
  calls: boolean;
  /** The model's own words of refusal, as this dialect's vendors stream them. */
  refusal: boolean;
}

/** The content corrects the word: calls end in `tool-calls`, and nothing else does. */
export function correctFinish(reason: FinishReason, content: FinishContent): FinishReason {
  if (reason === "stop" && content.calls) return "tool-calls";
  if (reason === "tool-calls" && !content.calls) return content.refusal ? "refusal" : "stop";
  return reason === "stop" && content.refusal ? "refusal" : reason;
}

const words: Readonly<Record<FinishReason, string>> = {
  stop: "stop",
  "stop-sequence": "stop",
  length: "length",
  "context-full": "length",
  "tool-calls": "tool_calls",
  filter: "content_filter",
  refusal: "content_filter",
  paused: "length",
  other: "stop",
};

/** `explained`: the vendor gave its reason apart from the model's words, which means that it stopped the model. */
export function encodeFinish(
  reason: FinishReason,
  content: FinishContent,
  explained: boolean,
  { legacy, warn }: { legacy: boolean; warn: (warning: Warning) => void },
): string {
  const corrected = correctFinish(reason, { calls: content.calls, refusal: false });
  if (corrected === "tool-calls" && legacy) return "function_call";
  if (corrected === "refusal" && content.refusal && !explained) return "stop";
  const word = words[corrected];
  const loss = inexactFinish(corrected, word);
  if (loss) warn(loss);
  return word;
}
