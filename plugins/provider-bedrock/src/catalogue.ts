import type { Abilities, ModelInfo, Quirks } from "@sluice/core";

/** Where the facts come from, and the day they were read. */
export const docs = {
  url: "https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference.html",
  read: "2026-11-20",
};

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

/** Across regions of one geography, or of all. Without a prefix a model is asked for in its own region. */
const profiles = ["", "global.", "us.", "eu."];

const adaptive: Forms = ["adaptive", "effort"];
const either: Forms = ["adaptive", "effort", "budget"];
const manual: Forms = ["budget"];

/** Models whose form of reasoning must be known to ask for it. Any other is passed on as it is asked for. */
export const catalogue: readonly ModelInfo[] = [
  ...claudes("claude-fable-5", "Claude Fable 5", 1_000_000, 128_000, adaptive),
  ...claudes("claude-sonnet-5", "Claude Sonnet 5", 1_000_000, 128_000, adaptive),
  ...claudes("claude-opus-4-8", "Claude Opus 4.8", 1_000_000, 128_000, adaptive),
  ...claudes("claude-opus-4-7", "Claude Opus 4.7", 1_000_000, 128_000, adaptive),
  ...claudes("claude-opus-4-6-v1", "Claude Opus 4.6", 1_000_000, 128_000, either),
  ...claudes("claude-sonnet-4-6", "Claude Sonnet 4.6", 1_000_000, 64_000, either),
  ...claudes("claude-opus-4-5-20251101-v1:0", "Claude Opus 4.5", 200_000, 64_000, manual),
  ...claudes("claude-sonnet-4-5-20250929-v1:0", "Claude Sonnet 4.5", 200_000, 64_000, manual),
  ...claudes("claude-haiku-4-5-20251001-v1:0", "Claude Haiku 4.5", 200_000, 64_000, manual),
  { id: "amazon.nova-2-lite-v1:0", name: "Amazon Nova 2 Lite", reasoning: ["level"] },
  { id: "openai.gpt-oss-120b-1:0", name: "gpt-oss-120b", reasoning: ["effort"], abilities: { vision: false } },
  { id: "openai.gpt-oss-20b-1:0", name: "gpt-oss-20b", reasoning: ["effort"], abilities: { vision: false } },
];

function claudes(
  id: string,
  name: string,
  contextTokens: number,
  maxOutputTokens: number,
  reasoning: Forms,
): ModelInfo[] {
  return profiles.map((profile) => ({
    id: `${profile}anthropic.${id}`,
    name: profile === "" ? name : `${name} (${profile.slice(0, -1)})`,
    contextTokens,
    maxOutputTokens,
    abilities: claude,
    reasoning,
  }));
}

/** Since Opus 4.7 the models take no sampling parameters. */
const noSampling: Quirks = { refuse: ["temperature", "top_p", "top_k"] };

export const modelQuirks: readonly (readonly [glob: string, quirks: Quirks])[] = [
  ["*anthropic.claude*", { strict: true }],
  ["*anthropic.claude-opus-4-7*", noSampling],
  ["*anthropic.claude-opus-4-8*", noSampling],
  ["*anthropic.claude-fable-5*", noSampling],
  ["*anthropic.claude-opus-5*", noSampling],
  ["*anthropic.claude-sonnet-5*", noSampling],
  ["*anthropic.claude-fable-5*", { efforts: ["low", "medium", "high", "xhigh", "max"] }],
];
