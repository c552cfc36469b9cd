import { definePrice } from "@sluice/core";
import type { Abilities, ModelInfo, ModelPrice, PriceConfig } from "@sluice/core";

/** 1 and 4 pretend dollars per million tokens, so that every page about money has something to show. */
const price = definePrice({
  perMillion: { input_token: 1, output_token: 4 },
  source: "pretend",
  date: "2026-11-20",
});

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

/** What makes no text. */
function other(id: string, name: string, cost: ModelPrice = price): ModelInfo {
  return { id, name, contextTokens: 1_000_000, abilities: { tools: false, streaming: false }, price: cost };
}

/** What is made is billed by the piece or by its length, as vendors of media do. */
function mediaPrice(rates: Omit<PriceConfig, "source" | "date">): ModelPrice {
  return definePrice({ ...rates, source: "pretend", date: "2026-11-20" });
}

/** The mock models by their plain names; suffixes as in `lorem-50` are variants of these. */
export const catalogue: readonly ModelInfo[] = [
  model("echo", "Mock echo"),
  model("lorem", "Mock lorem ipsum"),
  model("json", "Mock JSON"),
  model("tools", "Mock tool caller"),
  model("flaky", "Mock with faults"),
  model("slow", "Mock with a late first token"),
  other("embed", "Mock embeddings"),
  other("rerank", "Mock reranker"),
  other("moderate", "Mock moderation"),
  other("draw", "Mock pictures", mediaPrice({ each: { image: 0.01 } })),
  other("speak", "Mock speech", mediaPrice({ perMillion: { character: 15 } })),
  other("hear", "Mock transcription", mediaPrice({ perHour: { audio_input_ms: 0.36 } })),
  other("film", "Mock videos", mediaPrice({ perHour: { video_output_ms: 360 } })),
];

function model(id: string, name: string): ModelInfo {
  return { id, name, contextTokens: 1_000_000, maxOutputTokens: 100_000, abilities, reasoning: ["effort"], price };
}
