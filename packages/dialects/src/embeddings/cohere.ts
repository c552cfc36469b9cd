import { AttemptError, defineOperationDialect, errors, isObject, objectOf } from "@sluice/core";
import type {
  EmbeddingPurpose,
  EmbeddingsRequest,
  EmbeddingsResult,
  EncodedOperation,
  JsonObject,
  ResultBody,
  ResultDecodeContext,
  UpstreamTarget,
  Warning,
} from "@sluice/core";
import { decodeError } from "../cohere/errors.ts";
import { billedUsage } from "../cohere/usage.ts";
import { droppedFields } from "../losses.ts";
import { batchesOf } from "./batches.ts";
import { decodeVector } from "./vectors.ts";

/** Cohere's own embeddings, for upstreams alone: <https://docs.cohere.com/reference/embed> (read 2026-11) */
export const cohereEmbeddings = defineOperationDialect({
  id: "cohere-embeddings",
  operation: "embeddings",
  upstream: {
    route: () => ({ method: "POST", path: "/embed" }),
    passHeaders: [],
    // Nobody speaks it to us, so there is no body to patch.
    patchRequest: () => ({ set: {}, remove: [], warnings: [] }),
    encodeRequest,
    decodeResult,
    batch: batchesOf(96),
    decodeError,
  },
});

const purposes: Readonly<Partial<Record<EmbeddingPurpose, string>>> = {
  query: "search_query",
  document: "search_document",
  classification: "classification",
  clustering: "clustering",
};

function encodeRequest(request: EmbeddingsRequest, { model, quirks }: UpstreamTarget): EncodedOperation {
  const { inputs, dimensions, user, title, origin } = request;
  const warnings: Warning[] = droppedFields({
    ...origin.rest,
    ...(user === undefined ? {} : { user }),
    ...(title === undefined ? {} : { title }),
  });
  if (dimensions !== undefined && quirks.embeddings?.dimensions === null) {
    throw errors.REQUEST_UNSUPPORTED("dimensions", model);
  }
  const texts = inputs.map((input, index) => {
    if (input.type === "text") return input.text;
    throw errors.REQUEST_UNSUPPORTED(`input[${index}]`, model, "Send text: this vendor takes no tokens.");
  });
  const body: JsonObject = {
    model,
    texts,
    input_type: purposeOf(request, warnings),
    embedding_types: [request.format],
    ...(dimensions === undefined ? {} : { output_dimension: dimensions }),
  };
  return { body, warnings };
}

/** The vendor insists on a purpose. Without one the vectors are made to be stored and searched. */
function purposeOf({ purpose }: EmbeddingsRequest, warnings: Warning[]): string {
  const known = purpose && purposes[purpose];
  if (known) return known;
  warnings.push({
    code: "assumed_parameter",
    message: `The upstream must know what vectors are for; "search_document" was assumed. Send input_type to choose.`,
    ...(purpose === undefined ? {} : { field: "input_type" }),
  });
  return "search_document";
}

function decodeResult({ json }: ResultBody, { request }: ResultDecodeContext<"embeddings">): EmbeddingsResult {
  const told = isObject(json) ? objectOf(json["embeddings"]) : undefined;
  const list = told?.[request.format] ?? told?.["float"];
  if (!isObject(json) || !Array.isArray(list)) {
    throw new AttemptError({ class: "protocol", message: "the answer has no embeddings" });
  }
  const vectors = list.map(decodeVector);
  if (vectors.length !== request.inputs.length) {
    const message = `the answer has ${vectors.length} embeddings for ${request.inputs.length} inputs`;
    throw new AttemptError({ class: "protocol", message });
  }
  return { model: null, vectors, usage: billedUsage(objectOf(json["meta"])), warnings: [] };
}
