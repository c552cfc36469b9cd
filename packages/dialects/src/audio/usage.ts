import { isObject, numberOf, usageWith } from "@sluice/core";
import type { Json, JsonObject, Usage } from "@sluice/core";
import { decodeUsage } from "../openai-chat/usage.ts";

/** Tokens as OpenAI writes them for everything but chat. */
export function encodeTokens({ inputTokens, outputTokens }: Usage): JsonObject {
  const input = inputTokens ?? 0;
  const output = outputTokens ?? 0;
  return { input_tokens: input, output_tokens: output, total_tokens: input + output };
}

/** What was heard: tokens, or seconds (`{ type: "duration", seconds }`). */
export function decodeHeard(usage: Json | undefined, seconds: number | null): Usage {
  if (isObject(usage) && usage["type"] !== "duration") return decodeUsage(usage, {});
  const heard = isObject(usage) ? (numberOf(usage["seconds"]) ?? seconds) : seconds;
  return usageWith(heard === null ? {} : { details: { audioInputMs: Math.round(heard * 1000) } });
}

export function encodeHeard(usage: Usage): JsonObject | null {
  if (usage.inputTokens !== null) return { type: "tokens", ...encodeTokens(usage) };
  const heard = usage.details?.audioInputMs;
  return heard === undefined ? null : { type: "duration", seconds: Math.ceil(heard / 1000) };
}
