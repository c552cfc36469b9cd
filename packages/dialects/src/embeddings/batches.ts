import type { EmbeddingInput, EmbeddingsRequest, EmbeddingsResult, UpstreamTarget } from "@sluice/core";
import { sumOfUsage } from "../usage-sum.ts";

/** Text was seen to need at least two bytes a token, so that this errs on the safe side. */
const bytesPerToken = 2;

const encoder = new TextEncoder();

/** Splits a request by what one call of the target may hold, in order; merges the results in the same order. */
export function batchesOf(mostInputs: number, mostTokens = Infinity) {
  return {
    split(request: EmbeddingsRequest, { quirks }: UpstreamTarget): EmbeddingsRequest[] {
      const { inputs = mostInputs, tokens = mostTokens } = quirks.embeddings ?? {};
      const batches: EmbeddingInput[][] = [];
      let batch: EmbeddingInput[] = [];
      let size = 0;
      for (const input of request.inputs) {
        const next = tokensOf(input);
        if (batch.length > 0 && (batch.length >= inputs || size + next > tokens)) {
          batches.push(batch);
          batch = [];
          size = 0;
        }
        batch.push(input);
        size += next;
      }
      batches.push(batch);
      return batches.length === 1 ? [request] : batches.map((some) => ({ ...request, inputs: some }));
    },
    merge(results: readonly EmbeddingsResult[]): EmbeddingsResult {
      return {
        model: results[0]?.model ?? null,
        vectors: results.flatMap(({ vectors }) => vectors),
        usage: sumOfUsage(results.map(({ usage }) => usage)),
        warnings: results.flatMap(({ warnings }) => warnings),
      };
    },
  };
}

function tokensOf(input: EmbeddingInput): number {
  if (input.type === "tokens") return input.tokens.length;
  if (input.type === "provider") return 0;
  return Math.ceil(encoder.encode(input.text).length / bytesPerToken);
}
