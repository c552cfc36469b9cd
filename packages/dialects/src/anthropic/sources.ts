import { errors } from "@sluice/core";
import type { FilePart, ImagePart, JsonObject, MediaSource, ProviderPart } from "@sluice/core";
import { restOf } from "../rest.ts";
import { cacheControl, cacheMark } from "./cache.ts";
import { need, object, take, text } from "../fields.ts";
import { defined } from "../members.ts";

/** An `image` block. A source of a kind unknown here stays as it is, for an upstream that knows it. */
export function decodeImage(block: JsonObject, path: string): ImagePart | ProviderPart {
  const source = decodeSource(block, path);
  if (source === null) return { type: "provider", format: "anthropic", item: block };
  return defined<ImagePart>({ type: "image", source, cache: cacheMark(block, path), ...restOf(block, imageFields) });
}

/** A `document` block. */
export function decodeDocument(block: JsonObject, path: string): FilePart | ProviderPart {
  const source = decodeSource(block, path);
  if (source === null) return { type: "provider", format: "anthropic", item: block };
  return defined<FilePart>({
    type: "file",
    source,
    filename: take(block, "title", text, `${path}.`),
    cache: cacheMark(block, path),
    ...restOf(block, documentFields),
  });
}

const imageFields: ReadonlySet<string> = new Set(["type", "source", "cache_control"]);
const documentFields: ReadonlySet<string> = new Set([...imageFields, "title"]);

export function encodeImage(part: ImagePart): JsonObject {
  return defined({ type: "image", source: encodeSource(part.source), cache_control: cacheControl(part.cache) });
}

/** A file as a `document`, or as an `image` if it is one. Throws for types that neither takes. */
export function encodeFile(part: FilePart, model: string): JsonObject {
  const { source, filename, cache } = part;
  if (source.kind !== "file" && source.mediaType?.startsWith("image/")) return encodeImage({ ...part, type: "image" });
  return defined({
    type: "document",
    source: source.kind === "data" ? documentData(source, model) : encodeSource(source),
    title: filename,
    cache_control: cacheControl(cache),
  });
}

function decodeSource(block: JsonObject, path: string): MediaSource | null {
  const at = `${path}.source`;
  const source = need(block, "source", object, `${path}.`);
  const member = (name: string) => need(source, name, text, `${at}.`);
  switch (member("type")) {
    case "base64":
      return { kind: "data", mediaType: member("media_type"), data: member("data") };
    case "text":
      return {
        kind: "data",
        mediaType: take(source, "media_type", text, `${at}.`) ?? "text/plain",
        data: toBase64(member("data")),
      };
    case "url":
      return { kind: "url", url: member("url") };
    case "file":
      return { kind: "file", id: member("file_id") };
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
