import {
  arrayOf,
  AttemptError,
  defineOperationDialect,
  errors,
  isObject,
  mergeUsage,
  noUsage,
  numberOf,
} from "@sluice/core";
import type {
  EmbeddingsRequest,
  EmbeddingsResult,
  EncodedOperation,
  JsonObject,
  OperationDialect,
  ResultBody,
  UpstreamTarget,
  Usage,
} from "@sluice/core";
import { batchesOf, cohereEmbeddings, droppedFields } from "@sluice/dialects";
import { decodeError } from "./errors.ts";

type Upstream = NonNullable<OperationDialect<"embeddings">["upstream"]>;

const cohere = cohereEmbeddings.upstream as Upstream;

const route: Upstream["route"] = (_request, { model }) => ({
  method: "POST",
  path: `/model/${encodeURIComponent(model)}/invoke`,
});

/** Cohere's embeddings as InvokeModel carries them: the path names the model, a header counts what was read. */
export const cohereInvoke: OperationDialect<"embeddings"> = {
  ...cohereEmbeddings,
  upstream: {
    ...cohere,
    route,
    encodeRequest(request, target) {
      const { body, ...encoded } = cohere.encodeRequest(request, target);
      const { model: _path, ...members } = body as JsonObject;
      return { ...encoded, body: members };
    },
    decodeResult(body, context) {
      const tokens = Number(context.headers.get("x-amzn-bedrock-input-token-count") ?? Number.NaN);
      const result = cohere.decodeResult(body, context);
      return Number.isFinite(tokens) ? { ...result, usage: mergeUsage(result.usage, read(tokens)) } : result;
    },
    decodeError,
  },
};

/**
 * Amazon's own embeddings, one text a call, for upstreams alone.
 *
 * https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html (read 2026-11)
 */
export const titanEmbeddings = defineOperationDialect({
  id: "titan-embeddings",
  operation: "embeddings",
  upstream: {
    route,
    passHeaders: [],
    // Nobody asks in this dialect, so there is no body to patch.
    patchRequest: () => ({ set: {}, remove: [], warnings: [] }),
    encodeRequest: encodeTitan,
    decodeResult: decodeTitan,
    batch: batchesOf(1),
    decodeError,
  },
});

function encodeTitan(
  { inputs, dimensions, user, title, purpose, origin }: EmbeddingsRequest,
  { model }: UpstreamTarget,
): EncodedOperation {
  const [input] = inputs;
  if (input?.type !== "text") {
    throw errors.REQUEST_UNSUPPORTED("input", model, "Send text: this vendor takes no tokens.");
  }
  const others = { user, title, input_type: purpose };
  const asked = Object.entries(others).filter(([, value]) => value !== undefined);
  return {
    body: { inputText: input.text, ...(dimensions === undefined ? {} : { dimensions }) },
    warnings: droppedFields({ ...origin.rest, ...Object.fromEntries(asked) }),
  };
}

function decodeTitan({ json }: ResultBody): EmbeddingsResult {
  const vector = isObject(json) ? arrayOf(json["embedding"]).filter((value) => typeof value === "number") : [];
  if (!isObject(json) || vector.length === 0) {
    throw new AttemptError({ class: "protocol", message: "the answer has no embedding" });
  }
  const tokens = numberOf(json["inputTextTokenCount"]);
  return { model: null, vectors: [vector], usage: tokens === undefined ? noUsage : read(tokens), warnings: [] };
}

function read(inputTokens: number): Usage {
  return { ...noUsage, inputTokens, outputTokens: 0 };
}
