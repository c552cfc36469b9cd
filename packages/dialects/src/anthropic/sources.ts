import { errors } from "@sluice/core";
import type { FilePart, ImagePart, JsonObject, MediaSource, ProviderPart } from "@sluice/core";
import { restOf } from "../rest.ts";
import { cacheControl, cacheMark } from "./cache.ts";
import { fieldPath, objectAt, present, required, stringAt } from "./fields.ts";

/** An `image` block. A source of a kind unknown here stays as it is, for an upstream that knows it. */
export function decodeImage(block: JsonObject, path: string): ImagePart | ProviderPart {
  const source = decodeSource(block, path);
  if (source === null) return { type: "provider", format: "anthropic", item: block };
  return present<ImagePart>({ type: "image", source, cache: cacheMark(block, path), ...restOf(block, imageFields) });
}

/** A `document` block. */
export function decodeDocument(block: JsonObject, path: string): FilePart | ProviderPart {
  const source = decodeSource(block, path);
  if (source === null) return { type: "provider", format: "anthropic", item: block };
  return present<FilePart>({
    type: "file",
    source,
    filename: stringAt(block, "title", path),
    cache: cacheMark(block, path),
    ...restOf(block, documentFields),
  });
}

const imageFields: ReadonlySet<string> = new Set(["type", "source", "cache_control"]);
const documentFields: ReadonlySet<string> = new Set([...imageFields, "title"]);

export function encodeImage(part: ImagePart): JsonObject {
  return present({ type: "image", source: encodeSource(part.source), cache_control: cacheControl(part.cache) });
}

/** A file as a `document`, or as an `image` if it is one. Throws for types that neither takes. */
export function encodeFile(part: FilePart, model: string): JsonObject {
  const { source, filename, cache } = part;
  if (source.kind !== "file" && source.mediaType?.startsWith("image/")) return encodeImage({ ...part, type: "image" });
  return present({
    type: "document",
    source: source.kind === "data" ? documentData(source, model) : encodeSource(source),
    title: filename,
    cache_control: cacheControl(cache),
  });
}

function decodeSource(block: JsonObject, path: string): MediaSource | null {
  const at = fieldPath(path, "source");
  const source = required(objectAt(block, "source", path), at);
  const text = (name: string) => required(stringAt(source, name, at), fieldPath(at, name));
  switch (text("type")) {
    case "base64":
      return { kind: "data", mediaType: text("media_type"), data: text("data") };
    case "text":
      return {
        kind: "data",
        mediaType: stringAt(source, "media_type", at) ?? "text/plain",
        data: toBase64(text("data")),
      };
    case "url":
      return { kind: "url", url: text("url") };
    case "file":
      return { kind: "file", id: text("file_id") };
    default:
      return null;
  }
}

function encodeSource(source: MediaSource): JsonObject {
  switch (source.kind) {
    case "url":
      return { type: "url", url: source.url };
    case "data":
      return { type: "base64", media_type: source.mediaType, data: source.data };
    case "file":
      return { type: "file", file_id: source.id };
  }
}

function documentData(source: Extract<MediaSource, { kind: "data" }>, model: string): JsonObject {
  const { mediaType, data } = source;
  if (mediaType === "application/pdf") return { type: "base64", media_type: mediaType, data };
  if (!isText(mediaType))
    throw errors.REQUEST_UNSUPPORTED("messages", model, `Files of type ${mediaType} are not taken.`);
  return { type: "text", media_type: "text/plain", data: fromBase64(data) };
}

function isText(mediaType: string): boolean {
  return mediaType.startsWith("text/") || /^application\/(json|xml|yaml|x-yaml)\b/.test(mediaType);
}

function toBase64(text: string): string {
  let binary = "";
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
}

function fromBase64(data: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(data), (character) => character.charCodeAt(0)));
  } catch {
    throw errors.REQUEST_INVALID("messages", "a file's data is not base64");
  }
}
