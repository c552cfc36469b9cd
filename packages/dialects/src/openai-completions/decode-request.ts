import { errors } from "@sluice/core";
import type { ChatRequest, Json, JsonObject, Sampling } from "@sluice/core";
import { amount, amounts, as, count, flag, need, object, take, text } from "../fields.ts";
import { defined } from "../members.ts";

export const dialectId = "openai-completions";

/** How the client wants its answer written. */
export interface Preferences extends Record<string, unknown> {
  /** A usage chunk at the end of a stream. */
  includeUsage: boolean;
  /** The prompt as the client sent it, for upstreams of this dialect. */
  prompt: Json;
  /** What is said before the answer: the prompt, where the client wants to see it again. */
  echo: string | null;
}

const understood = [
  "model",
  "prompt",
  "stream",
  "stream_options",
  "max_tokens",
  "temperature",
  "top_p",
  "n",
  "logprobs",
  "echo",
  "stop",
  "presence_penalty",
  "frequency_penalty",
  "logit_bias",
  "seed",
  "user",
] as const;

const meant: ReadonlySet<string> = new Set(understood);
/** Top-level fields: those above, and those that only upstreams of this dialect have. */
export const requestFields: ReadonlySet<string> = new Set([...understood, "suffix", "best_of"]);

/**
 * Reads a prompt as what one user says. What a conversation cannot hold (several prompts, tokens, a suffix, the best of
 * several, an echo with probabilities) goes only where this dialect is spoken.
 */
export function decodeRequest(body: JsonObject): ChatRequest {
  const model = need(body, "model", text);
  if (model.trim() === "") throw errors.REQUEST_INVALID("model", "is empty");
  const prompt = decodePrompt(body.prompt);
  const streamOptions = take(body, "stream_options", object);
  const echoes = take(body, "echo", flag) ?? false;
  const prefers: Preferences = {
    includeUsage: streamOptions ? (take(streamOptions, "include_usage", flag, "stream_options.") ?? false) : false,
    prompt: body.prompt as Json,
    echo: echoes ? prompt.text : null,
  };
  return defined<ChatRequest>({
    operation: "chat",
    model,
    stream: take(body, "stream", flag) ?? false,
    messages: [{ role: "user", parts: [{ type: "text", text: prompt.text }] }],
    sampling: decodeSampling(body),
    user: take(body, "user", text),
    nativeField: nativeField(body, prompt.isPlain, echoes),
    origin: {
      dialect: dialectId,
      rest: Object.fromEntries(Object.entries(body).filter(([name]) => !meant.has(name))),
      prefers,
    },
  });
}

function decodePrompt(prompt: Json | undefined): { text: string; isPlain: boolean } {
  if (typeof prompt === "string") return { text: prompt, isPlain: true };
  if (!Array.isArray(prompt)) throw errors.REQUEST_INVALID("prompt", "must be a string or an array");
  if (prompt.length === 0) throw errors.REQUEST_INVALID("prompt", "is empty");
  const [only] = prompt;
  if (prompt.length === 1 && typeof only === "string") return { text: only, isPlain: true };
  const isTokens = typeof only === "number";
  const texts = prompt.map((item, index) => {
    const path = `prompt[${index}]`;
    if (isTokens) return String(as(item, count, path));
    if (!Array.isArray(item)) return as(item, text, path);
    return item.map((token, place) => as(token, count, `${path}[${place}]`)).join(" ");
  });
  return { text: texts.join(isTokens ? " " : "\n"), isPlain: false };
}

function nativeField(body: JsonObject, isPlain: boolean, echoes: boolean): string | undefined {
  if (!isPlain) return "prompt";
  if (take(body, "suffix", text) !== undefined) return "suffix";
  if ((take(body, "best_of", count) ?? 1) > 1) return "best_of";
  return echoes && take(body, "logprobs", count) !== undefined ? "echo" : undefined;
}

function decodeSampling(body: JsonObject): Sampling {
  const logprobs = take(body, "logprobs", count);
  const { stop } = body;
  const sequences = stop === undefined || stop === null ? undefined : [stop].flat();
  return defined({
    maxTokens: take(body, "max_tokens", count),
    temperature: take(body, "temperature", amount),
    topP: take(body, "top_p", amount),
    n: take(body, "n", count),
    frequencyPenalty: take(body, "frequency_penalty", amount),
    presencePenalty: take(body, "presence_penalty", amount),
    stop: sequences?.map((sequence, index) => as(sequence, text, `stop[${index}]`)),
    seed: take(body, "seed", count),
    logitBias: take(body, "logit_bias", amounts),
    logprobs: logprobs === undefined ? undefined : true,
    topLogprobs: logprobs,
  });
}
