import { errors, isObject } from "@sluice/core";
import type {
  ClientCall,
  EmbeddingInput,
  EmbeddingPurpose,
  EmbeddingsRequest,
  JsonObject,
  RequestInput,
} from "@sluice/core";
import { Fields } from "../gemini/fields.ts";
import { defined } from "../members.ts";
import { modelNamed, tailOf } from "../gemini/routes.ts";

export const dialectId = "gemini-embeddings";

export const fields: ReadonlySet<string> = new Set(
  ["model", "content", "taskType", "title", "outputDimensionality", "requests"].flatMap((name) => [
    name,
    name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  ]),
);

/** The two calls: one content, or one request for each. */
export type GeminiForm = "single" | "batch";

export function formOf(request: EmbeddingsRequest): GeminiForm {
  return request.origin.prefers["form"] === "single" ? "single" : "batch";
}

export const purposes: Readonly<Record<EmbeddingPurpose, string>> = {
  query: "RETRIEVAL_QUERY",
  document: "RETRIEVAL_DOCUMENT",
  classification: "CLASSIFICATION",
  clustering: "CLUSTERING",
  similarity: "SEMANTIC_SIMILARITY",
  "question-answering": "QUESTION_ANSWERING",
  "fact-verification": "FACT_VERIFICATION",
  "code-query": "CODE_RETRIEVAL_QUERY",
};

/** `embedContent` and `batchEmbedContents`: <https://ai.google.dev/api/embeddings> (read 2026-11) */
export function decodeRequest({ fields: body }: RequestInput, call: ClientCall): EmbeddingsRequest {
  const isBatch = tailOf(call) === "batchEmbedContents";
  const model = modelNamed(call);
  const top = new Fields(body);
  const requests = isBatch ? (top.objects("requests") ?? []) : [top];
  const [first] = requests;
  if (!first) throw errors.REQUEST_INVALID("requests", "has nothing to embed");
  const wishes = wishesOf(first);
  const inputs = requests.map((request) => {
    // The calls that this becomes elsewhere have one set of wishes for all inputs.
    for (const [name, value] of Object.entries(wishesOf(request))) {
      if (wishes[name as keyof typeof wishes] !== value)
        throw request.invalid(name, "must be the same in all requests of a batch");
    }
    request.raw("model");
    return decodeContent(request);
  });
  return defined({
    operation: "embeddings" as const,
    model,
    stream: false,
    inputs,
    format: "float" as const,
    dimensions: wishes.outputDimensionality,
    purpose: purposeOf(wishes.taskType),
    title: wishes.title,
    origin: { dialect: dialectId, rest: first.rest(), prefers: { form: isBatch ? "batch" : "single" } },
  });
}

function wishesOf(request: Fields): { taskType?: string; title?: string; outputDimensionality?: number } {
  const outputDimensionality = request.integer("outputDimensionality");
  if (outputDimensionality !== undefined && outputDimensionality < 1) {
    throw request.invalid("outputDimensionality", "must be 1 or more");
  }
  return { taskType: request.string("taskType"), title: request.string("title"), outputDimensionality } as ReturnType<
    typeof wishesOf
  >;
}

function purposeOf(taskType: string | undefined): EmbeddingPurpose | undefined {
  return (Object.keys(purposes) as EmbeddingPurpose[]).find((purpose) => purposes[purpose] === taskType);
}

/** A content of texts is one text; anything else only this dialect can say. */
function decodeContent(request: Fields): EmbeddingInput {
  const content = request.json("content");
  if (!content) throw request.invalid("content", "is missing");
  const parts = content["parts"];
  if (!Array.isArray(parts) || parts.length === 0) throw request.invalid("content", "has no parts");
  const texts = parts.map((part) => (isObject(part) ? part["text"] : undefined));
  if (texts.every((text) => typeof text === "string")) return { type: "text", text: texts.join("\n") };
  return { type: "provider", format: dialectId, item: content as JsonObject };
}
