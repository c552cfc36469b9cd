import type { Usage } from "./event.ts";
import type { ChatRequest, Message, Part } from "./request.ts";

/** Text was seen to need 2.5 to 4.8 bytes a token: so many characters for one errs low. */
const charactersPerToken = 8;

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
  };
}

function sizeOf({ messages, tools }: ChatRequest): number {
  const asked = messages.flatMap(({ parts }: Message) => parts).reduce((sum, part) => sum + charactersOf(part), 0);
  return asked + (tools ? JSON.stringify(tools).length : 0);
}

/** Characters of a part. Media have tokens that only their vendor can count, and none here. */
export function charactersOf(part: Part): number {
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
