import { numberOf, stringOf } from "@sluice/core";
import type {
  EventOf,
  FrameLimits,
  ImagesRequest,
  ImagesResult,
  JsonObject,
  ResultContext,
  ResultDecodeContext,
  ResultDecoder,
  StreamWriter,
  Usage,
} from "@sluice/core";
import { encodeTokens } from "../audio/usage.ts";
import { defined } from "../members.ts";
import { decodeInBandError } from "../openai-chat/errors.ts";
import { createEventDecoder, createEventEncoder } from "../result-events.ts";
import { decodeMade, detailsOf, fromJson, toJson, warnOfForm } from "./image-wire.ts";

/** One event may hold a whole picture. */
const largestEvent = 32 * 1024 * 1024;

type Event = EventOf<"images">;

export function decodeStream(
  mediaType: string,
  { request }: ResultDecodeContext<"images">,
  limits: FrameLimits,
): ResultDecoder<"images"> | null {
  if (!/^text\/event-stream\b/i.test(mediaType)) return null;
  const wide = { maxEventBytes: Math.max(limits.maxEventBytes, largestEvent) };
  return createEventDecoder<"images">(wide, (event) => decodeEvent(event, request));
}

function decodeEvent(event: JsonObject, request: ImagesRequest): Event[] {
  if (event["error"] !== undefined) return [{ type: "error", failure: decodeInBandError(event["error"], {}) }];
  const details = detailsOf(event);
  const [image] = fromJson(event, `image/${details.outputFormat ?? request.outputFormat ?? "png"}`);
  const type = (stringOf(event["type"]) ?? "").replace(/^image_(?:generation|edit)\./, "");
  if (image === undefined) return [];
  if (type === "partial_image") return [{ type: "draft", index: numberOf(event["partial_image_index"]) ?? 0, image }];
  if (type !== "completed") return [];
  return [
    { type: "image", image, details },
    { type: "usage", usage: decodeMade(event["usage"], 1, { ...request, ...details }) },
    { type: "end" },
  ];
}

export function* replay({ images, size, quality, background, outputFormat }: ImagesResult): Generator<Event> {
  const details = defined({ size, quality, background, outputFormat });
  for (const image of images) yield { type: "image", image, details };
}

/** Drafts and pictures in OpenAI's events; the last picture waits for its usage. */
export function createEncoder(context: ResultContext<"images">): StreamWriter<Event> {
  const family = context.request.action === "edit" ? "image_edit" : "image_generation";
  let waiting: JsonObject = { type: `${family}.completed` };
  let hasImage = false;
  let usage: Usage | null = null;
  const encode = (event: Event): JsonObject | null => {
    if (event.type === "usage") usage = event.usage;
    if (event.type === "draft") {
      const index = { partial_image_index: event.index };
      return { type: `${family}.partial_image`, ...toJson(event.image), ...index, created_at: context.created };
    }
    if (event.type !== "image") return null;
    warnOfForm([event.image], context.request, context.warn);
    const before = hasImage ? waiting : null;
    const { outputFormat, ...details } = event.details;
    const told = defined({ ...details, output_format: outputFormat });
    waiting = { type: `${family}.completed`, ...toJson(event.image), ...told, created_at: context.created };
    hasImage = true;
    return before;
  };
  return createEventEncoder(context, encode, () => ({
    ...waiting,
    ...(usage === null || usage.inputTokens === null ? {} : { usage: encodeTokens(usage) }),
  }));
}
