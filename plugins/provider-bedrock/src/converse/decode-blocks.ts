import { arrayOf, isObject, objectOf, parseJson, stringOf } from "@sluice/core";
import type { Citation, Json, JsonObject, OpaqueState, StreamEvent } from "@sluice/core";
import { redactedDomain } from "./memo.ts";
import { fail, warnOnce } from "./stream-state.ts";
import type { Block, StreamState } from "./stream-state.ts";

/** A block that says what it is before its first delta. Others begin with that. */
export function openBlock(state: StreamState, at: number, start: JsonObject): StreamEvent[] {
  const [kind = ""] = Object.keys(start);
  const open = starts.get(kind);
  if (open !== undefined) return open(state, at, objectOf(start[kind]) ?? {});
  state.block = { at, kind: "skipped" };
  return warnOnce(state, "unknown_block", kind);
}

const starts = new Map<string, (state: StreamState, at: number, start: JsonObject) => StreamEvent[]>([
  ["toolUse", openCall],
  [
    "toolResult",
    (state, at, start) => {
      state.block = { at, kind: "results", item: start, content: [] };
      return [];
    },
  ],
  [
    "image",
    (state, at, start) => {
      state.block = { at, kind: "image", format: stringOf(start["format"]) ?? "png", data: "" };
      return [];
    },
  ],
]);

function openCall(state: StreamState, at: number, start: JsonObject): StreamEvent[] {
  if (start["type"] === "server_tool_use") {
    state.block = { at, kind: "hosted", item: start, json: "" };
    return [];
  }
  markContent(state);
  const { names, ids } = state.memo;
  const index = state.calls++;
  const name = names.fromWire(stringOf(start["name"]) ?? "");
  const id = ids.fromWire(stringOf(start["toolUseId"]) ?? "");
  state.block = { at, kind: "call", index, name, json: "" };
  return [{ type: "tool-start", choice: 0, index, id, name }];
}

/** A delta of the open block, or of one that begins with it. */
export function continueBlock(state: StreamState, at: number, delta: JsonObject): StreamEvent[] {
  const [kind = ""] = Object.keys(delta);
  const next = deltas.get(kind);
  if (next === undefined) return warnOnce(state, "unknown_event", kind);
  const before = state.block?.at === at ? [] : closeBlock(state);
  return [...before, ...next(state, at, delta[kind])];
}

const deltas = new Map<string, (state: StreamState, at: number, delta: Json | undefined) => StreamEvent[]>([
  ["text", (state, at, delta) => writeText(state, at, stringOf(delta) ?? "")],
  ["reasoningContent", (state, at, delta) => writeReasoning(state, at, objectOf(delta) ?? {})],
  ["toolUse", (state, _at, delta) => writeInput(state, stringOf(objectOf(delta)?.["input"]) ?? "")],
  [
    "citation",
    (state, at, delta) => {
      textBlock(state, at).citations.push(delta ?? null);
      return [];
    },
  ],
  [
    "toolResult",
    (state, _at, delta) => {
      if (state.block?.kind === "results") state.block.content.push(...arrayOf(delta));
      return [];
    },
  ],
  [
    "image",
    (state, _at, delta) => {
      const data = stringOf(objectOf(objectOf(delta)?.["source"])?.["bytes"]) ?? "";
      if (state.block?.kind === "image") state.block.data += data;
      return [];
    },
  ],
]);

function textBlock(state: StreamState, at: number): Extract<Block, { kind: "text" }> {
  if (state.block?.kind === "text") return state.block;
  const block: Block = { at, kind: "text", start: state.textLength, citations: [] };
  state.block = block;
  return block as Extract<Block, { kind: "text" }>;
}

function writeText(state: StreamState, at: number, text: string): StreamEvent[] {
  textBlock(state, at);
  if (text === "") return [];
  state.hasContent = true;
  if (state.memo.restore !== undefined) {
    state.answer += text;
    return [];
  }
  state.textLength += text.length;
  return [{ type: "text-delta", choice: 0, text }];
}

function writeReasoning(state: StreamState, at: number, delta: JsonObject): StreamEvent[] {
  if (state.block?.kind !== "reasoning") state.block = { at, kind: "reasoning", signature: "", redacted: "" };
  const block = state.block as Extract<Block, { kind: "reasoning" }>;
  block.signature += stringOf(delta["signature"]) ?? "";
  block.redacted += stringOf(delta["redactedContent"]) ?? "";
  const text = stringOf(delta["text"]) ?? "";
  if (text === "") return [];
  markContent(state);
  return [{ type: "reasoning-delta", choice: 0, text }];
}

function writeInput(state: StreamState, json: string): StreamEvent[] {
  const { block } = state;
  if (json === "" || block === null || !("json" in block)) return [];
  block.json += json;
  return block.kind === "call" ? [{ type: "tool-delta", choice: 0, index: block.index, arguments: json }] : [];
}

/** Ends the open block, if there is one. */
export function closeBlock(state: StreamState): StreamEvent[] {
  const { block } = state;
  state.block = null;
  switch (block?.kind) {
    case undefined:
    case "skipped":
      return [];
    case "text":
      return block.citations.map((raw) => ({ type: "citation", choice: 0, citation: citationOf(raw, block, state) }));
    case "reasoning":
      return closeReasoning(state, block);
    case "call":
      return closeCall(state, block);
    case "hosted":
      return closeHosted(state, block);
    case "results":
      return provider(state, { toolResult: { ...block.item, content: block.content } });
    case "image":
      markContent(state);
      return [imageEvent(block.format, block.data)];
  }
}

function closeReasoning(state: StreamState, block: Extract<Block, { kind: "reasoning" }>): StreamEvent[] {
  markContent(state);
  const { stateDomain } = state.context.target;
  const opaque = (kind: OpaqueState["kind"], domain: string, data: string): StreamEvent[] =>
    data === "" ? [] : [{ type: "reasoning-end", choice: 0, state: { kind, domain, data } }];
  const signed = opaque("signature", stateDomain, block.signature);
  const ends = [...signed, ...opaque("redacted", redactedDomain, block.redacted)];
  return ends.length > 0 ? ends : [{ type: "reasoning-end", choice: 0 }];
}

function closeCall(state: StreamState, block: Extract<Block, { kind: "call" }>): StreamEvent[] {
  const { index, json, name } = block;
  const missing = json === "" ? "{}" : "";
  if (parsed(json + missing) === undefined) state.brokenCall = name;
  return [
    ...(missing === "" ? [] : [{ type: "tool-delta" as const, choice: 0, index, arguments: missing }]),
    { type: "tool-end", choice: 0, index },
  ];
}

function closeHosted(state: StreamState, { item, json }: Extract<Block, { kind: "hosted" }>): StreamEvent[] {
  const input = json === "" ? (item["input"] ?? {}) : parsed(json);
  if (input === undefined) return fail(state, "protocol", "A hosted tool's input is not JSON.");
  return provider(state, { toolUse: { ...item, input } });
}

export function provider(state: StreamState, item: JsonObject): StreamEvent[] {
  markContent(state);
  return [{ type: "provider", choice: 0, format: "bedrock-converse", item }];
}

export function imageEvent(format: string, data: string): StreamEvent {
  return { type: "media", choice: 0, media: "image", source: { kind: "data", mediaType: `image/${format}`, data } };
}

function citationOf(raw: Json, block: { start: number }, { textLength }: StreamState): Citation {
  const cited = isObject(raw) ? raw : {};
  const location = objectOf(objectOf(cited["location"])?.["web"]);
  const quote = arrayOf(cited["sourceContent"])
    .map((piece) => stringOf(objectOf(piece)?.["text"]) ?? "")
    .join("");
  const url = stringOf(location?.["url"]);
  const title = stringOf(cited["title"]);
  return {
    ...(url === undefined ? {} : { url }),
    ...(title === undefined ? {} : { title }),
    ...(quote === "" ? {} : { quote }),
    start: block.start,
    end: textLength,
    raw,
  };
}

/** Content that is not text: the next text begins a part of its own. */
export function markContent(state: StreamState): void {
  state.hasContent = true;
  state.textLength = 0;
}

export function parsed(json: string): Json | undefined {
  try {
    return parseJson(json) as Json;
  } catch {
    return undefined;
  }
}
