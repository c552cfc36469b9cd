import { arrayOf, isObject, numberOf, stringOf } from "@sluice/core";
import type { Json, JsonObject, StreamEvent } from "@sluice/core";
import { madeCallId } from "../openai-chat/call-ids.ts";
import { restOf } from "../rest.ts";
import { decodeCitation } from "./citations.ts";
import { placeOfRest } from "./item-writer.ts";
import { itemState } from "./reasoning.ts";
import { leave, say, warnOnce } from "./stream-state.ts";
import type { Item, ItemKind, ResponsesState } from "./stream-state.ts";

const kinds: ReadonlyMap<string, ItemKind> = new Map([
  ["message", "message"],
  ["reasoning", "reasoning"],
  ["function_call", "call"],
  ["custom_tool_call", "custom-call"],
  ["image_generation_call", "image"],
]);

/** Items of tools that the vendor knows: what it ran itself, and what it asks the client to run. */
const hosted =
  /_(call|call_output)$|^(mcp_list_tools|mcp_approval_request|mcp_approval_response|tool_search_output|additional_tools|compaction|program|program_output|configuration_update)$/;

function kindOf(type: string): ItemKind {
  return kinds.get(type) ?? (hosted.test(type) ? "hosted" : "skipped");
}

/** The item that an event is about: by its place, or by the latest item where a vendor leaves that out. */
export function itemOf(state: ResponsesState, event: JsonObject): Item | undefined {
  const index = numberOf(event.output_index);
  return index === undefined ? state.open.at(-1) : state.items.get(index);
}

export function openItem(state: ResponsesState, index: number, wire: JsonObject): StreamEvent[] {
  if (state.items.has(index)) return [];
  const type = stringOf(wire.type) ?? "";
  const kind = kindOf(type);
  const isCall = kind === "call" || kind === "custom-call";
  const item: Item = {
    kind,
    type,
    call: isCall ? state.calls++ : -1,
    name: state.memo.names?.fromWire(stringOf(wire.name) ?? "") ?? stringOf(wire.name) ?? "",
    added: wire,
    waiting: [],
    told: new Set(),
    starts: new Map(),
    text: "",
    lastPart: null,
    over: false,
  };
  state.items.set(index, item);
  state.open.push(item);
  if (kind === "skipped") return warnOnce(state, "unknown_item", type);
  if (kind === "message") return say(state, item, itemRest(state, placeOfRest("message", state.messages++), wire));
  return isCall ? say(state, item, startCall(state, item, wire)) : [];
}

const itemFields: ReadonlySet<string> = new Set([
  "id",
  "type",
  "status",
  "role",
  "content",
  "call_id",
  "name",
  "arguments",
  "input",
]);

/** What only a client of this dialect can read of an item, such as a message's phase: told before what it says. */
function itemRest(state: ResponsesState, place: string, wire: JsonObject): StreamEvent[] {
  const { rest: members } = restOf(wire, itemFields);
  const isOwn = state.context.request.origin.dialect === "openai-responses";
  if (!isOwn || members === undefined) return [];
  return [{ type: "rest", choice: 0, format: "openai-responses", place, members }];
}

function startCall(state: ResponsesState, item: Item, wire: JsonObject): StreamEvent[] {
  state.textLength = 0;
  // Vendors without ids must not repeat call ids in the next turn.
  const id = stringOf(wire.call_id) || madeCallId(state.responseId, state.context.request.messages.length, item.call);
  const rest = itemRest(state, placeOfRest("call", item.call), wire);
  return [...rest, { type: "tool-start", choice: 0, index: item.call, id, name: item.name }];
}

/** An item is done: what its deltas left out is told, then it ends. */
export function closeItem(state: ResponsesState, index: number, wire: JsonObject): StreamEvent[] {
  const opened = openItem(state, index, wire);
  const item = state.items.get(index);
  if (item === undefined || item.over) return opened;
  const own = stringOf(wire.type) === item.type ? wire : item.added;
  return [...opened, ...say(state, item, closers[item.kind](state, item, own)), ...leave(state, item)];
}

/** Ends what is still open, with what is known of it. */
export function closeAll(state: ResponsesState): StreamEvent[] {
  return [...state.items].flatMap(([index, item]) => (item.over ? [] : closeItem(state, index, item.added)));
}

type Closer = (state: ResponsesState, item: Item, wire: JsonObject) => StreamEvent[];

const closers: Readonly<Record<ItemKind, Closer>> = {
  message: closeMessage,
  reasoning: closeReasoning,
  call: closeCall,
  "custom-call": closeCustomCall,
  image: closeImage,
  hosted: tellWhole,
  skipped: () => [],
};

function closeMessage(state: ResponsesState, item: Item, wire: JsonObject): StreamEvent[] {
  const parts = arrayOf(wire.content).flatMap((part, at) => (isObject(part) ? tellPart(state, item, at, part) : []));
  const { restore } = state.memo;
  if (restore === undefined || item.text === "") return parts;
  return [...parts, { type: "text-delta", choice: 0, text: restore(item.text) }];
}

/** What of a part of a message no delta has told. */
export function tellPart(state: ResponsesState, item: Item, at: number, part: JsonObject): StreamEvent[] {
  if (part.type === "refusal") return tellRefusal(state, item, at, stringOf(part.refusal) ?? "", true);
  if (part.type !== "output_text") return warnOnce(state, "unknown_part", stringOf(part.type) ?? "");
  const events = tellText(state, item, at, stringOf(part.text) ?? "", true);
  if (!item.told.has(`annotations ${at}`)) {
    events.push(...arrayOf(part.annotations).flatMap((annotation) => tellCitation(state, item, at, annotation)));
  }
  if (!item.told.has(`logprobs ${at}`)) events.push(...tellLogprobs(item, at, part.logprobs));
  return events;
}

/** More text of a part. `isWhole`: all of it, which counts only where no delta came. */
export function tellText(state: ResponsesState, item: Item, at: number, text: string, isWhole: boolean): StreamEvent[] {
  if (text === "" || (isWhole && item.told.has(`text ${at}`))) return [];
  item.told.add(`text ${at}`);
  if (!item.starts.has(at)) item.starts.set(at, state.textLength);
  state.textLength += text.length;
  if (state.memo.restore !== undefined) {
    item.text += text;
    return [];
  }
  return [{ type: "text-delta", choice: 0, text }];
}

export function tellRefusal(
  state: ResponsesState,
  item: Item,
  at: number,
  text: string,
  isWhole: boolean,
): StreamEvent[] {
  if (text === "" || (isWhole && item.told.has(`text ${at}`))) return [];
  item.told.add(`text ${at}`);
  state.refused = true;
  state.textLength = 0;
  return [{ type: "refusal-delta", choice: 0, text }];
}

export function tellCitation(
  state: ResponsesState,
  item: Item,
  at: number,
  annotation: Json | undefined,
): StreamEvent[] {
  item.told.add(`annotations ${at}`);
  const citation = decodeCitation(annotation, item.starts.get(at) ?? state.textLength);
  return citation === null ? [] : [{ type: "citation", choice: 0, citation }];
}

/** Log probabilities in the canonical form, which is that of chat. */
export function tellLogprobs(item: Item, at: number, logprobs: Json | undefined): StreamEvent[] {
  const content = arrayOf(logprobs);
  if (content.length === 0) return [];
  item.told.add(`logprobs ${at}`);
  return [{ type: "logprobs", choice: 0, logprobs: { content } }];
}

/** More of one part of the thinking: of its summary, or of the thinking itself. */
export function tellThinking(
  state: ResponsesState,
  item: Item,
  part: string,
  text: string,
  isWhole: boolean,
): StreamEvent[] {
  if (text === "" || (isWhole && item.told.has(part))) return [];
  item.told.add(part);
  const gap = item.lastPart !== null && item.lastPart !== part ? "\n\n" : "";
  item.lastPart = part;
  state.textLength = 0;
  return [{ type: "reasoning-delta", choice: 0, text: gap + text }];
}

function closeReasoning(state: ResponsesState, item: Item, wire: JsonObject): StreamEvent[] {
  const parts = [
    ...arrayOf(wire.summary).map((part, at) => [`summary ${at}`, part] as const),
    ...arrayOf(wire.content).map((part, at) => [`content ${at}`, part] as const),
  ];
  const events = parts.flatMap(([name, part]) =>
    isObject(part) ? tellThinking(state, item, name, stringOf(part.text) ?? "", true) : [],
  );
  const opaque = itemState(wire, state.context.target.stateDomain);
  // An item that neither says nor carries anything is a sign that the model thought, and no more.
  if (opaque === undefined && item.lastPart === null) return events;
  state.textLength = 0;
  return [...events, { type: "reasoning-end", choice: 0, ...(opaque === undefined ? {} : { state: opaque }) }];
}

/** More of a call's arguments. */
export function tellArguments(item: Item, text: string): StreamEvent[] {
  if (text === "") return [];
  item.text += text;
  return [{ type: "tool-delta", choice: 0, index: item.call, arguments: text }];
}

/** All of a call's arguments, which count only where no delta came. */
export function tellWholeArguments(item: Item, wire: JsonObject): StreamEvent[] {
  return item.text === "" ? tellArguments(item, stringOf(wire.arguments)?.trim() ?? "") : [];
}

/** More of a custom tool's free text, which is the one string in the arguments of a function. */
export function tellInput(item: Item, text: string): StreamEvent[] {
  if (text === "") return [];
  return tellArguments(item, (item.text === "" ? '{"input":"' : "") + JSON.stringify(text).slice(1, -1));
}

function closeCall(state: ResponsesState, item: Item, wire: JsonObject): StreamEvent[] {
  const left = tellWholeArguments(item, wire);
  if (item.text === "") left.push(...tellArguments(item, "{}"));
  if (!isJson(item.text)) state.brokenCall = item.name;
  return [...left, { type: "tool-end", choice: 0, index: item.call }];
}

function closeCustomCall(_state: ResponsesState, item: Item, wire: JsonObject): StreamEvent[] {
  const left = item.text === "" ? JSON.stringify({ input: stringOf(wire.input) ?? "" }) : '"}';
  return [...tellArguments(item, left), { type: "tool-end", choice: 0, index: item.call }];
}

function closeImage(state: ResponsesState, item: Item, wire: JsonObject): StreamEvent[] {
  const data = stringOf(wire.result);
  if (!data) return tellWhole(state, item, wire);
  state.textLength = 0;
  const mediaType = `image/${stringOf(wire.output_format) ?? "png"}`;
  return [{ type: "media", choice: 0, media: "image", source: { kind: "data", mediaType, data } }];
}

function tellWhole(state: ResponsesState, _item: Item, wire: JsonObject): StreamEvent[] {
  state.textLength = 0;
  return [{ type: "provider", choice: 0, format: "openai-responses", item: wire }];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
