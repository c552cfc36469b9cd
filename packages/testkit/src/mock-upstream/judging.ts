import type { Json, JsonObject } from "@sluice/core";
import { endpoint, must } from "./endpoints.ts";
import { isAt, isRecord, words } from "./fields.ts";
import { openai } from "./openai.ts";
import { idOf } from "./tokens.ts";
import type { Vendor } from "./vendor.ts";

const categories = ["harassment", "hate", "self-harm", "violence", "violence/graphic"];

function judge(text: string, media: boolean): JsonObject {
  const names = categories.map((name) => [name, text.toLowerCase().includes(name)] as const);
  return {
    flagged: names.some(([, found]) => found),
    categories: Object.fromEntries(names),
    category_scores: Object.fromEntries(names.map(([name, found]) => [name, found ? 0.9375 : 0.0625])),
    category_applied_input_types: Object.fromEntries(
      names.map(([name]) => [name, media ? ["text", "image"] : ["text"]]),
    ),
  };
}

/** OpenAI's moderations; a text is flagged for what it names: https://platform.openai.com/docs/api-reference/moderations (read 2026-11). */
const openaiModerations = endpoint({
  dialect: "openai-moderations",
  like: openai,
  owns: ({ method, path }) => method === "POST" && isAt(path, "/moderations"),
  fields: new Set(["model", "input"]),
  answer(body, model) {
    const { input } = body;
    must(typeof input === "string" || (Array.isArray(input) && input.length > 0), "input");
    const items = typeof input === "string" ? [input] : (input as Json[]);
    const isMessage = items.every(isRecord);
    must(isMessage || items.every((item) => typeof item === "string"), "input");
    const results = isMessage
      ? [judge(items.map((part) => words((part as JsonObject)["text"])).join(" "), true)]
      : items.map((item) => judge(words(item), false));
    return { id: `modr-${idOf(24, JSON.stringify(input))}`, model, results };
  },
});

export const judgingVendors: readonly Vendor[] = [openaiModerations];
