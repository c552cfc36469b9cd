import type { Usage, UsageDetails } from "./event.ts";
import type { ReceiptUsage } from "./receipt.ts";

const names: readonly (readonly [keyof UsageDetails, keyof ReceiptUsage])[] = [
  ["cacheWrite5mTokens", "cache_write_5m_tokens"],
  ["cacheWrite1hTokens", "cache_write_1h_tokens"],
  ["audioInputTokens", "audio_input_tokens"],
  ["imageInputTokens", "image_input_tokens"],
  ["videoInputTokens", "video_input_tokens"],
  ["audioCacheReadTokens", "audio_cache_read_tokens"],
  ["imageCacheReadTokens", "image_cache_read_tokens"],
  ["audioOutputTokens", "audio_output_tokens"],
  ["imageOutputTokens", "image_output_tokens"],
  ["videoOutputTokens", "video_output_tokens"],
  ["images", "images"],
  ["audioInputMs", "audio_input_ms"],
  ["audioOutputMs", "audio_output_ms"],
  ["videoOutputMs", "video_output_ms"],
  ["requests", "requests"],
  ["characters", "characters"],
  ["searchUnits", "search_units"],
  ["toolCalls", "tool_calls"],
  ["variant", "variant"],
  ["serviceTier", "service_tier"],
];

/** Usage as the receipt tells it, or null where nothing was counted. */
export function toReceiptUsage({ details, ...usage }: Usage): ReceiptUsage | null {
  if (usage.inputTokens === null && usage.outputTokens === null && details === undefined) return null;
  const told: ReceiptUsage = {
    input_tokens: usage.inputTokens,
    cache_read_tokens: usage.cacheReadTokens,
    cache_write_tokens: usage.cacheWriteTokens,
    output_tokens: usage.outputTokens,
    reasoning_tokens: usage.reasoningTokens,
  };
  return details ? Object.assign(told, renamed(details)) : told;
}

/** The usage that a receipt tells. Inverse of `toReceiptUsage`. */
export function fromReceiptUsage(told: ReceiptUsage): Usage {
  const details = Object.fromEntries(
    names.filter(([, name]) => told[name] !== undefined).map(([field, name]) => [field, told[name]]),
  );
  return {
    inputTokens: told.input_tokens,
    cacheReadTokens: told.cache_read_tokens,
    cacheWriteTokens: told.cache_write_tokens,
    outputTokens: told.output_tokens,
    reasoningTokens: told.reasoning_tokens,
    ...(Object.keys(details).length > 0 ? { details } : {}),
  };
}

function renamed(details: UsageDetails): Partial<ReceiptUsage> {
  return Object.fromEntries(
    names.filter(([field]) => details[field] !== undefined).map(([field, name]) => [name, details[field]]),
  );
}
