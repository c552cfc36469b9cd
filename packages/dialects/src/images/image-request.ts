import { errors } from "@sluice/core";
import type { ClientCall, FormPart, GivenImage, ImagesRequest, Json, JsonObject, RequestInput } from "@sluice/core";
import { parseDataUrl, toBase64 } from "../media.ts";
import { as, list, need, object, oneOf, take, text } from "../fields.ts";
import { defined } from "../members.ts";

export const dialectId = "openai-images";

const understood = [
  "model",
  "prompt",
  "image",
  "images",
  "mask",
  "n",
  "size",
  "quality",
  "style",
  "background",
  "output_format",
  "output_compression",
  "partial_images",
  "response_format",
  "stream",
  "user",
  "seed",
  "aspect_ratio",
] as const;
/** Top-level fields: OpenAI's, and two by which its vendors learn of seeds and shapes. */
export const fields: ReadonlySet<string> = new Set<string>(understood);

/** OpenAI's pictures, as JSON or a form: <https://platform.openai.com/docs/api-reference/images> (read 2026-11) */
export function decodeRequest({ fields: body, files }: RequestInput, call: ClientCall): ImagesRequest {
  const action = actionOf(call.path);
  const images = action === "generate" ? [] : imagesOf(body, files);
  if (action !== "generate" && images.length === 0) throw errors.REQUEST_INVALID("image", "is missing");
  const count = wholeNumber(body, "n");
  if (count !== undefined && (count < 1 || count > 128)) throw errors.REQUEST_INVALID("n", "must be 1 to 128");
  const form = take(body, "response_format", oneOf(["url", "b64_json"]));
  return defined({
    operation: "images" as const,
    action,
    // What is made once must not be made twice.
    repeatable: false as const,
    model: need(body, "model", text),
    stream: body["stream"] === true || body["stream"] === "true",
    prompt: action === "vary" ? "" : promptOf(body),
    images,
    mask: maskOf(body, files),
    count,
    size: take(body, "size", text),
    aspectRatio: take(body, "aspect_ratio", text),
    quality: take(body, "quality", text),
    style: take(body, "style", text),
    background: take(body, "background", text),
    outputFormat: take(body, "output_format", text),
    compression: wholeNumber(body, "output_compression"),
    drafts: wholeNumber(body, "partial_images"),
    seed: wholeNumber(body, "seed"),
    form: form === undefined ? undefined : form === "url" ? ("url" as const) : ("inline" as const),
    user: take(body, "user", text),
    origin: { dialect: dialectId, rest: restOf(body), prefers: {} },
  });
}

function actionOf(path: string): ImagesRequest["action"] {
  if (path.endsWith("/edits")) return "edit";
  return path.endsWith("/variations") ? "vary" : "generate";
}

function promptOf(body: JsonObject): string {
  const prompt = need(body, "prompt", text);
  if (prompt.trim() === "") throw errors.REQUEST_INVALID("prompt", "is empty");
  return prompt;
}

/** Fields of a form are text. */
function wholeNumber(body: JsonObject, name: string): number | undefined {
  const value = body[name];
  if (value === undefined || value === null || value === "") return undefined;
  const number = typeof value === "string" ? Number(value) : value;
  if (Number.isSafeInteger(number)) return number as number;
  throw errors.REQUEST_INVALID(name, "must be an integer");
}

/** The files of a form, or in JSON `images: [{ image_url }]` and addresses alone. */
function imagesOf(body: JsonObject, files: readonly FormPart[]): GivenImage[] {
  const given = files.filter(({ name }) => /^images?(?:\[\d*\])?$/.test(name)).map(fromFile);
  const told = body["images"] ?? body["image"];
  if (told === undefined || told === null) return given;
  const items = typeof told === "string" ? [told] : as(told, list, "images");
  return [...given, ...items.map((item, index) => fromJson(item, `images[${index}]`))];
}

function maskOf(body: JsonObject, files: readonly FormPart[]): GivenImage | undefined {
  const file = files.find(({ name }) => name === "mask");
  if (file !== undefined) return fromFile(file);
  const { mask } = body;
  return mask === undefined || mask === null ? undefined : fromJson(mask, "mask");
}

function fromFile({ bytes, mediaType, filename }: FormPart): GivenImage {
  const known = mediaType !== null && mediaType !== "application/octet-stream";
  const source = { kind: "data" as const, mediaType: known ? mediaType : "image/png", data: toBase64(bytes) };
  return { source, ...(filename === null ? {} : { filename }) };
}

function fromJson(item: Json, path: string): GivenImage {
  if (typeof item === "string") return { source: fromUrl(item) };
  const told = as(item, object, path);
  const id = take(told, "file_id", text, `${path}.`);
  if (id !== undefined) return { source: { kind: "file", id } };
  return { source: fromUrl(need(told, "image_url", text, `${path}.`)) };
}

function fromUrl(url: string): GivenImage["source"] {
  const inline = parseDataUrl(url);
  return inline === null ? { kind: "url", url } : { kind: "data", ...inline };
}

function restOf(body: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !fields.has(name)));
}
