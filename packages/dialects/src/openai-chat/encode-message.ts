import { errors } from "@sluice/core";
import type {
  JsonObject,
  MediaSource,
  Message,
  Part,
  Quirks,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
  UpstreamTarget,
  Warning,
  WithRest,
} from "@sluice/core";
import { toDataUrl } from "../media.ts";
import { encodeImage } from "./answer.ts";
import { encodeCache } from "./cache-marks.ts";
import { encodeDetails } from "./reasoning.ts";

export interface MessageContext {
  target: UpstreamTarget;
  warn: (warning: Warning) => void;
  /** The tool's name as this dialect takes it. */
  wireName: (name: string) => string;
  /** How the vendor takes marks of its prompt cache; undefined where it takes none. */
  cacheMarks: Quirks["cacheMarks"];
  /** Whether the client speaks this dialect: then what only it knows is sent on. */
  own: boolean;
}

function own({ rest }: WithRest, context: MessageContext): JsonObject {
  return context.own && rest ? rest : {};
}

/** The history in this dialect. Throws `SLUICE_REQUEST_UNSUPPORTED` for media that it has no place for. */
export function encodeMessages(messages: readonly Message[], context: MessageContext): JsonObject[] {
  const lastUser = messages.findLastIndex((message) => message.role === "user");
  const encoded: JsonObject[] = [];
  let media: JsonObject[] = [];
  for (const [index, message] of messages.entries()) {
    if (message.role !== "tool" && media.length > 0) {
      encoded.push({ role: "user", content: media });
      media = [];
    }
    if (message.role === "tool") {
      for (const part of message.parts) {
        if (part.type !== "tool-result") continue;
        encoded.push(encodeResult(part, context));
        media.push(...resultMedia(part, context));
      }
    } else if (message.role === "assistant") {
      encoded.push(encodeAssistant(message, index > lastUser, context));
    } else {
      const role = message.role === "system" ? (context.target.quirks.developerRole ?? "system") : message.role;
      encoded.push({
        role,
        content: encodeContent(message.parts, context),
        ...nameOf(message),
        ...own(message, context),
      });
    }
  }
  if (media.length > 0) encoded.push({ role: "user", content: media });
  return encoded;
}

function nameOf(message: Message): { name?: string } {
  return message.name === undefined ? {} : { name: message.name };
}

/** A lone text is a string, because some vendors take nothing else. */
function encodeContent(parts: readonly Part[], context: MessageContext): string | JsonObject[] {
  const [first] = parts;
  if (parts.length === 0) return "";
  if (parts.length === 1 && first?.type === "text" && !(first.cache && context.cacheMarks) && !first.rest) {
    cacheMember(first.cache, context);
    return first.text;
  }
  return parts.flatMap((part) => encodePart(part, context));
}

function encodePart(part: Part, context: MessageContext): JsonObject[] {
  switch (part.type) {
    case "text":
      return [{ type: "text", text: part.text, ...cacheMember(part.cache, context), ...own(part, context) }];
    case "image": {
      const url = urlOf(part.source, context);
      const detail = part.detail === undefined ? {} : { detail: part.detail };
      return [
        {
          type: "image_url",
          image_url: { url, ...detail },
          ...cacheMember(part.cache, context),
          ...own(part, context),
        },
      ];
    }
    case "audio":
      return [{ type: "input_audio", input_audio: encodeAudioInput(part.source, context), ...own(part, context) }];
    case "file":
      return [
        {
          ...encodeFile(part.source, part.filename, context),
          ...cacheMember(part.cache, context),
          ...own(part, context),
        },
      ];
    case "provider":
      if (part.format === "openai-chat") return [part.item];
      break;
    case "refusal":
    case "reasoning":
    case "tool-call":
    case "tool-result":
      break;
  }
  context.warn(droppedPart(part.type));
  return [];
}

function droppedPart(type: string): Warning {
  const field = "messages";
  return { code: "dropped_part", message: `A part of type ${type} has no place in this dialect here.`, field };
}

export function cacheMember(
  mark: TextPart["cache"],
  { cacheMarks, warn }: Pick<MessageContext, "cacheMarks" | "warn">,
): JsonObject {
  if (!mark) return {};
  if (cacheMarks) return encodeCache(mark, cacheMarks);
  warn(droppedMark);
  return {};
}

const droppedMark: Warning = {
  code: "dropped_parameter",
  message: "The vendor takes no marks of its prompt cache.",
  field: "cache_control",
};

function unsupported(context: MessageContext, hint: string): Error {
  return errors.REQUEST_UNSUPPORTED("messages", context.target.model, hint);
}

function urlOf(source: MediaSource, context: MessageContext): string {
  if (source.kind === "url") return source.url;
  if (source.kind === "data") return toDataUrl(source);
  throw unsupported(context, "Send the image itself, or its URL: an uploaded file is known to its own vendor only.");
}

const audioFormats: ReadonlyMap<string, string> = new Map([
  ["audio/wav", "wav"],
  ["audio/x-wav", "wav"],
  ["audio/wave", "wav"],
  ["audio/mpeg", "mp3"],
  ["audio/mp3", "mp3"],
]);

function encodeAudioInput(source: MediaSource, context: MessageContext): JsonObject {
  const format =
    source.kind === "data" ? (audioFormats.get(source.mediaType) ?? source.mediaType.split("/")[1]) : undefined;
  if (source.kind === "data" && format) return { data: source.data, format };
  throw unsupported(context, "Send the audio itself, as WAV or MP3.");
}

function encodeFile(source: MediaSource, filename: string | undefined, context: MessageContext): JsonObject {
  const named = filename === undefined ? {} : { filename };
  if (source.kind === "file") return { type: "file", file: { file_id: source.id, ...named } };
  if (source.kind === "url") throw unsupported(context, "Send the file itself: this target takes no file URL.");
  const text = source.mediaType.startsWith("text/") ? textOf(source.data) : null;
  if (text !== null) return { type: "text", text: filename === undefined ? text : `${filename}:\n${text}` };
  return { type: "file", file: { file_data: toDataUrl(source), filename: filename ?? "file" } };
}

/** A text document is text: every vendor of this dialect can read it so. */
function textOf(data: string): string | null {
  try {
    const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function encodeResult(part: ToolResultPart, context: MessageContext): JsonObject {
  const texts = part.content.filter((item) => item.type === "text");
  if (part.isError) {
    const message = "This dialect cannot mark a tool result as an error; its text was sent.";
    context.warn({ code: "dropped_parameter", message, field: "is_error" });
  }
  const [only] = texts;
  const content = texts.length <= 1 ? (only?.text ?? "") : texts.map(({ text }) => ({ type: "text", text }));
  return { role: "tool", tool_call_id: part.callId, content };
}

/** Results take text only here, so media follow in the user's name once all results of the round are told. */
function resultMedia(part: ToolResultPart, context: MessageContext): JsonObject[] {
  return part.content.filter((item) => item.type !== "text").flatMap((item) => encodePart(item, context));
}

function encodeAssistant(message: Message, current: boolean, context: MessageContext): JsonObject {
  const calls = message.parts.filter((part) => part.type === "tool-call");
  const content = assistantContent(message, context);
  const refusal = message.parts.flatMap((part) => (part.type === "refusal" ? [part.text] : [])).join("");
  const audio = message.parts.find((part) => part.type === "audio" && part.source.kind === "file");
  return {
    role: "assistant",
    content: content === "" && (calls.length > 0 || refusal !== "") ? null : content,
    ...(refusal === "" ? {} : { refusal }),
    ...nameOf(message),
    ...(audio?.type === "audio" && audio.source.kind === "file" ? { audio: { id: audio.source.id } } : {}),
    ...reasoningMembers(message.parts, current, context),
    ...pictures(message.parts, context),
    ...(calls.length === 0 ? {} : { tool_calls: calls.map((call) => encodeCall(call, context)) }),
    ...own(message, context),
  };
}

function assistantContent(message: Message, context: MessageContext): string | JsonObject[] {
  const texts: TextPart[] = [];
  for (const part of message.parts) {
    if (part.type === "text") texts.push(part);
    else if (hasNoPlace(part, context)) context.warn(droppedPart(part.type));
  }
  const marked = texts.some((part) => part.cache);
  return marked && context.cacheMarks ? encodeContent(texts, context) : texts.map((part) => part.text).join("");
}

/** Pictures that the model made; vendors that make some take them back where they put them. */
function pictures(parts: readonly Part[], context: MessageContext): JsonObject {
  const images = context.own ? parts.filter((part) => part.type === "image") : [];
  return images.length === 0 ? {} : { images: images.map((image, index) => encodeImage(image.source, index)) };
}

function hasNoPlace(part: Part, context: MessageContext): boolean {
  if (part.type === "audio") return part.source.kind !== "file";
  return (part.type === "image" && !context.own) || part.type === "file" || part.type === "provider";
}

function encodeCall(call: ToolCallPart, context: MessageContext): JsonObject {
  const named = { name: context.wireName(call.name), arguments: call.arguments || "{}" };
  return { id: call.id, type: "function", function: named, ...callExtra(call, context) };
}

/** Google's own endpoint wants its signature back on the call; every other vendor never sees one. */
export function callExtra(call: ToolCallPart, context: MessageContext): JsonObject {
  if (!call.state) return {};
  if (call.state.domain === context.target.stateDomain) {
    return { extra_content: { google: { thought_signature: call.state.data } } };
  }
  context.warn(stateDropped);
  return {};
}

const stateDropped: Warning = {
  code: "state_dropped",
  message: "Thinking of another vendor was left out of the history: only that vendor can read it.",
  field: "messages",
};

/** Thinking of earlier turns, as far as the vendor wants it back. `current`: the turn is still calling tools. */
export function reasoningMembers(parts: readonly Part[], current: boolean, context: MessageContext): JsonObject {
  const { quirks, stateDomain } = context.target;
  const blocks = parts.filter((part) => part.type === "reasoning");
  const own = blocks.filter((block) => block.state === undefined || block.state.domain === stateDomain);
  if (own.length < blocks.length) context.warn(stateDropped);

  const echo = quirks.reasoningEcho ?? "never";
  if (echo === "never" || (echo === "turn" && !current)) return {};
  const text = own.map((block) => block.text).join("");
  const field = quirks.reasoningField ?? "reasoning_content";
  if (text === "" && own.length === 0) return echo === "always" ? { [field]: "" } : {};
  return { [field]: text, ...stateMembers(own, stateDomain) };
}

function stateMembers(blocks: readonly ReasoningPart[], domain: string): JsonObject {
  return blocks.some((block) => block.state) ? { reasoning_details: encodeDetails(blocks, domain) } : {};
}
