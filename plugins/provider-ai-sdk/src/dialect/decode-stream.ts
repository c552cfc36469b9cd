import { AttemptError, defineDecoder, emptyFold, foldEvent, isObject, parseJson } from "@sluice/core";
import type { DecodeContext, JsonObject, Reply, StreamEvent, WireFrame } from "@sluice/core";
import { decodePart } from "./decode-parts.ts";
import { decodeError } from "./failures.ts";
import { fail, initialState, type StreamState } from "./stream-state.ts";
import { streamPartsOf } from "./result-parts.ts";

function step(state: StreamState, frame: WireFrame): StreamEvent[] {
  if (frame.data === "" || state.failed) return [];
  const part = parsed(frame.data);
  if (part === null) return fail(state, { class: "protocol", message: "a part of the answer is no JSON object" });
  return decodePart(state, part);
}

/** Complete is a stream whose package has told a reason for its end. */
function end(state: StreamState): StreamEvent[] {
  if (state.failed) return [];
  if (state.finished) return [{ type: "end" }];
  return fail(state, { class: "truncated", message: "the answer ended without a finish part" });
}

export const decoder = defineDecoder<StreamState>({ initial: initialState, step, end });

/** A whole answer is read as the stream that it could have been. */
export function decodeReply(body: JsonObject, context: DecodeContext): Reply {
  if (body["error"] !== undefined) throw new AttemptError(decodeError(200, new Map(), body, context.target.quirks));
  if (!Array.isArray(body["content"]) || !isObject(body["finishReason"])) {
    throw new AttemptError({ class: "protocol", message: "the package's answer has no content or no finish reason" });
  }
  const state = initialState(context);
  const fold = emptyFold();
  for (const part of streamPartsOf(body, context)) for (const event of decodePart(state, part)) foldEvent(fold, event);
  if (fold.failure !== null) throw new AttemptError(fold.failure);
  return fold.reply;
}

function parsed(data: string): JsonObject | null {
  try {
    const value: unknown = parseJson(data);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
