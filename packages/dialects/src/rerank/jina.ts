import { AttemptError, defineOperationDialect, isObject, objectOf, stringOf, usageWith, numberOf } from "@sluice/core";
import type {
  EncodedOperation,
  JsonObject,
  Patch,
  RequestInput,
  RerankRequest,
  RerankResult,
  ResultBody,
  ResultContext,
  ResultDecodeContext,
  UpstreamTarget,
} from "@sluice/core";
import { droppedFields } from "../losses.ts";
import { defined } from "../members.ts";
import { decodeError, decodeInBandError, encodeError } from "../openai-chat/errors.ts";
import { flag, take } from "../fields.ts";
import { receiptMembers } from "../openai-chat/receipt.ts";
import { decodeQuestion, decodeRanking, documentOf, textsOf, topField } from "./ranking.ts";

const id = "jina-rerank";
const fields: ReadonlySet<string> = new Set(["model", "query", "documents", "top_n", "top_k", "return_documents"]);

/**
 * Jina's reranker, the shape that most vendors and servers have: Voyage, Together, SiliconFlow, vLLM and others.
 *
 * <https://api.jina.ai/redoc> (read 2026-11)
 */
export const jinaRerank = defineOperationDialect({
  id,
  operation: "rerank",
  client: {
    routes: [{ method: "POST", path: "/v1/rerank", operation: "rerank" }],
    fields,
    decodeRequest,
    encodeResult,
    receiptMembers,
    encodeError,
  },
  upstream: {
    route: () => ({ method: "POST", path: "/rerank" }),
    passHeaders: [],
    patchRequest,
    encodeRequest,
    decodeResult,
    relayable: (_result, { target }) => target.quirks.rerank?.results === undefined,
    decodeError,
  },
});

function decodeRequest({ fields: body }: RequestInput): RerankRequest {
  const includeDocuments = take(body, "return_documents", flag);
  return {
    operation: "rerank",
    stream: false,
    ...decodeQuestion(body),
    ...(includeDocuments === undefined ? {} : { includeDocuments }),
    origin: {
      dialect: id,
      rest: Object.fromEntries(Object.entries(body).filter(([name]) => !fields.has(name))),
      prefers: {},
    },
  };
}

function patchRequest(body: JsonObject, _request: RerankRequest, { model, quirks }: UpstreamTarget): Patch {
  const name = topField(body);
  const top = quirks.rerank?.top ?? "top_n";
  const wanted = body[name];
  if (top === name || wanted === undefined) return { set: { model }, remove: [], warnings: [] };
  return { set: { model, [top]: wanted }, remove: [name], warnings: [] };
}

function encodeRequest(request: RerankRequest, { model, quirks }: UpstreamTarget): EncodedOperation {
  const { query, documents, top, origin, documentTokens, includeDocuments } = request;
  const own = origin.dialect === id;
  const body: JsonObject = {
    model,
    query,
    documents: own
      ? documents.map((document) => (document.type === "text" ? document.text : document.fields))
      : textsOf(documents, model),
    ...(top === undefined ? {} : { [quirks.rerank?.top ?? "top_n"]: top }),
    // The gateway knows the documents: it adds them to a translated answer itself.
    ...(own ? defined({ return_documents: includeDocuments }) : { return_documents: false }),
    ...(own ? origin.rest : {}),
  };
  const lost = {
    ...(own ? {} : origin.rest),
    ...(documentTokens === undefined ? {} : { max_tokens_per_doc: documentTokens }),
  };
  return { body, warnings: droppedFields(lost) };
}

function decodeResult({ json }: ResultBody, { request, target }: ResultDecodeContext<"rerank">): RerankResult {
  if (!isObject(json)) throw new AttemptError({ class: "protocol", message: "the answer is no JSON object" });
  if (json["error"] !== undefined && json["error"] !== null) {
    throw new AttemptError(decodeInBandError(json["error"], target.quirks));
  }
  return {
    id: stringOf(json["id"]) ?? null,
    model: stringOf(json["model"]) ?? null,
    ranking: decodeRanking(json[target.quirks.rerank?.results ?? "results"], request),
    usage: decodeUsage(json),
    warnings: [],
  };
}

/** Tokens in `usage`, or in Cohere's `meta`, which some vendors of this shape have. */
function decodeUsage(json: JsonObject) {
  const raw = objectOf(json["usage"]) ?? objectOf(objectOf(json["meta"])?.["tokens"]);
  const inputTokens =
    numberOf(raw?.["prompt_tokens"]) ?? numberOf(raw?.["total_tokens"]) ?? numberOf(raw?.["input_tokens"]) ?? null;
  return usageWith({ inputTokens, outputTokens: 0, ...(raw ? { raw } : {}) });
}

function encodeResult(result: RerankResult, { request, model }: ResultContext<"rerank">): JsonObject {
  const tokens = result.usage.inputTokens;
  // Jina's own service repeats the documents unless told not to.
  const told = request.includeDocuments ?? true;
  return {
    model: result.model ?? model,
    object: "list",
    usage: tokens === null ? null : { prompt_tokens: tokens, total_tokens: tokens },
    results: result.ranking.map(({ index, score }) => ({
      index,
      relevance_score: score,
      ...(told ? { document: documentOf(request.documents[index]) } : {}),
    })),
  };
}
