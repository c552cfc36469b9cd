import { errors, isObject, parseJson } from "@sluice/core";
import type {
  ChatRequest,
  Json,
  JsonObject,
  MediaSource,
  Message,
  Part,
  ProviderPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
  UpstreamTarget,
} from "@sluice/core";
import type { NameMap } from "@sluice/dialects";
import { cacheOptions } from "./encode-tools.ts";
import { present } from "./present.ts";
import { inPlace, providerFormat, toPromptPart } from "./provider-parts.ts";
import { namedParts, optionsOf, ownerOf, type Warn } from "./state.ts";

export interface PromptContext {
  names: NameMap;
  /** Call ids as vendors take them. */
  ids: NameMap;
  /** Call id → tool. */
  calls: ReadonlyMap<string, string>;
  warn: Warn;
}

interface Writing extends PromptContext {
  target: UpstreamTarget;
}

/** The conversation as `LanguageModelV4Prompt`. */
export function encodePrompt({ messages }: ChatRequest, target: UpstreamTarget, context: PromptContext): Json[] {
  const writing: Writing = { ...context, target };
  const start = messages.findIndex((message) => message.role !== "system");
  const system = start === -1 ? messages : messages.slice(0, start);
  const spoken = start === -1 ? [] : messages.slice(start);
  const prompt = [...system.flatMap(encodeSystem), ...spoken.flatMap((message) => encodeMessage(message, writing))];
  return start === -1 ? asQuestion(prompt, context.warn) : prompt;
}

/** One message for each text, because a mark for the prompt cache stands on a whole message here. */
function encodeSystem({ parts }: Message): JsonObject[] {
  return parts
    .filter((part) => part.type === "text")
    .map((part) => present({ role: "system", content: part.text, providerOptions: cacheOptions(part.cache) }));
}

/** Instructions alone are no conversation: no vendor answers them. */
function asQuestion(system: JsonObject[], warn: Warn): JsonObject[] {
  const message = "There was only system text; it was sent as the user's.";
  warn({ code: "system_as_user", message, field: "messages" });
  return system.map(({ content, ...rest }) => ({ ...rest, role: "user", content: [{ type: "text", text: content }] }));
}

function encodeMessage(message: Message, writing: Writing): JsonObject[] {
  switch (message.role) {
    case "system":
      return inUserWords(message);
    case "user":
      return nonEmpty(
        "user",
        message.parts.flatMap((part) => encodeUserPart(part, writing)),
      );
    case "assistant":
      return nonEmpty("assistant", encodeAssistant(message.parts, writing));
    case "tool":
      return nonEmpty(
        "tool",
        message.parts.flatMap((part) => encodeResultPart(part, writing)),
      );
  }
}

function nonEmpty(role: string, content: JsonObject[]): JsonObject[] {
  return content.length === 0 ? [] : [{ role, content }];
}

/** Most vendors take instructions only at the start, and their packages throw on later ones. */
function inUserWords(message: Message): JsonObject[] {
  const texts = message.parts.filter((part) => part.type === "text");
  return nonEmpty(
    "user",
    texts.map((part) => encodeText({ ...part, text: `<system>${part.text}</system>` })),
  );
}

function encodeUserPart(part: Part, writing: Writing): JsonObject[] {
  switch (part.type) {
    case "text":
      return part.text === "" ? [] : [encodeText(part)];
    case "image":
    case "audio":
    case "file":
      return [encodeMedia(part, writing)];
    case "provider":
      return leaveOut(part, writing);
    case "refusal":
    case "reasoning":
    case "tool-call":
    case "tool-result":
      // No decoder puts these into the words of a user.
      return [];
  }
}

function encodeText(part: TextPart): JsonObject {
  return present({ type: "text", text: part.text, providerOptions: cacheOptions(part.cache) });
}

type MediaPart = Extract<Part, { type: "image" | "audio" | "file" }>;

function encodeMedia(part: MediaPart, { target }: Writing): JsonObject {
  return present({
    type: "file",
    filename: part.type === "file" ? part.filename : undefined,
    data: encodeSource(part.source, target),
    mediaType: mediaTypeOf(part),
    providerOptions: cacheOptions("cache" in part ? part.cache : undefined),
  });
}

function encodeSource(source: MediaSource, target: UpstreamTarget): JsonObject {
  if (source.kind === "data") return { type: "data", data: source.data };
  if (source.kind === "url") return { type: "url", url: source.url };
  const hint = "A file id is known to one vendor; send the file itself.";
  throw errors.REQUEST_UNSUPPORTED("messages", target.model, hint);
}

const wholeTypes = { image: "image/*", audio: "audio/*", file: "application/octet-stream" } as const;
const byEnding: Readonly<Record<string, string>> = { pdf: "application/pdf", txt: "text/plain", md: "text/markdown" };

function mediaTypeOf(part: MediaPart): string {
  if (part.source.kind !== "file" && part.source.mediaType) return part.source.mediaType;
  const name = part.type === "file" ? (part.filename ?? (part.source.kind === "url" ? part.source.url : "")) : "";
  return byEnding[/\.(\w+)(?:[?#].*)?$/.exec(name)?.[1]?.toLowerCase() ?? ""] ?? wholeTypes[part.type];
}

/** Parts in order, each with the metadata that the package gave for it; late metadata goes to the part that it names. */
function encodeAssistant(parts: readonly Part[], writing: Writing): JsonObject[] {
  const options = optionsOf(parts, writing.target, writing.warn);
  const used = new Set<string>();
  const content = [...namedParts(inPlace(parts))].flatMap(([name, part]) => {
    if (ownerOf(part) !== null) return [];
    used.add(name);
    return encodeAssistantPart(part, options.get(name), writing);
  });
  for (const [name, providerOptions] of options) {
    // A signature of text that was empty: vendors want it back all the same.
    if (!used.has(name) && name.startsWith("text:")) content.push({ type: "text", text: "", providerOptions });
    else if (!used.has(name)) {
      const message = `The part "${name}" did not come back with its state.`;
      writing.warn({ code: "signature_lost", message, field: "messages" });
    }
  }
  return content;
}

function encodeAssistantPart(part: Part, options: JsonObject | undefined, writing: Writing): JsonObject[] {
  switch (part.type) {
    case "text": {
      const providerOptions = merged(cacheOptions(part.cache), options);
      if (part.text === "" && options === undefined) return [];
      return [present({ type: "text", text: part.text, providerOptions })];
    }
    case "refusal":
      return [{ type: "text", text: part.text }];
    case "image":
    case "audio":
    case "file":
      return [encodeMedia(part, writing)];
    case "reasoning":
      // Thinking that another vendor has signed is of no use here, and is never shown as text.
      if (part.state !== undefined && options === undefined) return [];
      return [present({ type: "reasoning", text: part.text, providerOptions: options })];
    case "tool-call":
      return [encodeCall(part, options, writing)];
    case "tool-result":
      return encodeResultPart(part, writing);
    case "provider":
      return isOwn(part, writing.target) ? ownPart(part) : leaveOut(part, writing);
  }
}

function merged(one: JsonObject | undefined, other: JsonObject | undefined): JsonObject | undefined {
  return one === undefined || other === undefined ? (one ?? other) : { ...one, ...other };
}

function encodeCall(part: ToolCallPart, options: JsonObject | undefined, { names, ids, warn }: Writing): JsonObject {
  return present({
    type: "tool-call",
    toolCallId: ids.toWire(part.id),
    toolName: names.toWire(part.name),
    input: inputOf(part, warn),
    providerOptions: options,
  });
}

function inputOf(part: ToolCallPart, warn: Warn): JsonObject {
  if (part.arguments.trim() === "") return {};
  try {
    const input = parseJson(part.arguments) as Json;
    if (isObject(input)) return input;
  } catch {
    // Not JSON: carried as text below.
  }
  warn({ code: "raw_arguments", message: `The arguments of ${part.name} are no JSON object.`, field: "messages" });
  return { raw_arguments: part.arguments };
}

function encodeResultPart(part: Part, writing: Writing): JsonObject[] {
  if (part.type !== "tool-result") return [];
  const name = writing.calls.get(part.callId) ?? part.name;
  if (name === undefined) throw errors.REQUEST_INVALID("messages", `answers the unknown call "${part.callId}"`);
  return [
    present({
      type: "tool-result",
      toolCallId: writing.ids.toWire(part.callId),
      toolName: writing.names.toWire(name),
      output: encodeOutput(part, writing),
      providerOptions: cacheOptions(part.cache),
    }),
  ];
}

function encodeOutput({ content, isError }: ToolResultPart, writing: Writing): JsonObject {
  const texts = content.filter((part) => part.type === "text");
  if (texts.length === content.length) {
    return { type: isError ? "error-text" : "text", value: texts.map((part) => part.text).join("\n") };
  }
  if (isError) {
    const message = "A result with media cannot be marked as an error in the AI SDK's contract.";
    writing.warn({ code: "dropped_parameter", message, field: "messages[].is_error" });
  }
  const value = content.map((part) => (part.type === "text" ? encodeText(part) : encodeMedia(part, writing)));
  return { type: "content", value };
}

function isOwn({ format, item }: ProviderPart, target: UpstreamTarget): boolean {
  return format === providerFormat && item["domain"] === target.stateDomain;
}

/** What a vendor's own tool did goes back as a part of the turn; what told about the answer as a whole does not. */
function ownPart({ item }: ProviderPart): JsonObject[] {
  const part = toPromptPart(item);
  return part === null ? [] : [part];
}

function leaveOut({ format }: ProviderPart, { warn }: Writing): [] {
  const message = `A part of the dialect ${format} was left out.`;
  warn({ code: "dropped_part", message, field: "messages" });
  return [];
}
