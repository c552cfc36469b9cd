import type { Abilities, ModelInfo } from "@sluice/core";

/** Where the figures come from, and the day they were read. */
export const docs = { url: "https://platform.claude.com/docs/en/about-claude/models/overview", read: "2026-11-20" };

const abilities: Abilities = {
  tools: true,
  vision: true,
  files: true,
  audio: false,
  schema: true,
  reasoning: true,
  streaming: true,
};

const adaptive = ["adaptive", "effort"] as const;
const either = ["adaptive", "effort", "budget"] as const;
const manual = ["budget"] as const;

/** Models by the figures that Anthropic publishes. Others are passed on as they are asked for. */
export const catalogue: readonly ModelInfo[] = [
  model("claude-fable-5-2", "Claude Fable 5.2", 1_000_000, 128_000, adaptive),
  model("claude-opus-5-5", "Claude Opus 5.5", 1_000_000, 128_000, adaptive),
  model("claude-sonnet-5-5", "Claude Sonnet 5.5", 1_000_000, 128_000, adaptive),
  model("claude-haiku-5-5", "Claude Haiku 5.5", 1_000_000, 128_000, adaptive),
  model("claude-fable-5-1", "Claude Fable 5.1", 1_000_000, 128_000, adaptive),
  model("claude-fable-5", "Claude Fable 5", 1_000_000, 128_000, adaptive),
  model("claude-opus-5", "Claude Opus 5", 1_000_000, 128_000, adaptive),
  model("claude-sonnet-5", "Claude Sonnet 5", 1_000_000, 128_000, adaptive),
  model("claude-opus-4-8", "Claude Opus 4.8", 1_000_000, 128_000, adaptive),
  model("claude-opus-4-7", "Claude Opus 4.7", 1_000_000, 128_000, adaptive),
  model("claude-opus-4-6", "Claude Opus 4.6", 1_000_000, 128_000, either),
  model("claude-sonnet-4-6", "Claude Sonnet 4.6", 1_000_000, 64_000, either),
  model("claude-opus-4-5", "Claude Opus 4.5", 200_000, 64_000, manual),
  model("claude-haiku-4-5", "Claude Haiku 4.5", 200_000, 64_000, manual),
];

function model(
  id: string,
  name: string,
  contextTokens: number,
  maxOutputTokens: number,
  reasoning: NonNullable<ModelInfo["reasoning"]>,
): ModelInfo {
  return { id, name, contextTokens, maxOutputTokens, abilities, reasoning };
}
