import { isObject, numberOf, objectOf, stringOf } from "@sluice/core";
import type { FailureClass, FinishReason, JsonObject, StreamDecoder, StreamEvent, WireFrame } from "@sluice/core";
import { failureOf } from "../errors.ts";
import { cutFrame, exceptionFrame } from "../frames.ts";
import { closeBlock, continueBlock, openBlock, parsed } from "./decode-blocks.ts";
import { memoOf } from "./memo.ts";
import { fail, warnOnce } from "./stream-state.ts";
import type { StreamState } from "./stream-state.ts";
import { decodeUsage } from "./usage.ts";

/** Reads ConverseStream: a message, its blocks, `messageStop`, and behind it `metadata` with the usage. */
export const reducer: StreamDecoder<StreamState> = {
  initial: (context) => ({
    context,
    memo: memoOf(context.memo),
    begun: false,
    block: null,
    calls: 0,
    hasContent: false,
    textLength: 0,
    answer: "",
    brokenCall: null,
    finish: null,
    done: false,
    warned: new Set(),
  }),
  step: (state, frame) => (state.done ? [] : stepFrame(state, frame)),
  end: (state) => {
    if (state.done) return [];
    if (state.finish === null) return fail(state, cutClass(state), "The stream ended before messageStop.");
    // Usage is all that can have been missing.
    return end(state);
  },
};

function stepFrame(state: StreamState, frame: WireFrame): StreamEvent[] {
  if (frame.data === "") return [];
  const body = parsed(frame.data);
  if (!isObject(body)) return fail(state, "protocol", "An event of the stream is not a JSON object.");
  return stepEvent(state, frame.event ?? "", body);
}

/** One event, parsed. Also how a whole answer is read, event by event. */
export function stepEvent(state: StreamState, name: string, body: JsonObject): StreamEvent[] {
  const handle = handlers.get(name);
  const events = handle ? handle(state, body) : warnOnce(state, "unknown_event", name);
  return state.done ? untilEnd(events) : events;
}

/** Nothing follows an error, whatever else the same event would have said. */
function untilEnd(events: StreamEvent[]): StreamEvent[] {
  const at = events.findIndex(({ type }) => type === "error");
  return at === -1 ? events : events.slice(0, at + 1);
}

const handlers = new Map<string, (state: StreamState, body: JsonObject) => StreamEvent[]>([
  ["messageStart", startMessage],
  ["contentBlockStart", beginBlock],
  ["contentBlockDelta", (state, body) => (isOver(state) ? [] : continueBlock(state, indexOf(body), deltaOf(body)))],
  ["contentBlockStop", closeBlock],
  ["messageStop", stopMessage],
  ["metadata", readMetadata],
  [exceptionFrame, (state, body) => failWith(state, body)],
  [cutFrame, (state) => fail(state, cutClass(state), "The stream ended in the middle of an event.")],
]);

function startMessage(state: StreamState): StreamEvent[] {
  if (state.begun) return [];
  state.begun = true;
  return [{ type: "start", id: null, model: null, created: null }];
}

function beginBlock(state: StreamState, body: JsonObject): StreamEvent[] {
  if (isOver(state)) return [];
  return [...closeBlock(state), ...openBlock(state, indexOf(body), objectOf(body["start"]) ?? {})];
}

function isOver(state: StreamState): boolean {
  return state.finish !== null;
}

function indexOf(body: JsonObject): number {
  return numberOf(body["contentBlockIndex"]) ?? 0;
}

function deltaOf(body: JsonObject): JsonObject {
  return objectOf(body["delta"]) ?? {};
}

const reasons = new Map<string, FinishReason | "error">([
  ["end_turn", "stop"],
  ["stop_sequence", "stop-sequence"],
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "context-full"],
  ["tool_use", "tool-calls"],
  ["content_filtered", "filter"],
  ["guardrail_intervened", "filter"],
  ["malformed_model_output", "error"],
  ["malformed_tool_use", "error"],
]);

function stopMessage(state: StreamState, body: JsonObject): StreamEvent[] {
  if (isOver(state)) return [];
  const wire = stringOf(body["stopReason"]) ?? "";
  const known = state.context.target.quirks.finishReasons?.[wire] ?? reasons.get(wire);
  const events = closeBlock(state);
  if (known === "error") return [...events, ...fail(state, "server", `The upstream ended with ${wire}.`)];
  if (known === undefined && !state.hasContent) {
    return [...events, ...fail(state, "protocol", `An empty answer ended with ${wire || "no reason"}.`)];
  }
  const reason = corrected(state, known ?? "other");
  if (state.brokenCall !== null && (reason === "stop" || reason === "tool-calls")) {
    return [...events, ...fail(state, "protocol", `The arguments of ${state.brokenCall} are not JSON.`)];
  }
  state.finish = reason;
  const detail = wire === "guardrail_intervened" ? { detail: "A guardrail intervened." } : {};
  return [
    ...(known === undefined ? warnOnce(state, "unknown_finish_reason", wire) : []),
    ...events,
    ...restored(state),
    { type: "finish", choice: 0, reason, ...detail },
  ];
}

/** What the answer holds outweighs what the upstream calls its end. */
function corrected(state: StreamState, reason: FinishReason): FinishReason {
  if (reason === "tool-calls" && state.calls === 0) return "stop";
  if (reason === "stop" && state.calls > 0) return "tool-calls";
  return reason;
}

/** The answer as the caller's own schema has it; one that is no JSON, such as a cut one, stays as it is. */
function restored({ memo, answer }: StreamState): StreamEvent[] {
  if (memo.restore === undefined || answer === "") return [];
  const value = parsed(answer);
  return [{ type: "text-delta", choice: 0, text: value === undefined ? answer : JSON.stringify(memo.restore(value)) }];
}

function readMetadata(state: StreamState, body: JsonObject): StreamEvent[] {
  const usage = objectOf(body["usage"]);
  const events: StreamEvent[] =
    usage === undefined ? [] : [{ type: "usage", usage: decodeUsage(usage, body["serviceTier"]) }];
  return isOver(state) ? [...events, ...end(state)] : events;
}

function end(state: StreamState): StreamEvent[] {
  state.done = true;
  return [{ type: "end" }];
}

function failWith(state: StreamState, body: JsonObject): StreamEvent[] {
  state.done = true;
  return [{ type: "error", failure: failureOf(body, state.context.target.quirks) }];
}

// Before the commit point a missing end is no answer at all; after it the answer is cut.
function cutClass(state: StreamState): FailureClass {
  return state.hasContent ? "truncated" : "protocol";
}
