import { objectOf, stringOf } from "@sluice/core";
import type { JsonObject, StreamEvent } from "@sluice/core";
import { closeReasoning, fail, lateState, ownState, toolName } from "./stream-state.ts";
import type { OpenCall, StreamState } from "./stream-state.ts";

/** The input of a call begins to arrive. That of a tool which the vendor runs is waited for: it is no call of the client's. */
export function inputStart(state: StreamState, part: JsonObject): StreamEvent[] {
  const id = stringOf(part["id"]) ?? "";
  if (part["providerExecuted"] === true) {
    state.hosted.add(id);
    return [];
  }
  return [...closeReasoning(state), ...open(state, id, part, part["inputEncoding"] === "text")];
}

export function inputDelta(state: StreamState, part: JsonObject): StreamEvent[] {
  const { call } = state;
  const delta = stringOf(part["delta"]) ?? "";
  if (call === null || call.id !== part["id"] || call.isText || delta === "") return [];
  call.written += delta;
  return [write(call, delta)];
}

/** The whole call: what of it has not been told yet, and its end. */
export function callPart(state: StreamState, part: JsonObject): StreamEvent[] {
  const id = stringOf(part["toolCallId"]) ?? "";
  const events = state.call === null ? open(state, id, part, false) : [];
  const call = state.call as OpenCall;
  if (call.written === "") {
    call.written = stringOf(part["input"]) || "{}";
    events.push(write(call, call.written));
  }
  if (!isJson(call.written)) state.brokenCall = stringOf(part["toolName"]) ?? id;
  events.push(...close(state, call));
  const metadata = objectOf(part["providerMetadata"]);
  const isNew = metadata !== undefined && JSON.stringify(metadata) !== call.told;
  return isNew ? [...events, ...lateState(state, metadata, `call:${id}`)] : events;
}

/** The answer ends within a call: by its limit that is a cut, else an answer that cannot be used. */
export function cutCall(state: StreamState, isLimit: boolean): StreamEvent[] {
  const { call } = state;
  if (call === null) return [];
  if (!isLimit && !isJson(call.written)) {
    return fail(state, { class: "protocol", message: "the answer ended within the arguments of a call" });
  }
  return close(state, call);
}

function open(state: StreamState, id: string, part: JsonObject, isText: boolean): StreamEvent[] {
  const metadata = objectOf(part["providerMetadata"]) ?? null;
  const index = state.callCount++;
  state.call = { id, index, written: "", isText, told: metadata === null ? null : JSON.stringify(metadata) };
  const name = toolName(state, stringOf(part["toolName"]) ?? "");
  return [{ type: "tool-start", choice: 0, index, id, name, ...ownState(state, metadata, true) }];
}

function write({ index }: OpenCall, text: string): StreamEvent {
  return { type: "tool-delta", choice: 0, index, arguments: text };
}

function close(state: StreamState, { index }: OpenCall): StreamEvent[] {
  state.call = null;
  return [{ type: "tool-end", choice: 0, index }];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
