import { AttemptError, foldEvents, isObject } from "@sluice/core";
import type { DecodeContext, JsonObject, Reply, Usage } from "@sluice/core";
import { checkedAnswer } from "../answer-schema.ts";
import { decodeInBandError } from "../openai-chat/errors.ts";
import { decodeUsage } from "../openai-chat/usage.ts";
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

/** The usage of what is plainly an answer; see `decodeReply` for everything else. */
export function tapReply(body: JsonObject, { request }: DecodeContext): Usage | null {
  const { object, status, output, usage } = body;
  if (object !== "response" || status !== "completed" || !Array.isArray(output)) return null;
  // An answer in a schema is held to it, and the arguments of calls must parse.
  if (request.output?.type === "schema" || output.some(isCall)) return null;
  return isObject(usage) ? decodeUsage(usage, {}, body) : null;
}

function isCall(item: unknown): boolean {
  return isObject(item) && item.type === "function_call";
}
