import type { JsonObject } from "@sluice/core";
import { startFront, type Front, type FrontAnswer } from "@sluice/testkit";
import { describe, expect, test } from "vitest";
import { bedrock } from "../src/index.ts";
import { awsSecrets } from "./_front.ts";
import { gatewayOf } from "./_gateway.ts";
import { signatureProblem } from "./_signature.ts";

const [[accessKeyId, secretAccessKey] = ["", ""]] = Object.entries(awsSecrets);
const credentials = { accessKeyId, secretAccessKey };

/** InvokeModel for models that embed: each text becomes a vector of its length. */
const models: Front = async (call) => {
  if (signatureProblem(call, awsSecrets) !== null) return json(403, { message: "no" });
  const { inputText, texts, embedding_types, ...others } = JSON.parse(call.body.toString()) as JsonObject;
  const odd = Object.keys(others).filter((name) => !["dimensions", "input_type", "output_dimension"].includes(name));
  if (odd.length > 0)
    return json(400, { message: `extraneous key [${odd[0]}] is not permitted` }, "ValidationException");
  if (call.url === "/model/amazon.titan-embed-text-v2%3A0/invoke" && typeof inputText === "string")
    return json(200, { embedding: [inputText.length, 0.5], inputTextTokenCount: inputText.length });
  if (call.url === "/model/cohere.embed-v4%3A0/invoke" && Array.isArray(texts) && Array.isArray(embedding_types))
    return json(200, { id: "1", embeddings: { float: texts.map((text) => [(text as string).length, 0.5]) }, texts });
  return json(400, { message: "The provided model identifier is invalid." }, "ValidationException");
};

function json(status: number, body: object, type = ""): FrontAnswer {
  const headers = {
    "content-type": "application/json",
    "x-amzn-bedrock-input-token-count": "6",
    "x-amzn-errortype": type,
  };
  return { status, headers, body: JSON.stringify(body) };
}

describe("embeddings", () => {
  test.each([
    ["amazon.titan-embed-text-v2:0", 3],
    ["cohere.embed-v4:0", 1],
  ])("of %s are made in %i calls, each signed", async (model, calls) => {
    const front = await startFront(models, "http://127.0.0.1:9");
    const { openai } = gatewayOf([bedrock({ baseURL: front.url, credentials })]);
    const asked = {
      model: `bedrock/${model}`,
      input: ["a", "bb", "ccc"],
      encoding_format: "float" as const,
      dimensions: 256,
    };
    const { data, usage } = await openai.embeddings.create(asked);
    expect(data.map(({ embedding, index }) => [index, embedding])).toEqual([
      [0, [1, 0.5]],
      [1, [2, 0.5]],
      [2, [3, 0.5]],
    ]);
    expect(usage).toMatchObject({ prompt_tokens: 6, total_tokens: 6 });
    expect(front.calls).toHaveLength(calls);
    await front.close();
  });

  test("of a model that there is not are an error of the caller's", async () => {
    const front = await startFront(models, "http://127.0.0.1:9");
    const { openai } = gatewayOf([bedrock({ baseURL: front.url, credentials })]);
    const asking = openai.embeddings.create({ model: "bedrock/amazon.titan-embed-text-v9", input: "a" });
    await expect(asking).rejects.toMatchObject({ status: 400, code: "model_not_found" });
    await front.close();
  });

  test("of tokens are refused: these vendors take text", async () => {
    const { openai } = gatewayOf([bedrock({ baseURL: "http://127.0.0.1:9", credentials })]);
    const asking = openai.embeddings.create({ model: "bedrock/amazon.titan-embed-text-v2:0", input: [[1, 2]] });
    await expect(asking).rejects.toMatchObject({ status: 400, code: "unsupported_parameter" });
  });
});
