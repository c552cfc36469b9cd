import { AttemptError, defineOperationDialect, isObject, objectOf, receiptJson, stringOf } from "@sluice/core";
import type {
  EncodedOperation,
  JsonObject,
  RequestInput,
  RerankRequest,
  RerankResult,
  ResultBody,
  ResultContext,
  ResultDecodeContext,
  UpstreamTarget,
} from "@sluice/core";
import { decodeError, encodeError } from "../cohere/errors.ts";
import { billedUsage } from "../cohere/usage.ts";
import { droppedFields } from "../losses.ts";
import { count, take } from "../fields.ts";
import { decodeQuestion, decodeRanking, textsOf } from "./ranking.ts";

const id = "cohere-rerank";
const fields: ReadonlySet<string> = new Set(["model", "query", "documents", "top_n", "max_tokens_per_doc", "priority"]);

/** Cohere's reranker, second version: <https://docs.cohere.com/v2/reference/rerank> (read 2026-11) */
export const cohereRerank = defineOperationDialect({
  id,
  operation: "rerank",
  client: {
    routes: [{ method: "POST", path: "/v2/rerank", operation: "rerank" }],
    fields,
    decodeRequest,
    encodeResult,
    receiptMembers: (receipt) => ({ sluice: receiptJson(receipt) }),
    encodeError,
  },
  upstream: {
    route: () => ({ method: "POST", path: "/rerank" }),
    passHeaders: ["x-client-name"],
    patchRequest: (_body, _request, { model }) => ({ set: { model }, remove: [], warnings: [] }),
    encodeRequest,
    decodeResult,
    decodeError,
  },
});

const meant: ReadonlySet<string> = new Set(["model", "query", "documents", "top_n", "max_tokens_per_doc"]);

function decodeRequest({ fields: body }: RequestInput): RerankRequest {
  const documentTokens = take(body, "max_tokens_per_doc", count);
  return {
    operation: "rerank",
    stream: false,
    ...decodeQuestion(body),
    includeDocuments: false,
    ...(documentTokens === undefined ? {} : { documentTokens }),
    origin: {
      dialect: id,
      rest: Object.fromEntries(Object.entries(body).filter(([name]) => !meant.has(name))),
      prefers: {},
    },
  };
}

function encodeRequest(request: RerankRequest, { model }: UpstreamTarget): EncodedOperation {
  const { query, documents, top, documentTokens, origin } = request;
  const own = origin.dialect === id;
  const body: JsonObject = {
    model,
    query,
    documents: textsOf(documents, model),
    ...(top === undefined ? {} : { top_n: top }),
    ...(documentTokens === undefined ? {} : { max_tokens_per_doc: documentTokens }),
    ...(own ? origin.rest : {}),
  };
  return { body, warnings: own ? [] : droppedFields(origin.rest) };
}

function decodeResult({ json }: ResultBody, { request }: ResultDecodeContext<"rerank">): RerankResult {
  if (!isObject(json)) throw new AttemptError({ class: "protocol", message: "the answer is no JSON object" });
  return {
    id: stringOf(json["id"]) ?? null,
    model: null,
    ranking: decodeRanking(json["results"], request),
    usage: billedUsage(objectOf(json["meta"])),
    warnings: [],
  };
}

function encodeResult({ id: own, ranking, usage }: RerankResult, { requestId }: ResultContext<"rerank">): JsonObject {
  const searches = usage.details?.searchUnits;
  const tokens = usage.inputTokens;
  const billed = {
    ...(searches === undefined ? {} : { search_units: searches }),
    ...(tokens === null ? {} : { input_tokens: tokens }),
  };
  return {
    id: own ?? requestId,
    results: ranking.map(({ index, score }) => ({ index, relevance_score: score })),
    meta: {
      api_version: { version: "2" },
      ...(Object.keys(billed).length > 0 ? { billed_units: billed } : {}),
    },
  };
}
