import { arrayOf, errors, isObject, stringOf } from "@sluice/core";
import type { Json, JsonObject, MediaSource, Message, Part, ReasoningPart, ToolResultPart } from "@sluice/core";
import { dataSource } from "../media.ts";
import { cacheOf } from "./cache-marks.ts";
import { restOf } from "../rest.ts";
import { madeCallId } from "./call-ids.ts";
import { list, need, object, oneOf, take, text } from "../fields.ts";
import {
  clientDomain,
  decodeCallBlocks,
  decodeCallState,
  decodeDetails,
  decodeThinkingBlocks,
  sameState,
} from "./reasoning.ts";

const speaker = oneOf(["system", "developer", "user", "assistant", "tool", "function"]);

/** Reads the history, one message for one message. Throws `SLUICE_REQUEST_INVALID` naming the field. */
export function decodeMessages(messages: readonly Json[]): Message[] {
  const called: CalledFunctions = new Map();
  return messages.map((value, index) => decodeMessage(value, index, called));
}

/** The id of the latest call of each legacy function: its result names the function alone. */
type CalledFunctions = Map<string, string>;

/** Reads one message. Bare state belongs to `domain`. */
export function decodeMessage(
  value: Json,
  index: number,
  called: CalledFunctions,
  domain: string = clientDomain,
): Message {
  const at = `messages[${index}]`;
  if (!isObject(value)) throw errors.REQUEST_INVALID(at, "must be an object");
  const role = need(value, "role", speaker, `${at}.`);
  const name = role === "function" ? undefined : take(value, "name", text, `${at}.`);
  const named = { ...(name === undefined ? {} : { name }), ...restOf(value, messageFields) };
  switch (role) {
    case "system":
    case "developer":
      return { role: "system", parts: decodeContent(value, at), ...named };
    case "user":
      return { role, parts: decodeContent(value, at), ...named };
    case "assistant":
      return { role, parts: assistantParts(value, index, domain, called), ...named };
    case "tool":
      return { role, parts: [toolResult(value, need(value, "tool_call_id", text, `${at}.`), at)], ...named };
    case "function": {
      const answered = need(value, "name", text, `${at}.`);
      const id = called.get(answered);
      if (id === undefined) throw errors.REQUEST_INVALID(`${at}.name`, `answers "${answered}", which was never called`);
      return { role: "tool", parts: [{ ...toolResult(value, id, at), name: answered }] };
    }
  }
}

function decodeContent(message: JsonObject, at: string): Part[] {
  const content = message.content;
  if (content === undefined || content === null || content === "") return [];
  if (typeof content === "string") return [{ type: "text", text: content }];
  if (!Array.isArray(content)) {
    throw errors.REQUEST_INVALID(`${at}.content`, "must be a string or an array of parts");
  }
  return content.flatMap((part, index) => decodePart(part, `${at}.content[${index}]`));
}

const marks = ["type", "cache_control", "prompt_cache_breakpoint"] as const;
const textFields: ReadonlySet<string> = new Set([...marks, "text"]);
const imageFields: ReadonlySet<string> = new Set([...marks, "image_url"]);
const audioFields: ReadonlySet<string> = new Set(["type", "input_audio"]);
const fileFields: ReadonlySet<string> = new Set([...marks, "file"]);

/** What answers have and clients hand back is no more than what is read of it. */
const messageFields: ReadonlySet<string> = new Set([
  "role",
  "content",
  "name",
  "refusal",
  "audio",
  "images",
  "annotations",
  "reasoning_content",
  "reasoning",
  "reasoning_details",
  "thinking_blocks",
  "provider_details",
  "tool_calls",
  "tool_call_id",
  "function_call",
  "cache_control",
]);

type PartReader = (part: JsonObject, at: string) => Part[];

const partReaders: Readonly<Record<string, PartReader>> = {
  text: (part, at) => [
    { type: "text", text: need(part, "text", text, at), ...cacheOf(part), ...restOf(part, textFields) },
  ],
  refusal: (part, at) => [{ type: "refusal", text: need(part, "refusal", text, at) }],
  image_url(part, at) {
    const image = typeof part.image_url === "string" ? { url: part.image_url } : need(part, "image_url", object, at);
    const detail = take(image, "detail", text, `${at}image_url.`);
    const source = sourceOf(need(image, "url", text, `${at}image_url.`), `${at}image_url.url`);
    return [
      {
        type: "image",
        source,
        ...(detail === undefined ? {} : { detail }),
        ...cacheOf(part),
        ...restOf(part, imageFields),
      },
    ];
  },
  input_audio(part, at) {
    const audio = need(part, "input_audio", object, at);
    const format = need(audio, "format", text, `${at}input_audio.`);
    const data = need(audio, "data", text, `${at}input_audio.`);
    return [
      {
        type: "audio",
        source: { kind: "data", mediaType: format === "mp3" ? "audio/mpeg" : `audio/${format}`, data },
        ...restOf(part, audioFields),
      },
    ];
  },
  file(part, at) {
    const file = need(part, "file", object, at);
    const filename = take(file, "filename", text, `${at}file.`);
    const named = filename === undefined ? {} : { filename };
    const id = take(file, "file_id", text, `${at}file.`);
    const more = { ...named, ...cacheOf(part), ...restOf(part, fileFields) };
    if (id !== undefined) return [{ type: "file", source: { kind: "file", id }, ...more }];
    const source = sourceOf(need(file, "file_data", text, `${at}file.`), `${at}file.file_data`);
    return [{ type: "file", source, ...more }];
  },
  // Mistral's form of readable thinking.
  thinking(part) {
    const inner = typeof part.thinking === "string" ? part.thinking : textOf(part.thinking);
    return [{ type: "reasoning", text: inner }];
  },
};

function decodePart(part: Json, at: string): Part[] {
  if (!isObject(part)) throw errors.REQUEST_INVALID(at, "must be an object");
  const type = need(part, "type", text, `${at}.`);
  return Object.hasOwn(partReaders, type)
    ? (partReaders[type] as PartReader)(part, `${at}.`)
    : [{ type: "provider", format: "openai-chat", item: part }];
}

function textOf(parts: Json | undefined): string {
  return arrayOf(parts)
    .map((part) => (isObject(part) ? (stringOf(part.text) ?? "") : ""))
    .join("");
}

function sourceOf(url: string, at: string): MediaSource {
  if (url.slice(0, 5).toLowerCase() !== "data:") return { kind: "url", url };
  const broken = () => errors.REQUEST_INVALID(at, "is no readable data URL");
  const source = dataSource(url, broken);
  if (source === null) throw broken();
  return source;
}

function assistantParts(message: JsonObject, index: number, domain: string, called: CalledFunctions): Part[] {
  const at = `messages[${index}]`;
  const parts = decodeContent(message, at);
  const refusal = take(message, "refusal", text, `${at}.`);
  if (refusal) parts.push({ type: "refusal", text: refusal });
  const audio = take(message, "audio", object, `${at}.`);
  if (audio) parts.push({ type: "audio", source: { kind: "file", id: need(audio, "id", text, `${at}.audio.`) } });
  // Pictures of earlier answers, so that they can be spoken of.
  for (const [position, image] of arrayOf(message.images).entries()) {
    if (isObject(image)) parts.push(...decodePart({ ...image, type: "image_url" }, `${at}.images[${position}]`));
  }
  for (const detail of arrayOf(message.provider_details)) {
    if (isObject(detail) && typeof detail.format === "string" && isObject(detail.data)) {
      parts.push({ type: "provider", format: detail.format, item: detail.data });
    }
  }
  const calls = callParts(message, index, called);
  return [...leadingReasoning(message, calls, domain), ...parts, ...calls];
}

function callParts(message: JsonObject, index: number, called: CalledFunctions): Part[] {
  const at = `messages[${index}]`;
  const calls = (take(message, "tool_calls", list, `${at}.`) ?? []).flatMap((call, position) =>
    decodeCall(call, `${at}.tool_calls[${position}]`),
  );
  const legacy = take(message, "function_call", object, `${at}.`);
  if (!legacy) return calls;
  const name = need(legacy, "name", text, `${at}.function_call.`);
  const argumentText = take(legacy, "arguments", text, `${at}.function_call.`) ?? "";
  const id = madeCallId("function", index);
  called.set(name, id);
  return [...calls, { type: "tool-call", id, name, arguments: argumentText || "{}" }];
}

function decodeCall(call: Json, at: string): Part[] {
  if (!isObject(call)) throw errors.REQUEST_INVALID(at, "must be an object");
  const id = need(call, "id", text, `${at}.`);
  if (call.type === "custom") {
    const custom = need(call, "custom", object, `${at}.`);
    const input = need(custom, "input", text, `${at}.custom.`);
    const name = need(custom, "name", text, `${at}.custom.`);
    return [{ type: "tool-call", id, name, arguments: JSON.stringify({ input }) }];
  }
  const called = need(call, "function", object, `${at}.`);
  const name = need(called, "name", text, `${at}.function.`);
  const given = take(called, "arguments", text, `${at}.function.`) ?? "";
  const state = decodeCallState(call.extra_content);
  return [
    ...decodeCallBlocks(call.extra_content),
    { type: "tool-call", id, name, arguments: given.trim() === "" ? "{}" : given, ...(state ? { state } : {}) },
  ];
}

/** Blocks that a call carries stand before that call already; what is left leads the message. */
function leadingReasoning(message: JsonObject, calls: readonly Part[], domain: string): ReasoningPart[] {
  const carried = calls.filter((part) => part.type === "reasoning");
  const plain = stringOf(message.reasoning_content) ?? stringOf(message.reasoning) ?? "";
  let blocks = completed(decodeDetails(message.reasoning_details, domain), plain);
  if (blocks.length === 0) blocks = decodeThinkingBlocks(message.thinking_blocks);
  if (blocks.length > 0) return blocks.filter((block) => !carried.some((other) => sameState(block, other)));
  return carried.length > 0 || plain === "" ? [] : [{ type: "reasoning", text: plain }];
}

/** Some clients keep of streamed details the last piece alone; the plain text beside it may be whole. */
function completed(blocks: ReasoningPart[], plain: string): ReasoningPart[] {
  const [only] = blocks;
  const isPiece = only !== undefined && blocks.length === 1 && plain.endsWith(only.text);
  if (!isPiece || (only.state && only.state.kind !== "signature")) return blocks;
  return [{ ...only, text: plain }];
}

function toolResult(message: JsonObject, callId: string, at: string): ToolResultPart {
  const content = decodeContent(message, at).filter(
    (part) => part.type === "text" || part.type === "image" || part.type === "file" || part.type === "audio",
  );
  return { type: "tool-result", callId, content, ...cacheOf(message) };
}
