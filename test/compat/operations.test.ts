import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import { operationQuestions, type OperationQuestion } from "@sluice/testkit";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { check as cell } from "./cells.ts";
import { operationChannels } from "./operation-channels.ts";
import { openGateway, type Running } from "./running.ts";

let running: Running;
beforeAll(async () => void (running = await openGateway({ channels: operationChannels })));
afterAll(() => running.close());

const sdk = () => new OpenAI({ apiKey: "sk-any", baseURL: `${running.url}/v1`, maxRetries: 0 });
const google = () => new GoogleGenAI({ apiKey: "sk-any", httpOptions: { baseUrl: `${running.url}/gemini` } });
const claude = () => new Anthropic({ apiKey: "sk-any", baseURL: `${running.url}/claude`, maxRetries: 0 });

/** What the pretend vendors must come to, in no dialect's words. */
function question(client: string): OperationQuestion {
  return operationQuestions.find((each) => each.client === client) as OperationQuestion;
}
const texts = question("openai-embeddings").body("")["input"] as string[];
const vectors = question("openai-embeddings").expected as number[][];

type Check = (feature: string, body: () => Promise<void>) => void;

/** What one client gets of each provider at an endpoint: every check is a cell of the public table. */
function cells(
  endpoint: string,
  client: string,
  providers: readonly string[],
  define: (provider: string, check: Check) => void,
): void {
  const group = `${(endpoint[0] ?? "").toUpperCase()}${endpoint.slice(1)}`;
  describe(`${client} at ${endpoint}`, () => {
    describe.each(providers)("before %s", (provider) => {
      define(provider, (feature, body) => cell({ endpoint, group, client, provider, feature }, () => running, body));
    });
  });
}

const embedders = ["openai", "gemini", "cohere", "mistral", "voyage", "jina"] as const;

cells("embeddings", "openai", embedders, (provider, check) => {
  check("base64, which the library asks for", async () => {
    const { data } = await sdk().embeddings.create({ model: `embed-${provider}`, input: texts });
    expect(data.map(({ embedding }) => embedding)).toEqual(vectors);
  });
  check("numbers", async () => {
    const { data } = await sdk().embeddings.create({
      model: `embed-${provider}`,
      input: texts,
      encoding_format: "float",
    });
    expect(data.map(({ embedding }) => embedding)).toEqual(vectors);
  });
  check("one text", async () => {
    const { data } = await sdk().embeddings.create({ model: `embed-${provider}`, input: texts[0] ?? "" });
    expect(data.map(({ embedding, index }) => [index, embedding])).toEqual([[0, vectors[0]]]);
  });
  check("more inputs than one call of the vendor takes", async () => {
    const input = Array.from({ length: 1_100 }, (_, index) => `text ${index}`);
    const model = `embed-${provider}`;
    const { data, usage } = await sdk().embeddings.create({ model, input, encoding_format: "float" });
    const [last] = (await sdk().embeddings.create({ model, input: input.slice(-1), encoding_format: "float" })).data;
    expect(data.map(({ index }) => index)).toEqual(input.keys().toArray());
    expect(data.at(-1)?.embedding).toEqual(last?.embedding);
    expect(usage.prompt_tokens).toBeGreaterThan(input.length / 2);
  });
  check("dimensions", async () => {
    const { data } = await sdk().embeddings.create({ model: `embed-${provider}`, input: texts, dimensions: 3 });
    expect(data.map(({ embedding }) => embedding)).toEqual(vectors.map((vector) => vector.slice(0, 3)));
  });
  check("tokens instead of text", async () => {
    const { data } = await sdk().embeddings.create({ model: `embed-${provider}`, input: [[1, 2], [3]] });
    expect(data).toHaveLength(2);
  });
  check("what the vectors are for", async () => {
    const body = { model: `embed-${provider}`, input: texts, input_type: "query" };
    expect((await sdk().embeddings.create(body)).data).toHaveLength(2);
  });
});

cells("embeddings", "gemini", embedders, (provider, check) => {
  check("contents", async () => {
    const { embeddings = [] } = await google().models.embedContent({ model: `embed-${provider}`, contents: texts });
    expect(embeddings.map(({ values }) => values)).toEqual(vectors);
  });
  check("task type and dimensions", async () => {
    const config = { taskType: "RETRIEVAL_QUERY", outputDimensionality: 3 };
    const { embeddings = [] } = await google().models.embedContent({
      model: `embed-${provider}`,
      contents: texts,
      config,
    });
    expect(embeddings.map(({ values }) => values)).toEqual(vectors.map((vector) => vector.slice(0, 3)));
  });
  check("one content, by embedContent", async () => {
    const path = `${running.url}/gemini/v1beta/models/embed-${provider}:embedContent`;
    const body = JSON.stringify({ content: { parts: [{ text: texts[0] }] } });
    const response = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body });
    expect(await response.json()).toMatchObject({ embedding: { values: vectors[0] } });
  });
});

cells("moderations", "openai", ["openai", "mistral"], (provider, check) => {
  check("texts", async () => {
    const input = ["a calm day", "violence everywhere"];
    const { results } = await sdk().moderations.create({ model: `judge-${provider}`, input });
    expect(results.map(({ flagged, categories }) => [flagged, categories.violence])).toEqual([
      [false, false],
      [true, true],
    ]);
  });
  check("text and picture", async () => {
    const { results } = await sdk().moderations.create({
      model: `judge-${provider}`,
      input: [
        { type: "text", text: "violence" },
        { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } },
      ],
    });
    expect(results.map(({ flagged }) => flagged)).toEqual([true]);
  });
});

/** Neither shape has a library of its own here: they are asked as their vendors document it. */
async function rank(client: string, model: string, more: object = {}): Promise<unknown> {
  const { path, body, essence } = question(client);
  const response = await fetch(running.url + path(model), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...body(model), ...more }),
  });
  expect(response.status).toBe(200);
  return essence((await response.json()) as Parameters<typeof essence>[0]);
}

const rankers = { cohere: "rank-cohere", jina: "rank-jina", voyage: "rerank-voyage" } as const;
for (const client of ["jina-rerank", "cohere-rerank"]) {
  cells("rerank", client, Object.keys(rankers), (provider, check) => {
    check("documents", async () => {
      expect(await rank(client, rankers[provider as keyof typeof rankers])).toEqual(question(client).expected);
    });
    check("the best of them", async () => {
      const best = (question(client).expected as number[]).slice(0, 1);
      expect(await rank(client, rankers[provider as keyof typeof rankers], { top_n: 1 })).toEqual(best);
    });
  });
}

const counters = ["openai-chat", "openai-responses", "anthropic", "gemini"] as const;
const words = "How many tokens are in these words?";

cells("token counts", "openai", counters, (provider, check) => {
  check("responses.inputTokens.count", async () => {
    const { input_tokens } = await sdk().responses.inputTokens.count({ model: `by-${provider}`, input: words });
    expect(input_tokens).toBeGreaterThan(5);
  });
});
cells("token counts", "anthropic", counters, (provider, check) => {
  check("messages.countTokens", async () => {
    const tools = [{ name: "look", input_schema: { type: "object" as const, properties: {} } }];
    const messages = [{ role: "user" as const, content: words }];
    const bare = await claude().messages.countTokens({ model: `by-${provider}`, messages });
    const more = await claude().messages.countTokens({
      model: `by-${provider}`,
      messages,
      tools,
      system: "Count well.",
    });
    expect(bare.input_tokens).toBeGreaterThan(5);
    expect(more.input_tokens).toBeGreaterThan(bare.input_tokens);
  });
});
cells("token counts", "gemini", counters, (provider, check) => {
  check("models.countTokens", async () => {
    const { totalTokens } = await google().models.countTokens({ model: `by-${provider}`, contents: words });
    expect(totalTokens).toBeGreaterThan(5);
  });
});
