import { errors } from "@sluice/core";
import type { FilePart, ImagePart, JsonObject, Part, TextPart } from "@sluice/core";
import { droppedPart } from "../losses.ts";
import { toDataUrl } from "../media.ts";
import { cacheMember } from "../openai-chat/encode-message.ts";
import type { EncodeContext } from "./encode-request.ts";

type PartContext = Pick<EncodeContext, "target" | "own" | "warn">;

/** A lone text is a string. */
export function encodeContent(parts: readonly Part[], context: PartContext): string | JsonObject[] {
  const [only] = parts;
  if (parts.length === 1 && only?.type === "text" && !only.cache && !(context.own && only.rest)) return only.text;
  return encodeParts(parts, context);
}

/** What a user says, or a tool answers. Throws `SLUICE_REQUEST_UNSUPPORTED` for media that this dialect has no place for. */
export function encodeParts(parts: readonly Part[], context: PartContext): JsonObject[] {
  return parts.flatMap((part) => encodePart(part, context));
}

function encodePart(part: Part, context: PartContext): JsonObject[] {
  switch (part.type) {
    case "text":
      return [{ type: "input_text", text: part.text, ...marks(part, context) }];
    case "image":
      return [{ ...encodeImage(part, context), ...marks(part, context) }];
    case "file":
      return [{ ...encodeFile(part, context), ...marks(part, context) }];
    case "audio":
      throw errors.REQUEST_UNSUPPORTED("messages", context.target.model, "Audio is not taken here; send its text.");
    case "refusal":
      return [{ type: "input_text", text: part.text }];
    case "provider":
      if (part.format === "openai-responses") return [part.item];
      break;
    case "reasoning":
    case "tool-call":
    case "tool-result":
      break;
  }
  context.warn({ ...droppedPart(part.type), field: "messages" });
  return [];
}

/** Only a client of this dialect can know that the model takes breakpoints, unless the provider says so. */
function marks({ cache, rest }: TextPart | ImagePart | FilePart, { own, target, warn }: PartContext): JsonObject {
  const cacheMarks = target.quirks.cacheMarks ?? (own ? "prompt_cache_breakpoint" : undefined);
  return { ...cacheMember(cache, { cacheMarks, warn }), ...(own ? rest : {}) };
}

function encodeImage({ source, detail }: ImagePart, context: PartContext): JsonObject {
  const wanted = { detail: detail ?? "auto" };
  if (source.kind === "url") return { type: "input_image", image_url: source.url, ...wanted };
  if (source.kind === "data") return { type: "input_image", image_url: toDataUrl(source), ...wanted };
  return { type: "input_image", file_id: ownFile(source.id, context), ...wanted };
}

function encodeFile({ source, filename }: FilePart, context: PartContext): JsonObject {
  const named = filename === undefined ? {} : { filename };
  if (source.kind === "file") return { type: "input_file", file_id: ownFile(source.id, context), ...named };
  if (source.kind === "url") return { type: "input_file", file_url: source.url, ...named };
  return { type: "input_file", file_data: toDataUrl(source), filename: filename ?? "file" };
}

function ownFile(id: string, { own, target }: PartContext): string {
  if (own) return id;
  throw errors.REQUEST_UNSUPPORTED("messages", target.model, "A file id is known to one vendor; send the file itself.");
}
