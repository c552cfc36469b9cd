import { arrayOf, errors, isObject } from "@sluice/core";
import type { Json, JsonObject, MediaSource, Part } from "@sluice/core";
import { dataSource } from "../media.ts";
import { cacheOf } from "../openai-chat/cache-marks.ts";
import { need, object, take, text } from "../fields.ts";
import { restOf } from "../rest.ts";
import { decodeCitation } from "./citations.ts";

/** The content of a message, or the output of a tool. */
export function decodeContent(content: Json | undefined, path: string): Part[] {
  if (content === undefined || content === null || content === "") return [];
  if (typeof content === "string") return [{ type: "text", text: content }];
  if (!Array.isArray(content)) throw errors.REQUEST_INVALID(path, "must be a string or an array of parts");
  return content.map((part, index) => decodePart(part, `${path}[${index}]`));
}

type PartReader = (part: JsonObject, at: string) => Part;

const readers: ReadonlyMap<string, PartReader> = new Map<string, PartReader>([
  ["input_text", decodeText],
  ["output_text", decodeOutputText],
  ["refusal", (part, at) => ({ type: "refusal", text: need(part, "refusal", text, at) })],
  ["input_image", decodeImage],
  ["input_file", decodeFile],
  ["input_audio", decodeAudio],
]);

function decodePart(part: Json, at: string): Part {
  if (!isObject(part)) throw errors.REQUEST_INVALID(at, "must be an object");
  const read = readers.get(need(part, "type", text, `${at}.`));
  return read ? read(part, `${at}.`) : { type: "provider", format: "openai-responses", item: part };
}

const inputText: ReadonlySet<string> = new Set(["type", "text", "prompt_cache_breakpoint"]);
/** The library adds what it has parsed to what it hands back. */
const outputText: ReadonlySet<string> = new Set(["type", "text", "annotations", "logprobs", "parsed"]);
const imageFields: ReadonlySet<string> = new Set(["type", "image_url", "file_id", "detail", "prompt_cache_breakpoint"]);
const fileFields: ReadonlySet<string> = new Set([
  "type",
  "file_data",
  "file_id",
  "file_url",
  "filename",
  "prompt_cache_breakpoint",
]);

function decodeText(part: JsonObject, at: string): Part {
  return { type: "text", text: need(part, "text", text, at), ...cacheOf(part), ...restOf(part, inputText) };
}

function decodeOutputText(part: JsonObject, at: string): Part {
  const citations = arrayOf(part.annotations).flatMap((annotation) => decodeCitation(annotation, 0) ?? []);
  const cited = citations.length > 0 ? { citations } : {};
  return { type: "text", text: need(part, "text", text, at), ...cited, ...restOf(part, outputText) };
}

function decodeImage(part: JsonObject, at: string): Part {
  const detail = take(part, "detail", text, at);
  const more = {
    ...(detail === undefined || detail === "auto" ? {} : { detail }),
    ...cacheOf(part),
    ...restOf(part, imageFields),
  };
  const id = take(part, "file_id", text, at);
  if (id !== undefined) return { type: "image", source: { kind: "file", id }, ...more };
  return { type: "image", source: sourceOf(need(part, "image_url", text, at), `${at}image_url`), ...more };
}

function decodeFile(part: JsonObject, at: string): Part {
  const filename = take(part, "filename", text, at);
  const more = { ...(filename === undefined ? {} : { filename }), ...cacheOf(part), ...restOf(part, fileFields) };
  const id = take(part, "file_id", text, at);
  if (id !== undefined) return { type: "file", source: { kind: "file", id }, ...more };
  const url = take(part, "file_url", text, at);
  if (url !== undefined) return { type: "file", source: { kind: "url", url }, ...more };
  return { type: "file", source: sourceOf(need(part, "file_data", text, at), `${at}file_data`), ...more };
}

function decodeAudio(part: JsonObject, at: string): Part {
  const audio = need(part, "input_audio", object, at);
  const format = need(audio, "format", text, `${at}input_audio.`);
  const data = need(audio, "data", text, `${at}input_audio.`);
  return {
    type: "audio",
    source: { kind: "data", mediaType: format === "mp3" ? "audio/mpeg" : `audio/${format}`, data },
  };
}

function sourceOf(url: string, at: string): MediaSource {
  if (url.slice(0, 5).toLowerCase() !== "data:") return { kind: "url", url };
  const broken = () => errors.REQUEST_INVALID(at, "is no readable data URL");
  const source = dataSource(url, broken);
  if (source === null) throw broken();
  return source;
}
