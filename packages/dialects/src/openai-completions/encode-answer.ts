import type {
  AnswerContext,
  Choice,
  FinishReason,
  GatewayError,
  Json,
  JsonObject,
  Receipt,
  Reply,
  StreamEvent,
  StreamWriter,
} from "@sluice/core";
import { droppedPart, inexactFinish } from "../losses.ts";
import { encodeError } from "../openai-chat/errors.ts";
import { done } from "../openai-chat/encode-stream.ts";
import { withReceipt } from "../openai-chat/receipt.ts";
import { encodeUsage } from "../openai-chat/usage.ts";
import { sseEvent } from "../sse.ts";
import type { Preferences } from "./decode-request.ts";
import { fromChatLogprobs } from "./logprobs.ts";

const words: Readonly<Partial<Record<FinishReason, string>>> = {
  length: "length",
  "context-full": "length",
  filter: "content_filter",
  refusal: "content_filter",
};

function finishWord(reason: FinishReason, { warn }: AnswerContext): string {
  const word = words[reason] ?? "stop";
  const inexact = inexactFinish(reason, word);
  if (inexact) warn(inexact);
  return word;
}

function preferencesOf({ request }: AnswerContext): Preferences {
  return request.origin.prefers as Preferences;
}

function headOf({ requestId, created, model }: AnswerContext): JsonObject {
  return { id: requestId.replace(/^req_/, "cmpl-"), object: "text_completion", created, model };
}

/** A whole answer: the text of every choice, behind the prompt where the client wants to see it again. */
export function encodeReply(reply: Reply, context: AnswerContext): JsonObject {
  const { echo } = preferencesOf(context);
  return {
    ...headOf(context),
    model: reply.model ?? context.model,
    choices: reply.choices.map((choice, index) => ({
      text: (echo ?? "") + textOf(choice, context),
      index,
      logprobs: fromChatLogprobs(choice.logprobs, echo?.length),
      finish_reason: finishWord(choice.finish, context),
    })),
    usage: encodeUsage(reply.usage),
  };
}

function textOf({ parts }: Choice, { warn }: AnswerContext): string {
  return parts
    .map((part) => {
      if (part.type === "text" || part.type === "refusal") return part.text;
      warn(droppedPart(part.type));
      return "";
    })
    .join("");
}

/** Writes text as it comes. The last chunk of a stream waits, because it carries the receipt. */
export class CompletionEncoder implements StreamWriter<StreamEvent> {
  readonly #context: AnswerContext;
  readonly #offsets = new Map<number, number>();
  #model: string;
  #usage: JsonObject | null = null;
  #held: JsonObject | null = null;

  constructor(context: AnswerContext) {
    this.#context = context;
    this.#model = context.model;
  }

  write(event: StreamEvent): string {
    const write = this.#writers[event.type] as ((event: StreamEvent) => string) | undefined;
    return write?.(event) ?? "";
  }

  // What is not here says nothing by itself, or was reported when it began.
  readonly #writers: { [Type in StreamEvent["type"]]?: (event: Extract<StreamEvent, { type: Type }>) => string } = {
    start: ({ model }) => {
      this.#model = model ?? this.#model;
      return "";
    },
    "text-delta": ({ choice, text }) => this.#text(choice, text),
    "refusal-delta": ({ choice, text }) => this.#text(choice, text),
    logprobs: ({ choice, logprobs }) => this.#chunk(choice, "", { logprobs: this.#logprobs(choice, logprobs) }),
    finish: ({ choice, reason }) => this.#finish(choice, reason),
    usage: ({ usage }) => {
      this.#usage = encodeUsage(usage);
      return "";
    },
    "reasoning-end": () => this.#drop("reasoning"),
    "tool-start": () => this.#drop("tool-call"),
    media: ({ media }) => this.#drop(media),
    provider: () => this.#drop("provider"),
  };

  #drop(kind: string): string {
    this.#context.warn(droppedPart(kind));
    return "";
  }

  end(receipt: Receipt | null): string {
    const wantsUsage = preferencesOf(this.#context).includeUsage && this.#usage !== null;
    const last = wantsUsage ? { ...this.#head(), choices: [], usage: this.#usage } : this.#held;
    const before = wantsUsage ? this.#release() : "";
    return before + (last ? sseEvent(JSON.stringify(withReceipt(last as JsonObject, receipt))) : "") + done;
  }

  fail(error: GatewayError, receipt: Receipt | null): string {
    return sseEvent(JSON.stringify(encodeError(error, this.#context.requestId, receipt))) + done;
  }

  #text(choice: number, text: string): string {
    const echo = this.#offsets.has(choice) ? "" : (preferencesOf(this.#context).echo ?? "");
    if (!this.#offsets.has(choice)) this.#offsets.set(choice, echo.length);
    return this.#chunk(choice, echo + text);
  }

  #logprobs(choice: number, logprobs: Json): JsonObject | null {
    const offset = this.#offsets.get(choice) ?? 0;
    const told = fromChatLogprobs(logprobs, offset);
    const tokens = (told?.["tokens"] ?? []) as string[];
    this.#offsets.set(choice, offset + tokens.reduce((sum, token) => sum + token.length, 0));
    return told;
  }

  #chunk(choice: number, text: string, more: JsonObject = {}): string {
    const chunk = { ...this.#head(), choices: [{ text, index: choice, logprobs: null, finish_reason: null, ...more }] };
    return this.#release() + sseEvent(JSON.stringify(chunk));
  }

  #finish(choice: number, reason: FinishReason): string {
    const before = this.#release();
    const finish_reason = finishWord(reason, this.#context);
    this.#held = { ...this.#head(), choices: [{ text: "", index: choice, logprobs: null, finish_reason }] };
    return before;
  }

  #release(): string {
    const held = this.#held;
    this.#held = null;
    return held === null ? "" : sseEvent(JSON.stringify(held));
  }

  #head(): JsonObject {
    return { ...headOf(this.#context), model: this.#model };
  }
}
