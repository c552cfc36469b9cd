import { arrayOf, isObject, numberOf, stringOf } from "@sluice/core";
import type { Failure, FinishReason, JsonObject, StreamEvent } from "@sluice/core";
import { decodeInBandError } from "../openai-chat/errors.ts";
import { correctFinish } from "../openai-chat/finish.ts";
import { decodeUsage } from "../openai-chat/usage.ts";
import { closeAll, closeItem } from "./decode-items.ts";
import { decodeFinish } from "./finish.ts";
import { ownMembers } from "./response-body.ts";
import { fail } from "./stream-state.ts";
import type { ResponsesState } from "./stream-state.ts";

/** The response has begun; whatever comes first says so. */
export function start(state: ResponsesState, response: JsonObject): StreamEvent[] {
  if (state.started) return [];
  state.started = true;
  state.responseId = stringOf(response.id) || null;
  const created = numberOf(response.created_at) || null;
  return [{ type: "start", id: state.responseId, model: stringOf(response.model) || null, created }];
}

export function readError(state: ResponsesState, event: JsonObject): StreamEvent[] {
  const told = isObject(event.error) || typeof event.error === "string" ? event.error : event;
  return failWith(state, decodeInBandError(told, state.context.target.quirks));
}

function failWith(state: ResponsesState, failure: Failure): StreamEvent[] {
  state.over = true;
  return [{ type: "error", failure }];
}

/** The whole response: what no event has told of its items, then why it ended. */
export function finish(state: ResponsesState, response: JsonObject): StreamEvent[] {
  const reason = decodeFinish(response);
  if (reason === "error") return readError(state, response);
  const events = start(state, response);
  for (const [index, item] of arrayOf(response.output).entries()) {
    if (isObject(item)) events.push(...closeItem(state, index, item));
  }
  events.push(...closeAll(state), ...state.audio.end(0), ...restOf(state, response));
  const isCut = reason === "length" || reason === "filter" || reason === "paused";
  if (state.brokenCall !== null && !isCut) {
    return [...events, ...fail(state, "protocol", `the arguments of ${state.brokenCall} are not JSON`)];
  }
  state.over = true;
  if (isObject(response.usage)) events.push({ type: "usage", usage: decodeUsage(response.usage, {}, response) });
  events.push({ type: "finish", choice: 0, reason: corrected(state, reason) }, { type: "end" });
  return events;
}

/** What only a client of this dialect can read of a response. */
function restOf({ context }: ResponsesState, response: JsonObject): StreamEvent[] {
  if (context.request.origin.dialect !== "openai-responses") return [];
  const members = Object.fromEntries(Object.entries(response).filter(([name]) => !ownMembers.has(name)));
  if (Object.keys(members).length === 0) return [];
  return [{ type: "rest", choice: null, format: "openai-responses", place: "response", members }];
}

function corrected(state: ResponsesState, reason: FinishReason): FinishReason {
  return correctFinish(reason, { calls: state.calls > 0, refusal: state.refused });
}
