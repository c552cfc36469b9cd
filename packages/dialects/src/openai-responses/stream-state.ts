import { isContent } from "@sluice/core";
import type { DecodeContext, FailureClass, JsonObject, StreamEvent } from "@sluice/core";
import type { AudioPieces } from "../openai-chat/audio-pieces.ts";
import type { Memo } from "./encode-request.ts";

/** How an item of the output is read: by deltas and parts, or whole when it is done. */
export type ItemKind = "message" | "reasoning" | "call" | "custom-call" | "image" | "hosted" | "skipped";

/** One item of the output, as far as it is read. */
export interface Item {
  readonly kind: ItemKind;
  readonly type: string;
  /** Of a call: 0,1,2… by first appearance. */
  readonly call: number;
  readonly name: string;
  /** The item as it was added; what came with `done` counts more. */
  readonly added: JsonObject;
  /** Events that wait because an earlier item is still speaking. */
  readonly waiting: StreamEvent[];
  /** The parts that deltas have told; the others are told when they, or the item, are done. */
  readonly told: Set<string>;
  /** Where a part's text begins within the canonical one. */
  readonly starts: Map<number, number>;
  /** Arguments of a call, or text that must be restored as a whole. */
  text: string;
  /** The last part of reasoning that was told: parts are apart by a blank line. */
  lastPart: string | null;
  over: boolean;
}

/** All that is known of one stream so far. */
export interface ResponsesState {
  context: DecodeContext;
  memo: Partial<Memo>;
  started: boolean;
  responseId: string | null;
  items: Map<number, Item>;
  /** Items that are not over, in order. Only the first one speaks, since canonical content does not interleave. */
  open: Item[];
  calls: number;
  messages: number;
  refused: boolean;
  committed: boolean;
  /** UTF-16 units of the canonical text that is being written. */
  textLength: number;
  /** The tool whose arguments did not parse when its call was done: fatal unless the answer was cut. */
  brokenCall: string | null;
  audio: AudioPieces;
  over: boolean;
  warned: Set<string>;
}

/** Reads one type of event. */
export type EventReader = (state: ResponsesState, event: JsonObject) => StreamEvent[];

/** What an item says: at once if it is its turn, else when the items before it are over. */
export function say(state: ResponsesState, item: Item, events: StreamEvent[]): StreamEvent[] {
  if (state.open[0] !== item) {
    item.waiting.push(...events);
    return [];
  }
  state.committed ||= events.some(isContent);
  return events;
}

/** Ends an item; the next one speaks, up to the first that is not over. */
export function leave(state: ResponsesState, item: Item): StreamEvent[] {
  item.over = true;
  const events: StreamEvent[] = [];
  while (state.open[0]?.over) {
    state.open.shift();
    const next = state.open[0];
    if (next !== undefined) events.push(...say(state, next, next.waiting.splice(0)));
  }
  return events;
}

const mostWarnings = 32;

/** One warning for each distinct name; a vendor that makes names up cannot fill the receipt. */
export function warnOnce(state: ResponsesState, code: string, name: string): StreamEvent[] {
  const key = `${code} ${name}`;
  if (state.warned.has(key) || state.warned.size >= mostWarnings) return [];
  state.warned.add(key);
  const field = name.slice(0, 64);
  const message = `${field === "" ? "A nameless event" : field} is not known; a translated answer goes without it.`;
  return [{ type: "warning", warning: { code, message, field } }];
}

export function fail(state: ResponsesState, failureClass: FailureClass, message: string): StreamEvent[] {
  state.over = true;
  return [{ type: "error", failure: { class: failureClass, message } }];
}
