import { arrayOf, AttemptError, errors, fieldPart, isObject, numberOf, stringOf, usageWith } from "@sluice/core";
import type {
  EncodedOperation,
  FormPart,
  GivenImage,
  ImagesRequest,
  ImagesResult,
  Json,
  JsonObject,
  MadeImage,
  Patch,
  Quirks,
  ResultBody,
  ResultContext,
  ResultDecodeContext,
  UpstreamTarget,
  Usage,
} from "@sluice/core";
import { encodeTokens } from "../audio/usage.ts";
import { droppedFields } from "../losses.ts";
import { fromBase64 } from "../media.ts";
import { defined } from "../members.ts";
import { decodeInBandError } from "../openai-chat/errors.ts";
import { decodeUsage } from "../openai-chat/usage.ts";
import { dialectId } from "./image-request.ts";

export function encodeRequest(request: ImagesRequest, { model, quirks }: UpstreamTarget): EncodedOperation {
  const { origin, action, images, mask } = request;
  const own = origin.dialect === dialectId;
  const members = { ...wishesOf(request, model), ...(own ? origin.rest : {}) };
  const refused = refusedOf(members, quirks);
  for (const name of Object.keys(refused)) delete members[name];
  const warnings = [...droppedFields(refused), ...(own ? [] : droppedFields(origin.rest))];
  if (action === "generate") return { body: members, warnings };
  const files = images.map((image) => filePart(images.length > 1 ? "image[]" : "image", image, model));
  const fields = Object.entries(members).map(([name, value]) => fieldPart(name, wordOf(value)));
  return { body: [...fields, ...files, ...(mask === undefined ? [] : [filePart("mask", mask, model)])], warnings };
}

/** What must change in a client's own body. */
export function patchRequest(fields: JsonObject, _request: ImagesRequest, { model, quirks }: UpstreamTarget): Patch {
  const refused = refusedOf(fields, quirks);
  return { set: { model }, remove: Object.keys(refused), warnings: droppedFields(refused) };
}

function refusedOf(members: JsonObject, { refuse = [] }: Quirks): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([name]) => refuse.includes(name)));
}

function wishesOf(request: ImagesRequest, model: string): JsonObject {
  const { prompt, form } = request;
  return defined({
    model,
    prompt: prompt === "" ? undefined : prompt,
    n: request.count,
    size: request.size,
    aspect_ratio: request.aspectRatio,
    quality: request.quality,
    style: request.style,
    background: request.background,
    output_format: request.outputFormat,
    output_compression: request.compression,
    partial_images: request.drafts,
    seed: request.seed,
    response_format: form === undefined ? undefined : form === "url" ? "url" : "b64_json",
    stream: request.stream || undefined,
    user: request.user,
  }) as JsonObject;
}

function wordOf(value: Json | undefined): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function filePart(name: string, { source, filename }: GivenImage, model: string): FormPart {
  if (source.kind !== "data") {
    throw errors.REQUEST_UNSUPPORTED("image", model, "Send the picture itself: this gateway fetches no addresses.");
  }
  const bytes = fromBase64(source.data);
  const ending = source.mediaType.split("/")[1] ?? "png";
  return { name, filename: filename ?? `image.${ending}`, mediaType: source.mediaType, bytes };
}

/** Throws `AttemptError` for an error with status 200, and for an answer without pictures. */
export function decodeResult({ json }: ResultBody, { target, request }: ResultDecodeContext<"images">): ImagesResult {
  if (!isObject(json)) throw new AttemptError({ class: "protocol", message: "the answer is no JSON object" });
  const error = json["error"];
  if (error !== undefined && error !== null) throw new AttemptError(decodeInBandError(error, target.quirks));
  const mediaType = `image/${stringOf(json["output_format"]) ?? request.outputFormat ?? "png"}`;
  const images = arrayOf(json["data"]).flatMap((item) => fromJson(item, mediaType));
  if (images.length === 0) throw new AttemptError({ class: "protocol", message: "the answer has no picture" });
  return {
    model: null,
    created: numberOf(json["created"]) ?? null,
    images,
    ...detailsOf(json),
    usage: decodeMade(json["usage"], images.length, { ...request, ...detailsOf(json) }),
    warnings: [],
  };
}

/** One picture as it stands in `data`, and in the events of a stream. */
export function fromJson(item: Json, mediaType: string): MadeImage[] {
  if (!isObject(item)) return [];
  const data = stringOf(item["b64_json"]);
  const url = stringOf(item["url"]);
  const revised = stringOf(item["revised_prompt"]);
  const more = revised === undefined ? {} : { revisedPrompt: revised };
  if (data !== undefined) return [{ source: { kind: "data", mediaType, data }, ...more }];
  return url === undefined ? [] : [{ source: { kind: "url", url }, ...more }];
}

export function detailsOf(json: JsonObject): Pick<ImagesResult, "size" | "quality" | "background" | "outputFormat"> {
  return defined({
    size: stringOf(json["size"]),
    quality: stringOf(json["quality"]),
    background: stringOf(json["background"]),
    outputFormat: stringOf(json["output_format"]),
  });
}

/** Tokens where they are counted, and always the pictures with their size and quality, by which others are billed. */
export function decodeMade(
  usage: Json | undefined,
  images: number,
  { size, quality }: { size?: string | undefined; quality?: string | undefined },
): Usage {
  const counted = isObject(usage) ? decodeUsage(usage, {}) : usageWith({});
  const { outputTokens } = counted;
  // Without a breakdown all that came out is pictures.
  const isWhole =
    outputTokens !== null && outputTokens > 0 && !isObject((usage as JsonObject)["output_tokens_details"]);
  const variant = [size ?? "auto", quality ?? "auto"].join("/");
  return {
    ...counted,
    details: { ...(isWhole ? { imageOutputTokens: outputTokens } : {}), ...counted.details, images, variant },
  };
}

export function encodeResult(result: ImagesResult, { created, request, warn }: ResultContext<"images">): JsonObject {
  const { images, usage } = result;
  warnOfForm(images, request, warn);
  return defined({
    created: result.created ?? created,
    data: images.map(toJson),
    size: result.size,
    quality: result.quality,
    background: result.background,
    output_format: result.outputFormat,
    usage: usage.inputTokens === null ? undefined : encodeTokens(usage),
  }) as JsonObject;
}

export function toJson({ source, revisedPrompt }: MadeImage): JsonObject {
  const picture = source.kind === "url" ? { url: source.url } : { b64_json: source.data };
  return { ...picture, ...(revisedPrompt === undefined ? {} : { revised_prompt: revisedPrompt }) };
}

/** Pictures are neither stored to get an address nor fetched to get their bytes. */
export function warnOfForm(images: readonly MadeImage[], { form }: ImagesRequest, warn: ResultContext["warn"]): void {
  const wanted = form === "url" ? "url" : "data";
  if (form === undefined || images.every(({ source }) => source.kind === wanted)) return;
  const message = form === "url" ? "The vendor gives pictures inline." : "The vendor gives addresses of pictures.";
  warn({ code: "changed_parameter", message, field: "response_format" });
}
