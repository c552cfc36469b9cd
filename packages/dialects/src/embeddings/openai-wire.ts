import { AttemptError, errors, isObject, numberOf, objectOf, stringOf, usageWith } from "@sluice/core";
import type {
  EmbeddingInput,
  EmbeddingQuirks,
  EmbeddingsRequest,
  EmbeddingsResult,
  EncodedOperation,
  Json,
  JsonObject,
  Patch,
  ResultBody,
  ResultContext,
  ResultDecodeContext,
  UpstreamTarget,
  Usage,
  Warning,
} from "@sluice/core";
import { decodeInBandError } from "../openai-chat/errors.ts";
import { droppedFields } from "../losses.ts";
import { dialectId } from "./openai-request.ts";
import { decodeVector, isFormat, toFormat } from "./vectors.ts";

const standardFormat = { field: "encoding_format", float: "float", base64: "base64" };

/** The fields beside model and input, as this vendor takes them. Throws `SLUICE_REQUEST_UNSUPPORTED` for dimensions that it does not. */
function wishes(request: EmbeddingsRequest, { quirks, model }: UpstreamTarget, warnings: Warning[]): JsonObject {
  const { dimensions = "dimensions", format = standardFormat, purpose } = quirks.embeddings ?? {};
  const told: JsonObject = {};
  const word = format[request.format];
  if (word !== null) told[format.field] = word;
  if (request.dimensions !== undefined) {
    if (dimensions === null) throw errors.REQUEST_UNSUPPORTED("dimensions", model);
    told[dimensions] = request.dimensions;
  }
  if (purpose) Object.assign(told, purposeIn(purpose, request, warnings));
  return told;
}

function purposeIn(
  { field, names, assumed }: NonNullable<EmbeddingQuirks["purpose"]>,
  { purpose: asked }: EmbeddingsRequest,
  warnings: Warning[],
): JsonObject {
  const purpose = asked ?? assumed;
  if (purpose === undefined) return {};
  const name = names[purpose];
  if (name === undefined) {
    const message = `The upstream has no vectors for the purpose "${purpose}".`;
    warnings.push({ code: "dropped_parameter", message, field });
    return {};
  }
  if (asked === undefined) {
    const message = `The upstream must know what vectors are for; "${name}" was assumed. Send input_type to choose.`;
    warnings.push({ code: "assumed_parameter", message });
  }
  return { [field]: name };
}

/** What must change in a client's own body: the model, and the fields that this vendor calls otherwise. */
export function patchRequest(body: JsonObject, request: EmbeddingsRequest, target: UpstreamTarget): Patch {
  const warnings: Warning[] = [];
  const { format, dimensions, purpose } = target.quirks.embeddings ?? {};
  const told: JsonObject = { model: target.model, ...wishes(request, target, warnings) };
  // A format that the client left to the vendor stays so.
  if (!format) delete told[standardFormat.field];
  const renamed = [
    ...(format ? [standardFormat.field] : []),
    ...(dimensions === undefined ? [] : ["dimensions"]),
    ...(purpose ? ["input_type", "task"] : []),
  ];
  const set: Record<string, Json> = {};
  for (const [name, value] of Object.entries(told)) if (value !== undefined && value !== body[name]) set[name] = value;
  return { set, remove: renamed.filter((name) => !(name in told) && body[name] !== undefined), warnings };
}

export function encodeRequest(request: EmbeddingsRequest, target: UpstreamTarget): EncodedOperation {
  const { inputs, user, origin } = request;
  const own = origin.dialect === dialectId;
  const warnings: Warning[] = own ? [] : droppedFields(origin.rest);
  if (request.title !== undefined) warnings.push(...droppedFields({ title: request.title }));
  const body: JsonObject = {
    model: target.model,
    input: encodeInputs(inputs, target),
    ...wishes(request, target, warnings),
    ...(user === undefined ? {} : { user }),
    ...(own ? origin.rest : {}),
  };
  return { body, warnings };
}

function encodeInputs(inputs: readonly EmbeddingInput[], { model }: UpstreamTarget): Json {
  const [only] = inputs;
  if (inputs.length === 1 && only?.type === "text") return only.text;
  return inputs.map((input, index) => {
    if (input.type === "text") return input.text;
    if (input.type === "tokens") return input.tokens;
    if (input.format === dialectId) return input.item;
    throw errors.REQUEST_UNSUPPORTED(`input[${index}]`, model);
  });
}

/** Throws `AttemptError`. Vectors are put into the order of their indexes. */
export function decodeResult(
  { json }: ResultBody,
  { request, target }: ResultDecodeContext<"embeddings">,
): EmbeddingsResult {
  if (!isObject(json)) throw new AttemptError({ class: "protocol", message: "the answer is no JSON object" });
  if (json["error"] !== undefined && json["error"] !== null) {
    throw new AttemptError(decodeInBandError(json["error"], target.quirks));
  }
  const data = json["data"];
  if (!Array.isArray(data)) throw new AttemptError({ class: "protocol", message: "the answer has no data" });
  const placed = data.map((item, position) => {
    const entry = objectOf(item) ?? {};
    return { index: numberOf(entry["index"]) ?? position, vector: decodeVector(entry["embedding"]) };
  });
  const vectors = placed.toSorted((a, b) => a.index - b.index).map(({ vector }) => vector);
  const complete = placed.every(({ index }) => Number.isInteger(index) && index >= 0 && index < vectors.length);
  if (
    vectors.length !== request.inputs.length ||
    !complete ||
    new Set(placed.map(({ index }) => index)).size !== vectors.length
  ) {
    const message = `the answer has ${vectors.length} embeddings for ${request.inputs.length} inputs, or the same one twice`;
    throw new AttemptError({ class: "protocol", message });
  }
  return { model: stringOf(json["model"]) ?? null, vectors, usage: decodeUsage(objectOf(json["usage"])), warnings: [] };
}

/** Tokens of the input; some vendors tell the total alone. Nothing is generated. */
export function decodeUsage(raw: JsonObject | undefined): Usage {
  const inputTokens = numberOf(raw?.["prompt_tokens"]) ?? numberOf(raw?.["total_tokens"]) ?? null;
  return usageWith({ inputTokens, outputTokens: 0, ...(raw ? { raw } : {}) });
}

/** A client decodes blindly what it asked for, so only that may pass. */
export function isRelayable({ vectors }: EmbeddingsResult, { request }: ResultDecodeContext<"embeddings">): boolean {
  return vectors.every((vector) => isFormat(vector, request.format));
}

export function encodeResult(
  { vectors, usage, model }: EmbeddingsResult,
  { request, model: asked }: ResultContext<"embeddings">,
): JsonObject {
  const tokens = usage.inputTokens ?? 0;
  return {
    object: "list",
    data: vectors.map((vector, index) => ({ object: "embedding", index, embedding: toFormat(vector, request.format) })),
    model: model ?? asked,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}
