import { arrayOf, defineDecoder, isObject, objectOf, parseJson, stringOf } from "@sluice/core";
import type { FailureClass, FinishReason, JsonObject, StreamDecoder, StreamEvent, WireFrame } from "@sluice/core";
import { answerRest } from "../rest.ts";
import { Refrain } from "../refrain.ts";
import { closeBlock, continueBlock, continueText, openBlock } from "./decode-blocks.ts";
import { failureOf } from "./errors.ts";
import { decodeFinish, mayBeCut } from "./finish.ts";
import { memoOf } from "./memo.ts";
import { quietEnd } from "./quiet.ts";
import { fail, warnOnce } from "./stream-state.ts";
import type { StreamState } from "./stream-state.ts";
import { decodeUsage, joinUsage } from "./usage.ts";

export const reducer: StreamDecoder<StreamState> = {
  initial: (context) => ({
    context,
    memo: memoOf(context.memo),
    begun: false,
    responseId: "",
    block: null,
    refrain: new Refrain(),
    refrainOf: null,
    calls: 0,
    hasContent: false,
    textLength: 0,
    answer: "",
    brokenCall: null,
    usage: {},
    ending: false,
    finish: null,
    done: false,
    warned: new Set(),
  }),
  step: (state, frame) => (state.done ? [] : stepFrame(state, frame)),
  end: (state) => (state.done ? [] : fail(state, cutClass(state), "The stream ended before message_stop.")),
  quietEnd,
};

export const decoder: StreamDecoder<unknown> = defineDecoder(reducer);

function stepFrame(state: StreamState, frame: WireFrame): StreamEvent[] {
  // A frame without data is a comment. Some vendors end this dialect's streams as another dialect would.
  if (frame.data === "" || frame.data.trim() === "[DONE]" || frame.event === "ping") return [];
  const text = state.block !== null && state.block === state.refrainOf ? state.refrain.textOf(frame.data) : null;
  if (text !== null) return continueText(state, text);
  const event = parse(frame.data);
  if (event !== null) {
    const events = stepEvent(state, event, frame.event);
    if (typeof event["type"] === "string") noteDelta(state, frame.data, events);
    return events;
  }
  if (frame.event === "error") return failWith(state, frame.data);
  return fail(state, "protocol", "An event of the stream is not a JSON object.");
}

/** Remembers how a delta that told text and nothing else was written. */
function noteDelta(state: StreamState, data: string, events: readonly StreamEvent[]): void {
  const [told] = events;
  const isText = told?.type === "text-delta" && state.block?.kind === "text";
  const isThinking = told?.type === "reasoning-delta" && state.block?.kind === "thinking";
  if (events.length !== 1 || !(isText || isThinking)) return;
  state.refrain.note(data, told.text);
  state.refrainOf = state.block;
}

/** One wire event, parsed. Also how a whole answer is read, event by event. */
export function stepEvent(state: StreamState, event: JsonObject, name: string | null): StreamEvent[] {
  const type = stringOf(event["type"]) ?? name ?? "";
  if (isObject(event["error"]) || type === "error") return failWith(state, event);
  const handle = handlers.get(type);
  const events = handle ? handle(state, event) : warnOnce(state, "unknown_event", type);
  state.begun ||= events.some((written) => written.type !== "warning");
  return state.done ? untilError(events) : events;
}

/** Nothing follows an error, whatever else the same event would have said. */
function untilError(events: StreamEvent[]): StreamEvent[] {
  const at = events.findIndex((event) => event.type === "error");
  return at === -1 ? events : events.slice(0, at + 1);
}

const handlers = new Map<string, (state: StreamState, event: JsonObject) => StreamEvent[]>([
  ["ping", () => []],
  ["message_start", startMessage],
  ["content_block_start", beginBlock],
  ["content_block_delta", (state, event) => continueBlock(state, objectOf(event["delta"]) ?? {})],
  ["content_block_stop", closeBlock],
  ["message_delta", changeMessage],
  ["message_stop", stopMessage],
]);

function startMessage(state: StreamState, event: JsonObject): StreamEvent[] {
  const message = objectOf(event["message"]) ?? {};
  const usage = () => readUsage(state, message["usage"]);
  if (state.begun) return usage();
  state.responseId = stringOf(message["id"]) ?? "";
  return [
    { type: "start", id: stringOf(message["id"]) ?? null, model: stringOf(message["model"]) ?? null, created: null },
    ...unread(state, "message", message, messageFields),
    ...usage(),
    // Some compatible vendors put the first blocks here.
    ...arrayOf(message["content"]).flatMap((block) => beginBlock(state, { content_block: block })),
  ];
}

const ends = ["stop_reason", "stop_sequence", "stop_details"];
const messageFields: ReadonlySet<string> = new Set(["id", "type", "role", "model", "content", "usage", ...ends]);
const deltaFields: ReadonlySet<string> = new Set(ends);
const endingFields: ReadonlySet<string> = new Set(["type", "delta", "usage"]);

/** Members that only clients of this dialect know. */
function unread(state: StreamState, place: string, object: JsonObject, read: ReadonlySet<string>): StreamEvent[] {
  return answerRest(state.context.request, { choice: null, format: "anthropic", place }, object, read);
}

/** Blocks come one after the other, and none after the stop reason. */
function beginBlock(state: StreamState, event: JsonObject): StreamEvent[] {
  if (state.finish !== null) return [];
  return [...closeBlock(state), ...openBlock(state, objectOf(event["content_block"]) ?? {})];
}

function changeMessage(state: StreamState, event: JsonObject): StreamEvent[] {
  state.ending = true;
  const delta = objectOf(event["delta"]) ?? {};
  const reason = stringOf(delta["stop_reason"]);
  const events = [
    ...closeBlock(state),
    ...unread(state, "delta", delta, deltaFields),
    ...unread(state, "ending", event, endingFields),
    ...readUsage(state, event["usage"]),
  ];
  if (reason === undefined || state.finish !== null) return events;
  return [...events, ...finish(state, reason, delta)];
}

function finish(state: StreamState, wireReason: string, delta: JsonObject): StreamEvent[] {
  const details = objectOf(delta["stop_details"]);
  const known = decodeFinish(wireReason, details, state.context.target.quirks);
  if (known === "error") return fail(state, "server", `The upstream ended with ${wireReason}.`);
  if (known === null && !state.hasContent) return fail(state, "protocol", `An empty answer ended with ${wireReason}.`);
  const reason = corrected(state, known ?? "other");
  if (state.brokenCall !== null && !mayBeCut(reason)) {
    return fail(state, "protocol", `The arguments of ${state.brokenCall} are not JSON.`);
  }
  state.finish = reason;
  const stopSequence = stringOf(delta["stop_sequence"]);
  const detail = refusalText(details);
  return [
    ...(known === null ? warnOnce(state, "unknown_finish_reason", wireReason) : []),
    ...checkAnswer(state, reason),
    {
      type: "finish",
      choice: 0,
      reason,
      ...(stopSequence === undefined ? {} : { stopSequence }),
      ...(detail === undefined ? {} : { detail }),
    },
  ];
}

/** What the answer holds outweighs what the upstream calls its end. */
function corrected(state: StreamState, reason: FinishReason): FinishReason {
  if (reason === "tool-calls" && state.calls === 0) return "stop";
  if (reason === "stop" && state.calls > 0) return "tool-calls";
  return reason;
}

function refusalText(details: JsonObject | undefined): string | undefined {
  return stringOf(details?.["explanation"]) ?? stringOf(details?.["category"]);
}

function checkAnswer(state: StreamState, reason: FinishReason): StreamEvent[] {
  if (state.memo.checkJson !== true || reason !== "stop" || isJson(state.answer)) return [];
  const message = "The answer was to be JSON and is not.";
  return [{ type: "warning", warning: { code: "output_not_json", message, field: "response_format" } }];
}

function stopMessage(state: StreamState): StreamEvent[] {
  const events = closeBlock(state);
  if (state.finish === null)
    return [...events, ...fail(state, cutClass(state), "The stream ended without a stop reason.")];
  state.done = true;
  return [...events, { type: "end" }];
}

function readUsage(state: StreamState, usage: unknown): StreamEvent[] {
  if (!isObject(usage)) return [];
  state.usage = joinUsage(state.usage, usage);
  return [{ type: "usage", usage: decodeUsage(state.usage) }];
}

function failWith(state: StreamState, body: unknown): StreamEvent[] {
  state.done = true;
  return [{ type: "error", failure: failureOf(body, state.context.target.quirks) }];
}

// Before the commit point a missing terminator is no answer at all; after it the answer is cut.
function cutClass(state: StreamState): FailureClass {
  return state.hasContent ? "truncated" : "protocol";
}

function parse(data: string): JsonObject | null {
  try {
    const value: unknown = parseJson(data);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
