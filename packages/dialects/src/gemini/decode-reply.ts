import { AttemptError, arrayOf, emptyFold, foldEvent, isObject, objectOf, stringOf } from "@sluice/core";
import type { DecodeContext, JsonObject, Quirks, Reply, StreamEvent, Usage } from "@sluice/core";
import { checkedAnswer } from "../answer-schema.ts";
import { decodeChunk, failed, initial, knownCounts } from "./decode-stream.ts";
import type { DecoderState } from "./decode-stream.ts";
import { decodeFinish } from "./finish.ts";
import { decodeUsage } from "./usage.ts";

/** A unary answer is a stream of one chunk. */
export function decodeReply(body: JsonObject, context: DecodeContext): Reply {
  const state = initial(context);
  const fold = emptyFold();
  for (const event of [...decodeChunk(state, body), ...unaryEnd(state)]) foldEvent(fold, event);
  if (fold.failure !== null) throw new AttemptError(fold.failure);
  return checkedAnswer(fold.reply, context.request);
}

/** The body is whole, so a candidate without a reason was not cut; nothing is made up for it either. */
function unaryEnd(state: DecoderState): StreamEvent[] {
  if (state.failed) return [];
  if (state.choices.size === 0 && !state.blocked)
    return [failed("the answer has neither candidates nor a blocked prompt")];
  const open = [...state.choices.values()].filter((choice) => !choice.finished);
  return open.map((): StreamEvent => {
    const message = "A candidate has no finish reason.";
    return { type: "warning", warning: { code: "missing_finish_reason", message } };
  });
}

/** The usage of what is plainly an answer; see `decodeReply` for everything else. */
export function tapReply(body: JsonObject, { target, request }: DecodeContext): Usage | null {
  const candidates = arrayOf(body["candidates"]);
  const usage = objectOf(body["usageMetadata"]);
  // An answer in a schema is held to it.
  if (usage === undefined || request.output?.type === "schema" || (body["error"] ?? null) !== null) return null;
  const isPlain = (candidate: unknown) => isObject(candidate) && isFinished(candidate, target.quirks);
  return candidates.length > 0 && candidates.every(isPlain) ? decodeUsage({ ...knownCounts(usage) }) : null;
}

/** Whether nothing of a candidate can be wrong with the answer or add to its usage: no searches, and no call that may be cut. */
function isFinished({ content, finishReason, groundingMetadata }: JsonObject, quirks: Quirks): boolean {
  const finish = decodeFinish(stringOf(finishReason) ?? "", quirks);
  if (finish === null || finish === "error" || finish === "other" || groundingMetadata) return false;
  return !arrayOf(objectOf(content)?.["parts"]).some((part) => isObject(part) && isBroken(part));
}

function isBroken({ functionCall }: JsonObject): boolean {
  const call = objectOf(functionCall);
  return call !== undefined && (!call["name"] || call["willContinue"] === true);
}
