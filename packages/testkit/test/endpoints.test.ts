import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createMockUpstream, type MockUpstream } from "../src/index.ts";

let upstream: MockUpstream;
let openai: OpenAI;
beforeAll(async () => {
  upstream = await createMockUpstream();
  openai = new OpenAI({ apiKey: "sk-any", baseURL: upstream.baseURL("openai-embeddings"), maxRetries: 0 });
});
afterEach(() => upstream.reset());
afterAll(() => upstream.close());

async function post(url: string, body: object, headers: Record<string, string> = { authorization: "Bearer sk" }) {
  const all = { "content-type": "application/json", ...headers };
  const response = await fetch(url, { method: "POST", headers: all, body: JSON.stringify(body) });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

describe("embeddings", () => {
  test("are the same for the same text, in numbers and in base64, and shorter when asked", async () => {
    const ask = { model: "text-embedding-3-small", input: ["a", "b"] };
    const { data } = await openai.embeddings.create(ask);
    const numbers = await openai.embeddings.create({ ...ask, encoding_format: "float" });
    const short = await openai.embeddings.create({ ...ask, dimensions: 2 });
    expect(data.map(({ embedding }) => embedding)).toEqual(numbers.data.map(({ embedding }) => embedding));
    expect(short.data.map(({ embedding }) => embedding)).toEqual(data.map(({ embedding }) => embedding.slice(0, 2)));
    expect(data[0]?.embedding).not.toEqual(data[1]?.embedding);
  });

  test.each([
    [{ input: "x" }, 400, "model"],
    [{ model: "m", input: [] }, 400, "input"],
    [{ model: "m", input: [""] }, 400, "input"],
    [{ model: "m", input: "x", dimensions: 0 }, 400, "dimensions"],
    [{ model: "m", input: "x", messages: [] }, 400, "messages"],
    [{ model: "missing-model", input: "x" }, 404, null],
  ])("%j is refused with %i", async (body, status, param) => {
    const answer = await post(`${upstream.baseURL("openai-embeddings")}/embeddings`, body);
    expect([answer.status, answer.json]).toEqual([
      status,
      expect.objectContaining({ error: expect.objectContaining({ param }) }),
    ]);
  });

  test("of Gemini are at most 100 in a batch, each for the model of the path", async () => {
    const url = `${upstream.baseURL("gemini-embeddings")}/models/gemini-embedding-001:batchEmbedContents`;
    const request = { model: "models/gemini-embedding-001", content: { parts: [{ text: "x" }] } };
    const key = { "x-goog-api-key": "k" };
    expect((await post(url, { requests: [request] }, key)).json["embeddings"]).toHaveLength(1);
    expect((await post(url, { requests: Array.from({ length: 101 }, () => request) }, key)).status).toBe(400);
    expect((await post(url, { requests: [{ ...request, model: "models/other" }] }, key)).status).toBe(400);
    expect((await post(url, { requests: [request] })).status).toBeGreaterThanOrEqual(400);
  });

  test("of Cohere insist on their purpose", async () => {
    const url = `${upstream.baseURL("cohere-embeddings")}/embed`;
    const body = { model: "embed-v4.0", texts: ["x"], embedding_types: ["float"] };
    expect((await post(url, body)).status).toBe(400);
    expect((await post(url, { ...body, input_type: "search_query" })).status).toBe(200);
  });
});

test("documents are ranked by the words that they share with the query", async () => {
  const body = { query: "the gate", documents: ["nothing", "the gate is here", "the end"] };
  const jina = await post(`${upstream.baseURL("jina-rerank")}/rerank`, { model: "jina-reranker-v2", ...body });
  const voyage = await post(`${upstream.baseURL("jina-rerank")}/rerank`, { model: "rerank-2.5", ...body, top_k: 1 });
  const cohere = await post(`${upstream.baseURL("cohere-rerank")}/rerank`, { model: "rerank-v3.5", ...body });
  expect(jina.json).toMatchObject({
    results: [{ index: 1, document: { text: "the gate is here" } }, { index: 2 }, {}],
  });
  expect(voyage.json).toMatchObject({ data: [{ index: 1 }] });
  expect(cohere.json).toMatchObject({ results: [{ index: 1 }, {}, {}], meta: { billed_units: { search_units: 1 } } });
  const wrong = await post(`${upstream.baseURL("jina-rerank")}/rerank`, { model: "rerank-2.5", ...body, top_n: 1 });
  expect(wrong.status).toBe(400);
});

test("tokens are counted as the vendors tell them", async () => {
  const counted = await openai.responses.inputTokens.count({ model: "gpt-4.1-mini", input: "One two" });
  expect(counted).toMatchObject({ object: "response.input_tokens", input_tokens: 2 });
  const anthropic = new Anthropic({ apiKey: "k", baseURL: upstream.url, maxRetries: 0 });
  const messages = [{ role: "user" as const, content: "One two" }];
  expect((await anthropic.messages.countTokens({ model: "claude-haiku-4-5", messages })).input_tokens).toBe(2);
  const refused = anthropic.messages.countTokens({ model: "m", messages, max_tokens: 1 } as never);
  await expect(refused).rejects.toMatchObject({ status: 400 });
});

test("texts are judged by what they name, and completed with themselves", async () => {
  const { results } = await openai.moderations.create({ model: "omni-moderation-latest", input: ["hate", "hello"] });
  expect(results.map(({ flagged }) => flagged)).toEqual([true, false]);
  const { choices } = await openai.completions.create({ model: "gpt-3.5-turbo-instruct", prompt: "hi", echo: true });
  expect(choices[0]?.text).toBe('hi and so says "hi"');
  await expect(openai.completions.create({ model: "m", prompt: [] })).rejects.toMatchObject({ status: 400 });
});
