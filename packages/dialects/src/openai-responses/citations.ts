import { isObject, numberOf, stringOf } from "@sluice/core";
import type { Citation, Json, JsonObject } from "@sluice/core";

/** Reads an annotation of a text that begins at `start` within the canonical one. */
export function decodeCitation(annotation: Json | undefined, start: number): Citation | null {
  if (!isObject(annotation) || stringOf(annotation.type) === undefined) return null;
  const citation: Citation = { raw: annotation };
  const url = stringOf(annotation.url);
  const title = stringOf(annotation.title) || stringOf(annotation.filename);
  const from = numberOf(annotation.start_index);
  const to = numberOf(annotation.end_index);
  if (url !== undefined) citation.url = url;
  if (title) citation.title = title;
  if (from !== undefined) citation.start = start + from;
  if (to !== undefined) citation.end = start + to;
  return citation;
}

const own: ReadonlySet<string> = new Set(["file_citation", "container_file_citation", "file_path"]);

/** An annotation of a text that begins at `start` within the canonical one; null for a source without an address. */
export function encodeCitation(citation: Citation, start: number): JsonObject | null {
  const { raw, url, title } = citation;
  if (isObject(raw) && own.has(stringOf(raw.type) ?? "")) return raw;
  if (url === undefined) return null;
  const at = (place: number | undefined) => Math.max(0, (place ?? 0) - start);
  return {
    type: "url_citation",
    start_index: at(citation.start),
    end_index: at(citation.end),
    title: title ?? "",
    url,
  };
}
