import type { Abilities, ModelInfo, Quirks } from "@sluice/core";

/** Where the facts come from, and the day they were read. */
export const docs = { url: "https://cloud.google.com/vertex-ai/generative-ai/docs/models", read: "2026-11-20" };

type Forms = NonNullable<ModelInfo["reasoning"]>;

const claude: Abilities = {
  tools: true,
  vision: true,
  files: true,
  audio: false,
  schema: true,
  reasoning: true,
  streaming: true,
};
const google: Abilities = { ...claude, audio: true, json: true };

const adaptive: Forms = ["adaptive", "effort"];
const either: Forms = ["adaptive", "effort", "budget"];

/** Models whose form of reasoning must be known to ask for it. Any other is passed on as it is asked for. */
export const catalogue: readonly ModelInfo[] = [
  gemini("gemini-3.5-flash", "Gemini 3.5 Flash", "level"),
  gemini("gemini-3.1-pro-preview", "Gemini 3.1 Pro Preview", "level"),
  gemini("gemini-3-flash-preview", "Gemini 3 Flash Preview", "level"),
  gemini("gemini-2.5-pro", "Gemini 2.5 Pro", "budget"),
  gemini("gemini-2.5-flash", "Gemini 2.5 Flash", "budget"),
  gemini("gemini-2.5-flash-lite", "Gemini 2.5 Flash-Lite", "budget"),
  anthropic("claude-sonnet-5", "Claude Sonnet 5", 1_000_000, 128_000, adaptive),
  anthropic("claude-opus-4-8", "Claude Opus 4.8", 1_000_000, 128_000, adaptive),
  anthropic("claude-opus-4-7", "Claude Opus 4.7", 1_000_000, 128_000, adaptive),
  anthropic("claude-opus-4-6", "Claude Opus 4.6", 1_000_000, 128_000, either),
  anthropic("claude-sonnet-4-6", "Claude Sonnet 4.6", 1_000_000, 64_000, either),
  anthropic("claude-opus-4-5@20251101", "Claude Opus 4.5", 200_000, 64_000, ["budget"]),
  anthropic("claude-sonnet-4-5@20250929", "Claude Sonnet 4.5", 200_000, 64_000, ["budget"]),
  anthropic("claude-haiku-4-5@20251001", "Claude Haiku 4.5", 200_000, 64_000, ["budget"]),
];

function gemini(id: string, name: string, reasoning: "level" | "budget"): ModelInfo {
  return { id, name, contextTokens: 1_048_576, maxOutputTokens: 65_536, abilities: google, reasoning: [reasoning] };
}

function anthropic(
  id: string,
  name: string,
  contextTokens: number,
  maxOutputTokens: number,
  reasoning: Forms,
): ModelInfo {
  return { id, name, contextTokens, maxOutputTokens, abilities: claude, reasoning };
}

/** Since Opus 4.7 the models take no sampling parameters. */
const noSampling: Quirks = { refuse: ["temperature", "top_p", "top_k"] };

export const modelQuirks: readonly (readonly [glob: string, quirks: Quirks])[] = [
  ["gemini-embedding-*", { embeddings: { inputs: 1 } }],
  ["claude-opus-4-7*", noSampling],
  ["claude-opus-4-8*", noSampling],
  ["claude-opus-5*", noSampling],
  ["claude-sonnet-5*", noSampling],
];
