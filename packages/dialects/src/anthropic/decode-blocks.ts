import { arrayOf, isObject, parseJson, stringOf } from "@sluice/core";
import type { Json, JsonObject, OpaqueState, StreamEvent } from "@sluice/core";
import { digest } from "../names.ts";
import { answerRest } from "../rest.ts";
import { decodeCitation } from "./citations.ts";
import { fail, warnOnce } from "./stream-state.ts";
import type { Block, StreamState } from "./stream-state.ts";

export function openBlock(state: StreamState, content: JsonObject): StreamEvent[] {
  const open = openers.get(stringOf(content["type"]) ?? "") ?? openProvider;
  return open(state, content);
}

const openers = new Map<string, (state: StreamState, content: JsonObject) => StreamEvent[]>([
  ["text", openText],
  ["thinking", openThinking],
  ["redacted_thinking", openRedacted],
  ["tool_use", openCall],
]);

function openText(state: StreamState, content: JsonObject): StreamEvent[] {
  state.block = { kind: "text", start: state.textLength, citations: arrayOf(content["citations"]) };
  return writeText(state, stringOf(content["text"]) ?? "");
}

function openThinking(state: StreamState, content: JsonObject): StreamEvent[] {
  state.block = { kind: "thinking", signature: stringOf(content["signature"]) ?? "" };
  return writeThinking(state, stringOf(content["thinking"]) ?? "");
}

function openRedacted(state: StreamState, content: JsonObject): StreamEvent[] {
  state.block = { kind: "redacted", data: stringOf(content["data"]) ?? "" };
  return [];
}

function openCall(state: StreamState, content: JsonObject): StreamEvent[] {
  const wireName = stringOf(content["name"]) ?? "";
  const given =
    isObject(content["input"]) && Object.keys(content["input"]).length > 0 ? JSON.stringify(content["input"]) : "";
  if (wireName === state.memo.answerTool) {
    state.block = { kind: "answer", given, json: "" };
    return [];
  }
  const index = state.calls++;
  const name = state.memo.names.fromWire(wireName);
  const id = stringOf(content["id"]) || `call_${digest(`${state.responseId} 0 ${index}`, 24)}`;
  state.block = { kind: "call", index, name, given, json: "" };
  markContent(state);
  const place = { choice: 0, format: "anthropic", place: `call ${index}` };
  const rest = answerRest(state.context.request, place, content, callFields);
  return [...rest, { type: "tool-start", choice: 0, index, id: state.memo.ids.fromWire(id), name }];
}

const callFields: ReadonlySet<string> = new Set(["type", "id", "name", "input"]);

/** A provider-run tool is kept whole, for clients that speak this dialect; a block of an unknown kind is passed over. */
function openProvider(state: StreamState, content: JsonObject): StreamEvent[] {
  const type = stringOf(content["type"]) ?? "";
  if (isHosted(type)) {
    state.block = { kind: "provider", item: content, json: "" };
    return [];
  }
  state.block = { kind: "skipped" };
  return warnOnce(state, "unknown_block", type);
}

function isHosted(type: string): boolean {
  return /^(server|mcp)_tool_use$|_tool_result$|^(container_upload|compaction|search_result)$/.test(type);
}

export function continueBlock(state: StreamState, delta: JsonObject): StreamEvent[] {
  if (state.block?.kind === "skipped") return [];
  const type = stringOf(delta["type"]) ?? "";
  const continueWith = deltas.get(type);
  if (continueWith === undefined || state.block === null) return warnOnce(state, "unknown_event", type);
  return continueWith(state, state.block, delta);
}

const deltas = new Map<string, (state: StreamState, block: Block, delta: JsonObject) => StreamEvent[]>([
  [
    "text_delta",
    (state, block, delta) => (block.kind === "text" ? writeText(state, stringOf(delta["text"]) ?? "") : []),
  ],
  [
    "thinking_delta",
    (state, block, delta) => (block.kind === "thinking" ? writeThinking(state, stringOf(delta["thinking"]) ?? "") : []),
  ],
  ["signature_delta", continueSignature],
  ["citations_delta", continueCitations],
  ["input_json_delta", continueInput],
]);

/** More of the text or the thinking that is open. */
export function continueText(state: StreamState, text: string): StreamEvent[] {
  return state.block?.kind === "thinking" ? writeThinking(state, text) : writeText(state, text);
}

function continueSignature(_state: StreamState, block: Block, delta: JsonObject): StreamEvent[] {
  if (block.kind === "thinking") block.signature = stringOf(delta["signature"]) ?? block.signature;
  return [];
}

function continueCitations(_state: StreamState, block: Block, delta: JsonObject): StreamEvent[] {
  if (block.kind === "text" && delta["citation"] !== undefined) block.citations.push(delta["citation"]);
  return [];
}

function continueInput(state: StreamState, block: Block, delta: JsonObject): StreamEvent[] {
  const json = stringOf(delta["partial_json"]) ?? "";
  if (json === "" || !("json" in block)) return [];
  block.json += json;
  if (block.kind === "call") return [{ type: "tool-delta", choice: 0, index: block.index, arguments: json }];
  if (block.kind === "answer" && state.memo.restore === undefined) return writeText(state, json);
  return [];
}

/** Ends the open block, if there is one. */
export function closeBlock(state: StreamState): StreamEvent[] {
  const block = state.block;
  state.block = null;
  switch (block?.kind) {
    case undefined:
    case "skipped":
      return [];
    case "text":
      return block.citations.map((raw) => ({
        type: "citation",
        choice: 0,
        citation: decodeCitation(raw, block.start, state.textLength),
      }));
    case "thinking":
      return closeReasoning(state, block.signature === "" ? null : signed(state, "signature", block.signature));
    case "redacted":
      return closeReasoning(state, signed(state, "redacted", block.data));
    case "call":
      return closeCall(state, block);
    case "answer":
      return closeAnswer(state, block);
    case "provider":
      return closeProvider(state, block);
  }
}

function signed(state: StreamState, kind: OpaqueState["kind"], data: string): OpaqueState {
  return { kind, domain: state.context.target.stateDomain, data };
}

function closeReasoning(state: StreamState, opaque: OpaqueState | null): StreamEvent[] {
  markContent(state);
  return [{ type: "reasoning-end", choice: 0, ...(opaque === null ? {} : { state: opaque }) }];
}

function closeCall(state: StreamState, block: Extract<Block, { kind: "call" }>): StreamEvent[] {
  const { index } = block;
  const missing = block.json === "" ? block.given || "{}" : "";
  if (parsed(block.json + missing) === undefined) state.brokenCall = block.name;
  return [
    ...(missing === "" ? [] : [{ type: "tool-delta" as const, choice: 0, index, arguments: missing }]),
    { type: "tool-end", choice: 0, index },
  ];
}

function closeAnswer(state: StreamState, block: Extract<Block, { kind: "answer" }>): StreamEvent[] {
  const { restore } = state.memo;
  const whole = block.json === "" ? block.given || "{}" : block.json;
  const value = parsed(whole);
  if (value === undefined) state.brokenCall = "the answer";
  if (restore !== undefined) return writeText(state, value === undefined ? whole : JSON.stringify(restore(value)));
  return block.json === "" ? writeText(state, whole) : [];
}

function closeProvider(state: StreamState, block: Extract<Block, { kind: "provider" }>): StreamEvent[] {
  const input = block.json === "" ? undefined : parsed(block.json);
  if (block.json !== "" && input === undefined) return fail(state, "protocol", "A hosted tool's input is not JSON.");
  markContent(state);
  const item = input === undefined ? block.item : { ...block.item, input };
  return [{ type: "provider", choice: 0, format: "anthropic", item }];
}

function writeText(state: StreamState, text: string): StreamEvent[] {
  if (text === "") return [];
  state.hasContent = true;
  state.textLength += text.length;
  if (state.memo.checkJson === true) state.answer += text;
  return [{ type: "text-delta", choice: 0, text }];
}

function writeThinking(state: StreamState, text: string): StreamEvent[] {
  if (text === "") return [];
  markContent(state);
  return [{ type: "reasoning-delta", choice: 0, text }];
}

/** Content that is not text: the next text begins a part of its own. */
function markContent(state: StreamState): void {
  state.hasContent = true;
  state.textLength = 0;
}

function parsed(json: string): Json | undefined {
  try {
    return parseJson(json) as Json;
  } catch {
    return undefined;
  }
}
