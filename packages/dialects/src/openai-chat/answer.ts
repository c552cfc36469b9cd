import { isObject, parseJson, stringOf } from "@sluice/core";
import type { AnswerContext, Citation, JsonObject, MediaSource, ProviderPart } from "@sluice/core";
import { toDataUrl } from "../media.ts";
import { isRawAudio, toWav } from "../speech.ts";
import type { Preferences } from "./decode-request.ts";

/** How this client wants its answer; the defaults where the request came from elsewhere. */
export function preferencesOf(
  context: AnswerContext,
): Pick<Preferences, "includeUsage" | "legacyFunctions" | "customTools"> {
  const { includeUsage, legacyFunctions, customTools } = context.request.origin.prefers;
  return {
    includeUsage: includeUsage === true,
    legacyFunctions: legacyFunctions === true,
    customTools: Array.isArray(customTools) ? (customTools as string[]) : [],
  };
}

/** Whether readable thinking may be shown. State for tool turns is carried all the same. */
export function showsReasoning(context: AnswerContext): boolean {
  return context.request.reasoning?.include !== false;
}

export function answerId(context: AnswerContext): string {
  return `chatcmpl-${context.requestId}`;
}

export function encodeCitation(citation: Citation): JsonObject {
  const { url, title, quote, start, end } = citation;
  const members: JsonObject = {};
  if (url !== undefined) members.url = url;
  members.title = title ?? "";
  members.start_index = start ?? 0;
  members.end_index = end ?? 0;
  if (quote !== undefined) members.quote = quote;
  return url === undefined ? { type: "citation", citation: members } : { type: "url_citation", url_citation: members };
}

export function decodeCitation(annotation: unknown): Citation | null {
  if (!isObject(annotation)) return null;
  const given = isObject(annotation.url_citation) ? annotation.url_citation : annotation.citation;
  if (!isObject(given)) return null;
  const citation: Citation = { raw: annotation };
  if (typeof given.url === "string") citation.url = given.url;
  if (stringOf(given.title)) citation.title = stringOf(given.title) as string;
  if (typeof given.quote === "string") citation.quote = given.quote;
  if (typeof given.start_index === "number") citation.start = given.start_index;
  if (typeof given.end_index === "number") citation.end = given.end_index;
  return citation;
}

export function encodeImage(source: MediaSource, index: number): JsonObject {
  const url = source.kind === "data" ? toDataUrl(source) : source.kind === "url" ? source.url : `file:${source.id}`;
  return { type: "image_url", index, image_url: { url } };
}

export function encodeAudio(source: MediaSource, transcript: string | undefined, context: AnswerContext): JsonObject {
  const data = source.kind === "data" ? audioData(source, context) : "";
  const id = source.kind === "file" ? source.id : `audio_${context.requestId}`;
  // Nothing is stored here, so the audio cannot be asked for again.
  return { id, data, transcript: transcript ?? "", expires_at: context.created };
}

/** Samples without a header are what `pcm16` means; a WAV file begins with one. */
function audioData({ data, mediaType }: { data: string; mediaType: string }, { request }: AnswerContext): string {
  const wantsFile = request.speech?.format === "wav" && isRawAudio(mediaType);
  return wantsFile ? toWav(data, mediaType) : data;
}

export function encodeProviderPart(part: Pick<ProviderPart, "format" | "item">, index: number): JsonObject {
  return { type: part.item.type ?? "unknown", format: part.format, index, data: part.item };
}

/** The free text inside the arguments of a function that stands for a custom tool. */
export function customInput(argumentText: string): string {
  try {
    const parsed: unknown = parseJson(argumentText);
    return isObject(parsed) && typeof parsed.input === "string" ? parsed.input : argumentText;
  } catch {
    return argumentText;
  }
}
