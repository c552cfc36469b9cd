import type { AudioPart, FilePart, ImagePart, MediaSource } from "@sluice/core";

/** The part for media of this type. */
export function mediaPart(mediaType: string, source: MediaSource, filename?: string): ImagePart | AudioPart | FilePart {
  const type = mediaType || typeOfUrl(source);
  if (type.startsWith("image/")) return { type: "image", source };
  if (type.startsWith("audio/")) return { type: "audio", source };
  return { type: "file", source, ...(filename === undefined ? {} : { filename }) };
}

const types: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  webp: "image/webp",
  gif: "image/gif",
  heic: "image/heic",
  pdf: "application/pdf",
  txt: "text/plain",
  wav: "audio/wav",
  mp3: "audio/mpeg",
  flac: "audio/flac",
  mp4: "video/mp4",
  webm: "video/webm",
};

/** The media type that the ending of a URL's path tells, or an empty string. */
export function typeOfUrl(source: MediaSource): string {
  if (source.kind !== "url") return "";
  const path = source.url.split(/[?#]/, 1)[0] ?? "";
  const ending = path.slice(path.lastIndexOf(".") + 1).toLowerCase();
  return Object.hasOwn(types, ending) ? (types[ending] ?? "") : "";
}
