import { AttemptError, arrayOf, emptyFold, foldEvent, isObject } from "@sluice/core";
import type { DecodeContext, JsonObject, Reply } from "@sluice/core";
import { checkedAnswer } from "../answer-schema.ts";
import { reducer, stepEvent } from "./decode-stream.ts";
import { failureOf } from "./errors.ts";

/** Reads a whole answer as the stream that it could have been, so that both fold to the same reply. */
export function decodeReply(body: JsonObject, context: DecodeContext): Reply {
  if (body["error"]) throw new AttemptError(failureOf(body, context.target.quirks));
  if (body["type"] !== "message" || !Array.isArray(body["content"])) {
    throw new AttemptError({ class: "protocol", message: "The answer is not a message." });
  }
  const state = reducer.initial(context);
  const fold = emptyFold();
  for (const event of asEvents(body)) {
    for (const canonical of stepEvent(state, event, null)) foldEvent(fold, canonical);
    if (fold.failure !== null) throw new AttemptError(fold.failure);
  }
  return checkedAnswer(fold.reply, context.request);
}

function* asEvents(body: JsonObject): Generator<JsonObject> {
  const { content, stop_reason, stop_sequence, stop_details, ...message } = body;
  yield { type: "message_start", message };
  for (const block of arrayOf(content)) {
    yield { type: "content_block_start", content_block: isObject(block) ? block : {} };
    yield { type: "content_block_stop" };
  }
  yield { type: "message_delta", delta: { stop_reason, stop_sequence, stop_details } };
  yield { type: "message_stop" };
}
