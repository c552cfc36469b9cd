import { createHash } from "node:crypto";
import type { Json, JsonObject } from "@sluice/core";
import { endpoint, must } from "./endpoints.ts";
import { isAt, isRecord, records, words } from "./fields.ts";
import { gemini } from "./gemini.ts";
import { openai } from "./openai.ts";
import { tokensOf } from "./tokens.ts";
import type { Vendor } from "./vendor.ts";

/** The usual length of the pretend vectors. */
const usual = 8;

/** The pretend vector of a text: numbers that a 32-bit float holds exactly. The first numbers of a longer one are the same. */
export function vectorOf(text: string, dimensions: number = usual): number[] {
  const numbers: number[] = [];
  for (let block = 0; numbers.length < dimensions; block++) {
    for (const byte of createHash("sha256").update(`${block} ${text}`).digest()) numbers.push(byte / 128 - 1);
  }
  return numbers.slice(0, dimensions);
}

/** The same as 32-bit floats in base64, little-endian. */
export function base64Of(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [index, number] of vector.entries()) bytes.writeFloatLE(number, index * 4);
  return bytes.toString("base64");
}

/** OpenAI's and those of its relatives: https://platform.openai.com/docs/api-reference/embeddings,
 * https://docs.voyageai.com/reference/embeddings-api, https://api.jina.ai/redoc, https://docs.mistral.ai/api (read 2026-11). */
const openaiEmbeddings = endpoint({
  dialect: "openai-embeddings",
  like: openai,
  owns: ({ method, path }) => method === "POST" && isAt(path, "/embeddings"),
  fields: new Set(
    [
      "model input encoding_format dimensions user",
      "input_type truncation output_dimension output_dtype",
      "task embedding_type normalized truncate late_chunking",
      "metadata",
    ]
      .join(" ")
      .split(" "),
  ),
  answer(body, model) {
    const texts = textsOf(body["input"]);
    const dimensions = body["dimensions"] ?? body["output_dimension"] ?? usual;
    must(Number.isInteger(dimensions) && Number(dimensions) > 0, "dimensions");
    const format = body["encoding_format"] ?? body["embedding_type"] ?? "float";
    must(format === "float" || format === "base64", "encoding_format");
    const vectors = texts.map((text) => vectorOf(text, Number(dimensions)));
    const counted = texts.reduce((sum, text) => sum + tokensOf(text).length, 0);
    return {
      object: "list",
      data: vectors.map((vector, index) => ({
        object: "embedding",
        index,
        embedding: format === "base64" ? base64Of(vector) : vector,
      })),
      model,
      usage: { prompt_tokens: counted, total_tokens: counted },
    };
  },
});

function textsOf(input: Json | undefined): string[] {
  if (typeof input === "string") return textsOf([input]);
  must(Array.isArray(input) && input.length > 0 && input.length <= 2048, "input");
  const items = input as Json[];
  if (items.every((item) => typeof item === "number")) return [items.join(" ")];
  return items.map((item) => {
    const text = Array.isArray(item) ? item.map(Number).join(" ") : words(item);
    must(text !== "", "input", "input cannot be an empty string");
    return text;
  });
}

const geminiTail = /\/models\/([^/]+):(embedContent|batchEmbedContents)$/;

/** Gemini's: https://ai.google.dev/api/embeddings (read 2026-11). */
const geminiEmbeddings: Vendor = endpoint({
  dialect: "gemini-embeddings",
  like: gemini,
  owns: ({ method, path }) => method === "POST" && geminiTail.test(path),
  modelOf: ({ path }) => decodeURIComponent(geminiTail.exec(path)?.[1] ?? ""),
  fields: new Set(["model", "content", "taskType", "title", "outputDimensionality", "requests"]),
  answer(body, model) {
    const single = body["content"] !== undefined;
    const requests = single ? [body] : records(body["requests"]);
    must(requests.length > 0 && requests.length <= 100, "requests", "at most 100 requests can be in one batch");
    const texts = requests.map((request) => {
      must(single || request["model"] === `models/${model}`, "requests[].model");
      const parts = isRecord(request["content"]) ? records(request["content"]["parts"]) : [];
      must(parts.length > 0, "content");
      return parts.map((part) => words(part["text"])).join("\n");
    });
    const embeddings = texts.map((text, index) => ({
      values: vectorOf(text, Number(requests[index]?.["outputDimensionality"] ?? usual)),
    }));
    return single ? { embedding: embeddings[0] as JsonObject } : { embeddings };
  },
});

/** Cohere's second version: https://docs.cohere.com/reference/embed (read 2026-11). */
const cohereEmbeddings = endpoint({
  dialect: "cohere-embeddings",
  like: cohereLike(),
  owns: ({ method, path }) => method === "POST" && isAt(path, "/embed"),
  fields: new Set(["model", "texts", "input_type", "embedding_types", "output_dimension", "truncate", "max_tokens"]),
  answer(body) {
    const texts = Array.isArray(body["texts"]) ? body["texts"].map(words) : [];
    must(texts.length > 0 && texts.length <= 96, "texts", "texts: at most 96");
    const purposes = ["search_document", "search_query", "classification", "clustering"];
    must(purposes.includes(words(body["input_type"])), "input_type", "input_type is required");
    const types = Array.isArray(body["embedding_types"]) ? body["embedding_types"].map(words) : ["float"];
    const vectors = texts.map((text) => vectorOf(text, Number(body["output_dimension"] ?? usual)));
    const forms: JsonObject = { float: vectors, base64: vectors.map(base64Of) };
    return {
      id: "00000000-0000-4000-8000-000000000001",
      embeddings: Object.fromEntries(types.map((type) => [type, forms[type]])),
      texts,
      meta: { api_version: { version: "2" }, billed_units: { input_tokens: tokensOf(texts.join(" ")).length } },
    };
  },
});

/** Cohere takes a key as OpenAI does, and says errors in one line. */
export function cohereLike(): Vendor {
  return {
    ...openai,
    errorBody: (error, requestId) => ({ id: requestId, message: error.message }),
    headers: (requestId) => ({ "x-request-id": requestId }),
  };
}

export const embeddingVendors: readonly Vendor[] = [geminiEmbeddings, cohereEmbeddings, openaiEmbeddings];
