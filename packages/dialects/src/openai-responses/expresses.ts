import type { ChatRequest } from "@sluice/core";
import { hostedTool } from "../hosted-tools.ts";

/** Whether this dialect has a place for all that a request asks for. */
export function expresses({ sampling, modalities, providerTools = [], messages }: ChatRequest): boolean {
  const { topK, frequencyPenalty, presencePenalty, stop, seed, logitBias, n = 1 } = sampling;
  const missing = [topK, frequencyPenalty, presencePenalty, stop, seed, logitBias];
  if (n > 1 || missing.some((value) => value !== undefined)) return false;
  if (modalities?.some((modality) => modality !== "text")) return false;
  if (providerTools.some((tool) => hostedTool(tool, "openai-responses", () => {}) === null)) return false;
  return !messages.some(({ parts }) => parts.some((part) => part.type === "audio"));
}
