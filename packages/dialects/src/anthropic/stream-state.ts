import type { DecodeContext, FailureClass, FinishReason, Json, JsonObject, StreamEvent } from "@sluice/core";
import type { Refrain } from "../refrain.ts";
import type { Memo } from "./memo.ts";

/** All that is known of one stream so far. */
export interface StreamState {
  context: DecodeContext;
  memo: Memo;
  /** Something was said; a message does not start twice. */
  begun: boolean;
  responseId: string;
  block: Block | null;
  /** How the deltas of a block are written, and of which. */
  refrain: Refrain;
  refrainOf: Block | null;
  /** Client tool calls seen. */
  calls: number;
  hasContent: boolean;
  /** UTF-16 units of the text part that is being written. */
  textLength: number;
  /** The answer's text, kept only where it must be checked as JSON. */
  answer: string;
  /** The tool whose arguments did not parse when its block ended: fatal unless the answer was cut. */
  brokenCall: string | null;
  usage: JsonObject;
  /** A `message_delta` has come: from there on relays hold what they pass. */
  ending: boolean;
  finish: FinishReason | null;
  /** Nothing may follow: the terminator or an error was seen. */
  done: boolean;
  warned: Set<string>;
}

/** The content block that is open, as far as it is read. */
export type Block =
  | { kind: "text"; start: number; citations: Json[] }
  | { kind: "thinking"; signature: string }
  | { kind: "redacted"; data: string }
  /** `given` is the input that came with the block's start; deltas replace it. */
  | { kind: "call"; index: number; name: string; given: string; json: string }
  | { kind: "answer"; given: string; json: string }
  | { kind: "provider"; item: JsonObject; json: string }
  | { kind: "skipped" };

/** One warning per distinct name. */
export function warnOnce(state: StreamState, code: string, name: string): StreamEvent[] {
  const key = `${code} ${name}`;
  if (state.warned.has(key)) return [];
  state.warned.add(key);
  const message = `${name === "" ? "A nameless event" : name} is not known here.`;
  return [{ type: "warning", warning: { code, message, field: name } }];
}

export function fail(state: StreamState, failureClass: FailureClass, message: string): StreamEvent[] {
  state.done = true;
  return [{ type: "error", failure: { class: failureClass, message } }];
}
