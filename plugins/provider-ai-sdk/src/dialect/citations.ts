import { isObject, numberOf, stringOf } from "@sluice/core";
import type { Citation, Json, JsonObject } from "@sluice/core";

/** A source that was read, without the words that it stands for. */
export function fromSource(source: JsonObject): Citation {
  const url = stringOf(source["url"]);
  const title = stringOf(source["title"]) ?? stringOf(source["filename"]);
  return { ...(url === undefined ? {} : { url }), ...(title === undefined ? {} : { title }), raw: source };
}

/** A source with the place in the text that it supports; null for what is none. */
export function fromCitation(value: Json): Citation | null {
  if (!isObject(value) || !isObject(value["source"])) return null;
  const { url, title } = fromSource(value["source"]);
  const quote = stringOf(value["citedText"]);
  const start = numberOf(value["startIndex"]);
  const end = numberOf(value["endIndex"]);
  return {
    ...(url === undefined ? {} : { url }),
    ...(title === undefined ? {} : { title }),
    ...(quote === undefined ? {} : { quote }),
    ...(start === undefined ? {} : { start }),
    ...(end === undefined ? {} : { end }),
    raw: value,
  };
}
