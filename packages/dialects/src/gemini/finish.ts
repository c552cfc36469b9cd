import type { FinishReason, Quirks, Warning } from "@sluice/core";
import { inexactFinish } from "../losses.ts";

const decoded: Readonly<Record<string, FinishReason | "error">> = {
  STOP: "stop",
  MAX_TOKENS: "length",
  SAFETY: "filter",
  RECITATION: "filter",
  BLOCKLIST: "filter",
  PROHIBITED_CONTENT: "filter",
  SPII: "filter",
  LANGUAGE: "filter",
  IMAGE_SAFETY: "filter",
  IMAGE_PROHIBITED_CONTENT: "filter",
  IMAGE_RECITATION: "filter",
  MALFORMED_FUNCTION_CALL: "error",
  UNEXPECTED_TOOL_CALL: "error",
  TOO_MANY_TOOL_CALLS: "error",
  OTHER: "other",
  NO_IMAGE: "other",
  IMAGE_OTHER: "other",
  FINISH_REASON_UNSPECIFIED: "other",
};

const encoded: Readonly<Record<FinishReason, string>> = {
  stop: "STOP",
  "stop-sequence": "STOP",
  length: "MAX_TOKENS",
  "context-full": "MAX_TOKENS",
  "tool-calls": "STOP",
  filter: "SAFETY",
  refusal: "SAFETY",
  paused: "MAX_TOKENS",
  other: "OTHER",
};

/** Null for a reason that nobody knows yet. */
export function decodeFinish(reason: string, quirks: Quirks): FinishReason | "error" | null {
  const own = quirks.finishReasons;
  if (own && Object.hasOwn(own, reason)) return own[reason] ?? null;
  return Object.hasOwn(decoded, reason) ? (decoded[reason] ?? null) : null;
}

export function encodeFinish(reason: FinishReason, warn: (warning: Warning) => void): string {
  const word = encoded[reason];
  const loss = reason === "other" ? null : inexactFinish(reason, word);
  if (loss) warn(loss);
  return word;
}
