import { errors } from "@sluice/core";
import type { AudioPart, FilePart, ImagePart, JsonObject, MediaSource } from "@sluice/core";

// The words that each block has for a media type: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html (read 2026-11)
const images: Readonly<Record<string, string>> = {
  "image/gif": "gif",
  "image/jpeg": "jpeg",
  "image/png": "png",
  "image/webp": "webp",
};
const documents: Readonly<Record<string, string>> = {
  "application/pdf": "pdf",
  "application/msword": "doc",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
  "application/vnd.ms-excel": "xls",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
  "text/csv": "csv",
  "text/html": "html",
  "text/markdown": "md",
  "text/plain": "txt",
};
const sounds: Readonly<Record<string, string>> = {
  "audio/aac": "aac",
  "audio/flac": "flac",
  "audio/mp3": "mp3",
  "audio/mp4": "mp4",
  "audio/mpeg": "mp3",
  "audio/ogg": "ogg",
  "audio/opus": "opus",
  "audio/wav": "wav",
  "audio/webm": "webm",
  "audio/x-wav": "wav",
};

/** An image block. Pictures come as bytes or from S3; another URL is nothing that this upstream would fetch. */
export function encodeImage({ source }: Pick<ImagePart, "source">, model: string): JsonObject {
  return { image: { format: formatOf(source, images, model), source: encodeSource(source, model) } };
}

/** A document block, or an image block for a file that is a picture. */
export function encodeFile(part: FilePart, model: string): JsonObject {
  const { source, filename } = part;
  if (source.kind !== "file" && source.mediaType?.startsWith("image/")) return encodeImage(part, model);
  const format = formatOf(source, documents, model);
  return { document: { format, name: documentName(filename), source: encodeSource(source, model) } };
}

export function encodeAudio({ source }: AudioPart, model: string): JsonObject {
  return { audio: { format: formatOf(source, sounds, model), source: encodeSource(source, model) } };
}

/** Letters, digits, single blanks, hyphens and brackets alone are taken in a name, and no dot. */
function documentName(filename: string | undefined): string {
  const stem = (filename ?? "").replace(/\.[^.]*$/, "");
  const clean = stem
    .replace(/[^\p{L}\p{N}\-()[\]]+/gu, " ")
    .replace(/[^\x20-\x7e]/g, "")
    .trim();
  return clean.slice(0, 200) || "document";
}

function encodeSource(source: MediaSource, model: string): JsonObject {
  if (source.kind === "data") return { bytes: source.data };
  if (source.kind === "url" && source.url.startsWith("s3://")) return { s3Location: { uri: source.url } };
  throw errors.REQUEST_UNSUPPORTED("messages", model, "Send the bytes of media inline, or an s3:// URL.");
}

function formatOf(source: MediaSource, formats: Readonly<Record<string, string>>, model: string): string {
  const known = source.kind === "file" ? undefined : (source.mediaType ?? typeOfName(source));
  const format = known === undefined ? undefined : formats[known.split(";")[0]?.trim().toLowerCase() ?? ""];
  if (format !== undefined) return format;
  const taken = Object.values(formats).join(", ");
  throw errors.REQUEST_UNSUPPORTED("messages", model, `The formats that are taken here are ${taken}.`);
}

/** A location in S3 comes without a type; its name tells it. */
function typeOfName(source: MediaSource): string | undefined {
  const [, ending = ""] = source.kind === "url" ? (/\.([a-z0-9]+)$/i.exec(source.url) ?? []) : [];
  const all = { ...images, ...documents, ...sounds };
  const format = ending.toLowerCase() === "jpg" ? "jpeg" : ending.toLowerCase();
  return Object.keys(all).find((type) => all[type] === format);
}
