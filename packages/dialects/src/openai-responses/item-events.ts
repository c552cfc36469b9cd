import { numberOf, objectOf, stringOf } from "@sluice/core";
import type { Json, JsonObject, StreamEvent } from "@sluice/core";
import {
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
import { start } from "./lifecycle.ts";
import { say } from "./stream-state.ts";
import type { EventReader, Item, ItemKind, ResponsesState } from "./stream-state.ts";

const nothing: EventReader = () => [];

/** What is told of items and their parts. */
export const itemReaders: readonly (readonly [type: string, read: EventReader])[] = [
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
];

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
