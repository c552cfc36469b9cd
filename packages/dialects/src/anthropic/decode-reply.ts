import { AttemptError, arrayOf, emptyFold, foldEvent, isObject, objectOf, stringOf } from "@sluice/core";
import type { DecodeContext, JsonObject, Reply, Usage } from "@sluice/core";
import { checkedAnswer } from "../answer-schema.ts";
import { reducer, stepEvent } from "./decode-stream.ts";
import { failureOf } from "./errors.ts";
import { decodeFinish } from "./finish.ts";
import { decodeUsage, joinUsage } from "./usage.ts";

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

/** The usage of what is plainly an answer; see `decodeReply` for everything else. */
export function tapReply(body: JsonObject, { target, request }: DecodeContext): Usage | null {
  const { type, content, usage, stop_reason, stop_details } = body;
  // An answer in a schema is held to it.
  if (body["error"] || type !== "message" || !Array.isArray(content) || request.output?.type === "schema") return null;
  const finish = decodeFinish(stringOf(stop_reason) ?? "", objectOf(stop_details), target.quirks);
  if (finish === null || finish === "error") return null;
  return isObject(usage) ? decodeUsage(joinUsage({}, usage)) : null;
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
