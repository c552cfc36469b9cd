import { arrayOf, isObject, numberOf, objectOf, stringOf } from "@sluice/core";
import type { Citation, Json, JsonObject } from "@sluice/core";

/** Sources that the vendor's search found, as citations of the text. Offsets on this wire count bytes of UTF-8. */
export function decodeGrounding(metadata: JsonObject, text: string): Citation[] {
  const sources = arrayOf(metadata["groundingChunks"]).map((chunk) => sourceOf(chunk));
  const supports = arrayOf(metadata["groundingSupports"]).filter(isObject);
  if (supports.length === 0) return sources.filter((source) => source.url !== undefined);
  return supports.flatMap((support) => {
    const span = spanOf(objectOf(support["segment"]) ?? {}, text);
    return arrayOf(support["groundingChunkIndices"]).flatMap((index) => {
      const source = sources[Number(index)];
      return source === undefined ? [] : [{ ...source, ...span }];
    });
  });
}

/** Passages that the model recites. */
export function decodeRecitations(metadata: JsonObject, text: string): Citation[] {
  const list = metadata["citations"] ?? metadata["citationSources"];
  return arrayOf(list)
    .filter(isObject)
    .map((citation) => ({ ...titled(citation), ...spanOf(citation, text) }));
}

function sourceOf(chunk: Json): Citation {
  const kinds = objectOf(chunk) ?? {};
  return titled(objectOf(kinds["web"] ?? kinds["retrievedContext"] ?? kinds["maps"] ?? kinds["image"]) ?? {});
}

function titled(source: JsonObject): Citation {
  const url = stringOf(source["uri"]);
  const title = stringOf(source["title"]);
  return { ...(url === undefined ? {} : { url }), ...(title === undefined ? {} : { title }) };
}

function spanOf(segment: JsonObject, text: string): Citation {
  const end = numberOf(segment["endIndex"]);
  const quote = stringOf(segment["text"]);
  const bytes = new TextEncoder().encode(text);
  const units = (offset: number) => new TextDecoder().decode(bytes.subarray(0, offset)).length;
  return {
    ...(quote === undefined ? {} : { quote }),
    ...(end === undefined ? {} : { start: units(numberOf(segment["startIndex"]) ?? 0), end: units(end) }),
  };
}

/** Citations as grounding metadata: one source for each address, one support for each citation with a place. */
export function encodeGrounding(citations: readonly Citation[], text: string): JsonObject | null {
  const cited = citations.filter((citation) => citation.url !== undefined);
  if (cited.length === 0) return null;
  const urls = [...new Set(cited.map((citation) => citation.url))];
  const chunks = urls.map((url) => {
    const title = cited.find((citation) => citation.url === url && citation.title !== undefined)?.title;
    return { web: { uri: url, ...(title === undefined ? {} : { title }) } };
  });
  const supports = cited.flatMap((citation) => {
    if (citation.start === undefined || citation.end === undefined) return [];
    const { start, end, quote = text.slice(start, end) } = citation;
    const segment = {
      startIndex: byteLength(text.slice(0, start)),
      endIndex: byteLength(text.slice(0, end)),
      text: quote,
    };
    return [{ segment, groundingChunkIndices: [urls.indexOf(citation.url)] }];
  });
  return { groundingChunks: chunks, ...(supports.length === 0 ? {} : { groundingSupports: supports }) };
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
