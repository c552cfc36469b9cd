import type { JsonObject, OperationClient, OperationDialect, OperationUpstream } from "@sluice/core";
import { dialects, openaiEmbeddings } from "@sluice/dialects";
import { describe } from "vitest";
import { testOperationDialect } from "../../src/index.ts";

type Client = OperationClient<"embeddings">;
type Upstream = OperationUpstream<"embeddings">;
const { client, upstream } = openaiEmbeddings as { client: Client; upstream: Upstream };

let counter = 0;
const upstreams: Record<string, Partial<Upstream>> = {
  // A body that is never the same twice.
  "restless operation": {
    encodeRequest: (request, target) => {
      const encoded = upstream.encodeRequest(request, target);
      return { ...encoded, body: { ...(encoded.body as JsonObject), user: String(counter++) } };
    },
  },
  // Whatever comes is an answer.
  "gullible operation": {
    decodeResult: () => ({
      model: null,
      vectors: [[0], [0]],
      usage: { inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0, reasoningTokens: 0 },
      warnings: [],
    }),
  },
  // All inputs but the first are lost.
  "forgetful operation": {
    encodeRequest: (request, target) =>
      upstream.encodeRequest({ ...request, inputs: request.inputs.slice(0, 1) }, target),
  },
  // Takes everything off a body, also what nobody knows.
  "greedy operation": {
    patchRequest: (body, request, target) => ({
      ...upstream.patchRequest(body, request, target),
      remove: Object.keys(body),
    }),
  },
};
const clients: Record<string, Partial<Client>> = {
  // Wrong types break it instead of being refused.
  "fragile operation": {
    decodeRequest: (input, call) => {
      const texts = (input.fields["input"] as string[]).map((text) => text.trim());
      return client.decodeRequest({ ...input, fields: { ...input.fields, input: texts } }, call);
    },
  },
  "secretive operation": { encodeError: () => ({ error: { message: "no" } }) },
};

const mutants: [string, OperationDialect][] = [
  ...Object.entries(upstreams).map(([name, change]): [string, OperationDialect] => [
    name,
    { ...openaiEmbeddings, upstream: { ...upstream, ...change } },
  ]),
  ...Object.entries(clients).map(([name, change]): [string, OperationDialect] => [
    name,
    { ...openaiEmbeddings, client: { ...client, ...change } },
  ]),
];

describe.each(mutants)("%s", (_name, mutant) => {
  const all = dialects.map((dialect) => (dialect.id === mutant.id ? mutant : dialect));
  testOperationDialect(mutant, all, {
    requests: [{ model: "some-model", input: ["x"] }],
    answers: [{ object: "list", data: [{ object: "embedding", index: 0, embedding: [1, 2] }] }],
  });
});
