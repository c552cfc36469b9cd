import { AttemptError, errors, isObject, numberOf } from "@sluice/core";
import type { Json, JsonObject, RerankDocument, RerankRequest, RerankResult } from "@sluice/core";
import { as, count, list, need, take, text } from "../fields.ts";

/** What every reranker is asked: a model, a query and documents, which are texts or objects. */
export function decodeQuestion(body: JsonObject): Pick<RerankRequest, "model" | "query" | "documents" | "top"> {
  const model = need(body, "model", text);
  const documents = need(body, "documents", list);
  if (documents.length === 0) throw errors.REQUEST_INVALID("documents", "has nothing to rank");
  const name = topField(body);
  const top = take(body, name, count);
  if (top !== undefined && top < 1) throw errors.REQUEST_INVALID(name, "must be 1 or more");
  return {
    model,
    query: need(body, "query", text),
    documents: documents.map((document, index) => decodeDocument(document, `documents[${index}]`)),
    ...(top === undefined ? {} : { top }),
  };
}

/** How the client says how many results it wants. */
export function topField(body: JsonObject): "top_n" | "top_k" {
  return body["top_n"] === undefined && body["top_k"] !== undefined ? "top_k" : "top_n";
}

function decodeDocument(document: Json, path: string): RerankDocument {
  if (typeof document === "string") return { type: "text", text: document };
  if (isObject(document)) {
    const { text: only } = document;
    const isText = typeof only === "string" && Object.keys(document).length === 1;
    return isText ? { type: "text", text: only } : { type: "fields", fields: document };
  }
  return { type: "text", text: as(document, text, path) };
}

/** Documents as texts. Throws `SLUICE_REQUEST_UNSUPPORTED` for fields, which a vendor may read in ways of its own. */
export function textsOf(documents: readonly RerankDocument[], model: string): string[] {
  return documents.map((document, index) => {
    if (document.type === "text") return document.text;
    throw errors.REQUEST_UNSUPPORTED(`documents[${index}]`, model, "Send documents as strings.");
  });
}

/** A document as a client of any dialect gave it. */
export function documentOf(document: RerankDocument | undefined): JsonObject {
  if (!document) return {};
  return document.type === "text" ? { text: document.text } : document.fields;
}

/**
 * The results of an answer, by falling score. Throws `AttemptError` for an index that no document has, or has twice: what
 * a client does with the wrong document cannot be undone.
 */
export function decodeRanking(results: Json | undefined, { documents }: RerankRequest): RerankResult["ranking"] {
  if (!Array.isArray(results)) throw new AttemptError({ class: "protocol", message: "the answer has no results" });
  const seen = new Set<number>();
  const ranking = results.map((entry) => {
    const index = isObject(entry) ? numberOf(entry["index"]) : undefined;
    const score = isObject(entry) ? (numberOf(entry["relevance_score"]) ?? numberOf(entry["score"])) : undefined;
    const fits = index !== undefined && Number.isInteger(index) && index >= 0 && index < documents.length;
    if (!fits || score === undefined || seen.has(index)) {
      throw new AttemptError({ class: "protocol", message: "a result names no document, or one twice" });
    }
    seen.add(index);
    return { index, score };
  });
  return ranking.toSorted((a, b) => b.score - a.score);
}
