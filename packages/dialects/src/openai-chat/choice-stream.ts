import { arrayOf, isObject, stringOf } from "@sluice/core";
import type { FinishReason, Json, JsonObject, Quirks, StreamEvent } from "@sluice/core";
import { parseDataUrl } from "../media.ts";
import { decodeCitation } from "./answer.ts";
import { AudioPieces } from "./audio-pieces.ts";
import { CallStream } from "./call-stream.ts";
import type { CallContext } from "./call-stream.ts";
import { correctFinish, decodeFinish } from "./finish.ts";
import { ReasoningStream } from "./reasoning-stream.ts";
import { ThinkTags } from "./think-tags.ts";

export interface ChoiceContext extends CallContext {
  quirks: Quirks;
  audioType: string;
  /** Brings a whole JSON answer back into the caller's schema; its text waits for the end. */
  restore: ((text: string) => string) | undefined;
  warn: (name: string) => StreamEvent[];
  /** What becomes of the members of an object that are not among those that are read. */
  unread: (place: "choice" | "message", members: JsonObject, read: ReadonlySet<string>) => StreamEvent[];
}

type FieldReader = (choice: ChoiceStream, value: Json) => StreamEvent[];

/** Decodes the deltas of one choice; a whole message is one delta. */
export class ChoiceStream {
  finished = false;
  readonly #context: ChoiceContext;
  readonly #choice: number;
  readonly #calls: CallStream;
  readonly #reasoning: ReasoningStream;
  readonly #tags: ThinkTags | null;
  readonly #audio: AudioPieces;
  readonly #messageFields: ReadonlySet<string>;
  readonly #cited = new Set<string>();
  #hasContent = false;
  #refused = false;
  #waiting = "";
  #late = false;

  constructor(context: ChoiceContext) {
    this.#context = context;
    this.#choice = context.choice;
    this.#calls = new CallStream(context);
    this.#reasoning = new ReasoningStream(context);
    this.#tags = context.quirks.thinkTags ? new ThinkTags() : null;
    this.#audio = new AudioPieces(context.audioType);
    const { reasoningField } = context.quirks;
    this.#messageFields = reasoningField === undefined ? messageFields : new Set([...messageFields, reasoningField]);
  }

  /** Content has begun, and its end has not come. */
  get isOpen(): boolean {
    return this.#hasContent && !this.finished;
  }

  step(choice: JsonObject, chunk: JsonObject): StreamEvent[] {
    const delta = isObject(choice.delta) ? choice.delta : {};
    if (this.finished) return this.#afterFinish(delta);
    const events = this.#unread(choice, delta);
    this.#readDelta(delta, events);
    if (choice.logprobs !== undefined && choice.logprobs !== null) {
      events.push({ type: "logprobs", choice: this.#choice, logprobs: choice.logprobs });
    }
    const reason = stringOf(choice.finish_reason);
    if (reason) events.push(...this.#finish(reason, chunk));
    return events;
  }

  #readDelta(delta: JsonObject, events: StreamEvent[]): void {
    const before = events.length;
    events.push(...this.#reasoning.take(delta));
    for (const [name, read] of ChoiceStream.#readers) {
      const value = delta[name];
      if (value === undefined || value === null || value === "") continue;
      if (Array.isArray(value) && value.length === 0) continue;
      events.push(...this.#closeReasoning(name, value), ...read(this, value));
    }
    this.#hasContent ||= events.length > before;
  }

  // One table for all choices of all streams.
  static readonly #readers: readonly (readonly [name: string, read: FieldReader])[] = [
    ["content", (choice, value) => choice.#readContent(value)],
    ["refusal", (choice, value) => (typeof value === "string" ? choice.#refusal(value) : [])],
    ["annotations", (choice, value) => arrayOf(value).flatMap((annotation) => choice.#citation(annotation))],
    ["images", (choice, value) => arrayOf(value).flatMap((image) => choice.#image(image))],
    ["audio", (choice, value) => choice.#audio.take(value)],
    ["provider_details", (choice, value) => arrayOf(value).flatMap((detail) => choice.#providerDetail(detail))],
    ["tool_calls", (choice, value) => arrayOf(value).flatMap((call) => choice.#calls.take(call))],
    ["function_call", (choice, value) => choice.#calls.take({ index: 0, function: value })],
  ];

  /** Anything else ends the thinking; content that is still inside think tags does not. */
  #closeReasoning(name: string, value: Json): StreamEvent[] {
    return name === "content" && (this.#tags !== null || Array.isArray(value)) ? [] : this.#reasoning.end();
  }

  #readContent(content: Json): StreamEvent[] {
    if (typeof content === "string") return this.#tags ? this.#pieces(this.#tags.feed(content)) : this.#text(content);
    return arrayOf(content).flatMap((part) => {
      if (!isObject(part)) return [];
      if (part.type === "thinking") return this.#reasoning.think(thinkingText(part.thinking), null);
      if (part.type === "text") return [...this.#reasoning.end(), ...this.#text(stringOf(part.text) ?? "")];
      if (part.type === "image_url") return [...this.#reasoning.end(), ...this.#image(part)];
      return this.#context.warn(`content.${stringOf(part.type) ?? "part"}`);
    });
  }

  #pieces(pieces: readonly { type: "text" | "reasoning"; text: string }[]): StreamEvent[] {
    return pieces.flatMap(({ type, text }) =>
      type === "reasoning" ? this.#reasoning.think(text, null) : [...this.#reasoning.end(), ...this.#text(text)],
    );
  }

  #text(text: string): StreamEvent[] {
    if (text === "") return [];
    if (this.#context.restore) {
      this.#waiting += text;
      return [];
    }
    return [{ type: "text-delta", choice: this.#choice, text }];
  }

  #refusal(text: string): StreamEvent[] {
    this.#refused = true;
    return [{ type: "refusal-delta", choice: this.#choice, text }];
  }

  #citation(annotation: Json): StreamEvent[] {
    const citation = decodeCitation(annotation);
    if (citation === null) return [];
    if (citation.url !== undefined) this.#cited.add(citation.url);
    return [{ type: "citation", choice: this.#choice, citation }];
  }

  #image(image: Json): StreamEvent[] {
    const given = isObject(image) ? image.image_url : undefined;
    const url = stringOf(given) ?? (isObject(given) ? stringOf(given.url) : undefined);
    if (!url) return [];
    const inline = parseDataUrl(url);
    const source = inline ? { kind: "data" as const, ...inline } : { kind: "url" as const, url };
    return [{ type: "media", choice: this.#choice, media: "image", source }];
  }

  #providerDetail(detail: Json): StreamEvent[] {
    if (!isObject(detail) || typeof detail.format !== "string" || !isObject(detail.data)) return [];
    return [{ type: "provider", choice: this.#choice, format: detail.format, item: detail.data }];
  }

  #finish(word: string, chunk: JsonObject): StreamEvent[] {
    this.finished = true;
    const events = [
      ...(this.#tags ? this.#pieces(this.#tags.end()) : []),
      ...this.#reasoning.end(),
      ...this.#restored(),
    ];
    events.push(...this.#audio.end(this.#choice), ...this.#sources(chunk));
    this.#hasContent ||= events.length > 0;

    const reason = decodeFinish(word, this.#context.quirks);
    if (reason === "error")
      return [...events, failed("server", `the upstream ended the answer with "${word.slice(0, 64)}"`)];
    if (reason === "other" && !this.#hasContent) {
      return [...events, failed("protocol", `the upstream ended an empty answer with "${word.slice(0, 64)}"`)];
    }
    events.push(...this.#calls.close(isCut(reason)));
    if (reason === "other") events.push(unknownReason(word));
    const content = { calls: this.#calls.count > 0, refusal: this.#refused };
    events.push({ type: "finish", choice: this.#choice, reason: correctFinish(reason, content) });
    return events;
  }

  #restored(): StreamEvent[] {
    if (this.#waiting === "") return [];
    const text = this.#context.restore?.(this.#waiting) ?? this.#waiting;
    this.#waiting = "";
    return [{ type: "text-delta", choice: this.#choice, text }];
  }

  /** Vendors that search repeat their whole list of sources in every chunk; some are cited in annotations as well. */
  #sources(chunk: JsonObject): StreamEvent[] {
    return arrayOf(chunk.citations).flatMap((url): StreamEvent[] =>
      typeof url === "string" && !this.#cited.has(url)
        ? [{ type: "citation", choice: this.#choice, citation: { url, raw: url } }]
        : [],
    );
  }

  #afterFinish(delta: JsonObject): StreamEvent[] {
    const says = Object.entries(delta).some(([name, value]) => name !== "role" && value !== "" && value !== null);
    if (!says || this.#late) return [];
    this.#late = true;
    const message = "The upstream sent content after its finish reason; a translated answer goes without it.";
    return [{ type: "warning", warning: { code: "late_content", message } }];
  }

  #unread(choice: JsonObject, delta: JsonObject): StreamEvent[] {
    const { unread } = this.#context;
    const events = unread("choice", choice, choiceFields);
    events.push(...unread("message", delta, this.#messageFields));
    return events;
  }
}

const choiceFields: ReadonlySet<string> = new Set(["index", "delta", "message", "finish_reason", "logprobs"]);

const messageFields: ReadonlySet<string> = new Set([
  "role",
  "content",
  "refusal",
  "reasoning_content",
  "reasoning",
  "reasoning_details",
  "annotations",
  "images",
  "audio",
  "provider_details",
  "tool_calls",
  "function_call",
]);

function isCut(reason: FinishReason): boolean {
  return reason === "length" || reason === "context-full" || reason === "filter";
}

function thinkingText(thinking: Json | undefined): string {
  if (typeof thinking === "string") return thinking;
  return arrayOf(thinking)
    .map((part) => (isObject(part) ? (stringOf(part.text) ?? "") : ""))
    .join("");
}

function failed(failureClass: "server" | "protocol", message: string): StreamEvent {
  return { type: "error", failure: { class: failureClass, message } };
}

function unknownReason(word: string): StreamEvent {
  const message = `The upstream's finish reason "${word.slice(0, 64)}" is not known; a translated answer says "stop".`;
  return { type: "warning", warning: { code: "unknown_finish_reason", message, field: "finish_reason" } };
}
