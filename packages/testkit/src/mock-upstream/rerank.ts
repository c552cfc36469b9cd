import type { Json, JsonObject } from "@sluice/core";
import { cohereLike } from "./embeddings.ts";
import { endpoint, must } from "./endpoints.ts";
import { isRecord, words } from "./fields.ts";
import { openai } from "./openai.ts";
import { tokensOf } from "./tokens.ts";
import type { Vendor } from "./vendor.ts";

/** The pretend reranker: what shares more words with the query is nearer to it. */
function rank(body: JsonObject, top: Json | undefined): { index: number; relevance_score: number; text: string }[] {
  const query = new Set(words(body["query"]).toLowerCase().split(/\W+/));
  must(words(body["query"]) !== "", "query");
  const documents = Array.isArray(body["documents"]) ? body["documents"] : [];
  must(documents.length > 0, "documents");
  const texts = documents.map((document) => (isRecord(document) ? words(document["text"]) : words(document)));
  const scored = texts.map((text, index) => {
    const found = text.toLowerCase().split(/\W+/);
    const shared = found.filter((word) => query.has(word)).length;
    return { index, relevance_score: (shared + 1) / (found.length + 2), text };
  });
  const ranked = scored.toSorted((a, b) => b.relevance_score - a.relevance_score || a.index - b.index);
  return ranked.slice(0, typeof top === "number" ? top : ranked.length);
}

function countOf(body: JsonObject): number {
  return tokensOf(`${words(body["query"])} ${JSON.stringify(body["documents"])}`).length;
}

/** Cohere's second version, which gives no documents back: https://docs.cohere.com/v2/reference/rerank (read 2026-11). */
const cohereRerank = endpoint({
  dialect: "cohere-rerank",
  like: cohereLike(),
  owns: ({ method, path }) => method === "POST" && path.endsWith("/v2/rerank"),
  fields: new Set(["model", "query", "documents", "top_n", "max_tokens_per_doc", "priority"]),
  answer(body) {
    must(
      (body["documents"] as Json[]).every((document) => typeof document === "string"),
      "documents",
    );
    return {
      id: "00000000-0000-4000-8000-000000000002",
      results: rank(body, body["top_n"]).map(({ index, relevance_score }) => ({ index, relevance_score })),
      meta: { api_version: { version: "2", is_experimental: false }, billed_units: { search_units: 1 } },
    };
  },
});

/**
 * Jina's, and Voyage's, which calls the number of results `top_k` and answers with a `data` list:
 * https://api.jina.ai/redoc, https://docs.voyageai.com/reference/reranker-api (read 2026-11).
 */
const jinaRerank = endpoint({
  dialect: "jina-rerank",
  like: openai,
  owns: ({ method, path }) => method === "POST" && path.endsWith("/rerank"),
  fields: new Set(["model", "query", "documents", "top_n", "top_k", "return_documents", "truncation"]),
  answer(body, model) {
    const isVoyage = model.startsWith("rerank-");
    must(!isVoyage || body["top_n"] === undefined, "top_n");
    const repeats = body["return_documents"] ?? !isVoyage;
    const results = rank(body, body["top_n"] ?? body["top_k"]).map(({ text, ...result }) => ({
      ...result,
      ...(repeats === true ? { document: isVoyage ? text : { text } } : {}),
    }));
    const counted = countOf(body);
    if (isVoyage) return { object: "list", data: results, model, usage: { total_tokens: counted } };
    return { model, object: "list", usage: { total_tokens: counted }, results };
  },
});

export const rerankVendors: readonly Vendor[] = [cohereRerank, jinaRerank];
