import type { JsonObject } from "@sluice/core";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { check } from "../cells.ts";
import { operationChannels } from "../operation-channels.ts";
import { openGateway, type Running } from "../running.ts";
import { stateIn } from "../state.ts";
import { aiSdk } from "./ai-sdk.ts";
import type { Framework } from "./framework.ts";
import { documentOf, modes } from "./instructor.ts";
import { langchain } from "./langchain.ts";
import { llamaindex } from "./llamaindex.ts";

let running: Running;
beforeAll(async () => void (running = await openGateway({ channels: operationChannels })));
afterAll(() => running.close());

const rivers = "Tell me about rivers and lakes";
const cities = "What is the weather in Paris and Rome?";
// Google's clients wrap results, so that the words stand in an object.
const answered = /^get_weather says .*sunny in Paris.*; get_weather says .*sunny in Rome/;
// The model fills whatever form it is given; where it is only asked to, it says again what it is told.
const who = "Who wrote about the weather in Paris?";
const ada = '{"name":"Ada","age":36}';
const someone = { name: expect.any(String) as unknown, age: expect.any(Number) as unknown };

// Google's clients take no slash in a name, so each provider has a name of its own.
const providers = ["openai-chat", "anthropic", "gemini"] as const;
const placeOf = (provider: string) => ({ url: running.url, model: `by-${provider}` });

describe.each([...langchain, ...llamaindex, ...aiSdk])("$name", (framework) => {
  describe.each(providers)("before %s", (provider) => {
    features(framework, provider);
  });
});

function features(framework: Framework, provider: string): void {
  const { name: client, object, streamsTools = true } = framework;
  const cell = (feature: string, body: () => Promise<void>) =>
    check({ endpoint: "frameworks", group: "Chat", client, provider, feature }, () => running, body);

  cell("text", async () => {
    expect(await framework.text(placeOf(provider), rivers)).toBe(rivers);
  });
  cell("stream", async () => {
    const pieces = await framework.stream(placeOf(provider), rivers);
    expect(pieces.join("")).toBe(rivers);
    expect(pieces.length).toBeGreaterThan(1);
  });
  for (const isStreamed of streamsTools ? [false, true] : [false])
    cell(isStreamed ? "tools, streamed" : "tools", async () => {
      expect(await framework.tools(placeOf(provider), cities, isStreamed)).toMatch(answered);
    });
  if (object !== undefined)
    cell("structured output", async () => {
      expect(await object(placeOf(provider), who)).toEqual(someone);
    });
}

// Chat's plain reasoning is left out: the framework forgets what nobody has signed.
const signers = ["openai-responses", "anthropic", "gemini"] as const;
const thinkers = aiSdk.filter(({ thinking }) => thinking !== undefined);

describe.each(thinkers)("$name, thinking", ({ name: client, thinking }) => {
  for (const provider of signers)
    for (const isStreamed of [false, true])
      check(
        { endpoint: "frameworks", group: "Thinking", client, provider, feature: "thinking with tools, over two turns" },
        () => running,
        async () => {
          const place = { url: running.url, model: `thinks-${provider}` };
          const first = running.vendors.requests.length;
          expect(await thinking?.(place, "What is the weather in Paris?", isStreamed)).toMatch(/sunny in Paris/);
          const [asked, answered] = running.vendors.requests.slice(first);
          const issued = stateIn(asked?.reply ?? {}, provider);
          expect(stateIn(answered?.json as JsonObject, provider)).toEqual(issued);
        },
      );
});

const embedders = [...langchain, ...llamaindex, ...aiSdk].filter(({ embed }) => embed !== undefined);

describe.each(embedders)("$name", ({ name: client, embed }) => {
  for (const provider of ["openai", "gemini", "cohere", "mistral", "voyage", "jina"])
    check(
      { endpoint: "frameworks", group: "Embeddings", client, provider, feature: "texts" },
      () => running,
      async () => {
        const place = { url: running.url, model: `embed-${provider}` };
        const vectors = (await embed?.(place, ["One river", "Two lakes"])) ?? [];
        expect(vectors.map((vector) => vector.every((value) => Number.isFinite(value)))).toEqual([true, true]);
        expect(vectors[0]).not.toEqual(vectors[1]);
        expect(await embed?.(place, ["Two lakes"])).toEqual([vectors[1]]);
      },
    );
});

describe.each(modes)("Instructor in mode %s", (mode) => {
  for (const provider of providers)
    for (const isStreamed of [false, true]) {
      const client = "Instructor";
      const feature = isStreamed ? `${mode}, streamed` : mode;
      check(
        { endpoint: "frameworks", group: "Documents", client, provider, feature },
        () => running,
        async () => {
          expect(await documentOf(placeOf(provider), mode, ada, isStreamed)).toMatchObject(someone);
        },
      );
    }
});
