import { arrayOf, isObject, numberOf, objectOf, stringOf } from "@sluice/core";
import type {
  DecodeContext,
  Failure,
  FinishReason,
  Json,
  JsonObject,
  StreamDecoder,
  StreamEvent,
  WireFrame,
} from "@sluice/core";
import { AudioPieces } from "../openai-chat/audio-pieces.ts";
import { decodeInBandError } from "../openai-chat/errors.ts";
import { correctFinish } from "../openai-chat/finish.ts";
import { decodeUsage } from "../openai-chat/usage.ts";
import {
  closeAll,
  closeItem,
  itemOf,
  openItem,
  tellArguments,
  tellCitation,
  tellInput,
  tellLogprobs,
  tellPart,
  tellRefusal,
  tellText,
  tellThinking,
  tellWholeArguments,
} from "./decode-items.ts";
import type { Memo } from "./encode-request.ts";
import { decodeFinish } from "./finish.ts";
import { quietEnd } from "./quiet.ts";
import { ownMembers } from "./response-body.ts";
import { fail, say, warnOnce } from "./stream-state.ts";
import type { Item, ItemKind, ResponsesState } from "./stream-state.ts";

export const responsesDecoder: StreamDecoder<ResponsesState> = {
  initial: (context: DecodeContext) => ({
    context,
    memo: (context.memo as Memo | undefined) ?? {},
    started: false,
    responseId: null,
    items: new Map(),
    open: [],
    calls: 0,
    refused: false,
    committed: false,
    textLength: 0,
    brokenCall: null,
    audio: new AudioPieces("audio/mpeg"),
    over: false,
    warned: new Set(),
  }),

  step(state, frame) {
    // Some vendors end this dialect's streams as they end those of chat.
    if (state.over || frame.data === "" || frame.data.trim() === "[DONE]") return [];
    const event = parse(frame);
    if (event === null) return fail(state, "protocol", "a stream event is not a JSON object");
    return stepEvent(state, event, frame.event);
  },

  end(state) {
    if (state.over) return [];
    return fail(state, state.committed ? "truncated" : "protocol", "the stream ended before its response was complete");
  },

  quietEnd,
};

type EventReader = (state: ResponsesState, event: JsonObject) => StreamEvent[];

/** One wire event, parsed. Also how a whole answer is read, item by item. */
export function stepEvent(state: ResponsesState, event: JsonObject, name: string | null): StreamEvent[] {
  const type = stringOf(event.type) ?? name ?? "";
  const read = readers.get(type);
  if (read !== undefined) return read(state, event);
  if (event.error !== undefined && event.error !== null) return readError(state, event);
  return warnOnce(state, "unknown_event", type);
}

const nothing: EventReader = () => [];
const begin: EventReader = (state, { response }) => start(state, objectOf(response) ?? {});
const end: EventReader = (state, { response }) => finish(state, objectOf(response) ?? {});

/** Every published event type. What a vendor's own tool does on its way is told by its item once it is done. */
const readers: ReadonlyMap<string, EventReader> = new Map<string, EventReader>([
  ["response.created", begin],
  ["response.queued", begin],
  ["response.in_progress", begin],
  ["response.completed", end],
  ["response.incomplete", end],
  ["response.failed", (state, event) => readError(state, objectOf(event.response) ?? {})],
  ["error", readError],
  ["keepalive", nothing],

  ["response.output_item.added", addItem],
  ["response.output_item.done", finishItem],
  ["response.content_part.added", nothing],
  ["response.content_part.done", part],
  ["response.output_text.delta", textDelta],
  ["response.output_text.done", textDone],
  ["response.output_text.annotation.added", annotation],
  ["response.refusal.delta", (state, event) => refusal(state, event, event.delta, false)],
  ["response.refusal.done", (state, event) => refusal(state, event, event.refusal, true)],
  ["response.reasoning_summary_part.added", nothing],
  ["response.reasoning_summary_part.done", nothing],
  ["response.reasoning_summary_text.delta", (state, event) => thinking(state, event, "summary", false)],
  ["response.reasoning_summary_text.done", (state, event) => thinking(state, event, "summary", true)],
  ["response.reasoning_text.delta", (state, event) => thinking(state, event, "content", false)],
  ["response.reasoning_text.done", (state, event) => thinking(state, event, "content", true)],
  [
    "response.function_call_arguments.delta",
    ofItem("call", (_state, item, event) => tellArguments(item, delta(event))),
  ],
  ["response.function_call_arguments.done", ofItem("call", (_state, item, event) => tellWholeArguments(item, event))],
  [
    "response.custom_tool_call_input.delta",
    ofItem("custom-call", (_state, item, event) => tellInput(item, delta(event))),
  ],
  ["response.custom_tool_call_input.done", nothing],
  ["response.audio.delta", (state, event) => state.audio.take({ data: delta(event) })],
  ["response.audio.transcript.delta", (state, event) => state.audio.take({ transcript: delta(event) })],
  ["response.audio.done", nothing],
  ["response.audio.transcript.done", nothing],

  ["response.web_search_call.in_progress", nothing],
  ["response.web_search_call.searching", nothing],
  ["response.web_search_call.completed", nothing],
  ["response.file_search_call.in_progress", nothing],
  ["response.file_search_call.searching", nothing],
  ["response.file_search_call.completed", nothing],
  ["response.code_interpreter_call.in_progress", nothing],
  ["response.code_interpreter_call.interpreting", nothing],
  ["response.code_interpreter_call.completed", nothing],
  ["response.code_interpreter_call_code.delta", nothing],
  ["response.code_interpreter_call_code.done", nothing],
  ["response.image_generation_call.in_progress", nothing],
  ["response.image_generation_call.generating", nothing],
  ["response.image_generation_call.partial_image", nothing],
  ["response.image_generation_call.completed", nothing],
  ["response.mcp_call.in_progress", nothing],
  ["response.mcp_call_arguments.delta", nothing],
  ["response.mcp_call_arguments.done", nothing],
  ["response.mcp_call.completed", nothing],
  ["response.mcp_call.failed", nothing],
  ["response.mcp_list_tools.in_progress", nothing],
  ["response.mcp_list_tools.completed", nothing],
  ["response.mcp_list_tools.failed", nothing],
  ["response.shell_call_command.added", nothing],
  ["response.shell_call_command.delta", nothing],
  ["response.shell_call_command.done", nothing],
  ["response.shell_call_output_content.delta", nothing],
  ["response.shell_call_output_content.done", nothing],
  ["response.compaction.compacting", nothing],
]);

/** An event about an item of one kind; another item's is none of its business. */
function ofItem(
  kind: ItemKind,
  read: (state: ResponsesState, item: Item, event: JsonObject) => StreamEvent[],
): EventReader {
  return (state, event) => {
    const item = itemOf(state, event);
    if (item === undefined || item.over || item.kind !== kind) return [];
    return say(state, item, read(state, item, event));
  };
}

function delta(event: JsonObject): string {
  return stringOf(event.delta) ?? "";
}

function placeOf(event: JsonObject): number {
  return numberOf(event.content_index) ?? 0;
}

function start(state: ResponsesState, response: JsonObject): StreamEvent[] {
  if (state.started) return [];
  state.started = true;
  state.responseId = stringOf(response.id) || null;
  const created = numberOf(response.created_at) || null;
  return [{ type: "start", id: state.responseId, model: stringOf(response.model) || null, created }];
}

function addItem(state: ResponsesState, event: JsonObject): StreamEvent[] {
  const item = objectOf(event.item);
  if (item === undefined) return [];
  return [...start(state, {}), ...openItem(state, numberOf(event.output_index) ?? state.items.size, item)];
}

function finishItem(state: ResponsesState, event: JsonObject): StreamEvent[] {
  const item = objectOf(event.item);
  if (item === undefined) return [];
  const index = numberOf(event.output_index) ?? lastOpen(state);
  return [...start(state, {}), ...closeItem(state, index, item)];
}

function lastOpen(state: ResponsesState): number {
  const open = [...state.items].findLast(([, item]) => !item.over);
  return open?.[0] ?? state.items.size;
}

function part(state: ResponsesState, event: JsonObject): StreamEvent[] {
  const whole = objectOf(event.part);
  if (whole === undefined) return [];
  const tell = ofItem("message", (known, item) => tellPart(known, item, placeOf(event), whole));
  return tell(state, event);
}

function textDelta(state: ResponsesState, event: JsonObject): StreamEvent[] {
  const item = itemOf(state, event);
  if (item === undefined || item.over || item.kind !== "message") return [];
  const at = placeOf(event);
  return say(state, item, [
    ...tellText(state, item, at, delta(event), false),
    ...tellLogprobs(item, at, event.logprobs),
  ]);
}

function textDone(state: ResponsesState, event: JsonObject): StreamEvent[] {
  const tell = ofItem("message", (known, item) =>
    tellText(known, item, placeOf(event), stringOf(event.text) ?? "", true),
  );
  return tell(state, event);
}

function annotation(state: ResponsesState, event: JsonObject): StreamEvent[] {
  const tell = ofItem("message", (known, item) => tellCitation(known, item, placeOf(event), event.annotation));
  return tell(state, event);
}

function refusal(state: ResponsesState, event: JsonObject, text: Json | undefined, isWhole: boolean): StreamEvent[] {
  const tell = ofItem("message", (known, item) =>
    tellRefusal(known, item, placeOf(event), stringOf(text) ?? "", isWhole),
  );
  return tell(state, event);
}

function thinking(
  state: ResponsesState,
  event: JsonObject,
  of: "summary" | "content",
  isWhole: boolean,
): StreamEvent[] {
  const name = `${of} ${numberOf(of === "summary" ? event.summary_index : event.content_index) ?? 0}`;
  const text = isWhole ? (stringOf(event.text) ?? "") : delta(event);
  const tell = ofItem("reasoning", (known, item) => tellThinking(known, item, name, text, isWhole));
  return tell(state, event);
}

function readError(state: ResponsesState, event: JsonObject): StreamEvent[] {
  const told = isObject(event.error) || typeof event.error === "string" ? event.error : event;
  return failWith(state, decodeInBandError(told, state.context.target.quirks));
}

function failWith(state: ResponsesState, failure: Failure): StreamEvent[] {
  state.over = true;
  return [{ type: "error", failure }];
}

/** The whole response: what no event has told of its items, then why it ended. */
function finish(state: ResponsesState, response: JsonObject): StreamEvent[] {
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

function parse(frame: WireFrame): JsonObject | null {
  try {
    const value: unknown = JSON.parse(frame.data);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
