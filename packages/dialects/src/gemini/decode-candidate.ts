import { arrayOf, isObject, objectOf, stringOf } from "@sluice/core";
import type { Citation, FinishReason, JsonObject, OpaqueState, StreamEvent } from "@sluice/core";
import { answerRest } from "../rest.ts";
import { cutCall } from "../losses.ts";
import { callId } from "./call-ids.ts";
import type { DecoderState } from "./decode-stream.ts";
import { decodeFinish } from "./finish.ts";
import { decodeGrounding, decodeRecitations } from "./grounding.ts";
import { decodeLogprobs } from "./logprobs.ts";
import { memoOf } from "./memo.ts";
import { beginCall, continueCall } from "./partial-args.ts";
import type { PartialCall } from "./partial-args.ts";

/** What is known of one candidate so far. */
export interface ChoiceState {
  index: number;
  calls: number;
  hasContent: boolean;
  thinking: boolean;
  finished: boolean;
  text: string;
  citations: Citation[];
  /** A signature in an empty text part: it waits, so that citations still reach the text before it. */
  late: OpaqueState | null;
  /** A call whose arguments have yet to end. */
  partial: PartialCall | null;
}

export function newChoice(index: number): ChoiceState {
  return {
    index,
    calls: 0,
    hasContent: false,
    thinking: false,
    finished: false,
    text: "",
    citations: [],
    late: null,
    partial: null,
  };
}

/** The events of one candidate of one chunk. */
export function decodeCandidate(state: DecoderState, choice: ChoiceState, candidate: JsonObject): StreamEvent[] {
  const events: StreamEvent[] = [];
  for (const part of arrayOf(objectOf(candidate["content"])?.["parts"])) {
    if (isObject(part)) events.push(...decodePart(state, choice, part));
  }
  choice.hasContent ||= events.length > 0;
  const place = { choice: choice.index, format: "gemini", place: "candidate" };
  if (!choice.finished) events.unshift(...answerRest(state.context.request, place, candidate, candidateFields));
  collectCitations(choice, candidate);
  const logprobs = objectOf(candidate["logprobsResult"]);
  if (logprobs) events.push({ type: "logprobs", choice: choice.index, logprobs: decodeLogprobs(logprobs) });
  const reason = stringOf(candidate["finishReason"]);
  if (reason === undefined || choice.finished) return events;
  choice.finished = true;
  return [...events, ...closing(choice), ...finish(state, choice, reason, stringOf(candidate["finishMessage"]))];
}

/** Sources are told as citations, which stages may change. */
const candidateFields: ReadonlySet<string> = new Set([
  "content",
  "finishReason",
  "finishMessage",
  "index",
  "logprobsResult",
  "groundingMetadata",
  "citationMetadata",
]);

/** Each chunk repeats what it knows, so the latest list is the whole. */
function collectCitations(choice: ChoiceState, candidate: JsonObject): void {
  const grounding = objectOf(candidate["groundingMetadata"]);
  const recitations = objectOf(candidate["citationMetadata"]);
  if (!grounding && !recitations) return;
  const found = [
    ...(grounding ? decodeGrounding(grounding, choice.text) : []),
    ...(recitations ? decodeRecitations(recitations, choice.text) : []),
  ];
  if (found.length > 0) choice.citations = found;
}

type PartDecoder = (state: DecoderState, choice: ChoiceState, part: JsonObject) => StreamEvent[];

const partDecoders: readonly (readonly [member: string, decode: PartDecoder])[] = [
  ["functionCall", functionCall],
  ["inlineData", inlineData],
  ["executableCode", provider],
  ["codeExecutionResult", provider],
  ["toolCall", provider],
  ["toolResponse", provider],
  ["fileData", provider],
  ["text", decodeText],
];

function decodePart(state: DecoderState, choice: ChoiceState, part: JsonObject): StreamEvent[] {
  for (const [member, decode] of partDecoders) if (isPresent(part[member])) return decode(state, choice, part);
  if (typeof part["thoughtSignature"] === "string") return decodeText(state, choice, { ...part, text: "" });
  return unknown(state, choice, part);
}

export function decodeText(state: DecoderState, choice: ChoiceState, part: JsonObject): StreamEvent[] {
  const content = stringOf(part["text"]) ?? "";
  const signature = stateOf(state, part);
  if (part["thought"] === true) return thought(choice, content, signature);
  if (content === "" && signature === null) return [];
  const events = content === "" ? endThought(choice) : closing(choice);
  if (content !== "") {
    choice.text += content;
    events.push({ type: "text-delta", choice: choice.index, text: content });
  }
  if (signature !== null) {
    if (choice.late !== null) events.push(...endLate(choice));
    choice.late = signature;
  }
  return events;
}

function thought(choice: ChoiceState, content: string, state: OpaqueState | null): StreamEvent[] {
  const events = endLate(choice);
  if (content !== "") {
    choice.thinking = true;
    events.push({ type: "reasoning-delta", choice: choice.index, text: content });
  }
  if (state === null) return events;
  choice.thinking = false;
  return [...events, { type: "reasoning-end", choice: choice.index, state }];
}

/** Ends what is open before something else begins. */
function closing(choice: ChoiceState): StreamEvent[] {
  if (!choice.thinking && !choice.finished && choice.late === null) return [];
  return [...endThought(choice), ...endCitations(choice), ...endLate(choice)];
}

function endThought(choice: ChoiceState): StreamEvent[] {
  if (!choice.thinking) return [];
  choice.thinking = false;
  return [{ type: "reasoning-end", choice: choice.index }];
}

function endLate(choice: ChoiceState): StreamEvent[] {
  const state = choice.late;
  choice.late = null;
  return state === null ? [] : [{ type: "reasoning-end", choice: choice.index, state }];
}

function endCitations(choice: ChoiceState): StreamEvent[] {
  if (!choice.finished) return [];
  return choice.citations.map((citation) => ({ type: "citation", choice: choice.index, citation }));
}

/** Calls are whole parts on this wire, unless their arguments were asked for piece by piece. */
function functionCall(state: DecoderState, choice: ChoiceState, part: JsonObject): StreamEvent[] {
  const call = objectOf(part["functionCall"]) ?? {};
  if (choice.partial !== null) {
    continueCall(choice.partial, call);
    return call["willContinue"] === true ? [] : endPartial(state, choice);
  }
  const signature = stateOf(state, part);
  choice.partial = beginCall(call, signature);
  if (choice.partial !== null) return [];
  const name = stringOf(call["name"]);
  if (name === undefined || name === "") return warnOnce(state, "unknown_part", "functionCall without a name");
  return wholeCall(state, choice, {
    name,
    id: stringOf(call["id"]) ?? null,
    signature,
    args: objectOf(call["args"]) ?? {},
  });
}

function endPartial(state: DecoderState, choice: ChoiceState): StreamEvent[] {
  const { partial } = choice;
  choice.partial = null;
  return partial === null ? [] : wholeCall(state, choice, partial);
}

/** Start, arguments and end come at once. */
function wholeCall(
  state: DecoderState,
  choice: ChoiceState,
  { name, id, signature, args }: Omit<PartialCall, "open">,
): StreamEvent[] {
  const index = choice.calls++;
  return [
    ...closing(choice),
    {
      type: "tool-start",
      choice: choice.index,
      index,
      id: id || callId(state.responseId ?? "", choice.index, index),
      name: memoOf(state.context.memo)?.names.fromWire(name) ?? name,
      ...(signature === null ? {} : { state: signature }),
    },
    { type: "tool-delta", choice: choice.index, index, arguments: JSON.stringify(args) },
    { type: "tool-end", choice: choice.index, index },
  ];
}

/** A call of which the rest did not come: left out where the answer was cut, else the answer is broken. */
function cutPartial({ partial }: ChoiceState, reason: FinishReason): StreamEvent[] {
  if (partial === null) return [];
  if (reason === "length" || reason === "filter") return [{ type: "warning", warning: cutCall(partial.name) }];
  const message = `the arguments of a call of ${partial.name} did not end`;
  return [{ type: "error", failure: { class: "protocol", message } }];
}

function inlineData(state: DecoderState, choice: ChoiceState, part: JsonObject): StreamEvent[] {
  const inline = objectOf(part["inlineData"]) ?? {};
  const mediaType = stringOf(inline["mimeType"]) ?? "";
  const data = stringOf(inline["data"]);
  const media = mediaType.startsWith("image/") ? "image" : mediaType.startsWith("audio/") ? "audio" : null;
  // Drafts that the model thinks with are no part of its answer.
  if (media === null || data === undefined || part["thought"] === true) return provider(state, choice, part);
  const signature = stateOf(state, part);
  const events = closing(choice);
  choice.late = signature;
  return [...events, { type: "media", choice: choice.index, media, source: { kind: "data", mediaType, data } }];
}

function provider(_state: DecoderState, choice: ChoiceState, part: JsonObject): StreamEvent[] {
  return [...closing(choice), { type: "provider", choice: choice.index, format: "gemini", item: part }];
}

function unknown(state: DecoderState, choice: ChoiceState, part: JsonObject): StreamEvent[] {
  const name = Object.keys(part)[0];
  if (name === undefined) return [];
  return [...warnOnce(state, "unknown_part", name), ...provider(state, choice, part)];
}

function finish(state: DecoderState, choice: ChoiceState, wire: string, message: string | undefined): StreamEvent[] {
  const known = decodeFinish(wire, state.context.target.quirks);
  const words = message ?? `The model ended with ${wire}.`;
  if (known === "error") return [{ type: "error", failure: { class: "protocol", message: words, code: wire } }];
  if (known === null || known === "other") {
    if (!choice.hasContent) return [{ type: "error", failure: { class: "protocol", message: words, code: wire } }];
    const warned = warnOnce(state, "unknown_finish_reason", wire);
    return [...warned, { type: "finish", choice: choice.index, reason: "other", detail: words }];
  }
  const reason = corrected(known, choice);
  const isFiltered = reason === "filter" || reason === "refusal";
  return [
    ...cutPartial(choice, reason),
    { type: "finish", choice: choice.index, reason, ...(isFiltered ? { detail: words } : {}) },
  ];
}

function corrected(reason: FinishReason, choice: ChoiceState): FinishReason {
  if (reason === "stop" && choice.calls > 0) return "tool-calls";
  return reason === "tool-calls" && choice.calls === 0 ? "stop" : reason;
}

function warnOnce(state: DecoderState, code: string, name: string): StreamEvent[] {
  if (state.warned.has(`${code} ${name}`)) return [];
  state.warned.add(`${code} ${name}`);
  return [{ type: "warning", warning: { code, message: `The upstream sent "${name}".`, field: name } }];
}

/** A bare signature belongs to the domain of the target that sent it. */
function stateOf(state: DecoderState, part: JsonObject): OpaqueState | null {
  const signature = stringOf(part["thoughtSignature"]);
  return signature ? { kind: "signature", domain: state.context.target.stateDomain, data: signature } : null;
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}
