import { arrayOf, isObject, objectOf, openState, sealState, stringOf } from "@sluice/core";
import type { ChatRequest, Json, JsonObject, MayHold, Patch, UpstreamTarget, Warning } from "@sluice/core";
import { NameMap } from "../names.ts";
import { toTurns } from "../turns.ts";
import { isNative } from "./citations.ts";
import { defined } from "../members.ts";
import { callIds } from "./memo.ts";
import { concerns, quirkEdits } from "./quirks.ts";
import { outputLimit } from "./sampling.ts";
import { encodeThinkingWish, isRefused } from "./thinking.ts";
import { lacksSignature, nativeDomain } from "./thinking-blocks.ts";

/** What must change in a caller's own Messages body: the model, a missing limit, what came from other vendors, quirks. */
export function patchRequest(body: JsonObject, request: ChatRequest, target: UpstreamTarget, mayHold?: MayHold): Patch {
  const warnings: Warning[] = [];
  const warn = (warning: Warning) => warnings.push(warning);
  const edits: Record<string, Json> = { model: target.model };

  const limit = outputLimit(request, target, warn);
  if (body["max_tokens"] !== limit) edits["max_tokens"] = limit;
  const messages = mayHold && isOwn(mayHold) ? null : ownMessages(body["messages"], target, warn);
  if (messages !== null) edits["messages"] = messages;
  const thinking = ownThinking(body, request, target, limit, warnings);
  Object.assign(edits, thinking.set);

  const { set, remove } = concerns(target.quirks) ? quirkEdits({ ...body, ...edits }, target.quirks, warn) : noEdits;
  const kept = Object.entries(edits).filter(([name]) => !remove.includes(name));
  return { set: { ...Object.fromEntries(kept), ...set }, remove: [...remove, ...thinking.remove], warnings };
}

const noEdits: Pick<Patch, "set" | "remove"> = { set: {}, remove: [] };

/** Blocks that may carry what another vendor made. */
const carriers = ["thinking", "redacted_thinking", "tool_use", "tool_result"] as const;

/** What `isOwn` looks for in messages. */
export const watched: readonly string[] = [...carriers, "assistant", "text"];

/** Whether nothing in the history can be another vendor's: it has no such blocks, and no answer that is in blocks of text. */
function isOwn(mayHold: MayHold): boolean {
  const holds = (text: string) => mayHold("messages", text);
  return !carriers.some(holds) && !(holds("assistant") && holds("text"));
}

/** Thinking in a form that the model takes, and manual thinking only where its signatures are still there. */
function ownThinking(
  body: JsonObject,
  request: ChatRequest,
  target: UpstreamTarget,
  limit: number,
  warnings: Warning[],
) {
  const lost = warnings.some((warning) => warning.code === "state_dropped") && thinksUnsigned(body, request, target);
  if (lost) warnings.push(signatureLost);
  if (lost) return { set: {}, remove: ["thinking"] };
  if (!isRefused(body, target)) return { set: {}, remove: [] };

  const ask = encodeThinkingWish(request, target, limit, (warning) => warnings.push(warning));
  const config = defined<JsonObject>({ ...objectOf(body["output_config"]), effort: ask.effort });
  const set = defined({
    thinking: ask.thinking,
    output_config: body["output_config"] !== undefined || ask.effort !== undefined ? config : undefined,
  }) as Record<string, Json>;
  return { set, remove: ask.thinking === undefined && body["thinking"] !== undefined ? ["thinking"] : [] };
}

const signatureLost: Warning = {
  code: "thinking_off",
  message: "The open tool round lacks its signed thinking.",
  field: "thinking",
};

function thinksUnsigned(body: JsonObject, request: ChatRequest, target: UpstreamTarget): boolean {
  const manual = isObject(body["thinking"]) && body["thinking"]["type"] === "enabled";
  return manual && lacksSignature(toTurns(request.messages, () => {}).turns, target.stateDomain);
}

/**
 * The history as this vendor may read it. Earlier turns can come from another vendor through this gateway: their sealed
 * state, blank texts and citations are left out, their call ids are made valid. Null if there is
 * nothing to change.
 */
function ownMessages(
  messages: Json | undefined,
  target: UpstreamTarget,
  warn: (warning: Warning) => void,
): Json[] | null {
  if (!Array.isArray(messages)) return null;
  const ids = new NameMap(callIds, []);
  let changed = false;
  const own = messages.map((message) => {
    if (!isObject(message) || !Array.isArray(message["content"])) return message;
    const answered = message["role"] === "assistant";
    const content = message["content"].map((block) => {
      return isText(block) && answered ? ownText(block) : ownBlock(block, target, ids, warn);
    });
    if (content.every((block, index) => block === (message["content"] as Json[])[index])) return message;
    changed = true;
    return { ...message, content: content.filter((block) => block !== null) };
  });
  return changed ? own.filter((message) => !isEmptied(message)) : null;
}

function isEmptied(message: Json): boolean {
  return isObject(message) && Array.isArray(message["content"]) && message["content"].length === 0;
}

function ownBlock(block: Json, target: UpstreamTarget, ids: NameMap, warn: (warning: Warning) => void): Json {
  if (!isObject(block)) return block;
  switch (stringOf(block["type"]) ?? "") {
    case "thinking":
      return ownState(block, "signature", target, warn);
    case "redacted_thinking":
      return ownState(block, "data", target, warn);
    case "tool_use":
      return withId(block, "id", ids);
    case "tool_result":
      return withId(block, "tool_use_id", ids);
    default:
      return block;
  }
}

function isText(block: Json): block is JsonObject {
  return isObject(block) && block["type"] === "text";
}

function ownText(block: JsonObject): Json {
  if (stringOf(block["text"])?.trim() === "") return null;
  const citations = arrayOf(block["citations"]);
  const own = citations.filter((citation) => isObject(citation) && isNative(citation));
  if (own.length === citations.length) return block;
  return defined({ ...block, citations: own.length > 0 ? own : undefined });
}

function ownState(block: JsonObject, field: string, target: UpstreamTarget, warn: (warning: Warning) => void): Json {
  const value = stringOf(block[field]) ?? "";
  const state = openState(value, nativeDomain, "signature");
  const sealed = value !== "" && (state.domain !== nativeDomain || sealState(state, nativeDomain) !== value);
  if (value !== "" && !sealed) return block;
  if (sealed && state.domain === target.stateDomain) return defined({ ...block, [field]: state.data });
  const message = sealed ? `Reasoning of ${state.domain} stays there.` : "Reasoning without a signature was left out.";
  warn({ code: "state_dropped", message, field: "messages" });
  return null;
}

function withId(block: JsonObject, field: string, ids: NameMap): JsonObject {
  const id = stringOf(block[field]);
  if (id === undefined || ids.toWire(id) === id) return block;
  return { ...block, [field]: ids.toWire(id) };
}
