import { arrayOf, isObject, numberOf, objectOf } from "@sluice/core";
import type { Json, JsonObject, Quirks, Usage } from "@sluice/core";
import { DetailsReader } from "../usage-details.ts";

/**
 * Reads usage as the vendors of this dialect write it. Cached tokens come out inside the input and reasoning inside the
 * output: where a count is larger than what should hold it, it was counted beside it and is added.
 */
export function decodeUsage(raw: JsonObject, quirks: Quirks, answer: JsonObject = {}): Usage {
  const inputDetails = detailsIn(raw, "prompt_tokens_details", "input_tokens_details", "input_token_details");
  const outputDetails = detailsIn(raw, "completion_tokens_details", "output_tokens_details", "output_token_details");
  const input = known(raw.prompt_tokens, raw.input_tokens);
  const output = known(raw.completion_tokens, raw.output_tokens);
  const cacheRead = known(inputDetails.cached_tokens, raw.prompt_cache_hit_tokens, raw.cached_tokens);
  const reasoning = known(outputDetails.reasoning_tokens, raw.reasoning_tokens);
  return {
    inputTokens: holding(input, cacheRead, false),
    cacheReadTokens: cacheRead,
    cacheWriteTokens: known(inputDetails.cache_write_tokens, inputDetails.cache_creation_input_tokens),
    outputTokens: holding(output, reasoning, quirks.reasoningTokens === "outside"),
    reasoningTokens: reasoning,
    ...detailsOf(raw, inputDetails, outputDetails, answer),
    raw,
  };
}

/** Chat, everything else of OpenAI's, and its transcriptions each have a spelling. */
function detailsIn(raw: JsonObject, ...names: readonly string[]): JsonObject {
  for (const name of names) {
    const details = objectOf(raw[name]);
    if (details) return details;
  }
  return {};
}

/** `answer` is the chunk or answer around the usage: it has the tier, and in some forms the tools that were run. */
function detailsOf(raw: JsonObject, input: JsonObject, output: JsonObject, answer: JsonObject) {
  const cached = objectOf(input.cached_tokens_details) ?? {};
  const written = objectOf(input.cache_creation) ?? {};
  const details = new DetailsReader()
    .count("audioInputTokens", input.audio_tokens)
    .count("imageInputTokens", input.image_tokens)
    .count("videoInputTokens", input.video_tokens)
    .count("audioCacheReadTokens", cached.audio_tokens)
    .count("imageCacheReadTokens", cached.image_tokens)
    .count("cacheWrite5mTokens", written.ephemeral_5m_input_tokens)
    .count("cacheWrite1hTokens", written.ephemeral_1h_input_tokens)
    .count("audioOutputTokens", output.audio_tokens)
    .count("imageOutputTokens", output.image_tokens)
    .count("videoOutputTokens", output.video_tokens)
    .calls("web_search", raw.num_search_queries)
    .callsIn(raw.server_tool_use, "_requests")
    .callsIn(raw.server_side_tool_usage_details, "_calls")
    .tier(answer.service_tier);
  for (const [type, kind] of hostedCalls) {
    const calls = arrayOf(answer.output).filter((item) => isObject(item) && item.type === type && isBilled(item));
    details.calls(kind, calls.length);
  }
  return details.read();
}

/** Items of tools that the vendor runs and bills by call. */
const hostedCalls = [
  ["web_search_call", "web_search"],
  ["file_search_call", "file_search"],
  ["code_interpreter_call", "code_execution"],
] as const;

/** A search is billed, a page that was opened or looked through is not. <https://developers.openai.com/api/docs/guides/tools-web-search> (read 2026-11) */
function isBilled({ action }: JsonObject): boolean {
  const type = objectOf(action)?.type;
  return type !== "open_page" && type !== "find_in_page";
}

function known(...values: readonly (Json | undefined)[]): number | null {
  for (const value of values) {
    const amount = numberOf(value);
    if (amount !== undefined && amount >= 0) return amount;
  }
  return null;
}

function holding(whole: number | null, part: number | null, outside: boolean): number | null {
  if (whole === null || part === null) return whole;
  return outside || part > whole ? whole + part : whole;
}

/** Usage in this dialect. Unknown counts are 0, because its clients expect numbers. */
export function encodeUsage(usage: Omit<Usage, "raw">): JsonObject {
  const input = usage.inputTokens ?? 0;
  const output = usage.outputTokens ?? 0;
  const { audioInputTokens, imageInputTokens, audioOutputTokens, imageOutputTokens } = usage.details ?? {};
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: {
      cached_tokens: usage.cacheReadTokens ?? 0,
      cache_write_tokens: usage.cacheWriteTokens ?? 0,
      ...(audioInputTokens === undefined ? {} : { audio_tokens: audioInputTokens }),
      ...(imageInputTokens === undefined ? {} : { image_tokens: imageInputTokens }),
    },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoningTokens ?? 0,
      ...(audioOutputTokens === undefined ? {} : { audio_tokens: audioOutputTokens }),
      ...(imageOutputTokens === undefined ? {} : { image_tokens: imageOutputTokens }),
    },
  };
}

/** The usage objects of one chunk or answer: `usage`, then where the vendor's quirk says, e.g. `x_groq.usage`. */
export function usageIn(body: JsonObject, quirks: Quirks): JsonObject[] {
  if (quirks.usageAt === undefined) return isObject(body.usage) ? [body.usage] : [];
  const places = [body.usage, ...quirks.usageAt.map((path) => at(body, path))];
  return places.filter((place) => isObject(place));
}

function at(body: JsonObject, path: string): Json | undefined {
  let value: Json | undefined = body;
  for (const name of path.split(".")) {
    if (Array.isArray(value)) value = value[Number(name)];
    else value = isObject(value) ? value[name] : undefined;
  }
  return value;
}
