import type { Json, JsonObject } from "@sluice/core";
import { must } from "./endpoints.ts";
import { isAt, isRecord, unknownField, words } from "./fields.ts";
import { openai, sse } from "./openai.ts";
import { idOf, pieces, tokensOf } from "./tokens.ts";
import { VendorError } from "./vendor-error.ts";
import type { Vendor, VendorAnswer, VendorEvent } from "./vendor.ts";

const fields = new Set(
  "model prompt suffix max_tokens temperature top_p n stream stream_options logprobs echo stop presence_penalty frequency_penalty best_of logit_bias seed user".split(
    " ",
  ),
);

/** OpenAI's legacy completions; the pretend model says its prompt again: https://platform.openai.com/docs/api-reference/completions (read 2026-11). */
export const completions: Vendor = {
  ...openai,
  dialect: "openai-completions",
  owns: ({ method, path }) => method === "POST" && isAt(path, "/completions") && !path.endsWith("/chat/completions"),
  list: () => null,
  serve(_call, body) {
    if (!isRecord(body)) throw new VendorError(400, "We could not parse the JSON body of your request.");
    const strange = unknownField(body, fields);
    must(strange === undefined, strange ?? "", `Unrecognized request argument supplied: ${strange}`);
    const model = words(body["model"]);
    if (model.startsWith("missing"))
      throw new VendorError(404, `The model \`${model}\` does not exist.`, { code: "model_not_found" });
    return answer(body, promptsOf(body["prompt"]));
  },
};

function promptsOf(prompt: Json | undefined): string[] {
  if (typeof prompt === "string") return [prompt];
  must(Array.isArray(prompt) && prompt.length > 0, "prompt");
  const items = prompt as Json[];
  if (items.every((item) => typeof item === "number")) return [items.join(" ")];
  return items.map((item) => (Array.isArray(item) ? item.map(Number).join(" ") : words(item)));
}

function answer(body: JsonObject, prompts: readonly string[]): VendorAnswer {
  const head = {
    id: `cmpl-${idOf(24, JSON.stringify(body["prompt"]))}`,
    object: "text_completion",
    created: 1_790_000_000,
    model: words(body["model"]),
  };
  const copies = typeof body["n"] === "number" ? body["n"] : 1;
  const texts = prompts.flatMap((prompt) => Array.from({ length: copies }, () => saidTo(prompt, body)));
  const counted = {
    prompt_tokens: tokensOf(prompts.join(" ")).length,
    completion_tokens: tokensOf(texts.join(" ")).length,
  };
  const usage = { ...counted, total_tokens: counted.prompt_tokens + counted.completion_tokens };
  const json = {
    ...head,
    choices: texts.map((text, index) => ({ text, index, logprobs: logprobsOf(text, body), finish_reason: "stop" })),
    usage,
  };
  if (body["stream"] !== true) return { type: "json", json };
  const event = (role: VendorEvent["role"], chunk: JsonObject): VendorEvent => ({
    name: null,
    data: JSON.stringify({ ...head, ...chunk }),
    content: role === "content",
    role,
  });
  const events = texts.flatMap((text, index) => [
    ...pieces(text, 2).map((piece) =>
      event("content", { choices: [{ text: piece, index, logprobs: null, finish_reason: null }] }),
    ),
    event("finish", { choices: [{ text: "", index, logprobs: null, finish_reason: "stop" }] }),
  ]);
  const wantsUsage = isRecord(body["stream_options"]) && body["stream_options"]["include_usage"] === true;
  const tail: VendorEvent[] = [
    ...(wantsUsage ? [event("usage", { choices: [], usage })] : []),
    { name: null, data: "[DONE]", content: false, role: "terminator" },
  ];
  return { type: "events", events: [...events, ...tail], form: sse, json };
}

function saidTo(prompt: string, { echo, suffix }: JsonObject): string {
  const continued = suffix === undefined ? ` and so says "${prompt}"` : ` between ${words(suffix)}`;
  return (echo === true ? prompt : "") + continued;
}

function logprobsOf(text: string, { logprobs }: JsonObject): JsonObject | null {
  if (typeof logprobs !== "number") return null;
  const tokens = tokensOf(text);
  let at = 0;
  return {
    tokens,
    token_logprobs: tokens.map(() => -0.5),
    top_logprobs: tokens.map((token) => ({ [token]: -0.5 })),
    text_offset: tokens.map((token) => (at += token.length) - token.length),
  };
}
