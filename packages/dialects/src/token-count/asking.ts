import { AttemptError, isObject, noUsage, numberOf } from "@sluice/core";
import type { ChatRequest, JsonObject, ResultBody, TokenCountRequest, TokenCountResult } from "@sluice/core";

/** A count of what a chat request would have as its input. What the chat alone understands travels inside it. */
export function countOf(dialect: string, chat: ChatRequest, prefers: Record<string, unknown> = {}): TokenCountRequest {
  return {
    operation: "token-count",
    model: chat.model,
    stream: false,
    chat: { ...chat, stream: false },
    origin: { dialect, rest: {}, prefers },
  };
}

/** Those members of a chat's body that a count takes too: the others limit or shape an answer that is not made. */
export function only(body: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([name]) => names.includes(name)));
}

/** The count in an answer. Throws `AttemptError`: a missing number is not 0. */
export function readCount({ json }: ResultBody, name: string, cached?: string): TokenCountResult {
  const inputTokens = isObject(json) ? numberOf(json[name]) : undefined;
  if (!isObject(json) || inputTokens === undefined || inputTokens < 0) {
    throw new AttemptError({ class: "protocol", message: `the answer has no ${name}` });
  }
  const cachedTokens = cached === undefined ? undefined : numberOf(json[cached]);
  return {
    model: null,
    inputTokens,
    ...(cachedTokens === undefined ? {} : { cachedTokens }),
    // Counting is free of charge everywhere: nothing was used.
    usage: noUsage,
    warnings: [],
  };
}
