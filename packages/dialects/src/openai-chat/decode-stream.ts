import { isContent, isObject, numberOf, parseJson, stringOf } from "@sluice/core";
import type { DecodeContext, Failure, JsonObject, StreamDecoder, StreamEvent, WireFrame } from "@sluice/core";
import { audioTypeOf } from "../speech.ts";
import { mostIndexes } from "./call-stream.ts";
import { ChoiceStream } from "./choice-stream.ts";
import type { Memo } from "./encode-request.ts";
import { decodeInBandError } from "./errors.ts";
import { quietEnd } from "./quiet.ts";
import { decodeUsage, usageIn } from "./usage.ts";

export interface ChatDecoderState {
  context: DecodeContext;
  /** The client speaks this dialect too. */
  isOwn: boolean;
  choices: Map<number, ChoiceStream>;
  /** The response id, once a chunk told it. */
  id: string | null;
  started: boolean;
  committed: boolean;
  over: boolean;
  warned: Set<string>;
}

export const chatDecoder: StreamDecoder<ChatDecoderState> = {
  initial: (context) => ({
    context,
    isOwn: context.request.origin.dialect === "openai-chat",
    choices: new Map(),
    id: null,
    started: false,
    committed: false,
    over: false,
    warned: new Set(),
  }),

  step(state, frame) {
    if (state.over || frame.data === "") return [];
    if (frame.data.trim() === "[DONE]") return finished(state);
    const chunk = parse(frame);
    if (chunk === null) return fail(state, { class: "protocol", message: "a stream event is not a JSON object" });
    return stepChunk(state, chunk, frame.event);
  },

  end(state) {
    if (state.over) return [];
    if (state.context.target.quirks.done === "optional" && allFinished(state)) return finished(state);
    return fail(state, cut(state, "the stream ended without its terminator"));
  },

  quietEnd,
};

/** One chunk, or a whole answer in the shape of one. */
export function stepChunk(state: ChatDecoderState, chunk: JsonObject, event: string | null = null): StreamEvent[] {
  const error = event === "error" ? (chunk.error ?? chunk) : chunk.error;
  if (error !== undefined && error !== null) return fail(state, decodeInBandError(error, state.context.target.quirks));

  const events = [...start(state, chunk), ...unread(state, "chunk", null, chunk, chunkFields)];
  for (const choice of choicesOf(chunk)) {
    const failure = stepChoice(state, chunk, choice, events);
    if (failure) return [...events, ...fail(state, failure)];
  }
  for (const raw of usageIn(chunk, state.context.target.quirks)) {
    events.push({ type: "usage", usage: decodeUsage(raw, state.context.target.quirks, chunk) });
  }
  state.committed ||= events.some(isContent);
  return events;
}

function stepChoice(
  state: ChatDecoderState,
  chunk: JsonObject,
  choice: JsonObject,
  events: StreamEvent[],
): Failure | null {
  const { quirks } = state.context.target;
  if (choice.error !== undefined && choice.error !== null) return decodeInBandError(choice.error, quirks);
  const index = numberOf(choice.index) ?? 0;
  if (!Number.isInteger(index) || index < 0 || index >= mostIndexes) {
    return { class: "protocol", message: "a choice has an impossible index" };
  }
  const stream = choiceAt(state, index);
  for (const event of stream.step(choice, chunk)) {
    if (event.type === "error") return event.failure;
    events.push(event);
  }
  return null;
}

function choiceAt(state: ChatDecoderState, index: number): ChoiceStream {
  const known = state.choices.get(index);
  if (known) return known;
  const { target, request, memo } = state.context;
  const names = (memo as Memo | undefined)?.names;
  const stream = new ChoiceStream({
    choice: index,
    // Vendors without response ids must not repeat call ids in the next turn.
    seed: () => [state.id, request.messages.length],
    quirks: target.quirks,
    stateDomain: target.stateDomain,
    audioType: audioTypeOf(request.speech?.format ?? "wav"),
    ownName: (name) => names?.fromWire(name) ?? name,
    restore: (memo as Memo | undefined)?.restore,
    warn: (name) => warning(state, name),
    unread: (place, members, read) => unread(state, place, index, members, read),
  });
  state.choices.set(index, stream);
  return stream;
}

function start(state: ChatDecoderState, chunk: JsonObject): StreamEvent[] {
  const id = stringOf(chunk.id) || null;
  // Some gateways open with a chunk of filter results: no id, no model, no choices.
  if (state.started || (id === null && choicesOf(chunk).length === 0)) return [];
  state.started = true;
  state.id = id;
  return [{ type: "start", id, model: stringOf(chunk.model) || null, created: numberOf(chunk.created) || null }];
}

function choicesOf(chunk: JsonObject): JsonObject[] {
  return Array.isArray(chunk.choices) ? chunk.choices.filter(isObject) : [];
}

/** The receipt is another gateway's, and not ours to repeat. */
const chunkFields: ReadonlySet<string> = new Set([
  "id",
  "object",
  "created",
  "model",
  "choices",
  "usage",
  "error",
  "sluice",
]);

/** Nothing of the answer is in these, wherever they stand. */
const quietFields: ReadonlySet<string> = new Set([
  "system_fingerprint",
  "service_tier",
  "obfuscation",
  "provider",
  "prompt_filter_results",
  "metadata",
  "citations",
  "search_results",
  "x_groq",
  "time_info",
  "usage",
  "native_finish_reason",
  "stop_reason",
  "token_ids",
  "content_filter_results",
]);

/** Members that have no meaning here: a client of this dialect gets them as they are, for others they are a loss. */
function unread(
  state: ChatDecoderState,
  place: string,
  choice: number | null,
  members: JsonObject,
  read: ReadonlySet<string>,
): StreamEvent[] {
  const names = Object.keys(members).filter((name) => !read.has(name));
  if (names.length === 0) return [];
  if (state.isOwn) {
    const kept = Object.fromEntries(names.map((name) => [name, members[name]]));
    return [{ type: "rest", choice, format: "openai-chat", place, members: kept }];
  }
  const lost = names.filter((name) => !quietFields.has(name) && members[name] !== null);
  return lost.flatMap((name) => warning(state, name));
}

const mostWarnings = 32;

/** One warning for each distinct name; a vendor that makes names up cannot fill the receipt. */
function warning(state: ChatDecoderState, name: string): StreamEvent[] {
  if (state.warned.has(name) || state.warned.size >= mostWarnings) return [];
  state.warned.add(name);
  const message = `The upstream's field "${name.slice(0, 64)}" is not known; a translated answer goes without it.`;
  return [{ type: "warning", warning: { code: "unknown_field", message, field: name.slice(0, 64) } }];
}

function allFinished(state: ChatDecoderState): boolean {
  return state.choices.size > 0 && [...state.choices.values()].every((choice) => choice.finished);
}

function finished(state: ChatDecoderState): StreamEvent[] {
  if (!allFinished(state)) return fail(state, cut(state, "the stream ended without a finish reason"));
  state.over = true;
  return [{ type: "end" }];
}

function cut(state: ChatDecoderState, message: string): Failure {
  return { class: state.committed ? "truncated" : "protocol", message };
}

function fail(state: ChatDecoderState, failure: Failure): StreamEvent[] {
  state.over = true;
  return [{ type: "error", failure }];
}

function parse(frame: WireFrame): JsonObject | null {
  try {
    const value: unknown = parseJson(frame.data);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
