import type { EmbeddingQuirks, JsonObject, Quirks } from "@sluice/core";
import { callChannel, upstreams, type ChannelCall, type Personality } from "@sluice/testkit";
import { describe, expect, test } from "vitest";
import { vendors, type VendorId } from "../src/index.ts";
import type { Vendor } from "../src/vendor.ts";
import { channelOf, key } from "./_call.ts";

const rows = Object.entries<Vendor>(vendors) as [VendorId, Vendor][];
const speaking = (dialect: string) => rows.filter(([, { speaks = [] }]) => speaks.includes(dialect));
const having = (name: keyof Quirks) => rows.filter(([, { quirks = {} }]) => quirks[name] !== undefined);

/** Asks a vendor of the table, which answers as it is told. */
function ask(id: VendorId, path: string, fields: JsonObject, answer: Personality): Promise<ChannelCall> {
  const spec = channelOf(id);
  const [variable] = spec.provider.keyVariables;
  // A question in the chat's form would bring messages, which no other operation has.
  return callChannel(spec, { model: "a-model", messages: undefined, ...fields } as never, answer, {
    path,
    env: variable === undefined ? {} : { [variable]: key },
  });
}

/** As many vectors as there were inputs. */
const vectors: Personality = (call) => {
  const { input, texts } = JSON.parse(new TextDecoder().decode(call.request.body ?? undefined)) as Record<
    string,
    unknown
  >;
  const count = [input ?? texts].flat().length;
  const data = Array.from({ length: count }, (_, index) => ({ object: "embedding", index, embedding: [index, 0.5] }));
  return upstreams.replying({ object: "list", data, usage: { total_tokens: count } })(call);
};

const ranking = upstreams.replying({
  results: [{ index: 1, relevance_score: 0.75 }],
  data: [{ index: 1, relevance_score: 0.75 }],
  usage: { total_tokens: 9 },
});

test.each(speaking("openai-embeddings"))("%s embeds at its address, in numbers and in base64", async (id) => {
  const whole = await ask(id, "/v1/embeddings", { input: ["a", "b"] }, vectors);
  expect(whole.url).toMatch(/\/embeddings$/);
  expect(JSON.parse(whole.text)).toMatchObject({ data: [{ embedding: [0, 0.5] }, { embedding: [1, 0.5] }] });
  const { text } = await ask(id, "/v1/embeddings", { input: "a", encoding_format: "base64" }, vectors);
  expect(JSON.parse(text)).toMatchObject({ data: [{ embedding: "AAAAAAAAAD8=" }] });
});

test.each(speaking("jina-rerank"))("%s ranks at its address", async (id) => {
  const { url, text, sent } = await ask(id, "/v1/rerank", { query: "q", documents: ["a", "b"], top_n: 1 }, ranking);
  expect(url).toMatch(/\/rerank$/);
  expect(sent).toMatchObject({ model: "a-model", query: "q", documents: ["a", "b"] });
  expect(JSON.parse(text)).toMatchObject({ results: [{ index: 1, relevance_score: 0.75 }] });
});

describe("a quirk is what the vendor is sent, or how it is read", () => {
  test.each(having("embeddings"))("%s: embeddings", async (id, { quirks }) => {
    const { inputs, dimensions, format, purpose } = (quirks as Quirks).embeddings as EmbeddingQuirks;
    const wishes = { input: ["a"], dimensions: 2, encoding_format: "base64", input_type: "query" };
    const { sent } = await ask(id, "/v1/embeddings", wishes, vectors);
    expect(sent[dimensions ?? "dimensions"]).toBe(2);
    expect(sent[format?.field ?? "encoding_format"]).toBe(format ? format.base64 : "base64");
    expect(sent[purpose?.field ?? "input_type"]).toBe(purpose ? purpose.names.query : "query");
    const silent = await ask(id, "/v1/embeddings", { input: ["a"] }, vectors);
    expect(silent.sent[purpose?.field ?? "input_type"]).toBe(purpose?.assumed && purpose.names[purpose.assumed]);
    const many = Array.from({ length: (inputs ?? 1) + 1 }, (_, index) => String(index));
    const split = await ask(id, "/v1/embeddings", { input: many }, vectors);
    expect((split.sent["input"] as string[]).length).toBe(inputs ?? many.length);
    expect((JSON.parse(split.text) as { data: unknown[] }).data).toHaveLength(many.length);
  });

  test.each(having("rerank"))("%s: rerank", async (id, { quirks }) => {
    const { top, results } = (quirks as Quirks).rerank as { top: string; results: string };
    const elsewhere = upstreams.replying({
      [results]: [{ index: 0, relevance_score: 0.5 }],
      usage: { total_tokens: 9 },
    });
    const { sent, text } = await ask(id, "/v1/rerank", { query: "q", documents: ["a", "b"], top_n: 1 }, elsewhere);
    expect([sent[top], "top_n" in sent]).toEqual([1, false]);
    expect(JSON.parse(text)).toMatchObject({
      results: [{ index: 0, relevance_score: 0.5, document: { text: "a" } }],
      usage: { total_tokens: 9 },
    });
  });
});
