import { createAmazonBedrock } from "@ai-sdk/amazon-bedrock";
import { createCohere } from "@ai-sdk/cohere";
import { createMistral } from "@ai-sdk/mistral";
import type { Gateway, JsonObject } from "@sluice/core";
import { createMistral as createMistralV2 } from "ai-sdk-mistral-v2";
import { createMistral as createMistralV3 } from "ai-sdk-mistral-v3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aiSdk } from "../src/index.ts";
import { ask, gatewayOf } from "./_ask.ts";
import { signatureProblem } from "./_aws.ts";
import { reply, startVendor, status, type Vendor } from "./_vendor.ts";

const secretAccessKey = "secret";
let vendor: Vendor;
let gateway: Gateway;

beforeAll(async () => {
  vendor = await startVendor();
  const { url: baseURL } = vendor;
  const keys = { apiKey: "key", baseURL };
  gateway = gatewayOf(
    aiSdk({ id: "mistral", provider: createMistral(keys) }),
    aiSdk({ id: "mistral-v3", provider: createMistralV3(keys) }),
    aiSdk({ id: "mistral-v2", provider: createMistralV2(keys) }),
    aiSdk({ id: "cohere", provider: createCohere(keys) }),
    aiSdk({
      id: "bedrock",
      provider: createAmazonBedrock({ region: "eu-west-1", accessKeyId: "AKID", secretAccessKey, baseURL }),
    }),
  );
});
afterAll(async () => {
  await gateway.close({ graceMs: 0 });
  await vendor.close();
});

const embeddings = (vectors: number[][], tokens: number): JsonObject => ({
  id: "emb-1",
  object: "list",
  model: "mistral-embed",
  data: vectors.map((embedding, index) => ({ object: "embedding", index, embedding })),
  usage: { prompt_tokens: tokens, total_tokens: tokens, completion_tokens: 0 },
});

describe("embeddings", () => {
  test.each(["mistral", "mistral-v3", "mistral-v2"])("come from the package of %s", async (channel) => {
    vendor.script(
      reply(
        embeddings(
          [
            [0.5, -1],
            [0.25, 1],
          ],
          7,
        ),
      ),
    );
    const body = { model: `${channel}/mistral-embed`, input: ["one", "two"], encoding_format: "float" };
    const told = await ask(gateway, body, "/v1/embeddings");
    expect(told.json).toMatchObject({
      data: [
        { index: 0, embedding: [0.5, -1] },
        { index: 1, embedding: [0.25, 1] },
      ],
      usage: { prompt_tokens: 7 },
    });
    expect(vendor.received[0]?.json).toMatchObject({ input: ["one", "two"] });
    expect(told.receipt).toMatchObject({ usage: { input_tokens: 7 }, complete: true });
  });

  test("are written as the client reads them", async () => {
    vendor.script(reply(embeddings([[0.5, -1]], 3)));
    const told = await ask(
      gateway,
      { model: "mistral/mistral-embed", input: "one", encoding_format: "base64" },
      "/v1/embeddings",
    );
    const bytes = Buffer.from(new Float32Array([0.5, -1]).buffer).toString("base64");
    expect(told.json).toMatchObject({ data: [{ embedding: bytes }] });
  });

  test("of more inputs than the model takes at once are several calls of one attempt", async () => {
    const input = Array.from({ length: 33 }, (_, index) => `text ${index}`);
    vendor.script(
      reply(
        embeddings(
          input.slice(0, 32).map((_, index) => [index]),
          32,
        ),
      ),
      reply(embeddings([[32]], 1)),
    );
    const told = await ask(
      gateway,
      { model: "mistral/mistral-embed", input, encoding_format: "float" },
      "/v1/embeddings",
    );
    const data = told.json["data"] as { index: number; embedding: number[] }[];
    expect(data.map(({ embedding }) => embedding[0])).toEqual(input.map((_, index) => index));
    expect([
      vendor.received.length,
      told.receipt["usage"],
      (told.receipt["attempts"] as unknown[]).length,
    ]).toMatchObject([2, { input_tokens: 33 }, 1]);
  });

  test("of Amazon Bedrock are signed", async () => {
    vendor.script(reply({ embedding: [0.5, -1], inputTextTokenCount: 3 }));
    const body = { model: "bedrock/amazon.titan-embed-text-v2:0", input: "one", encoding_format: "float" };
    const told = await ask(gateway, body, "/v1/embeddings");
    expect(told.json).toMatchObject({ data: [{ embedding: [0.5, -1] }], usage: { prompt_tokens: 3 } });
    const [call] = vendor.received;
    expect(call && signatureProblem(call, secretAccessKey)).toBeNull();
  });

  test("of a size that nobody makes are refused, and never of another size", async () => {
    vendor.script(reply(embeddings([[1, 2, 3]], 3)));
    const asking = (model: string) =>
      ask(gateway, { model, input: "one", dimensions: 2, attempts: 1 }, "/v1/embeddings");
    expect((await asking("mistral-v3/mistral-embed")).status).toBe(400);
    expect(vendor.received).toHaveLength(0);
    expect((await asking("mistral/mistral-embed")).status).toBe(400);
    const tokens = await ask(gateway, { model: "mistral/mistral-embed", input: [[1, 2]] }, "/v1/embeddings");
    expect(tokens.status).toBe(400);
  });

  test("of a vendor that is busy come from another", async () => {
    vendor.script(status(429, { message: "Busy." }, { "retry-after": "1" }), reply(embeddings([[1]], 1)));
    const body = { model: "mistral/mistral-embed", fallback: ["mistral-v3/mistral-embed"], input: "one" };
    const told = await ask(gateway, body, "/v1/embeddings");
    expect(told.receipt["attempts"]).toMatchObject([{ outcome: "rate", status: 429 }, { outcome: "ok" }]);
  });
});

describe("reranking", () => {
  test("comes from the package, by falling score", async () => {
    vendor.script(
      reply({
        id: "rr-1",
        results: [
          { index: 1, relevance_score: 0.2 },
          { index: 0, relevance_score: 0.9 },
        ],
        meta: { api_version: { version: "2" }, billed_units: { search_units: 1 } },
      }),
    );
    const body = { model: "cohere/rerank-v3.5", query: "capital", documents: ["Oslo", "Rain"], top_n: 2 };
    const told = await ask(gateway, body, "/v1/rerank");
    expect(told.json).toMatchObject({
      results: [
        { index: 0, relevance_score: 0.9 },
        { index: 1, relevance_score: 0.2 },
      ],
    });
    expect(vendor.received[0]).toMatchObject({
      url: "/rerank",
      json: { query: "capital", documents: ["Oslo", "Rain"], top_n: 2 },
    });
  });

  test("is not asked of a package that has no such models", async () => {
    const told = await ask(gateway, { model: "mistral-v2/x", query: "q", documents: ["d"] }, "/v1/rerank");
    expect(told.status).toBe(400);
  });
});
