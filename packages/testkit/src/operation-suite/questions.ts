import { arrayOf, isObject, objectOf } from "@sluice/core";
import type { JsonObject, OperationName } from "@sluice/core";
import { vectorOf } from "../mock-upstream/embeddings.ts";
import { tokensOf } from "../mock-upstream/tokens.ts";

/** What a client of one dialect asks, and what it must be told when the mock upstream is the vendor. */
export interface OperationQuestion {
  client: string;
  operation: OperationName;
  path: (model: string) => string;
  body: (model: string) => JsonObject;
  /** What matters of an answer, in no dialect's words. */
  essence: (json: JsonObject) => unknown;
  expected: unknown;
}

const texts = ["Sluice", "a gate ✓ 世界"];
const vectors = texts.map((text) => vectorOf(text));
const query = "where is the gate";
const documents = ["a river in winter", "the gate is where the river ends", "boats"];
const ranked = [1, 2, 0];
const sentence = "How many tokens are in these words?";
const counted = tokensOf(sentence).length;

const inPath = (model: string) => model.split("/").map(encodeURIComponent).join("/");
const members = (list: unknown, name: string) => arrayOf(list).map((item) => objectOf(item)?.[name]);

/** A question for each dialect in which clients can ask for something other than a chat. */
export const operationQuestions: readonly OperationQuestion[] = [
  {
    client: "openai-embeddings",
    operation: "embeddings",
    path: () => "/v1/embeddings",
    body: (model) => ({ model, input: texts }),
    essence: ({ data }) => members(data, "embedding"),
    expected: vectors,
  },
  {
    client: "gemini-embeddings",
    operation: "embeddings",
    path: (model) => `/v1beta/models/${inPath(model)}:batchEmbedContents`,
    body: (model) => ({
      requests: texts.map((text) => ({ model: `models/${model}`, content: { parts: [{ text }] } })),
    }),
    essence: ({ embeddings }) => members(embeddings, "values"),
    expected: vectors,
  },
  {
    client: "openai-moderations",
    operation: "moderations",
    path: () => "/v1/moderations",
    body: (model) => ({ model, input: ["a calm day", "violence everywhere"] }),
    essence: ({ results }) => members(results, "flagged"),
    expected: [false, true],
  },
  {
    client: "jina-rerank",
    operation: "rerank",
    path: () => "/v1/rerank",
    body: (model) => ({ model, query, documents }),
    essence: ({ results }) => members(results, "index"),
    expected: ranked,
  },
  {
    client: "cohere-rerank",
    operation: "rerank",
    path: () => "/v2/rerank",
    body: (model) => ({ model, query, documents }),
    essence: ({ results }) => members(results, "index"),
    expected: ranked,
  },
  {
    client: "openai-tokens",
    operation: "token-count",
    path: () => "/v1/responses/input_tokens",
    body: (model) => ({ model, input: sentence }),
    essence: ({ input_tokens }) => input_tokens,
    expected: counted,
  },
  {
    client: "anthropic-tokens",
    operation: "token-count",
    path: () => "/v1/messages/count_tokens",
    body: (model) => ({ model, messages: [{ role: "user", content: sentence }] }),
    essence: ({ input_tokens }) => input_tokens,
    expected: counted,
  },
  {
    client: "gemini-tokens",
    operation: "token-count",
    path: (model) => `/v1beta/models/${inPath(model)}:countTokens`,
    body: () => ({ contents: [{ role: "user", parts: [{ text: sentence }] }] }),
    essence: ({ totalTokens }) => totalTokens,
    expected: counted,
  },
];

/** The questions of every dialect in which the operation can be asked for. */
export function questionsFor(operation: string): readonly OperationQuestion[] {
  return operationQuestions.filter((question) => question.operation === operation);
}

/** The HTTP request of a client that asks. */
export function requestOf(question: OperationQuestion, model: string, more: JsonObject = {}, headers = {}): Request {
  return new Request(`http://gateway.test${question.path(model)}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ ...question.body(model), ...more }),
  });
}

/** The body of an answer, empty where it is none. */
export async function readJson(response: Response): Promise<JsonObject> {
  const json: unknown = await response.json().catch(() => ({}));
  return isObject(json) ? json : {};
}
