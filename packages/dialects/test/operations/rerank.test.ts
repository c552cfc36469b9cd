import type { RerankRequest, UpstreamTarget } from "@sluice/core";
import { describe, expect, test } from "vitest";
import { cohereRerank, jinaRerank, openaiModerations } from "../../src/index.ts";

const jina = jinaRerank as Required<typeof jinaRerank>;
const cohere = cohereRerank as Required<typeof cohereRerank>;
const call = {
  method: "POST",
  path: "/",
  rawPath: "/",
  query: new URLSearchParams(),
  headers: new Map<string, string>(),
};
const target: UpstreamTarget = { model: "m", quirks: {}, info: null, stateDomain: "s" };
const voyage: UpstreamTarget = { ...target, quirks: { rerank: { top: "top_k", results: "data" } } };
const body = { model: "a", query: "q", documents: ["x", "y"] };
const asked = (more: object): RerankRequest =>
  jina.client.decodeRequest({ fields: { ...body, ...more }, files: [] }, call);
const result = { id: null, model: null, ranking: [{ index: 1, score: 0.5 }], warnings: [] };
const usage = {
  inputTokens: null,
  cacheReadTokens: null,
  cacheWriteTokens: null,
  outputTokens: 0,
  reasoningTokens: null,
};
const told = (request: RerankRequest) => ({
  requestId: "req_1",
  created: 1,
  model: "m",
  channel: "c",
  request,
  warn: () => {},
});

describe("how many results are wanted", () => {
  test.each([
    [{ top_n: 1 }, target, { set: { model: "m" }, remove: [] }],
    [{ top_k: 1 }, target, { set: { model: "m", top_n: 1 }, remove: ["top_k"] }],
    [{ top_n: 1 }, voyage, { set: { model: "m", top_k: 1 }, remove: ["top_n"] }],
    [{ top_k: 1 }, voyage, { set: { model: "m" }, remove: [] }],
    [{}, voyage, { set: { model: "m" }, remove: [] }],
  ])("%j is told in the vendor's word", (more, vendor, patch) => {
    expect(jina.upstream.patchRequest({ ...body, ...more }, asked(more), vendor)).toMatchObject(patch);
  });

  test("is refused in the client's own word", () => {
    expect(() => asked({ top_k: 0 })).toThrow("top_k: must be 1 or more");
  });
});

test("documents are repeated as Jina does, unless the client says no", () => {
  const answer = { ...result, usage };
  expect(jina.client.encodeResult(answer, told(asked({})))).toMatchObject({
    results: [{ index: 1, relevance_score: 0.5, document: { text: "y" } }],
  });
  const bare = jina.client.encodeResult(answer, told(asked({ return_documents: false })));
  expect(bare).toMatchObject({ results: [{ index: 1, relevance_score: 0.5 }] });
  expect(JSON.stringify(bare)).not.toContain("document");
});

test("documents with fields are kept for their own kind of vendor, and refused elsewhere", () => {
  const request = asked({ documents: [{ title: "t" }] });
  expect(jina.upstream.encodeRequest(request, target).body).toMatchObject({ documents: [{ title: "t" }] });
  expect(() => cohere.upstream.encodeRequest(request, target)).toThrow("documents[0] cannot be carried to m");
});

test("what Cohere bills is told to its clients, and what its wire lacks is reported", () => {
  const billed = { ...result, usage: { ...usage, details: { searchUnits: 2 } } };
  expect(cohere.client.encodeResult(billed, told(asked({})))).toMatchObject({
    meta: { billed_units: { search_units: 2 } },
  });
  const { warnings } = cohere.upstream.encodeRequest(asked({ truncation: true }), target);
  expect(warnings).toMatchObject([{ code: "dropped_parameter", field: "truncation" }]);
});

test("a moderation without a model asks for OpenAI's default, and a judgement that cannot be read flags", () => {
  const { client, upstream } = openaiModerations as Required<typeof openaiModerations>;
  const request = client.decodeRequest({ fields: { input: "x" }, files: [] }, call);
  expect(request.model).toBe("omni-moderation-latest");
  const json = { id: "1", model: "m", results: [{ categories: { hate: "maybe" } }] };
  const context = { target, request, headers: new Map<string, string>() };
  const { judgements } = upstream.decodeResult(
    { json, bytes: new Uint8Array(), mediaType: "application/json" },
    context,
  );
  expect(judgements).toMatchObject([{ flagged: true }]);
});
