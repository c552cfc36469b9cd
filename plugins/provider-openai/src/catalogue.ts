import type { Abilities, ModelInfo } from "@sluice/core";

/** Where the figures come from, and the day they were read. */
export const docs = { url: "https://developers.openai.com/api/docs/models", read: "2026-11-20" };

const general: Abilities = { tools: true, vision: true, files: true, schema: true, json: true, streaming: true };

/** Models by the figures that OpenAI publishes. Others are passed on as they are asked for. */
export const catalogue: readonly ModelInfo[] = [
  reasoning("gpt-6-astra", "GPT-6 Astra", 1_050_000, 128_000),
  reasoning("gpt-6.1-sol", "GPT-6.1 Sol", 1_050_000, 128_000),
  reasoning("gpt-6-sol", "GPT-6 Sol", 1_050_000, 128_000),
  reasoning("gpt-6-luna", "GPT-6 Luna", 1_050_000, 128_000),
  reasoning("gpt-5.6-sol", "GPT-5.6 Sol", 1_050_000, 128_000),
  reasoning("gpt-5.6-terra", "GPT-5.6 Terra", 1_050_000, 128_000),
  reasoning("gpt-5.6-luna", "GPT-5.6 Luna", 1_050_000, 128_000),
  reasoning("gpt-5.5", "GPT-5.5", 1_050_000, 128_000),
  reasoning("gpt-5.4", "GPT-5.4", 1_050_000, 128_000),
  reasoning("gpt-5.2", "GPT-5.2", 400_000, 128_000),
  reasoning("gpt-5.1", "GPT-5.1", 400_000, 128_000),
  reasoning("gpt-5", "GPT-5", 400_000, 128_000),
  reasoning("gpt-5-mini", "GPT-5 mini", 400_000, 128_000),
  reasoning("gpt-5-nano", "GPT-5 nano", 400_000, 128_000),
  reasoning("o3", "o3", 200_000, 100_000),
  reasoning("o4-mini", "o4-mini", 200_000, 100_000),
  plain("gpt-4.1", "GPT-4.1", 1_047_576, 32_768),
  plain("gpt-4.1-mini", "GPT-4.1 mini", 1_047_576, 32_768),
  plain("gpt-4.1-nano", "GPT-4.1 nano", 1_047_576, 32_768),
  plain("gpt-4o", "GPT-4o", 128_000, 16_384),
  plain("gpt-4o-mini", "GPT-4o mini", 128_000, 16_384),
  other("text-embedding-3-large", "text-embedding-3-large", 8_192),
  other("text-embedding-3-small", "text-embedding-3-small", 8_192),
  other("text-embedding-ada-002", "text-embedding-ada-002", 8_192),
  other("omni-moderation-latest", "omni-moderation"),
];

/** A model that makes no text: it takes no tools and streams nothing. */
function other(id: string, name: string, contextTokens?: number): ModelInfo {
  const abilities = { tools: false, streaming: false };
  return { id, name, abilities, ...(contextTokens === undefined ? {} : { contextTokens }) };
}

function reasoning(id: string, name: string, context: number, output: number): ModelInfo {
  const abilities = { ...general, reasoning: true };
  return { id, name, contextTokens: context, maxOutputTokens: output, abilities, reasoning: ["effort"] };
}

function plain(id: string, name: string, contextTokens: number, maxOutputTokens: number): ModelInfo {
  return { id, name, contextTokens, maxOutputTokens, abilities: { ...general, reasoning: false } };
}
