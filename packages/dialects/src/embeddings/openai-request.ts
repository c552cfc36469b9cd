import { errors, isObject } from "@sluice/core";
import type { EmbeddingInput, EmbeddingPurpose, EmbeddingsRequest, Json, JsonObject, RequestInput } from "@sluice/core";
import { as, count, need, oneOf, take, text } from "../fields.ts";
import { defined } from "../members.ts";

export const dialectId = "openai-embeddings";

const understood = ["model", "input", "encoding_format", "dimensions", "user", "input_type", "task"] as const;

/** Top-level fields: OpenAI's, and those by which its vendors learn what vectors are for. */
export const fields: ReadonlySet<string> = new Set<string>(understood);

/** OpenAI's embeddings request: <https://platform.openai.com/docs/api-reference/embeddings/create> (read 2026-11) */
export function decodeRequest({ fields: body }: RequestInput): EmbeddingsRequest {
  const model = need(body, "model", text);
  if (model.trim() === "") throw errors.REQUEST_INVALID("model", "is empty");
  const dimensions = take(body, "dimensions", count);
  if (dimensions !== undefined && dimensions < 1) throw errors.REQUEST_INVALID("dimensions", "must be 1 or more");
  return defined({
    operation: "embeddings" as const,
    model,
    stream: false,
    inputs: decodeInputs(body["input"]),
    format: take(body, "encoding_format", oneOf(["float", "base64"])) ?? "float",
    dimensions,
    purpose: purposeOf(take(body, "input_type", text) ?? take(body, "task", text)),
    user: take(body, "user", text),
    origin: { dialect: dialectId, rest: restOf(body), prefers: {} },
  });
}

/** One input or many: strings, arrays of tokens, or objects that only some vendors take. */
function decodeInputs(input: Json | undefined): EmbeddingInput[] {
  if (typeof input === "string") return [decodeInput(input, "input")];
  if (!Array.isArray(input)) throw errors.REQUEST_INVALID("input", "must be a string or an array");
  if (input.length === 0) throw errors.REQUEST_INVALID("input", "has nothing to embed");
  if (typeof input[0] === "number") return [decodeInput(input, "input")];
  return input.map((item, index) => decodeInput(item, `input[${index}]`));
}

function decodeInput(input: Json, path: string): EmbeddingInput {
  if (typeof input === "string") {
    if (input === "") throw errors.REQUEST_INVALID(path, "is empty");
    return { type: "text", text: input };
  }
  if (Array.isArray(input)) {
    if (input.length === 0) throw errors.REQUEST_INVALID(path, "is empty");
    return { type: "tokens", tokens: input.map((token, index) => as(token, count, `${path}[${index}]`)) };
  }
  if (isObject(input)) return { type: "provider", format: dialectId, item: input };
  throw errors.REQUEST_INVALID(path, "must be a string or an array of tokens");
}

// The names that vendors have for a purpose, whoever is asked in the end.
const purposes: Readonly<Record<string, EmbeddingPurpose>> = {
  query: "query",
  search_query: "query",
  "retrieval.query": "query",
  document: "document",
  passage: "document",
  search_document: "document",
  "retrieval.passage": "document",
  classification: "classification",
  clustering: "clustering",
  separation: "clustering",
  "text-matching": "similarity",
};

function purposeOf(name: string | undefined): EmbeddingPurpose | undefined {
  return name !== undefined && Object.hasOwn(purposes, name) ? purposes[name] : undefined;
}

function restOf(body: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !fields.has(name)));
}
