import { AttemptError, foldEvents } from "@sluice/core";
import type { DecodeContext, JsonObject, Reply } from "@sluice/core";
import { checkedAnswer } from "../answer-schema.ts";
import { decodeInBandError } from "../openai-chat/errors.ts";
import { responsesDecoder, stepEvent } from "./decode-stream.ts";

/**
 * Reads a whole answer as the last event of a stream that told nothing before, so that both forms always mean the same.
 *
 * Throws `AttemptError`: `protocol` for what is no answer, or the class that the body's own error names.
 */
export function decodeReply(body: JsonObject, context: DecodeContext): Reply {
  if (body.object !== "response") {
    if (body.error !== undefined && body.error !== null) {
      throw new AttemptError(decodeInBandError(body.error, context.target.quirks));
    }
    throw new AttemptError({ class: "protocol", message: "the answer is no response" });
  }
  const events = stepEvent(responsesDecoder.initial(context), { type: "response.completed", response: body }, null);
  const { reply, failure } = foldEvents(events);
  if (failure) throw new AttemptError(failure);
  return checkedAnswer(reply, context.request);
}
