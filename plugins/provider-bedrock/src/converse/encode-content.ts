import { errors, isObject, parseJson } from "@sluice/core";
import type {
  CacheMark,
  Json,
  JsonObject,
  Part,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
  UpstreamTarget,
  Warning,
} from "@sluice/core";
import type { NameMap, Turn } from "@sluice/dialects";
import { redactedDomain } from "./memo.ts";
import { encodeAudio, encodeFile, encodeImage } from "./media.ts";

/** What the blocks of one request share. */
export interface ContentContext {
  target: UpstreamTarget;
  names: NameMap;
  ids: NameMap;
  warn: (warning: Warning) => void;
}

/** The turns of a conversation. One that has nothing for this upstream is left out. */
export function encodeTurns(turns: readonly Turn[], context: ContentContext): JsonObject[] {
  return turns
    .map(({ role, parts }) => ({ role, content: parts.flatMap((part) => encodePart(part, context)) }))
    .filter(({ content }) => content.length > 0);
}

export function encodeSystem(parts: readonly TextPart[]): JsonObject[] {
  return parts.flatMap(({ text, cache }) => [{ text }, ...cachePoint(cache)]);
}

/** A mark stands behind what it marks. */
export function cachePoint(cache: CacheMark | undefined): JsonObject[] {
  if (cache === undefined) return [];
  return [{ cachePoint: { type: "default", ...(cache.ttl === undefined ? {} : { ttl: cache.ttl }) } }];
}

function encodePart(part: Part, context: ContentContext): JsonObject[] {
  const { model } = context.target;
  switch (part.type) {
    case "text":
      return part.text.trim() === "" ? [] : [{ text: part.text }, ...cachePoint(part.cache)];
    case "refusal":
      return [{ text: part.text }];
    case "image":
      return [encodeImage(part, model), ...cachePoint(part.cache)];
    case "file":
      return [encodeFile(part, model), ...cachePoint(part.cache)];
    case "audio":
      return [encodeAudio(part, model)];
    case "reasoning":
      return encodeReasoning(part, context);
    case "tool-call":
      return [encodeCall(part, context)];
    case "tool-result":
      return [encodeResult(part, context), ...cachePoint(part.cache)];
    case "provider":
      if (part.format === "bedrock-converse") return [part.item];
      context.warn({
        code: "dropped_part",
        message: `A part of the dialect ${part.format} was left out.`,
        field: "messages",
      });
      return [];
  }
}

/** Thinking goes back only with the state that proves it, to whoever can open that. */
function encodeReasoning({ text, state }: ReasoningPart, { target, warn }: ContentContext): JsonObject[] {
  if (state?.kind === "signature" && state.domain === target.stateDomain) {
    return [{ reasoningContent: { reasoningText: { text, signature: state.data } } }];
  }
  if (state?.domain === redactedDomain) return [{ reasoningContent: { redactedContent: state.data } }];
  const message = state ? `Reasoning of ${state.domain} stays there.` : "Reasoning without a signature was left out.";
  warn({ code: "state_dropped", message, field: "messages" });
  return [];
}

function encodeCall(part: ToolCallPart, { names, ids, warn }: ContentContext): JsonObject {
  const input = objectOf(part.arguments);
  if (input === null) {
    const message = `The arguments of "${part.name}" are no JSON object; they were told as raw_arguments.`;
    warn({ code: "raw_arguments", message, field: part.name });
  }
  return {
    toolUse: {
      toolUseId: ids.toWire(part.id),
      name: names.toWire(part.name),
      input: input ?? { raw_arguments: part.arguments },
    },
  };
}

function objectOf(json: string): JsonObject | null {
  if (json.trim() === "") return {};
  try {
    const value = parseJson(json) as Json;
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function encodeResult(part: ToolResultPart, { target, ids }: ContentContext): JsonObject {
  const content = part.content.flatMap((item): JsonObject[] => {
    if (item.type === "text") return item.text === "" ? [] : [{ text: item.text }];
    if (item.type === "image") return [encodeImage(item, target.model)];
    if (item.type === "file") return [encodeFile(item, target.model)];
    if (item.transcript !== undefined) return [{ text: item.transcript }];
    throw errors.REQUEST_UNSUPPORTED("messages", target.model, "Audio cannot be in a tool's result; send its text.");
  });
  return {
    toolResult: { toolUseId: ids.toWire(part.callId), content, ...(part.isError ? { status: "error" } : {}) },
  };
}
