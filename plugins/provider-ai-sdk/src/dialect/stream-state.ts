import type { DecodeContext, JsonObject, OpaqueState, StreamEvent } from "@sluice/core";
import { memoOf } from "./memo.ts";
import { toState } from "./state.ts";

/** A block of text or reasoning, by the package's id for it. */
export interface Block {
  /** Its number among its kind, once something of it was told. */
  ordinal: number | null;
  /** The latest metadata: each replaces the one before. */
  metadata: JsonObject | null;
  /** Its metadata as it was told, or null. */
  told: string | null;
}

/** A call of a client's tool whose input is arriving. */
export interface OpenCall {
  id: string;
  index: number;
  written: string;
  /** Its deltas are no JSON: the input comes whole, with the call. */
  isText: boolean;
  told: string | null;
}

/** All that one stream is remembered by. */
export interface StreamState {
  context: DecodeContext;
  started: boolean;
  finished: boolean;
  failed: boolean;
  hasContent: boolean;
  texts: Map<string, Block>;
  thoughts: Map<string, Block>;
  /** The block that the last event belongs to: text goes on there without a new number. */
  open: { kind: "text" | "reasoning"; block: Block } | null;
  textCount: number;
  thoughtCount: number;
  call: OpenCall | null;
  callCount: number;
  /** Input of a call that cannot be read as JSON. */
  brokenCall: string | null;
  /** Calls that the vendor runs itself: they come whole. */
  hosted: Set<string>;
  /** Parts that arrived while a call was open: calls never interleave with anything. */
  waiting: JsonObject[];
  /** Sources, told at the end unless a citation has named them. */
  sources: Map<string, JsonObject>;
  warned: Set<string>;
}

export function initialState(context: DecodeContext): StreamState {
  return {
    context,
    started: false,
    finished: false,
    failed: false,
    hasContent: false,
    texts: new Map(),
    thoughts: new Map(),
    open: null,
    textCount: 0,
    thoughtCount: 0,
    call: null,
    callCount: 0,
    brokenCall: null,
    hosted: new Set(),
    waiting: [],
    sources: new Map(),
    warned: new Set(),
  };
}

export function domainOf({ context }: StreamState): string {
  return context.target.stateDomain;
}

export function toolName({ context }: StreamState, name: string): string {
  return memoOf(context.memo)?.names.fromWire(name) ?? name;
}

export function blockOf(blocks: Map<string, Block>, id: string): Block {
  const known = blocks.get(id);
  if (known !== undefined) return known;
  const block: Block = { ordinal: null, metadata: null, told: null };
  blocks.set(id, block);
  return block;
}

/** Metadata as state of the part that is being told. */
export function ownState(state: StreamState, metadata: JsonObject | null, isSigned: boolean): { state?: OpaqueState } {
  return metadata === null ? {} : { state: toState(metadata, domainOf(state), isSigned) };
}

/** Metadata that came after its part: an empty block of reasoning that says which part it belongs to. */
export function lateState(state: StreamState, metadata: JsonObject, owner: string): StreamEvent[] {
  state.open = null;
  return [{ type: "reasoning-end", choice: 0, state: toState(metadata, domainOf(state), false, owner) }];
}

/** Ends the reasoning that is open, before something else begins. */
export function closeReasoning(state: StreamState): StreamEvent[] {
  const { open } = state;
  state.open = null;
  if (open?.kind !== "reasoning") return [];
  open.block.told = open.block.metadata === null ? null : JSON.stringify(open.block.metadata);
  return [{ type: "reasoning-end", choice: 0, ...ownState(state, open.block.metadata, true) }];
}

export function warnOnce(state: StreamState, code: string, name: string): StreamEvent[] {
  if (state.warned.has(`${code} ${name}`)) return [];
  state.warned.add(`${code} ${name}`);
  return [{ type: "warning", warning: { code, message: `The package sent "${name}".`, field: name } }];
}

export function fail(state: StreamState, failure: Extract<StreamEvent, { type: "error" }>["failure"]): StreamEvent[] {
  state.failed = true;
  return [{ type: "error", failure }];
}
