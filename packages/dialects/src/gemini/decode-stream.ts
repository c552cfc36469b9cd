import { arrayOf, defineDecoder, isObject, numberOf, objectOf, parseJson, stringOf } from "@sluice/core";
import type { DecodeContext, JsonObject, StreamDecoder, StreamEvent, WireFrame } from "@sluice/core";
import { Refrain } from "../refrain.ts";
import { answerRest } from "../rest.ts";
import { decodeCandidate, decodeText, newChoice } from "./decode-candidate.ts";
import type { ChoiceState } from "./decode-candidate.ts";
import { failureOf } from "./errors.ts";
import { decodeUsage, searchesOf } from "./usage.ts";

export interface DecoderState {
  context: DecodeContext;
  started: boolean;
  responseId: string | null;
  choices: Map<number, ChoiceState>;
  /** The prompt was refused: there is no candidate to wait for. */
  blocked: boolean;
  failed: boolean;
  /** Merged counts: each chunk repeats those that it knows. */
  usage: JsonObject;
  /** As it was told last. */
  counted: StreamEvent | null;
  /** How the chunk before was written, if it told text and nothing else. */
  refrain: Refrain;
  refrainOf: TextChunk | null;
  /** Searches of the vendor's own tool. */
  queries: Set<string>;
  /** Names that were warned of, once each. */
  warned: Set<string>;
}

/** What a chunk tells besides its text and its counts. */
interface TextChunk {
  choice: ChoiceState;
  thought: boolean;
  /** Whether there are any. */
  hasCounts: boolean;
}

/** Counts that go up from chunk to chunk. */
const counted = ["candidatesTokenCount", "thoughtsTokenCount", "totalTokenCount"];

export function initial(context: DecodeContext): DecoderState {
  return {
    context,
    started: false,
    responseId: null,
    choices: new Map(),
    blocked: false,
    failed: false,
    usage: {},
    counted: null,
    refrain: new Refrain(),
    refrainOf: null,
    queries: new Set(),
    warned: new Set(),
  };
}

function step(state: DecoderState, frame: WireFrame): StreamEvent[] {
  if (frame.data === "" || state.failed) return [];
  const { refrainOf } = state;
  const text = refrainOf && state.refrain.textOf(frame.data);
  if (refrainOf !== null && text !== null) return goOn(state, refrainOf, text);
  const chunk = parsed(frame.data);
  if (chunk === null) return fail(state, [failed("an event of the answer is no JSON object")]);
  const events = decodeChunk(state, chunk);
  noteText(state, frame.data, chunk, events);
  return events;
}

/** Remembers how a chunk that told text and nothing else was written. */
function noteText(state: DecoderState, data: string, chunk: JsonObject, events: readonly StreamEvent[]): void {
  state.refrainOf = textChunk(state, chunk, events);
  const told = events.at(-1);
  if (state.refrainOf === null || told === undefined || !("text" in told)) return;
  const metadata = objectOf(chunk["usageMetadata"]);
  state.refrain.note(
    data,
    told.text,
    counted.filter((name) => typeof metadata?.[name] === "number"),
  );
}

/** The events of a chunk like the one before it. */
function goOn(state: DecoderState, { choice, thought, hasCounts }: TextChunk, text: string): StreamEvent[] {
  const told = decodeText(state, choice, { text, thought });
  choice.hasContent ||= told.length > 0;
  return hasCounts ? [...recount(state), ...told] : told;
}

/** Most chunks repeat what is known. */
function recount(state: DecoderState): StreamEvent[] {
  const { names, counts } = state.refrain;
  if (state.counted && names.every((name, place) => state.usage[name] === counts[place])) return [state.counted];
  return count(state, Object.fromEntries(names.map((name, place) => [name, counts[place]])));
}

/** Null where a chunk tells anything else, whose like must be read as a whole. */
function textChunk(state: DecoderState, chunk: JsonObject, events: readonly StreamEvent[]): TextChunk | null {
  const told = events.at(-1);
  const isText = told?.type === "text-delta" || told?.type === "reasoning-delta";
  if (!isText || events.some((event) => event !== told && event.type !== "usage")) return null;
  const [candidate, another] = arrayOf(chunk["candidates"]);
  if (!isObject(candidate) || another !== undefined || marks.some((mark) => isPresent(candidate[mark]))) return null;
  const [part, more] = arrayOf(objectOf(candidate["content"])?.["parts"]);
  if (!isObject(part) || more !== undefined || "thoughtSignature" in part) return null;
  const choice = choiceOf(state, candidate, 0);
  return { choice, thought: part["thought"] === true, hasCounts: isObject(chunk["usageMetadata"]) };
}

/** What says more of a candidate than its text. */
const marks = ["finishReason", "groundingMetadata", "citationMetadata", "logprobsResult"];

/** A complete stream has a finish reason for each candidate, or a blocked prompt. */
function end(state: DecoderState): StreamEvent[] {
  if (state.failed) return [];
  const choices = [...state.choices.values()];
  const isWhole = state.blocked || (choices.length > 0 && choices.every((choice) => choice.finished));
  if (isWhole) return [{ type: "end" }];
  return [{ type: "error", failure: { class: "truncated", message: "the answer ended without a finish reason" } }];
}

export const reducer: StreamDecoder<DecoderState> = { initial, step, end };

export const decoder: StreamDecoder<unknown> = defineDecoder(reducer);

/** The events of one chunk, which may be a whole answer. */
export function decodeChunk(state: DecoderState, chunk: JsonObject): StreamEvent[] {
  if (chunk["error"] !== undefined && chunk["error"] !== null) {
    return fail(state, [{ type: "error", failure: failureOf(chunk, state.context.target.quirks) }]);
  }
  if (!isAnswer(chunk)) return fail(state, [failed("the answer has no member of an answer")]);
  const chunkRest = { choice: null, format: "gemini", place: "chunk" };
  const events = [
    ...start(state, chunk),
    ...answerRest(state.context.request, chunkRest, chunk, chunkFields),
    ...usage(state, chunk),
    ...blocked(state, chunk),
  ];
  let position = 0;
  for (const candidate of arrayOf(chunk["candidates"])) {
    if (isObject(candidate) && candidate["groundingMetadata"]) events.push(...searches(state, candidate));
    if (isObject(candidate)) events.push(...decodeCandidate(state, choiceOf(state, candidate, position), candidate));
    position++;
  }
  const broken = events.findIndex((event) => event.type === "error");
  return broken === -1 ? events : fail(state, events.slice(0, broken + 1));
}

const chunkFields: ReadonlySet<string> = new Set([
  "candidates",
  "usageMetadata",
  "modelVersion",
  "responseId",
  "error",
]);

const roots = ["candidates", "promptFeedback", "usageMetadata", "responseId", "modelVersion"];

/** Some chunks of a stream tell nothing but usage, or who answers. */
function isAnswer(chunk: JsonObject): boolean {
  return roots.some((root) => isPresent(chunk[root]));
}

function start(state: DecoderState, chunk: JsonObject): StreamEvent[] {
  if (state.started) return [];
  state.started = true;
  state.responseId = stringOf(chunk["responseId"]) ?? null;
  const model = stringOf(chunk["modelVersion"]) ?? null;
  return [{ type: "start", id: state.responseId, model, created: null }];
}

function usage(state: DecoderState, chunk: JsonObject): StreamEvent[] {
  const metadata = objectOf(chunk["usageMetadata"]);
  return metadata === undefined ? [] : count(state, knownCounts(metadata));
}

function count(state: DecoderState, counts: JsonObject): StreamEvent[] {
  state.usage = { ...state.usage, ...counts };
  state.counted = { type: "usage", usage: decodeUsage(state.usage) };
  return [state.counted];
}

/** Each chunk repeats the queries so far, so the set of all is the whole. */
function searches(state: DecoderState, candidate: JsonObject): StreamEvent[] {
  const before = state.queries.size;
  for (const query of arrayOf(objectOf(candidate["groundingMetadata"])?.["webSearchQueries"])) {
    if (typeof query === "string" && query !== "") state.queries.add(query);
  }
  if (state.queries.size === before) return [];
  return [{ type: "usage", usage: searchesOf(state.queries, state.context.target.quirks) }];
}

// Every chunk has counts, and hardly ever one that is null.
export function knownCounts(metadata: JsonObject): JsonObject {
  if (Object.values(metadata).every(isPresent)) return metadata;
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => isPresent(value)));
}

/** A refused prompt is an answer of one choice that says so. */
function blocked(state: DecoderState, chunk: JsonObject): StreamEvent[] {
  const feedback = objectOf(chunk["promptFeedback"]);
  const reason = stringOf(feedback?.["blockReason"]);
  if (reason === undefined || state.blocked || arrayOf(chunk["candidates"]).length > 0) return [];
  state.blocked = true;
  const text = stringOf(feedback?.["blockReasonMessage"]) ?? `The prompt was blocked: ${reason}.`;
  return [
    { type: "refusal-delta", choice: 0, text },
    { type: "finish", choice: 0, reason: "filter", detail: text },
  ];
}

function choiceOf(state: DecoderState, candidate: JsonObject, position: number): ChoiceState {
  const index = numberOf(candidate["index"]) ?? position;
  const known = state.choices.get(index);
  if (known !== undefined) return known;
  // Choices are counted by first appearance, so that a wild index of an upstream cannot make a thousand empty ones.
  const choice = newChoice(state.choices.size);
  state.choices.set(index, choice);
  return choice;
}

function fail(state: DecoderState, events: StreamEvent[]): StreamEvent[] {
  state.failed = true;
  return events;
}

export function failed(message: string): StreamEvent {
  return { type: "error", failure: { class: "protocol", message } };
}

function parsed(data: string): JsonObject | null {
  try {
    const value: unknown = parseJson(data);
    const first: unknown = Array.isArray(value) ? value[0] : value;
    return isObject(first) ? first : null;
  } catch {
    return null;
  }
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}
