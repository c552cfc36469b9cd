import { arrayOf, AttemptError, errors, isObject, numberOf, objectOf, usageWith } from "@sluice/core";
import type {
  EmbeddingInput,
  EmbeddingsRequest,
  EmbeddingsResult,
  EncodedOperation,
  Json,
  JsonObject,
  OperationRoute,
  Patch,
  ResultBody,
  ResultContext,
  ResultDecodeContext,
  UpstreamTarget,
  Warning,
} from "@sluice/core";
import { failureOf } from "../gemini/errors.ts";
import { resourceOf } from "../gemini/routes.ts";
import { droppedFields } from "../losses.ts";
import { defined } from "../members.ts";
import { dialectId, formOf, purposes } from "./gemini-request.ts";
import { decodeVector, toFormat } from "./vectors.ts";

export function route(request: EmbeddingsRequest, { model }: UpstreamTarget): OperationRoute {
  const single = request.origin.dialect === dialectId && formOf(request) === "single";
  return { method: "POST", path: `/${resourceOf(model)}:${single ? "embedContent" : "batchEmbedContents"}` };
}

/** The path names the model; where a body repeats it, it must be the same. */
export function patchRequest(body: JsonObject, _request: EmbeddingsRequest, target: UpstreamTarget): Patch {
  const model = resourceOf(target.model);
  const set: Record<string, Json> = {};
  if (body["model"] !== undefined) set["model"] = model;
  const requests = arrayOf(body["requests"]);
  if (requests.length > 0) set["requests"] = requests.map((each) => (isObject(each) ? { ...each, model } : each));
  return { set, remove: [], warnings: [] };
}

export function encodeRequest(request: EmbeddingsRequest, target: UpstreamTarget): EncodedOperation {
  const { dimensions = "outputDimensionality" } = target.quirks.embeddings ?? {};
  if (request.dimensions !== undefined && dimensions === null) {
    throw errors.REQUEST_UNSUPPORTED("dimensions", target.model);
  }
  const own = request.origin.dialect === dialectId;
  const warnings: Warning[] = own ? [] : droppedFields(request.origin.rest);
  if (request.user !== undefined) warnings.push(...droppedFields({ user: request.user }));
  const shared = defined({
    taskType: request.purpose && purposes[request.purpose],
    title: request.title,
    ...(own ? request.origin.rest : {}),
    ...(request.dimensions === undefined || dimensions === null ? {} : { [dimensions]: request.dimensions }),
  }) as JsonObject;
  const requests = request.inputs.map((input, index) => ({
    model: resourceOf(target.model),
    content: contentOf(input, index, target),
    ...shared,
  }));
  const single = own && formOf(request) === "single";
  return { body: single ? (requests[0] as JsonObject) : { requests }, warnings };
}

function contentOf(input: EmbeddingInput, index: number, { model }: UpstreamTarget): JsonObject {
  if (input.type === "text") return { parts: [{ text: input.text }] };
  if (input.type === "provider" && input.format === dialectId) return input.item;
  throw errors.REQUEST_UNSUPPORTED(`input[${index}]`, model, "Send text: this vendor takes no tokens.");
}

/** Throws `AttemptError`. */
export function decodeResult(
  { json }: ResultBody,
  { request, target }: ResultDecodeContext<"embeddings">,
): EmbeddingsResult {
  if (!isObject(json)) throw new AttemptError({ class: "protocol", message: "the answer is no JSON object" });
  if (json["error"] !== undefined) throw new AttemptError(failureOf(json, target.quirks));
  const told = json["embeddings"] ?? (json["embedding"] === undefined ? undefined : [json["embedding"]]);
  if (!Array.isArray(told)) throw new AttemptError({ class: "protocol", message: "the answer has no embeddings" });
  const vectors = told.map((embedding) => decodeVector(objectOf(embedding)?.["values"]));
  if (vectors.length !== request.inputs.length) {
    const message = `the answer has ${vectors.length} embeddings for ${request.inputs.length} inputs`;
    throw new AttemptError({ class: "protocol", message });
  }
  const usage = objectOf(json["usageMetadata"]);
  const inputTokens = numberOf(usage?.["promptTokenCount"]) ?? numberOf(usage?.["totalTokenCount"]) ?? null;
  return {
    model: null,
    vectors,
    usage: usageWith({ inputTokens, outputTokens: 0, ...(usage ? { raw: usage } : {}) }),
    warnings: [],
  };
}

export function encodeResult(
  { vectors, usage }: EmbeddingsResult,
  { request }: ResultContext<"embeddings">,
): JsonObject {
  const told = vectors.map((vector) => ({ values: toFormat(vector, "float") }));
  const counted = usage.inputTokens;
  return {
    ...(formOf(request) === "single" ? { embedding: told[0] as JsonObject } : { embeddings: told }),
    ...(counted === null ? {} : { usageMetadata: { promptTokenCount: counted, totalTokenCount: counted } }),
  };
}
