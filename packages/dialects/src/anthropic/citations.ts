import { isObject, numberOf, stringOf } from "@sluice/core";
import type { Citation, Json, JsonObject, TextPart } from "@sluice/core";
import { defined } from "../members.ts";

const native = new Set([
  "char_location",
  "page_location",
  "content_block_location",
  "web_search_result_location",
  "search_result_location",
]);

/** A citation of a text that stands at `start` to `end` of its part. */
export function decodeCitation(raw: Json, start: number, end: number): Citation {
  const citation = isObject(raw) ? raw : {};
  return defined<Citation>({
    url: stringOf(citation["url"]) ?? stringOf(citation["source"]),
    title: stringOf(citation["title"]) ?? stringOf(citation["document_title"]),
    quote: stringOf(citation["cited_text"]),
    start: numberOf(start),
    end: numberOf(end),
    raw,
  });
}

/** The citation as this dialect's clients read it: as it came, or as a web source. */
export function encodeCitation(citation: Citation): JsonObject {
  const raw = nativeCitation(citation);
  if (raw !== null) return raw;
  return {
    type: "web_search_result_location",
    cited_text: citation.quote ?? "",
    encrypted_index: "",
    title: citation.title ?? null,
    url: citation.url ?? "",
  };
}

/** The citation if it came in this dialect: only such a one can be sent back to an upstream. */
export function nativeCitation({ raw }: Citation): JsonObject | null {
  return isObject(raw) && isNative(raw) ? raw : null;
}

/** Whether the vendor itself wrote the citation; one that was made up here for a client has no index to open. */
export function isNative(raw: JsonObject): boolean {
  return native.has(stringOf(raw["type"]) ?? "") && raw["encrypted_index"] !== "";
}

/** A text as blocks of this dialect, where a citation belongs to a whole block: the text is cut at the cited ranges. */
export function citedBlocks({ text, citations = [] }: TextPart): JsonObject[] {
  const blocks: JsonObject[] = [];
  let written = 0;
  for (const citation of citations.toSorted((one, other) => (one.start ?? 0) - (other.start ?? 0))) {
    const start = Math.max(citation.start ?? 0, written);
    const end = Math.min(citation.end ?? text.length, text.length);
    const last = blocks.at(-1);
    if (end <= start) {
      // The same range again, or one that begins inside the block before.
      if (Array.isArray(last?.["citations"])) last["citations"].push(encodeCitation(citation));
      continue;
    }
    if (start > written) blocks.push({ type: "text", text: text.slice(written, start) });
    blocks.push({ type: "text", text: text.slice(start, end), citations: [encodeCitation(citation)] });
    written = end;
  }
  if (written < text.length) blocks.push({ type: "text", text: text.slice(written) });
  return blocks;
}
