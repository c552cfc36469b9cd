import { arrayOf, AttemptError, isObject, numberOf } from "@sluice/core";
import type { JsonObject, TransportResponse } from "@sluice/core";
import { whole } from "./answer.ts";
import { plainOptions, type BridgeCall } from "./bridge-call.ts";
import type { AiSdkEmbeddingModel } from "./contract.ts";

/** All vectors of a request: `doEmbed` for as many values as the model takes at once, one call after the other. */
export async function embed(model: AiSdkEmbeddingModel, call: BridgeCall): Promise<TransportResponse> {
  if (call.version !== "v4" && call.options["dimensions"] !== undefined) {
    const message = `Contract ${call.version} has no word for dimensions; the package may have one among its options.`;
    throw new AttemptError({ class: "invalid", message, param: "dimensions" });
  }
  const most = Math.max(1, (await model.maxEmbeddingsPerCall) ?? Infinity);
  const values = arrayOf(call.options["values"]);
  const results: JsonObject[] = [];
  for (let start = 0; start < values.length; start += most) {
    const options = { ...call.options, values: values.slice(start, start + most) };
    results.push((await model.doEmbed(plainOptions({ ...call, options }))) as JsonObject);
  }
  const [only] = results;
  return whole(only !== undefined && results.length === 1 ? only : joined(results));
}

function joined(results: readonly JsonObject[]): JsonObject {
  const tokens = results.map(({ usage }) => (isObject(usage) ? numberOf(usage["tokens"]) : undefined));
  const isKnown = tokens.every((count) => count !== undefined);
  return {
    embeddings: results.flatMap(({ embeddings }) => arrayOf(embeddings)),
    warnings: results.flatMap(({ warnings }) => arrayOf(warnings)),
    // A sum of which one part is unknown is unknown.
    ...(isKnown ? { usage: { tokens: tokens.reduce((sum, count) => sum + count, 0) } } : {}),
    response: results[0]?.["response"],
  };
}
