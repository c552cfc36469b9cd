import { defineOperationDialect, noUsage } from "@sluice/core";
import type { ChatRequest, Part, TokenCountRequest, TokenCountResult, Warning } from "@sluice/core";
import { decodeError } from "../openai-chat/errors.ts";

/**
 * A count that needs nobody: by the bytes of the text, for channels whose vendor counts nothing. It is marked as an
 * estimate wherever it is told.
 */
export const estimatedTokens = defineOperationDialect({
  id: "estimated-tokens",
  operation: "token-count",
  upstream: {
    answer,
    // Nothing is sent, so what follows is never asked for.
    route: () => ({ method: "POST", path: "/" }),
    passHeaders: [],
    patchRequest: () => ({ set: {}, remove: [], warnings: [] }),
    encodeRequest: () => ({ body: null, warnings: [] }),
    decodeResult: (_body, { request }) => answer(request),
    decodeError,
  },
});

/** English needs about four bytes a token, other languages fewer characters of more bytes each. */
const bytesPerToken = 4;
/** Roles and separators that every message costs. */
const tokensPerMessage = 4;

const encoder = new TextEncoder();

function answer({ chat }: TokenCountRequest): TokenCountResult {
  const warnings: Warning[] = [];
  const texts = [...textsOf(chat, warnings), ...(chat.tools ?? []).map((tool) => JSON.stringify(tool))];
  const bytes = texts.reduce((sum, text) => sum + encoder.encode(text).length, 0);
  return {
    model: null,
    inputTokens: Math.ceil(bytes / bytesPerToken) + tokensPerMessage * chat.messages.length,
    estimated: true,
    usage: noUsage,
    warnings,
  };
}

function textsOf({ messages }: ChatRequest, warnings: Warning[]): string[] {
  return messages.flatMap(({ parts }) => parts.flatMap((part) => textOf(part, warnings)));
}

function textOf(part: Part, warnings: Warning[]): string[] {
  if (part.type === "text" || part.type === "refusal" || part.type === "reasoning") return [part.text];
  if (part.type === "tool-call") return [part.name, part.arguments];
  if (part.type === "tool-result") return part.content.flatMap((inner) => textOf(inner, warnings));
  if (part.type === "provider") return [JSON.stringify(part.item)];
  const message =
    "Only the vendor knows how many tokens a picture, a sound or a file has; they are not in the estimate.";
  warnings.push({ code: "uncounted_media", message });
  return [];
}
