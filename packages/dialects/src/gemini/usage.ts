import { arrayOf, isObject, numberOf, usageWith } from "@sluice/core";
import type { Json, JsonObject, Quirks, Usage } from "@sluice/core";
import { DetailsReader } from "../usage-details.ts";

/** Thoughts are outside the candidates on this wire and inside the output for us; cached tokens are inside the prompt. */
export function decodeUsage(metadata: JsonObject): Usage {
  const prompt = numberOf(metadata["promptTokenCount"]);
  const toolUse = numberOf(metadata["toolUsePromptTokenCount"]);
  const candidates = numberOf(metadata["candidatesTokenCount"]);
  const thoughts = numberOf(metadata["thoughtsTokenCount"]);
  return {
    inputTokens: sum(prompt, toolUse),
    cacheReadTokens: numberOf(metadata["cachedContentTokenCount"]) ?? null,
    cacheWriteTokens: null,
    outputTokens: sum(candidates, thoughts),
    reasoningTokens: thoughts ?? null,
    ...detailsOf(metadata),
    raw: metadata,
  };
}

const media = { AUDIO: "audio", IMAGE: "image", DOCUMENT: "image", VIDEO: "video" } as const;

/** Tokens by modality. Pages of documents are pictures to the vendor, and billed as such. */
function detailsOf(metadata: JsonObject) {
  const details = new DetailsReader();
  const prompt = mediaIn(metadata["promptTokensDetails"], metadata["toolUsePromptTokensDetails"]);
  const cached = mediaIn(metadata["cacheTokensDetails"]);
  const candidates = mediaIn(metadata["candidatesTokensDetails"]);
  if (prompt) {
    details.count("audioInputTokens", prompt.audio).count("imageInputTokens", prompt.image);
    details.count("videoInputTokens", prompt.video);
  }
  if (cached) details.count("audioCacheReadTokens", cached.audio).count("imageCacheReadTokens", cached.image);
  if (candidates) {
    details.count("audioOutputTokens", candidates.audio).count("imageOutputTokens", candidates.image);
    details.count("videoOutputTokens", candidates.video);
  }
  return details.tier(metadata["trafficType"]).read();
}

/** Every chunk has these lists, and text alone is what most of them tell. */
function mediaIn(...lists: readonly (Json | undefined)[]): Record<"audio" | "image" | "video", number> | null {
  let sums: Record<"audio" | "image" | "video", number> | null = null;
  for (const list of lists) {
    for (const entry of arrayOf(list)) {
      const medium = isObject(entry) ? media[entry["modality"] as keyof typeof media] : undefined;
      if (medium === undefined) continue;
      sums ??= { audio: 0, image: 0, video: 0 };
      sums[medium] += numberOf((entry as JsonObject)["tokenCount"]) ?? 0;
    }
  }
  return sums;
}

/**
 * Searches that the vendor ran for the answer: each query once, empty ones never, or one for the answer where the vendor
 * bills by answer. <https://ai.google.dev/gemini-api/docs/google-search> (read 2026-11)
 */
export function searchesOf(queries: ReadonlySet<string>, { searchesBilled = "query" }: Quirks): Usage {
  const web_search = searchesBilled === "query" ? queries.size : Math.min(queries.size, 1);
  return usageWith({ details: { toolCalls: { web_search } } });
}

function sum(a: number | undefined, b: number | undefined): number | null {
  return a === undefined && b === undefined ? null : (a ?? 0) + (b ?? 0);
}

export function encodeUsage(usage: Omit<Usage, "raw">): JsonObject {
  const { inputTokens, cacheReadTokens, outputTokens, reasoningTokens } = usage;
  const metadata: JsonObject = {};
  if (inputTokens !== null) metadata["promptTokenCount"] = inputTokens;
  if (cacheReadTokens !== null) metadata["cachedContentTokenCount"] = cacheReadTokens;
  if (outputTokens !== null) metadata["candidatesTokenCount"] = Math.max(0, outputTokens - (reasoningTokens ?? 0));
  if (reasoningTokens !== null) metadata["thoughtsTokenCount"] = reasoningTokens;
  if (inputTokens !== null || outputTokens !== null) {
    metadata["totalTokenCount"] = (inputTokens ?? 0) + (outputTokens ?? 0);
  }
  const { audioInputTokens, imageInputTokens, audioOutputTokens, imageOutputTokens } = usage.details ?? {};
  const prompt = byModality(inputTokens, audioInputTokens, imageInputTokens);
  const candidates = byModality(outputTokens, audioOutputTokens, imageOutputTokens, reasoningTokens ?? 0);
  if (prompt) metadata["promptTokensDetails"] = prompt;
  if (candidates) metadata["candidatesTokensDetails"] = candidates;
  return metadata;
}

function byModality(whole: number | null, audio?: number, image?: number, outside = 0): JsonObject[] | null {
  if (whole === null || (audio === undefined && image === undefined)) return null;
  const text = Math.max(0, whole - outside - (audio ?? 0) - (image ?? 0));
  const counts: [string, number | undefined][] = [
    ["TEXT", text],
    ["AUDIO", audio],
    ["IMAGE", image],
  ];
  return counts.flatMap(([modality, tokenCount]) => (tokenCount === undefined ? [] : [{ modality, tokenCount }]));
}
