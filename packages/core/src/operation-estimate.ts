import { charactersPerToken } from "./estimate.ts";
import type { OperationRequest, OperationResult } from "./operation.ts";

/**
 * The result with the tokens of its input by their size, low rather than high, where the upstream counted nothing and text
 * is what it bills. The same object is returned where nothing is missing.
 */
export function withUsage(result: OperationResult, request: OperationRequest): OperationResult {
  const { usage } = result;
  if (usage.inputTokens !== null || usage.details) return result;
  const tokens = tokensOf(request);
  if (tokens === null) return result;
  return {
    ...result,
    usage: { ...usage, inputTokens: tokens, outputTokens: usage.outputTokens ?? 0, estimated: true },
  };
}

/** Null for what is not billed by its text. */
function tokensOf(request: OperationRequest): number | null {
  if (request.operation === "embeddings") {
    const counts = request.inputs.map((input) => {
      if (input.type === "tokens") return input.tokens.length;
      return input.type === "text" ? input.text.length / charactersPerToken : 0;
    });
    return Math.floor(counts.reduce((sum, count) => sum + count, 0));
  }
  if (request.operation === "rerank") {
    const texts = request.documents.map((document) =>
      document.type === "text" ? document.text : JSON.stringify(document.fields),
    );
    // The query is read with every document.
    const characters = texts.reduce((sum, text) => sum + text.length + request.query.length, 0);
    return Math.floor(characters / charactersPerToken);
  }
  return null;
}
