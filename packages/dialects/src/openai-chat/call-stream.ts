import { isObject, stringOf } from "@sluice/core";
import type { Failure, Json, JsonObject, OpaqueState, StreamEvent } from "@sluice/core";
import { madeCallId } from "./call-ids.ts";
import { JsonProgress } from "./json-progress.ts";
import { decodeCallState } from "./reasoning.ts";

/** Clients of this dialect refuse higher indexes. */
export const mostIndexes = 128;

interface CallState {
  wireIndex: number | null;
  wireId: string | null;
  name: string;
  text: string;
  /** How much of `text` has left. */
  sent: number;
  progress: JsonProgress;
  started: boolean;
  state: OpaqueState | undefined;
}

export interface CallContext {
  choice: number;
  /** Makes ids where the vendor gives none. Asked only then: it may need the history, which few answers do. */
  seed: () => readonly (string | number | null)[];
  stateDomain: string;
  /** The caller's name of a tool. */
  ownName: (name: string) => string;
}

/**
 * Puts the calls of one choice in order: numbered by first appearance whatever the vendor's `index` says, one after the
 * other. While a vendor interleaves, later calls wait until the open one is whole.
 */
export class CallStream {
  readonly #context: CallContext;
  readonly #calls: CallState[] = [];
  #open = 0;

  constructor(context: CallContext) {
    this.#context = context;
  }

  get count(): number {
    return this.#calls.length;
  }

  /** One entry of `tool_calls`, a piece or a whole call. */
  take(entry: Json | undefined): StreamEvent[] {
    if (!isObject(entry)) return [];
    const called = isObject(entry.function) ? entry.function : isObject(entry.custom) ? entry.custom : {};
    const name = stringOf(called.name) ?? "";
    const text = argumentText(called.arguments ?? called.input);
    const call = this.#find(entry, name) ?? this.#add(entry);
    if (call === null) return [tooMany];
    call.name ||= name;
    call.wireId ??= stringOf(entry.id) || null;
    call.state ??= decodeCallState(entry.extra_content, this.#context.stateDomain);
    // A vendor may say a whole call again.
    if (!(call.progress.whole && text === call.text)) {
      call.text += text;
      call.progress.feed(text);
    }
    return this.#advance(false);
  }

  /** Ends all calls. `cut`: the answer ran out of length, so arguments may be incomplete. */
  close(cut: boolean): StreamEvent[] {
    const broken = cut ? undefined : this.#calls.find((call) => !isSound(call));
    return broken ? [malformed(broken)] : this.#advance(true);
  }

  #find(entry: JsonObject, name: string): CallState | undefined {
    const id = stringOf(entry.id) || null;
    const index = typeof entry.index === "number" ? entry.index : null;
    if (id !== null) {
      const known = this.#calls.find((call) => call.wireId === id);
      return (
        known ?? this.#calls.findLast((call) => call.wireId === null && call.wireIndex === index && index !== null)
      );
    }
    const latest = index === null ? this.#calls.at(-1) : this.#calls.findLast((call) => call.wireIndex === index);
    // Without ids, a name begins the next call once the latest has whole arguments or nothing else tells them apart.
    const again = latest !== undefined && name !== "" && latest.name !== "";
    return again && (index === null || latest.progress.whole) ? undefined : latest;
  }

  #add(entry: JsonObject): CallState | null {
    if (this.#calls.length >= mostIndexes) return null;
    const call: CallState = {
      wireIndex: typeof entry.index === "number" ? entry.index : null,
      wireId: null,
      name: "",
      text: "",
      sent: 0,
      progress: new JsonProgress(),
      started: false,
      state: undefined,
    };
    this.#calls.push(call);
    return call;
  }

  #advance(closing: boolean): StreamEvent[] {
    const events: StreamEvent[] = [];
    for (let call = this.#calls[this.#open]; call !== undefined; call = this.#calls[this.#open]) {
      if (call.name === "") break;
      this.#emit(call, events);
      const next = this.#calls[this.#open + 1];
      if (!closing && !(next !== undefined && call.progress.whole)) break;
      this.#end(call, events);
    }
    return events;
  }

  #emit(call: CallState, events: StreamEvent[]): void {
    const { choice, seed, ownName } = this.#context;
    const index = this.#open;
    if (!call.started) {
      call.started = true;
      const id = call.wireId ?? madeCallId(...seed(), choice, index);
      const state = call.state ? { state: call.state } : {};
      events.push({ type: "tool-start", choice, index, id, name: ownName(call.name), ...state });
    }
    if (call.sent === call.text.length) return;
    events.push({ type: "tool-delta", choice, index, arguments: call.text.slice(call.sent) });
    call.sent = call.text.length;
  }

  #end(call: CallState, events: StreamEvent[]): void {
    const { choice } = this.#context;
    const index = this.#open++;
    if (call.text === "") events.push({ type: "tool-delta", choice, index, arguments: "{}" });
    events.push({ type: "tool-end", choice, index });
  }
}

function argumentText(value: Json | undefined): string {
  if (typeof value === "string") return value;
  return isObject(value) ? JSON.stringify(value) : "";
}

function isSound(call: CallState): boolean {
  if (call.name === "") return false;
  if (call.text === "") return true;
  try {
    JSON.parse(call.text);
    return true;
  } catch {
    return false;
  }
}

const tooMany: StreamEvent = {
  type: "error",
  failure: { class: "protocol", message: `more than ${mostIndexes} tool calls in one answer` },
};

function malformed(call: CallState): StreamEvent {
  const message =
    call.name === "" ? "a tool call without a name" : `the arguments of a call of ${call.name} are not valid JSON`;
  const failure: Failure = { class: "protocol", message };
  return { type: "error", failure };
}
