import { arrayOf, isObject, numberOf, stringOf, type Json, type JsonObject } from "@sluice/core";
import { errors, type MockError } from "./errors.ts";
import { judge } from "./models/moderate.ts";
import { rank } from "./models/rerank.ts";
import { base64Of, embed, usualDimensions } from "./models/embed.ts";
import { tokensOf, tokensPerMessage } from "./tokens.ts";

/** What generates no text: an answer made of the request alone, or why there is none. */
export type MockEndpoint = (body: JsonObject, model: string) => JsonObject | MockError;

const countOf = (texts: readonly string[]) => texts.reduce((sum, text) => sum + tokensOf(text).length, 0);

/** The endpoints beside chat, by the end of their path. */
export const endpoints: Readonly<Record<string, { model: string | null; answer: MockEndpoint }>> = {
  "/embeddings": { model: "embed", answer: embeddings },
  "/moderations": { model: "moderate", answer: moderations },
  "/rerank": { model: "rerank", answer: reranking },
  // Every model of the mock has its tokens counted.
  "/responses/input_tokens": { model: null, answer: inputTokens },
};

function embeddings(body: JsonObject, model: string): JsonObject | MockError {
  const texts = inputsOf(body["input"]);
  if (texts === null) return errors.field("input");
  const dimensions = body["dimensions"] === undefined ? usualDimensions : numberOf(body["dimensions"]);
  if (dimensions === undefined || !Number.isInteger(dimensions) || dimensions < 1 || dimensions > 4096) {
    return errors.field("dimensions");
  }
  const inBase64 = body["encoding_format"] === "base64";
  const tokens = countOf(texts);
  return {
    object: "list",
    data: texts.map((text, index) => {
      const vector = embed(text, dimensions);
      return { object: "embedding", index, embedding: inBase64 ? base64Of(vector) : vector };
    }),
    model: `mock/${model}`,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

/** Texts, or tokens as their numbers in words; null for what cannot be embedded. */
function inputsOf(input: Json | undefined): string[] | null {
  if (typeof input === "string") return input === "" ? null : [input];
  const items = arrayOf(input);
  if (items.length === 0) return null;
  if (items.every((item) => typeof item === "number")) return [items.join(" ")];
  const texts = items.map((item) => (Array.isArray(item) ? item.map(Number).join(" ") : (stringOf(item) ?? "")));
  return texts.includes("") ? null : texts;
}

function moderations(body: JsonObject, model: string): JsonObject | MockError {
  const { input } = body;
  const items = typeof input === "string" ? [input] : arrayOf(input);
  if (items.length === 0) return errors.field("input");
  // The parts of one message are judged together.
  const texts = items.every(isObject)
    ? [items.map((part) => stringOf(part["text"]) ?? "").join(" ")]
    : items.map((item) => stringOf(item) ?? "");
  return { id: `modr-mock-${countOf(texts)}`, model: `mock/${model}`, results: texts.map(judge) };
}

function reranking(body: JsonObject, model: string): JsonObject | MockError {
  const query = stringOf(body["query"]);
  const documents = arrayOf(body["documents"]);
  if (query === undefined) return errors.field("query");
  if (documents.length === 0) return errors.field("documents");
  const texts = documents.map((document) =>
    isObject(document) ? JSON.stringify(document) : (stringOf(document) ?? ""),
  );
  const ranked = rank(query, texts).slice(0, numberOf(body["top_n"]) ?? texts.length);
  const tokens = countOf([query, ...texts]);
  return {
    model: `mock/${model}`,
    object: "list",
    usage: { prompt_tokens: tokens, total_tokens: tokens },
    results: ranked.map(({ index, score }) => ({
      index,
      relevance_score: score,
      ...(body["return_documents"] === false ? {} : { document: { text: texts[index] ?? "" } }),
    })),
  };
}

function inputTokens({ input, instructions, tools }: JsonObject): JsonObject {
  const items = typeof input === "string" ? [{ content: input }] : arrayOf(input);
  const texts = [instructions, tools, items].flatMap(textsIn);
  return { object: "response.input_tokens", input_tokens: countOf(texts) + tokensPerMessage * items.length };
}

function textsIn(value: Json | undefined): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (!isObject(value)) return [];
  const words = ["text", "content", "output", "arguments", "name", "description", "parameters", "properties"];
  return words.flatMap((name) => textsIn(value[name]));
}
