import { replay } from "@sluice/core";
import type { AnswerContext, JsonObject, Reply } from "@sluice/core";
import { droppedPart } from "../losses.ts";
import { ResponseEncoder } from "./encode-stream.ts";

/** One whole answer: the response that a stream of it would have ended with. */
export function encodeReply(reply: Reply, context: AnswerContext): JsonObject {
  const encoder = new ResponseEncoder(context);
  for (const event of replay(reply)) encoder.write(event);
  // Spoken words have events and no item.
  const isSpoken = reply.choices[0]?.parts.some((part) => part.type === "audio");
  if (isSpoken) context.warn(droppedPart("audio"));
  return encoder.response();
}
