import { arrayOf, AttemptError, defineOperationDialect, errors, isObject, numberOf, objectOf } from "@sluice/core";
import { usageWith } from "@sluice/core";
import type {
  EmbeddingsRequest,
  EmbeddingsResult,
  EncodedOperation,
  ResultBody,
  ResultDecodeContext,
  UpstreamTarget,
} from "@sluice/core";
import { droppedFields } from "@sluice/dialects";
import { present } from "../dialect/present.ts";
import { ownUpstream, pathOf, warningsOf } from "./operation.ts";

/** `EmbeddingModelV4CallOptions` and its result. Batches are made by the transport: the package knows its limit. */
export const aiSdkEmbeddings = defineOperationDialect({
  id: "ai-sdk-embeddings",
  operation: "embeddings",
  upstream: {
    ...ownUpstream,
    route: (_request, target) => ({ method: "POST", path: pathOf("embedding", target) }),
    encodeRequest,
    decodeResult,
  },
});

function encodeRequest(request: EmbeddingsRequest, { model }: UpstreamTarget): EncodedOperation {
  const { inputs, dimensions, purpose, title, user, origin } = request;
  const values = inputs.map((input, index) => {
    if (input.type === "text") return input.text;
    const hint = "Send text: the AI SDK's contract has no word for anything else.";
    throw errors.REQUEST_UNSUPPORTED(`input[${index}]`, model, hint);
  });
  const lost = present({ input_type: purpose, title, user });
  return {
    body: present({ values, dimensions, providerOptions: origin.providerOptions }),
    warnings: droppedFields({ ...lost, ...origin.rest }),
  };
}

function decodeResult({ json }: ResultBody, { request }: ResultDecodeContext<"embeddings">): EmbeddingsResult {
  const result = isObject(json) ? json : {};
  const vectors = arrayOf(result["embeddings"]).map((vector) =>
    arrayOf(vector).filter((value) => typeof value === "number"),
  );
  const { dimensions, inputs } = request;
  if (vectors.length !== inputs.length) {
    const message = `the package gave ${vectors.length} embeddings for ${inputs.length} inputs`;
    throw new AttemptError({ class: "protocol", message });
  }
  const wrong = vectors.find(
    (vector) => vector.length === 0 || (dimensions !== undefined && vector.length !== dimensions),
  );
  if (wrong !== undefined) {
    const message = `the package gave a vector of ${wrong.length} dimensions, not of ${dimensions ?? "any"}`;
    throw new AttemptError({ class: wrong.length === 0 ? "protocol" : "invalid", message, param: "dimensions" });
  }
  const inputTokens = numberOf(objectOf(result["usage"])?.["tokens"]) ?? null;
  return {
    model: null,
    vectors,
    usage: usageWith({ inputTokens, outputTokens: 0 }),
    warnings: warningsOf(result),
  };
}
