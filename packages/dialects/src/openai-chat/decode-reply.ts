import { AttemptError, arrayOf, foldEvents, isObject } from "@sluice/core";
import type { DecodeContext, JsonObject, Reply, Usage } from "@sluice/core";
import { checkedAnswer } from "../answer-schema.ts";
import { chatDecoder, stepChunk } from "./decode-stream.ts";
import { mostIndexes } from "./call-stream.ts";
import { decodeInBandError } from "./errors.ts";
import { decodeUsage } from "./usage.ts";

/**
 * Reads a whole answer as a stream of one chunk, so that both forms always mean the same.
 *
 * Throws `AttemptError`: `protocol` for what is no answer, or the class that the body's own error names.
 */
export function decodeReply(body: JsonObject, context: DecodeContext): Reply {
  if (body.error !== undefined && body.error !== null) {
    throw new AttemptError(decodeInBandError(body.error, context.target.quirks));
  }
  if (!Array.isArray(body.choices) || body.choices.length === 0) {
    throw new AttemptError({ class: "protocol", message: "the answer has no choices" });
  }
  const state = chatDecoder.initial(context);
  const events = stepChunk(state, { ...body, choices: body.choices.map(asChunkChoice) });
  const { reply, failure } = foldEvents([...events, ...chatDecoder.step(state, terminator)]);
  if (failure) throw new AttemptError(failure.class === "truncated" ? { ...failure, class: "protocol" } : failure);
  return checkedAnswer(reply, context.request);
}

/** The usage of what is plainly an answer; see `decodeReply` for everything else. */
export function tapReply(body: JsonObject, { target, request }: DecodeContext): Usage | null {
  const { choices, usage } = body;
  if (!Array.isArray(choices) || choices.length === 0 || (body.error ?? null) !== null) return null;
  // An answer in a schema is held to it.
  if (request.output?.type === "schema" || !choices.every(isPlain)) return null;
  return isObject(usage) ? decodeUsage(usage, target.quirks, body) : null;
}

const finishes: ReadonlySet<unknown> = new Set(["stop", "length", "content_filter"]);

/** Calls may be broken and indexes impossible: whatever could make an answer a failure is for `decodeReply` to find. */
function isPlain(choice: unknown, position: number): boolean {
  if (!isObject(choice) || !isObject(choice.message) || (choice.error ?? null) !== null) return false;
  const { tool_calls: calls, function_call: call } = choice.message;
  if (arrayOf(calls).length > 0 || (call ?? null) !== null) return false;
  return (choice.index ?? position) === position && position < mostIndexes && finishes.has(choice.finish_reason);
}

const terminator = { raw: new Uint8Array(0), event: null, data: "[DONE]" };

function asChunkChoice(choice: unknown, index: number): JsonObject {
  if (!isObject(choice)) return {};
  return { index, ...choice, delta: choice.message ?? {} };
}
