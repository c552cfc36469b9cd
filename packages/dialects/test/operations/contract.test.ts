import { testOperationDialect } from "@sluice/testkit";
import {
  anthropicTokens,
  cohereEmbeddings,
  cohereRerank,
  dialects,
  geminiEmbeddings,
  geminiTokens,
  jinaRerank,
  openaiEmbeddings,
  openaiModerations,
  openaiTokens,
} from "../../src/index.ts";

testOperationDialect(openaiEmbeddings, dialects, {
  requests: [
    { model: "some-model", input: ["x"], encoding_format: "base64", dimensions: 2, user: "u" },
    { model: "some-model", input: [[1, 2], [3]] },
  ],
  answers: [
    { object: "list", data: [{ object: "embedding", index: 0, embedding: "AACAPwAAAEA=" }], model: "m" },
    {
      data: [
        { index: 1, embedding: [3] },
        { index: 0, embedding: [1] },
      ],
      usage: { total_tokens: 4 },
    },
  ],
});
testOperationDialect(geminiEmbeddings, dialects, {
  requests: [{ requests: [{ content: { parts: [{ text: "x" }] }, taskType: "CLUSTERING", outputDimensionality: 2 }] }],
  answers: [{ embeddings: [{ values: [1, 2] }] }],
});
testOperationDialect(cohereEmbeddings, dialects);
testOperationDialect(openaiModerations, dialects, {
  requests: [{ model: "some-model", input: "x" }],
  answers: [
    {
      id: "modr-1",
      model: "omni-moderation-latest",
      results: [{ flagged: true, categories: { hate: true }, category_scores: { hate: 0.5 }, future: 1 }],
    },
  ],
});
testOperationDialect(jinaRerank, dialects, {
  requests: [{ model: "some-model", query: "q", documents: ["a", { text: "b" }, { title: "c" }], top_n: 2 }],
  answers: [
    {
      model: "m",
      results: [
        { index: 1, relevance_score: 0.9 },
        { index: 0, relevance_score: 0.1 },
      ],
    },
  ],
});
testOperationDialect(cohereRerank, dialects, {
  requests: [{ model: "some-model", query: "q", documents: ["a", "b"], max_tokens_per_doc: 10 }],
  answers: [{ id: "1", results: [{ index: 0, relevance_score: 0.5 }], meta: { billed_units: { search_units: 1 } } }],
});
testOperationDialect(openaiTokens, dialects, { answers: [{ object: "response.input_tokens", input_tokens: 7 }] });
testOperationDialect(anthropicTokens, dialects, { model: "claude-haiku-4-5", answers: [{ input_tokens: 7 }] });
testOperationDialect(geminiTokens, dialects, { answers: [{ totalTokens: 7, cachedContentTokenCount: 3 }] });
