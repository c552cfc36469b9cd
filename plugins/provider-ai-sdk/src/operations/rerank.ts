import {
  arrayOf,
  AttemptError,
  defineOperationDialect,
  isObject,
  noUsage,
  numberOf,
  objectOf,
  stringOf,
} from "@sluice/core";
import type {
  EncodedOperation,
  Json,
  RerankRequest,
  RerankResult,
  ResultBody,
  ResultDecodeContext,
} from "@sluice/core";
import { droppedFields } from "@sluice/dialects";
import { present } from "../dialect/present.ts";
import { ownUpstream, pathOf, warningsOf } from "./operation.ts";

/** `RerankingModelV4CallOptions` and its result. */
export const aiSdkRerank = defineOperationDialect({
  id: "ai-sdk-rerank",
  operation: "rerank",
  upstream: {
    ...ownUpstream,
    route: (_request, target) => ({ method: "POST", path: pathOf("reranking", target) }),
    encodeRequest,
    decodeResult,
  },
});

function encodeRequest({ query, documents, top, documentTokens, user, origin }: RerankRequest): EncodedOperation {
  const isText = documents.every((document) => document.type === "text");
  const values = documents.map((document): Json => {
    if (document.type === "fields") return document.fields;
    return isText ? document.text : { text: document.text };
  });
  return {
    body: present({
      query,
      documents: { type: isText ? "text" : "object", values },
      topN: top,
      providerOptions: origin.providerOptions,
    }),
    warnings: droppedFields({ ...present({ max_tokens_per_doc: documentTokens, user }), ...origin.rest }),
  };
}

/** The contract has no usage for rerankers: what it cost is unknown. */
function decodeResult({ json }: ResultBody, { request }: ResultDecodeContext<"rerank">): RerankResult {
  const result = isObject(json) ? json : {};
  const response = objectOf(result["response"]);
  const seen = new Set<number>();
  const ranking = arrayOf(result["ranking"]).map((entry) => {
    const index = isObject(entry) ? numberOf(entry["index"]) : undefined;
    const score = isObject(entry) ? numberOf(entry["relevanceScore"]) : undefined;
    const isKnown = index !== undefined && request.documents[index] !== undefined && !seen.has(index);
    if (!isKnown || score === undefined) {
      throw new AttemptError({ class: "protocol", message: "a result names no document, or one twice" });
    }
    seen.add(index);
    return { index, score };
  });
  if (ranking.length === 0) throw new AttemptError({ class: "protocol", message: "the package gave no ranking" });
  return {
    id: stringOf(response?.["id"]) ?? null,
    model: stringOf(response?.["modelId"]) ?? null,
    ranking: ranking.toSorted((one, other) => other.score - one.score),
    usage: noUsage,
    warnings: warningsOf(result),
  };
}
