import { errors, isObject, parseJson, stringOf } from "@sluice/core";
import type {
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
import { droppedPart } from "../losses.ts";
import type { NameMap } from "../names.ts";
import type { Turn } from "../turns.ts";
import { cacheControl } from "./cache.ts";
import { nativeCitation } from "./citations.ts";
import { defined } from "../members.ts";
import { encodeFile, encodeImage } from "./sources.ts";
import { isRedacted } from "./thinking-blocks.ts";

/** What the blocks of one request share. */
export interface ContentContext {
  target: UpstreamTarget;
  /** Whether the caller speaks this dialect, so that its file ids are this vendor's. */
  native: boolean;
  names: NameMap;
  ids: NameMap;
  warn: (warning: Warning) => void;
}

/** The turns of a conversation for an upstream. */
export function encodeTurns(turns: readonly Turn[], context: ContentContext): JsonObject[] {
  const messages = turns.map((turn) => ({
    role: turn.role,
    content: encodeParts(turn.role === "assistant" ? withoutMedia(turn.parts, context) : turn.parts, context),
  }));
  trimPrefill(messages);
  return messages.filter((message) => message.content.length > 0);
}

/** The model makes no media here, so there is none in what it said. */
function withoutMedia(parts: readonly Part[], { warn }: ContentContext): readonly Part[] {
  const isMedia = ({ type }: Part) => type === "image" || type === "audio" || type === "file";
  const [media] = parts.filter(isMedia);
  if (media === undefined) return parts;
  warn({ ...droppedPart(media.type), field: "messages" });
  return parts.filter((part) => !isMedia(part));
}

/** System text: a string where no mark needs a block. */
export function encodeSystem(system: readonly TextPart[], instruction: string | undefined): Json | undefined {
  const parts: TextPart[] = [
    ...system,
    ...(instruction === undefined ? [] : [{ type: "text" as const, text: instruction }]),
  ];
  const [only] = parts;
  if (only === undefined) return undefined;
  if (parts.length === 1 && only.cache === undefined) return only.text;
  return parts.map((part) => defined({ type: "text", text: part.text, cache_control: cacheControl(part.cache) }));
}

function encodeParts(parts: readonly Part[], context: ContentContext): JsonObject[] {
  return parts.flatMap((part) => {
    const block = encodePart(part, context);
    if (block === null) return [];
    return context.native && "rest" in part && part.rest ? [{ ...block, ...part.rest }] : [block];
  });
}

const droppedDetail: Warning = {
  code: "dropped_parameter",
  message: "How closely a picture is looked at cannot be said here.",
  field: "detail",
};

function encodePart(part: Part, context: ContentContext): JsonObject | null {
  switch (part.type) {
    case "text":
      return encodeText(part);
    case "refusal":
      return { type: "text", text: part.text };
    case "image":
      refuseForeignFile(part.source.kind, context);
      if (part.detail !== undefined && part.detail !== "auto") context.warn(droppedDetail);
      return encodeImage(part);
    case "file":
      refuseForeignFile(part.source.kind, context);
      return encodeFile(part, context.target.model);
    case "audio":
      throw errors.REQUEST_UNSUPPORTED("messages", context.target.model, "Audio is not taken here; send its text.");
    case "reasoning":
      return encodeReasoning(part, context);
    case "tool-call":
      return encodeCall(part, context);
    case "tool-result":
      return encodeResult(part, context);
    case "provider":
      if (part.format === "anthropic") return part.item;
      context.warn({
        code: "dropped_part",
        message: `A part of the dialect ${part.format} was left out.`,
        field: "messages",
      });
      return null;
  }
}

function encodeText(part: TextPart): JsonObject | null {
  if (part.text.trim() === "") return null;
  const citations = (part.citations ?? []).map(nativeCitation).filter((citation) => citation !== null);
  return defined({
    type: "text",
    text: part.text,
    citations: citations.length > 0 ? citations : undefined,
    cache_control: cacheControl(part.cache),
  });
}

function refuseForeignFile(kind: string, context: ContentContext): void {
  if (kind !== "file" || context.native) return;
  throw errors.REQUEST_UNSUPPORTED(
    "messages",
    context.target.model,
    "A file id is known to one vendor; send the file itself.",
  );
}

/** Thinking goes back only with a signature that this upstream can check; it is never shown as text instead. */
function encodeReasoning({ text, state }: ReasoningPart, { target, warn }: ContentContext): JsonObject | null {
  if (state?.domain === target.stateDomain) {
    if (isRedacted(text, state)) return { type: "redacted_thinking", data: state.data };
    return { type: "thinking", thinking: text, signature: state.data };
  }
  const message = state ? `Reasoning of ${state.domain} stays there.` : "Reasoning without a signature was left out.";
  warn({ code: "state_dropped", message, field: "messages" });
  return null;
}

function encodeCall(part: ToolCallPart, { names, ids, warn, target }: ContentContext): JsonObject {
  if (part.state !== undefined && part.state.domain !== target.stateDomain) {
    warn({ code: "state_dropped", message: `A call's state of ${part.state.domain} stays there.`, field: "messages" });
  }
  return {
    type: "tool_use",
    id: ids.toWire(part.id),
    name: names.toWire(part.name),
    input: inputOf(part, warn),
  };
}

function inputOf(part: ToolCallPart, warn: (warning: Warning) => void): JsonObject {
  if (part.arguments.trim() === "") return {};
  try {
    const input = parseJson(part.arguments) as Json;
    if (isObject(input)) return input;
  } catch {
    // Not JSON: carried as text below.
  }
  warn({ code: "raw_arguments", message: `The arguments of ${part.name} are not a JSON object.`, field: "messages" });
  return { raw_arguments: part.arguments };
}

function encodeResult(part: ToolResultPart, context: ContentContext): JsonObject {
  return defined({
    type: "tool_result",
    tool_use_id: context.ids.toWire(part.callId),
    content: resultContent(encodeParts(part.content, context)),
    is_error: part.isError || undefined,
    cache_control: cacheControl(part.cache),
  });
}

function resultContent(blocks: JsonObject[]): Json | undefined {
  const [only] = blocks;
  if (only === undefined) return undefined;
  const isPlain = blocks.length === 1 && only["type"] === "text" && Object.keys(only).length === 2;
  return isPlain ? (only["text"] as string) : blocks;
}

/** A trailing assistant turn is a prefill, which must not end in white space. */
function trimPrefill(messages: { role: string; content: JsonObject[] }[]): void {
  const last = messages.at(-1);
  const block = last?.role === "assistant" ? last.content.at(-1) : undefined;
  const text = block?.["type"] === "text" ? stringOf(block["text"]) : undefined;
  if (last && text !== undefined) last.content.splice(-1, 1, { ...block, text: text.trimEnd() });
}
