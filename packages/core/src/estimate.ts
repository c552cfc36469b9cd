import { isGatewayError } from "./errors.ts";
import type { Usage } from "./event.ts";
import type { Reply } from "./reply.ts";
import type { ChatRequest, Part } from "./request.ts";

/** Text was seen to need 2.5 to 4.8 bytes a token: so many characters for one errs low. */
export const charactersPerToken = 8;

/**
 * Usage with its unknown token counts filled in by the size of what was sent and delivered, low rather than high.
 *
 * `delivered` are characters of content. The same object is returned where nothing is missing.
 */
export function estimateUsage(usage: Usage, request: ChatRequest, delivered: number): Usage {
  const output = Math.floor(delivered / charactersPerToken);
  const isInputKnown = usage.inputTokens !== null;
  if (isInputKnown && usage.outputTokens !== null && usage.outputTokens >= output) return usage;
  return {
    ...usage,
    inputTokens: isInputKnown ? usage.inputTokens : Math.floor(sizeOf(request) / charactersPerToken),
    outputTokens: Math.max(usage.outputTokens ?? 0, output),
    estimated: true,
  };
}

function sizeOf(request: ChatRequest): number {
  const { tools } = request;
  return historyOf(request).reduce((sum, message) => sum + lengthOf(message), tools ? JSON.stringify(tools).length : 0);
}

/** What passed to a vendor unread may be more than we can read. An answer to it is still one: nothing is known of its input. */
function historyOf(request: ChatRequest): ChatRequest["messages"] {
  try {
    return request.messages;
  } catch (thrown) {
    if (isGatewayError(thrown)) return [];
    throw thrown;
  }
}

/** Characters of a whole answer. */
export function sizeOfReply({ choices }: Reply): number {
  return choices.reduce((sum, choice) => sum + lengthOf(choice), 0);
}

function lengthOf({ parts }: { parts: readonly Part[] }): number {
  return parts.reduce((sum, part) => sum + charactersOf(part), 0);
}

/** Media have tokens that only their vendor can count, and none here. */
function charactersOf(part: Part): number {
  switch (part.type) {
    case "text":
    case "refusal":
    case "reasoning":
      return part.text.length;
    case "tool-call":
      return part.name.length + part.arguments.length;
    case "tool-result":
      return part.content.reduce((sum, inner) => sum + charactersOf(inner), 0);
    case "image":
    case "audio":
    case "file":
    case "provider":
      return 0;
  }
}
