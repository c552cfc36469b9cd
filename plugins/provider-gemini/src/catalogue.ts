import type { Abilities, ModelInfo } from "@sluice/core";

/** Where the figures come from, and the day they were read. */
export const docs = { url: "https://ai.google.dev/gemini-api/docs/models", read: "2026-11-20" };

const abilities: Abilities = {
  tools: true,
  vision: true,
  files: true,
  audio: true,
  schema: true,
  json: true,
  reasoning: true,
  streaming: true,
};

/** Models by the figures that Google publishes. Since Gemini 3 thinking has levels; before, a budget in tokens. */
export const catalogue: readonly ModelInfo[] = [
  model("gemini-4-carbon", "Gemini 4 Carbon", "level"),
  model("gemini-4-argon", "Gemini 4 Argon", "level"),
  model("gemini-3.8-flash", "Gemini 3.8 Flash", "level"),
  model("gemini-3.5-flash", "Gemini 3.5 Flash", "level"),
  model("gemini-3.1-pro-preview", "Gemini 3.1 Pro Preview", "level"),
  model("gemini-3-flash-preview", "Gemini 3 Flash Preview", "level"),
  model("gemini-2.5-pro", "Gemini 2.5 Pro", "budget"),
  model("gemini-2.5-flash", "Gemini 2.5 Flash", "budget"),
  model("gemini-2.5-flash-lite", "Gemini 2.5 Flash-Lite", "budget"),
  {
    id: "gemini-embedding-001",
    name: "Gemini Embedding",
    contextTokens: 2_048,
    abilities: { tools: false, streaming: false },
  },
];

function model(id: string, name: string, reasoning: "level" | "budget"): ModelInfo {
  const info: ModelInfo = {
    id,
    name,
    contextTokens: 1_048_576,
    maxOutputTokens: 65_536,
    abilities,
    reasoning: [reasoning],
  };
  return id.endsWith("-preview") ? { ...info, status: "preview" } : info;
}
