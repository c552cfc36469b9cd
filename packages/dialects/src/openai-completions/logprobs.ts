import { arrayOf, isObject, numberOf, objectOf, stringOf } from "@sluice/core";
import type { Json, JsonObject } from "@sluice/core";

/** Probabilities of this dialect in the form of chat, which is the canonical one. */
export function toChatLogprobs(logprobs: Json | undefined): JsonObject | undefined {
  if (!isObject(logprobs)) return undefined;
  const chances = arrayOf(logprobs["token_logprobs"]);
  const others = arrayOf(logprobs["top_logprobs"]);
  const content = arrayOf(logprobs["tokens"]).map((token, index) => ({
    token: stringOf(token) ?? "",
    logprob: numberOf(chances[index]) ?? 0,
    bytes: null,
    top_logprobs: Object.entries(objectOf(others[index]) ?? {}).map(([other, chance]) => ({
      token: other,
      logprob: numberOf(chance) ?? 0,
      bytes: null,
    })),
  }));
  return { content };
}

/** Probabilities of chat in the form of this dialect; `offset` is where in the text the first token begins. */
export function fromChatLogprobs(logprobs: Json | undefined, offset = 0): JsonObject | null {
  const entries = arrayOf(objectOf(logprobs)?.["content"]).filter(isObject);
  if (entries.length === 0) return null;
  const tokens = entries.map((entry) => stringOf(entry["token"]) ?? "");
  let at = offset;
  return {
    tokens,
    token_logprobs: entries.map((entry) => numberOf(entry["logprob"]) ?? null),
    top_logprobs: entries.map((entry) => {
      const others = arrayOf(entry["top_logprobs"]).filter(isObject);
      return Object.fromEntries(
        others.map((other) => [stringOf(other["token"]) ?? "", numberOf(other["logprob"]) ?? null]),
      );
    }),
    text_offset: tokens.map((token) => (at += token.length) - token.length),
  };
}
