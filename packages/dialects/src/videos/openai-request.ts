import { decodeJobId, errors, isObject } from "@sluice/core";
import type { ClientCall, FormPart, GivenImage, JsonObject, RequestInput, VideosRequest } from "@sluice/core";
import { parseDataUrl, toBase64 } from "../media.ts";
import { as, need, object, oneOf, take, text } from "../fields.ts";
import { defined } from "../members.ts";

export const dialectId = "openai-videos";

/** Top-level fields: OpenAI's, and three by which its vendors learn of seeds and shapes. */
export const fields: ReadonlySet<string> = new Set([
  "model",
  "prompt",
  "input_reference",
  // As OpenAI's libraries write members of an object in a form.
  "input_reference[image_url]",
  "input_reference[file_id]",
  "video[id]",
  "seconds",
  "size",
  "video",
  "seed",
  "aspect_ratio",
  "resolution",
  "user",
]);

type Action = VideosRequest["action"];

/** OpenAI's videos, ordered as JSON or a form: <https://platform.openai.com/docs/api-reference/videos> (read 2026-11) */
export function decodeRequest(input: RequestInput, call: ClientCall): VideosRequest {
  const { action, id } = askedFor(call, input.fields);
  const base = { operation: "videos" as const, action, stream: false };
  const about = id === null ? { job: "", model: need(input.fields, "model", text) } : placeOf(id);
  const prefers: JsonObject = id === null ? {} : { id };
  if (action === "poll" || action === "content" || action === "delete") {
    const variant = action === "content" ? variantOf(call) : undefined;
    return defined({ ...base, ...about, prompt: "", variant, origin: { dialect: dialectId, rest: {}, prefers } });
  }
  return defined({
    ...base,
    ...about,
    // A video that was ordered twice is paid twice.
    repeatable: false as const,
    ...wishesOf(input),
    origin: { dialect: dialectId, rest: restOf(input.fields), prefers },
  });
}

/** What a path asks for, and of which job. */
function askedFor({ method, path }: ClientCall, body: JsonObject): { action: Action; id: string | null } {
  const [first = "", second = ""] = path.replace(/^\/v1\/videos(?:\/generations)?\/?/, "").split("/");
  if (method === "DELETE") return { action: "delete", id: first };
  if (method === "GET") return { action: second === "content" ? "content" : "poll", id: first };
  if (second === "remix") return { action: "remix", id: first };
  if (first === "edits") return { action: "edit", id: referenceOf(body) };
  if (first === "extensions") return { action: "extend", id: referenceOf(body) };
  return { action: "create", id: null };
}

function referenceOf({ video, "video[id]": inForm }: JsonObject): string {
  if (typeof inForm === "string") return inForm;
  if (video === undefined) throw errors.REQUEST_INVALID("video", "must be the id of a video that was made here");
  return need(as(video, object, "video"), "id", text, "video.");
}

function placeOf(id: string): Pick<VideosRequest, "job" | "model" | "pinned"> {
  const place = decodeJobId(id);
  if (place === null) throw errors.REQUEST_UNKNOWN_JOB(id);
  const { channel, model, job } = place;
  return { job, model, pinned: { channel, model } };
}

function variantOf({ query }: ClientCall): VideosRequest["variant"] {
  const variant = query.get("variant");
  return variant === null ? undefined : as(variant, oneOf(["video", "thumbnail", "spritesheet"]), "variant");
}

function wishesOf({ fields: body, files }: RequestInput) {
  const prompt = need(body, "prompt", text);
  if (prompt.trim() === "") throw errors.REQUEST_INVALID("prompt", "is empty");
  return {
    prompt,
    seconds: numberIn(body, "seconds"),
    size: take(body, "size", text),
    aspectRatio: take(body, "aspect_ratio", text),
    resolution: take(body, "resolution", text),
    seed: numberIn(body, "seed"),
    image: imageOf(body, files),
    user: take(body, "user", text),
  };
}

/** OpenAI writes seconds as text, and so does every form. */
function numberIn(body: JsonObject, name: string): number | undefined {
  const value = body[name];
  if (value === undefined || value === null || value === "") return undefined;
  const number = typeof value === "string" ? Number(value) : value;
  if (typeof number === "number" && Number.isFinite(number) && number >= 0) return number;
  throw errors.REQUEST_INVALID(name, "must be a number");
}

/** A file of the form, or in JSON an address. */
function imageOf(body: JsonObject, files: readonly FormPart[]): GivenImage | undefined {
  const file = files.find(({ name }) => name === "input_reference");
  if (file !== undefined) {
    const { bytes, mediaType, filename } = file;
    const source = { kind: "data" as const, mediaType: mediaType ?? "image/png", data: toBase64(bytes) };
    return defined({ source, filename: filename ?? undefined });
  }
  const told = body["input_reference"] ?? bracketed(body);
  if (told === undefined || told === null) return undefined;
  if (!isObject(told)) throw errors.REQUEST_INVALID("input_reference", "must be a file, or an object with image_url");
  const id = take(told, "file_id", text, "input_reference.");
  if (id !== undefined) return { source: { kind: "file", id } };
  const url = need(told, "image_url", text, "input_reference.");
  const inline = parseDataUrl(url);
  return { source: inline === null ? { kind: "url", url } : { kind: "data", ...inline } };
}

function bracketed({
  "input_reference[image_url]": image_url,
  "input_reference[file_id]": file_id,
}: JsonObject): JsonObject | undefined {
  if (image_url !== undefined) return { image_url };
  return file_id === undefined ? undefined : { file_id };
}

function restOf(body: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !fields.has(name)));
}
