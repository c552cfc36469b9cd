import { arrayOf, isObject, objectOf, stringOf } from "@sluice/core";
import type { JsonObject, MediaSource, StreamEvent } from "@sluice/core";
import { fromCitation, fromSource } from "./citations.ts";
import { callPart, cutCall, inputDelta, inputStart } from "./decode-calls.ts";
import { failureInStream } from "./failures.ts";
import { decodeFinish, stopSequenceOf, type Finish } from "./finish.ts";
import { providerEvent } from "./provider-parts.ts";
import { blockOf, closeReasoning, domainOf, fail, lateState, ownState, warnOnce } from "./stream-state.ts";
import type { Block, StreamState } from "./stream-state.ts";
import { decodeUsage } from "./usage.ts";
import { decodeWarning } from "./warnings.ts";

type Decode = (state: StreamState, part: JsonObject) => StreamEvent[];

/** Reads one stream part. What is content waits while the input of a call arrives. */
export function decodePart(state: StreamState, part: JsonObject): StreamEvent[] {
  if (state.failed) return [];
  const type = stringOf(part["type"]) ?? "";
  if (state.call !== null && mustWait(state, type, part)) {
    state.waiting.push(part);
    return [];
  }
  const decode = decoders[type];
  if (decode === undefined) return warnOnce(state, "unknown_event", type);
  const events = decode(state, part);
  if (state.call === null && state.waiting.length > 0) {
    for (const next of state.waiting.splice(0)) events.push(...decodePart(state, next));
  }
  return events;
}

const neverWaits = new Set(["stream-start", "response-metadata", "ping", "raw", "error", "finish"]);

function mustWait(state: StreamState, type: string, part: JsonObject): boolean {
  if (neverWaits.has(type)) return false;
  const id = part["toolCallId"] ?? part["id"];
  return !(type.startsWith("tool-") && (id === state.call?.id || state.hosted.has(stringOf(id) ?? "")));
}

const nothing: Decode = () => [];

const decoders: Readonly<Record<string, Decode>> = {
  "stream-start": (_state, part) => warningsOf(part),
  "response-metadata": start,
  "text-start": (state, part) => remember(blockOf(state.texts, idOf(part)), part),
  "text-delta": text,
  "text-end": textEnd,
  "reasoning-start": (state, part) => remember(blockOf(state.thoughts, idOf(part)), part),
  "reasoning-delta": reasoning,
  "reasoning-end": reasoningEnd,
  "tool-input-start": (state, part) => [...begin(state), ...inputStart(state, part)],
  "tool-input-delta": inputDelta,
  "tool-input-end": nothing,
  "tool-call": (state, part) => (part["providerExecuted"] === true ? provider(state, part) : call(state, part)),
  "tool-result": (state, part) => (part["preliminary"] === true ? [] : provider(state, part)),
  "tool-approval-request": provider,
  custom: provider,
  "reasoning-file": provider,
  file,
  source,
  finish,
  error: (state, part) => fail(state, failureInStream(errorOf(part), state.context.target.quirks)),
  ping: nothing,
  raw: nothing,
};

function idOf(part: JsonObject): string {
  return stringOf(part["id"]) ?? "";
}

function errorOf(part: JsonObject): JsonObject {
  return objectOf(part["error"]) ?? { message: stringOf(part["error"]) ?? "The package reported an error." };
}

function warningsOf(part: JsonObject): StreamEvent[] {
  return arrayOf(part["warnings"])
    .filter(isObject)
    .map((warning) => ({ type: "warning", warning: decodeWarning(warning) }));
}

function start(state: StreamState, part: JsonObject): StreamEvent[] {
  if (state.started) return [];
  state.started = true;
  const id = stringOf(part["id"]) ?? null;
  const model = stringOf(part["modelId"]) ?? null;
  const milliseconds = Date.parse(stringOf(part["timestamp"]) ?? "");
  return [{ type: "start", id, model, created: Number.isNaN(milliseconds) ? null : Math.floor(milliseconds / 1000) }];
}

/** Some packages tell nothing of who answers, or only later. */
function begin(state: StreamState): StreamEvent[] {
  state.hasContent = true;
  return start(state, {});
}

/** Keeps the latest metadata of a block. */
function remember(block: Block, part: JsonObject): StreamEvent[] {
  block.metadata = objectOf(part["providerMetadata"]) ?? block.metadata;
  return [];
}

function text(state: StreamState, part: JsonObject): StreamEvent[] {
  const block = blockOf(state.texts, idOf(part));
  remember(block, part);
  const delta = stringOf(part["delta"]) ?? "";
  if (delta === "") return [];
  const events = [...begin(state), ...closeUnless(state, "text")];
  // Neighbouring texts become one, in answers as in the histories that clients send back.
  if (state.open === null) state.textCount++;
  block.ordinal = state.textCount - 1;
  state.open = { kind: "text", block };
  return [...events, { type: "text-delta", choice: 0, text: delta }];
}

function closeUnless(state: StreamState, kind: "text" | "reasoning"): StreamEvent[] {
  return state.open?.kind === kind ? [] : closeReasoning(state);
}

function textEnd(state: StreamState, part: JsonObject): StreamEvent[] {
  const block = blockOf(state.texts, idOf(part));
  remember(block, part);
  state.texts.delete(idOf(part));
  const citations = arrayOf(part["citations"]).flatMap((value) => fromCitation(value) ?? []);
  for (const { raw } of citations) forgetSource(state, raw);
  const cited = citations.map((citation): StreamEvent => ({ type: "citation", choice: 0, citation }));
  if (cited.length > 0) cited.unshift(...begin(state));
  if (block.metadata === null) return cited;
  const owner = block.ordinal === null ? "text:end" : `text:${block.ordinal}`;
  return [...begin(state), ...cited, ...closeReasoning(state), ...lateState(state, block.metadata, owner)];
}

function reasoning(state: StreamState, part: JsonObject): StreamEvent[] {
  const block = blockOf(state.thoughts, idOf(part));
  remember(block, part);
  const delta = stringOf(part["delta"]) ?? "";
  if (delta === "") return [];
  const isGoingOn = state.open?.block === block;
  const events = [...begin(state), ...(isGoingOn ? [] : closeReasoning(state))];
  if (!isGoingOn) block.ordinal = state.thoughtCount++;
  state.open = { kind: "reasoning", block };
  return [...events, { type: "reasoning-delta", choice: 0, text: delta }];
}

/** A block that something else has closed already tells late what it did not know then. */
function reasoningEnd(state: StreamState, part: JsonObject): StreamEvent[] {
  const block = blockOf(state.thoughts, idOf(part));
  remember(block, part);
  state.thoughts.delete(idOf(part));
  if (state.open?.block === block) return closeReasoning(state);
  const { metadata } = block;
  if (metadata === null || block.told === JSON.stringify(metadata)) return [];
  if (block.ordinal !== null) {
    return [...closeReasoning(state), ...lateState(state, metadata, `reasoning:${block.ordinal}`)];
  }
  state.thoughtCount++;
  const events = [...begin(state), ...closeReasoning(state)];
  return [...events, { type: "reasoning-end", choice: 0, ...ownState(state, metadata, false) }];
}

function call(state: StreamState, part: JsonObject): StreamEvent[] {
  const before = state.call === null ? [...begin(state), ...closeReasoning(state)] : [];
  return [...before, ...callPart(state, part)];
}

function provider(state: StreamState, part: JsonObject): StreamEvent[] {
  return [...begin(state), ...closeReasoning(state), providerEvent(part, domainOf(state), state.textCount)];
}

function file(state: StreamState, part: JsonObject): StreamEvent[] {
  const mediaType = stringOf(part["mediaType"]) ?? "";
  const media = mediaType.startsWith("image/") ? "image" : mediaType.startsWith("audio/") ? "audio" : null;
  const from = sourceOf(part, mediaType);
  if (media === null || from === null) return provider(state, part);
  const events = [...begin(state), ...closeReasoning(state)];
  if (part["providerMetadata"] !== undefined) {
    const message = "What the package wants back with a picture or sound has no carrier.";
    events.push({ type: "warning", warning: { code: "state_dropped", message, field: mediaType } });
  }
  return [...events, { type: "media", choice: 0, media, source: from }];
}

function sourceOf(part: JsonObject, mediaType: string): MediaSource | null {
  const data = objectOf(part["data"]);
  const inline = stringOf(data?.["data"]);
  if (inline !== undefined) return { kind: "data", mediaType, data: inline };
  const url = stringOf(data?.["url"]);
  return url === undefined ? null : { kind: "url", url, mediaType };
}

function source(state: StreamState, part: JsonObject): StreamEvent[] {
  state.sources.set(idOf(part), part);
  return begin(state);
}

function forgetSource(state: StreamState, raw: unknown): void {
  const cited = isObject(raw) ? objectOf(raw["source"]) : undefined;
  for (const [id, known] of state.sources) {
    const isCited = id === cited?.["id"] || (known["url"] !== undefined && known["url"] === cited?.["url"]);
    if (isCited) state.sources.delete(id);
  }
}

function finish(state: StreamState, part: JsonObject): StreamEvent[] {
  const reason = decodeFinish(part["finishReason"]);
  const events = [...cutCall(state, reason === "length")];
  if (state.failed) return events;
  for (const next of state.waiting.splice(0)) events.push(...decodePart(state, next));
  events.push(...begun(state), ...closeReasoning(state));
  for (const known of state.sources.values()) events.push({ type: "citation", choice: 0, citation: fromSource(known) });
  const metadata = objectOf(part["providerMetadata"]);
  if (metadata !== undefined && Object.values(metadata).some(saysSomething)) {
    events.push(
      providerEvent({ type: "provider-metadata", providerMetadata: metadata }, domainOf(state), state.textCount),
    );
  }
  events.push({ type: "usage", usage: decodeUsage(part["usage"]) });
  return [...events, ...ending(state, reason, part)];
}

/** Some packages send their name and nothing else. */
function saysSomething(own: unknown): boolean {
  return !isObject(own) || Object.keys(own).length > 0;
}

function begun(state: StreamState): StreamEvent[] {
  return start(state, {});
}

function ending(state: StreamState, reason: Finish, part: JsonObject): StreamEvent[] {
  if (reason === "none") {
    return fail(state, { class: "truncated", message: "the package saw no end of the answer" });
  }
  if (reason === "error") return fail(state, { class: "server", message: "the model ended with an error" });
  if (state.brokenCall !== null && reason !== "length") {
    return fail(state, { class: "protocol", message: `the arguments of ${state.brokenCall} are no JSON` });
  }
  state.finished = true;
  const stopSequence = stopSequenceOf(objectOf(part["providerMetadata"]));
  const warned = reason === "other" ? missingReason(part) : [];
  return [
    ...warned,
    {
      type: "finish",
      choice: 0,
      reason: corrected(reason, state.callCount > 0, stopSequence !== undefined),
      ...(stopSequence === undefined ? {} : { stopSequence }),
    },
  ];
}

function missingReason(part: JsonObject): StreamEvent[] {
  const raw = objectOf(part["finishReason"])?.["raw"];
  if (raw !== "") return [];
  const message = "The package told no finish reason.";
  return [{ type: "warning", warning: { code: "missing_finish_reason", message } }];
}

/** What the content says is surer than the word for it. */
function corrected(
  reason: Exclude<Finish, "none" | "error">,
  hasCalls: boolean,
  hasStop: boolean,
): Exclude<Finish, "none" | "error"> {
  if (reason === "stop" && hasCalls) return "tool-calls";
  if (reason === "tool-calls" && !hasCalls) return "stop";
  return reason === "stop" && hasStop ? "stop-sequence" : reason;
}
