import type { ProviderDefinition } from "@sluice/core";
import { testProvider, testProviderDefinition } from "@sluice/testkit";
import { expect, test } from "vitest";
import * as exported from "../src/index.ts";
import { cohere, deepseek, groq, jina, mistral, ollama, vendors, voyage, xai } from "../src/index.ts";

const definitions = Object.values(exported).flatMap((one): ProviderDefinition[] =>
  typeof one === "function" && "definition" in one ? [one.definition] : [],
);

test("every vendor of the table has a factory", () => {
  expect(definitions.map((definition) => definition.id).toSorted()).toEqual(Object.keys(vendors).toSorted());
});

for (const definition of definitions) {
  // Some vendors give every customer a base URL of their own.
  testProviderDefinition(definition.baseURL === "" ? { ...definition, baseURL: "https://yours.example" } : definition);
}

// One for each kind of quirk: echoed reasoning, usage elsewhere, names of ids, refused parameters, no key and no terminator.
testProvider(deepseek);
testProvider(groq);
testProvider(mistral);
testProvider(xai);
testProvider(ollama);
// Vendors of embeddings and rerankers, each with words of its own.
testProvider(cohere);
testProvider(jina);
testProvider(voyage, { model: { "jina-rerank": "rerank-2.5" } });
