import type { DecodeContext, FailureClass, FinishReason, Json, JsonObject, StreamEvent } from "@sluice/core";
import type { Memo } from "./memo.ts";

/** All that is known of one stream so far. */
export interface StreamState {
  context: DecodeContext;
  memo: Memo;
  begun: boolean;
  block: Block | null;
  /** Client tool calls seen. */
  calls: number;
  hasContent: boolean;
  /** UTF-16 units of the text part that is being written. */
  textLength: number;
  /** The answer's text, kept only where it must be restored as a whole. */
  answer: string;
  /** The tool whose arguments did not parse when its block ended: fatal unless the answer was cut. */
  brokenCall: string | null;
  finish: FinishReason | null;
  /** Nothing may follow: the end or an error was seen. */
  done: boolean;
  warned: Set<string>;
}

/** The content block that is open. Only calls, hosted tools and pictures are told of before their first delta. */
export type Block = { at: number } & (
  | { kind: "text"; start: number; citations: Json[] }
  | { kind: "reasoning"; signature: string; redacted: string }
  | { kind: "call"; index: number; name: string; json: string }
  | { kind: "hosted"; item: JsonObject; json: string }
  | { kind: "results"; item: JsonObject; content: Json[] }
  | { kind: "image"; format: string; data: string }
  | { kind: "skipped" }
);

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
