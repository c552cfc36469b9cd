import { errors, isObject, parseJson } from "@sluice/core";
import type {
  Json,
  JsonObject,
  MediaSource,
  OpaqueState,
  Part,
  ProviderPart,
  ToolCallPart,
  ToolResultPart,
  Warning,
} from "@sluice/core";
import { droppedPart, rawArguments } from "../losses.ts";
import { partCarrier } from "../provider-carriers.ts";
import { parseDataUrl } from "../media.ts";
import { typeOfUrl } from "./media-parts.ts";

/** How parts are written: towards a vendor, or towards a client. */
export interface PartWriting {
  /** Opaque state as a `thoughtSignature`, or null where it may not go. */
  sign(state: OpaqueState): string | null;
  /** Thinking without a signature: shown to clients, of no use to vendors. */
  unsignedThoughts: boolean;
  toolName(name: string): string;
  /** The name of the tool that a result is of. */
  nameOfCall(result: ToolResultPart): string;
  warn(warning: Warning): void;
  /** Whether what only this dialect knows of a part is written. */
  own: boolean;
}

export function encodeParts(parts: readonly Part[], writing: PartWriting): JsonObject[] {
  const written: JsonObject[] = [];
  for (const part of parts) {
    const [first, ...others] = encodePart(part, writing, written);
    if (first !== undefined) written.push(withRest(first, part, writing), ...others);
  }
  return written;
}

function withRest(written: JsonObject, part: Part, { own }: PartWriting): JsonObject {
  if (!own || !("rest" in part) || part.rest === undefined) return written;
  if (part.type !== "tool-result") return { ...written, ...part.rest };
  return { ...written, functionResponse: { ...(written["functionResponse"] as JsonObject), ...part.rest } };
}

function encodePart(part: Part, writing: PartWriting, before: JsonObject[]): JsonObject[] {
  switch (part.type) {
    case "text":
    case "refusal":
      return part.text === "" ? [] : [{ text: part.text }];
    case "image":
    case "audio":
      return [encodeMedia(part.source)];
    case "file":
      return [encodeMedia(part.source, part.filename)];
    case "reasoning":
      return encodeReasoning(part.text, part.state, writing, before);
    case "tool-call":
      return [encodeCall(part, writing)];
    case "tool-result":
      return encodeResult(part, writing);
    case "provider":
      return part.format === "gemini" ? [part.item] : foreign(part, writing);
  }
}

/** What another vendor ran cannot be shown here; towards a client it travels all the same, to go back. */
function foreign(part: ProviderPart, writing: PartWriting): JsonObject[] {
  writing.warn(droppedPart(part.format));
  const carrier = writing.unsignedThoughts ? writing.sign(partCarrier(part)) : null;
  return carrier === null ? [] : [{ text: "", thoughtSignature: carrier }];
}

function encodeReasoning(
  text: string,
  state: OpaqueState | undefined,
  writing: PartWriting,
  before: JsonObject[],
): JsonObject[] {
  const signature = state === undefined ? null : writing.sign(state);
  const signed = signature === null ? {} : { thoughtSignature: signature };
  if (text !== "") return signature === null && !writing.unsignedThoughts ? [] : [{ text, thought: true, ...signed }];
  if (signature === null) return [];
  const last = before.at(-1);
  // A signature of an image must stay on the image; one of a text may stand behind it.
  if (!last || !isObject(last["inlineData"]) || last["thoughtSignature"] !== undefined) return [{ text, ...signed }];
  last["thoughtSignature"] = signature;
  return [];
}

export function encodeCall(part: ToolCallPart, writing: PartWriting): JsonObject {
  const args = callArguments(part.arguments);
  if (args === null) writing.warn(rawArguments(part.name));
  const call = { id: part.id, name: writing.toolName(part.name), args: args ?? { raw_arguments: part.arguments } };
  const signature = part.state === undefined ? null : writing.sign(part.state);
  return { functionCall: call, ...(signature === null ? {} : { thoughtSignature: signature }) };
}

/** Arguments as the object that this wire wants, or null if they are none. */
export function callArguments(text: string): JsonObject | null {
  if (text.trim() === "") return {};
  try {
    const value = parseJson(text) as Json;
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** Media of a result follows it as parts of the same turn. */
function encodeResult(part: ToolResultPart, writing: PartWriting): JsonObject[] {
  const texts = part.content.filter((item) => item.type === "text").map((item) => item.text);
  const media = part.content.filter((item) => item.type !== "text");
  const text = texts.join("\n");
  const functionResponse = {
    id: part.callId,
    name: writing.toolName(writing.nameOfCall(part)),
    response: part.isError ? { error: text } : { output: text },
  };
  return [{ functionResponse }, ...encodeParts(media, writing)];
}

function encodeMedia(source: MediaSource, filename?: string): JsonObject {
  const displayName = filename === undefined ? {} : { displayName: filename };
  if (source.kind === "data") return { inlineData: { mimeType: source.mediaType, data: source.data, ...displayName } };
  if (source.kind === "file") {
    const hint = "Send the file's content inline, or its URL: an id is known to one vendor alone.";
    throw errors.REQUEST_UNSUPPORTED("file_id", "a gemini upstream", hint);
  }
  const inline = parseDataUrl(source.url);
  if (inline !== null) return { inlineData: { mimeType: inline.mediaType, data: inline.data, ...displayName } };
  const mimeType = source.mediaType ?? typeOfUrl(source);
  return { fileData: { ...(mimeType === "" ? {} : { mimeType }), fileUri: source.url, ...displayName } };
}
