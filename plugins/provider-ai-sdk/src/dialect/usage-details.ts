import { arrayOf, isObject, numberOf, objectOf, stringOf } from "@sluice/core";
import type { Json, JsonObject, UsageDetails } from "@sluice/core";

/** The members that are counts. */
type Count = {
  [Name in keyof UsageDetails]-?: NonNullable<UsageDetails[Name]> extends number ? Name : never;
}[keyof UsageDetails];

/**
 * Where vendors write what the contract has no word for and what has a price of its own, as packages hand it on in `raw`:
 * Anthropic's cache writes by the time they are kept, OpenAI's tokens of sound and pictures.
 */
const counts: readonly (readonly [path: string, name: Count])[] = [
  ["cache_creation.ephemeral_5m_input_tokens", "cacheWrite5mTokens"],
  ["cache_creation.ephemeral_1h_input_tokens", "cacheWrite1hTokens"],
  ["prompt_tokens_details.audio_tokens", "audioInputTokens"],
  ["input_tokens_details.audio_tokens", "audioInputTokens"],
  ["input_tokens_details.image_tokens", "imageInputTokens"],
  ["completion_tokens_details.audio_tokens", "audioOutputTokens"],
];

/** What the vendor's own usage tells beside the five counts of every chat; nothing for most answers. */
export function detailsOf(raw: JsonObject | undefined): { details?: UsageDetails } {
  if (raw === undefined) return {};
  const details: UsageDetails = {};
  for (const [path, name] of counts) {
    const count = numberOf(at(raw, path));
    if (count !== undefined && count > 0) details[name] = count;
  }
  readCacheDetails(raw, details);
  readToolCalls(raw, details);
  return Object.keys(details).length === 0 ? {} : { details };
}

function at(raw: JsonObject, path: string): Json | undefined {
  return path.split(".").reduce<Json | undefined>((value, name) => (isObject(value) ? value[name] : undefined), raw);
}

/** Amazon Bedrock: `cacheDetails: [{ ttl: "1h", inputTokens: 12 }]`. */
function readCacheDetails(raw: JsonObject, details: UsageDetails): void {
  for (const entry of arrayOf(raw["cacheDetails"]).filter(isObject)) {
    const count = numberOf(entry["inputTokens"]) ?? 0;
    const name = { "5m": "cacheWrite5mTokens", "1h": "cacheWrite1hTokens" }[stringOf(entry["ttl"]) ?? ""];
    if (count > 0 && name !== undefined) details[name as Count] = count;
  }
}

/** Anthropic: `server_tool_use: { web_search_requests: 2 }`. */
function readToolCalls(raw: JsonObject, details: UsageDetails): void {
  const calls: Record<string, number> = {};
  for (const [name, value] of Object.entries(objectOf(raw["server_tool_use"]) ?? {})) {
    const count = numberOf(value) ?? 0;
    const kind = /^([a-z0-9_]{1,64})_requests$/.exec(name)?.[1];
    if (count > 0 && kind !== undefined) calls[kind] = count;
  }
  if (Object.keys(calls).length > 0) details.toolCalls = calls;
}
