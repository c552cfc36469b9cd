import { mergeUsage, noUsage } from "./event.ts";
import type { FinishReason, StreamEvent, Usage, Warning, WireRest } from "./event.ts";
import type { Failure } from "./failure.ts";
import type { Json } from "./json.ts";
import type { Part, ReasoningPart, TextPart, ToolCallPart } from "./request.ts";

export interface Choice {
  parts: Part[];
  finish: FinishReason;
  stopSequence?: string;
  /** Why a refusal or filter ended the answer, in words. */
  detail?: string;
  logprobs?: Json;
}

/** One whole answer in the canonical form. A streamed answer folds to the same object. */
export interface Reply {
  id: string | null;
  model: string | null;
  /** Unix seconds, as the upstream gave it. */
  created: number | null;
  choices: Choice[];
  usage: Usage;
  warnings: Warning[];
  /** What only a client of the upstream's own dialect can read. */
  rest?: WireRest[];
}

/** The fold of a stream so far. `complete` only after the dialect's own terminator. */
export interface Fold {
  reply: Reply;
  complete: boolean;
  failure: Failure | null;
}

export function emptyFold(): Fold {
  return {
    reply: { id: null, model: null, created: null, choices: [], usage: noUsage, warnings: [] },
    complete: false,
    failure: null,
  };
}

/** Adds one event to the fold, in place: one object per stream, no copy per event. */
export function foldEvent(fold: Fold, event: StreamEvent): void {
  const apply = folders[event.type] as (fold: Fold, event: StreamEvent) => void;
  apply(fold, event);
}

/** Folds a whole stream. */
export function foldEvents(events: Iterable<StreamEvent>): Fold {
  const fold = emptyFold();
  for (const event of events) foldEvent(fold, event);
  return fold;
}

type Folders = { [Type in StreamEvent["type"]]: (fold: Fold, event: Extract<StreamEvent, { type: Type }>) => void };

const folders: Folders = {
  start(fold, event) {
    fold.reply.id ??= event.id;
    fold.reply.model ??= event.model;
    fold.reply.created ??= event.created;
  },
  "text-delta"(fold, event) {
    const part = lastOpen<TextPart>(fold, event.choice, "text", () => ({ type: "text", text: "" }));
    part.text += event.text;
  },
  "refusal-delta"(fold, event) {
    const part = lastOpen(fold, event.choice, "refusal", () => ({ type: "refusal", text: "" }));
    if (part.type === "refusal") part.text += event.text;
  },
  "reasoning-delta"(fold, event) {
    openReasoning(fold, event.choice).text += event.text;
  },
  "reasoning-end"(fold, event) {
    const part = openReasoning(fold, event.choice);
    if (event.state) part.state = event.state;
    closed.add(part);
  },
  "tool-start"(fold, event) {
    const call: ToolCallPart = { type: "tool-call", id: event.id, name: event.name, arguments: "" };
    if (event.state) call.state = event.state;
    choiceAt(fold, event.choice).parts.push(call);
  },
  "tool-delta"(fold, event) {
    const calls = choiceAt(fold, event.choice).parts.filter((part) => part.type === "tool-call");
    const call = calls[event.index];
    if (call) call.arguments += event.arguments;
  },
  "tool-end"() {},
  media(fold, event) {
    const { media, source, transcript } = event;
    const parts = choiceAt(fold, event.choice).parts;
    if (media === "image") parts.push({ type: "image", source });
    else parts.push({ type: "audio", source, ...(transcript === undefined ? {} : { transcript }) });
  },
  citation(fold, event) {
    const part = lastOpen<TextPart>(fold, event.choice, "text", () => ({ type: "text", text: "" }));
    (part.citations ??= []).push(event.citation);
  },
  logprobs(fold, event) {
    const choice = choiceAt(fold, event.choice);
    choice.logprobs = joinLogprobs(choice.logprobs, event.logprobs);
  },
  provider(fold, event) {
    choiceAt(fold, event.choice).parts.push({ type: "provider", format: event.format, item: event.item });
  },
  rest(fold, { choice, format, place, members }) {
    const all = (fold.reply.rest ??= []);
    const known = all.find((one) => one.choice === choice && one.format === format && one.place === place);
    if (known) known.members = { ...known.members, ...members };
    else all.push({ choice, format, place, members });
  },
  usage(fold, event) {
    fold.reply.usage = mergeUsage(fold.reply.usage, event.usage);
  },
  finish(fold, event) {
    const choice = choiceAt(fold, event.choice);
    choice.finish = event.reason;
    if (event.stopSequence !== undefined) choice.stopSequence = event.stopSequence;
    if (event.detail !== undefined) choice.detail = event.detail;
  },
  warning(fold, event) {
    fold.reply.warnings.push(event.warning);
  },
  error(fold, event) {
    fold.failure ??= event.failure;
  },
  end(fold) {
    fold.complete = fold.failure === null;
  },
};

// A reasoning block that has ended must not grow; kept beside the part so that the reply stays plain data.
const closed = new WeakSet<ReasoningPart>();

function choiceAt(fold: Fold, index: number): Choice {
  const choices = fold.reply.choices;
  while (choices.length <= index) choices.push({ parts: [], finish: "other" });
  return choices[index] as Choice;
}

function lastOpen<P extends Part = Part>(fold: Fold, choice: number, type: P["type"], create: () => P): P {
  const parts = choiceAt(fold, choice).parts;
  const last = parts.at(-1);
  if (last?.type === type) return last as P;
  const part = create();
  parts.push(part);
  return part;
}

function openReasoning(fold: Fold, choice: number): ReasoningPart {
  const parts = choiceAt(fold, choice).parts;
  const last = parts.at(-1);
  if (last?.type === "reasoning" && !closed.has(last)) return last;
  const part: ReasoningPart = { type: "reasoning", text: "" };
  parts.push(part);
  return part;
}

function joinLogprobs(known: Json | undefined, next: Json): Json {
  if (known === undefined || known === null || next === null) return next;
  if (typeof known !== "object" || typeof next !== "object" || Array.isArray(known) || Array.isArray(next)) return next;
  const joined = { ...known };
  for (const [key, value] of Object.entries(next)) {
    const before = joined[key];
    joined[key] = Array.isArray(before) && Array.isArray(value) ? [...before, ...value] : value;
  }
  return joined;
}

/** Replays a whole answer as the events that a stream of it would have had. Inverse of `foldEvents`. */
export function* replay(reply: Reply): Generator<StreamEvent> {
  yield { type: "start", id: reply.id, model: reply.model, created: reply.created };
  for (const warning of reply.warnings) yield { type: "warning", warning };
  for (const rest of reply.rest ?? []) yield { type: "rest", ...rest };
  for (const [index, choice] of reply.choices.entries()) yield* replayChoice(choice, index);
  yield { type: "usage", usage: reply.usage };
  yield { type: "end" };
}

function* replayChoice(choice: Choice, index: number): Generator<StreamEvent> {
  let calls = 0;
  for (const part of choice.parts) {
    yield* replayPart(part, index, calls);
    if (part.type === "tool-call") calls++;
  }
  if (choice.logprobs !== undefined) yield { type: "logprobs", choice: index, logprobs: choice.logprobs };
  const { finish: reason, stopSequence, detail } = choice;
  yield {
    type: "finish",
    choice: index,
    reason,
    ...(stopSequence === undefined ? {} : { stopSequence }),
    ...(detail === undefined ? {} : { detail }),
  };
}

function* replayPart(part: Part, choice: number, index: number): Generator<StreamEvent> {
  switch (part.type) {
    case "text":
      yield { type: "text-delta", choice, text: part.text };
      for (const citation of part.citations ?? []) yield { type: "citation", choice, citation };
      return;
    case "refusal":
      yield { type: "refusal-delta", choice, text: part.text };
      return;
    case "reasoning":
      if (part.text !== "") yield { type: "reasoning-delta", choice, text: part.text };
      yield { type: "reasoning-end", choice, ...(part.state ? { state: part.state } : {}) };
      return;
    case "tool-call": {
      const { id, name, state } = part;
      yield { type: "tool-start", choice, index, id, name, ...(state ? { state } : {}) };
      if (part.arguments !== "") yield { type: "tool-delta", choice, index, arguments: part.arguments };
      yield { type: "tool-end", choice, index };
      return;
    }
    case "image":
      yield { type: "media", choice, media: "image", source: part.source };
      return;
    case "audio": {
      const { source, transcript } = part;
      yield { type: "media", choice, media: "audio", source, ...(transcript === undefined ? {} : { transcript }) };
      return;
    }
    case "provider":
      yield { type: "provider", choice, format: part.format, item: part.item };
      return;
    case "file":
    case "tool-result":
      return;
  }
}
