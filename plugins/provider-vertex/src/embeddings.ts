import {
  arrayOf,
  AttemptError,
  defineOperationDialect,
  errors,
  isObject,
  numberOf,
  objectOf,
  usageWith,
} from "@sluice/core";
import type {
  EmbeddingPurpose,
  EmbeddingsRequest,
  EmbeddingsResult,
  EncodedOperation,
  Json,
  JsonObject,
  ResultBody,
  ResultDecodeContext,
  UpstreamTarget,
} from "@sluice/core";
import { batchesOf, droppedFields, gemini } from "@sluice/dialects";
import { belowGoogle } from "./gemini.ts";

/** What one call takes; some models take a single text. */
const mostInputs = 250;
const mostTokens = 20_000;

/**
 * Google's embeddings by `predict`, for upstreams alone.
 *
 * https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api (read 2026-11)
 */
export const vertexEmbeddings = defineOperationDialect({
  id: "vertex-embeddings",
  operation: "embeddings",
  upstream: {
    route: (_request, { model }) => ({
      method: "POST",
      path: `${belowGoogle(`/models/${encodeURIComponent(model)}`)}:predict`,
    }),
    passHeaders: [],
    // Nobody asks in this dialect, so there is no body to patch.
    patchRequest: () => ({ set: {}, remove: [], warnings: [] }),
    encodeRequest,
    decodeResult,
    batch: batchesOf(mostInputs, mostTokens),
    decodeError: (status, headers, body, quirks) =>
      gemini.upstream?.decodeError(status, headers, body, quirks) ?? { class: "server", message: `HTTP ${status}` },
  },
});

const tasks: Readonly<Record<EmbeddingPurpose, string>> = {
  query: "RETRIEVAL_QUERY",
  document: "RETRIEVAL_DOCUMENT",
  classification: "CLASSIFICATION",
  clustering: "CLUSTERING",
  similarity: "SEMANTIC_SIMILARITY",
  "question-answering": "QUESTION_ANSWERING",
  "fact-verification": "FACT_VERIFICATION",
  "code-query": "CODE_RETRIEVAL_QUERY",
};

function encodeRequest(request: EmbeddingsRequest, { model }: UpstreamTarget): EncodedOperation {
  const { inputs, dimensions, purpose, title, user, origin } = request;
  // Only documents have titles.
  const titled = title !== undefined && purpose === "document";
  const instances = inputs.map((input, index): JsonObject => {
    if (input.type !== "text") {
      throw errors.REQUEST_UNSUPPORTED(`input[${index}]`, model, "Send text: this vendor takes no tokens.");
    }
    return {
      content: input.text,
      ...(purpose === undefined ? {} : { task_type: tasks[purpose] }),
      ...(titled ? { title } : {}),
    };
  });
  const others = { user, title: titled ? undefined : title };
  const lost = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined));
  return {
    body: { instances, ...(dimensions === undefined ? {} : { parameters: { outputDimensionality: dimensions } }) },
    warnings: droppedFields({ ...origin.rest, ...lost }),
  };
}

function decodeResult({ json }: ResultBody, { request }: ResultDecodeContext<"embeddings">): EmbeddingsResult {
  const predictions = isObject(json) ? arrayOf(json["predictions"]) : [];
  const embeddings = predictions.map((prediction) => objectOf(objectOf(prediction)?.["embeddings"]) ?? {});
  if (embeddings.length !== request.inputs.length) {
    const message = `the answer has ${embeddings.length} embeddings for ${request.inputs.length} inputs`;
    throw new AttemptError({ class: "protocol", message });
  }
  const vectors = embeddings.map(({ values }) => vectorOf(values));
  const counts = embeddings.map(({ statistics }) => numberOf(objectOf(statistics)?.["token_count"]) ?? null);
  const inputTokens = counts.includes(null) ? null : counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  return { model: null, vectors, usage: usageWith({ inputTokens, outputTokens: 0 }), warnings: [] };
}

function vectorOf(values: Json | undefined): number[] {
  const vector = arrayOf(values).filter((value) => typeof value === "number");
  if (vector.length === 0) throw new AttemptError({ class: "protocol", message: "the answer has an empty embedding" });
  return vector;
}
