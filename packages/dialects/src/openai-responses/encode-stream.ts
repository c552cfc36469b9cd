import { mergeUsage, noUsage, receiptJson } from "@sluice/core";
import type {
  AnswerContext,
  Citation,
  FinishReason,
  GatewayError,
  Json,
  JsonObject,
  OpaqueState,
  Receipt,
  StreamEvent,
  StreamWriter,
} from "@sluice/core";
import { arrayOf, isObject } from "@sluice/core";
import { callCarrier } from "../call-states.ts";
import { droppedChoices, droppedPart } from "../losses.ts";
import { customInput, showsReasoning } from "../openai-chat/answer.ts";
import { sseEvent } from "../sse.ts";
import { encodeCitation } from "./citations.ts";
import type { Preferences } from "./decode-request.ts";
import { failureMembers } from "./failed.ts";
import { encodeFinish } from "./finish.ts";
import type { Ending } from "./finish.ts";
import { hostedSteps } from "./hosted-steps.ts";
import { madeId, sealedFor } from "./reasoning.ts";
import { responseBody } from "./response-body.ts";
import type { Told } from "./response-body.ts";

/** An item that is being written; `item` is what it will be in the end. */
interface OpenItem {
  index: number;
  id: string;
  item: JsonObject;
}

/** The part of a message that is being written. */
interface OpenPart {
  at: number;
  type: "output_text" | "refusal";
  text: string;
  annotations: JsonObject[];
  logprobs: Json[];
  /** Where its text begins within the canonical one. */
  start: number;
  /** The text of a delta event up to its own. */
  head: string;
}

interface OpenMessage extends OpenItem {
  parts: JsonObject[];
  part: OpenPart | null;
}

interface OpenReasoning extends OpenItem {
  text: string;
}

interface OpenCall extends OpenItem {
  isCustom: boolean;
  text: string;
}

type EventOf<Type extends StreamEvent["type"]> = Extract<StreamEvent, { type: Type }>;
type Writers = { [Type in StreamEvent["type"]]?: (event: EventOf<Type>) => string };

/** Translates canonical events into items and their events. The terminal event waits for the receipt. */
export class ResponseEncoder implements StreamWriter<StreamEvent> {
  readonly #context: AnswerContext;
  readonly #shows: boolean;
  readonly #custom: readonly string[];
  #sequence = 0;
  #started = false;
  #model: string | null = null;
  #usage = noUsage;
  #output: JsonObject[] = [];
  #message: OpenMessage | null = null;
  #reasoning: OpenReasoning | null = null;
  #call: OpenCall | null = null;
  #textLength = 0;
  #refused = false;
  #ending: Ending = { status: "completed", incomplete_details: null };

  constructor(context: AnswerContext) {
    this.#context = context;
    this.#shows = showsReasoning(context);
    this.#custom = (context.request.origin.prefers as Partial<Preferences>).customTools ?? [];
  }

  write(event: StreamEvent): string {
    if ("choice" in event && event.choice !== 0) {
      this.#context.warn(droppedChoices());
      return "";
    }
    const writer = this.#writers[event.type] as ((event: StreamEvent) => string) | undefined;
    return writer === undefined ? "" : writer(event);
  }

  end(receipt: Receipt | null): string {
    const response = this.response();
    const told = receipt === null ? response : { ...response, sluice: receiptJson(receipt) };
    return this.#open() + this.#event(`response.${this.#ending.status}`, { response: told });
  }

  /** The whole response, as the terminal event tells it. */
  response(): JsonObject {
    const { status, incomplete_details } = this.#ending;
    return this.#body({ status, incomplete_details, usage: this.#usage });
  }

  fail(error: GatewayError, receipt: Receipt | null): string {
    const { event, failed } = failureMembers(error, this.#context.requestId, receipt);
    const begun = this.#open() + this.#closeAll("incomplete");
    const response = { ...this.#body({ status: "failed", usage: null, error: failed.error }), sluice: failed.sluice };
    return begun + this.#event("error", event) + this.#event("response.failed", { response });
  }

  readonly #writers: Writers = {
    start: (event) => {
      this.#model ??= event.model;
      return "";
    },
    "text-delta": ({ text }) => (text === "" ? "" : this.#write("output_text", text)),
    "refusal-delta": ({ text }) => {
      if (text === "") return "";
      this.#refused = true;
      return this.#write("refusal", text);
    },
    "reasoning-delta": ({ text }) => (text === "" || !this.#shows ? "" : this.#think(text)),
    "reasoning-end": ({ state }) => this.#endReasoning(state),
    "tool-start": (event) => this.#startCall(event),
    "tool-delta": (event) => this.#continueCall(event.arguments),
    "tool-end": () => this.#endCall("completed"),
    media: (event) => this.#media(event),
    citation: ({ citation }) => this.#cite(citation),
    logprobs: ({ logprobs }) => this.#weigh(logprobs),
    provider: (event) => this.#hosted(event),
    usage: (event) => {
      this.#usage = mergeUsage(this.#usage, event.usage);
      return "";
    },
    finish: (event) => this.#finish(event.reason, event.detail),
  };

  #finish(reason: FinishReason, detail: string | undefined): string {
    const isWithheld = (reason === "filter" || reason === "refusal") && this.#output.length === 0;
    let before = "";
    if (isWithheld && detail && !this.#refused) {
      before = this.#write("refusal", detail);
      this.#refused = reason === "refusal";
    }
    this.#ending = encodeFinish(reason, this.#refused, this.#context.warn);
    return this.#open() + before + this.#closeAll(this.#ending.status);
  }

  /** `response.created` comes first, and nothing before there is something to say. */
  #open(): string {
    if (this.#started) return "";
    this.#started = true;
    const response = { ...this.#body({ status: "in_progress", usage: null }), output: [] };
    return this.#event("response.created", { response }) + this.#event("response.in_progress", { response });
  }

  #body(told: Omit<Told, "model" | "output">): JsonObject {
    return responseBody(this.#context, {
      ...told,
      model: this.#model ?? this.#context.model,
      output: [...this.#output],
    });
  }

  #event(type: string, members: JsonObject): string {
    return sseEvent(JSON.stringify({ type, ...members, sequence_number: this.#sequence++ }), type);
  }

  /** Adds an item as it begins. `id` is its own, or made here. */
  #add(prefix: string, item: JsonObject, id?: string): { told: string; open: OpenItem } {
    const begun = this.#open();
    const index = this.#output.length;
    const named = id || madeId(prefix, this.#context.requestId, index);
    const { type, ...members } = item;
    const added = { type, ...members, id: named };
    this.#output.push(added);
    const told = begun + this.#event("response.output_item.added", { output_index: index, item: added });
    return { told, open: { index, id: named, item: added } };
  }

  #done({ index, id }: OpenItem, item: JsonObject): string {
    const done = { ...item, id };
    this.#output[index] = done;
    return this.#event("response.output_item.done", { output_index: index, item: done });
  }

  #write(type: OpenPart["type"], text: string): string {
    const opened = this.#openPart(type);
    const part = this.#message?.part as OpenPart;
    part.text += text;
    if (type === "output_text") this.#textLength += text.length;
    // Every token passes here, so only what changes is serialised.
    return `${opened}${part.head}${JSON.stringify(text)},"sequence_number":${this.#sequence++}}\n\n`;
  }

  #openPart(type: OpenPart["type"]): string {
    if (this.#message?.part?.type === type) return "";
    let told = this.#closeReasoning(undefined);
    if (this.#message === null) {
      const added = this.#add("msg", { type: "message", role: "assistant", status: "in_progress", content: [] });
      told += added.told;
      this.#message = { ...added.open, parts: [], part: null };
    } else {
      told += this.#closePart(this.#message);
    }
    const message = this.#message;
    const at = message.parts.length;
    const place = { item_id: message.id, output_index: message.index, content_index: at };
    const event = `response.${type}.delta`;
    const more = type === "output_text" ? { logprobs: [] } : {};
    const head = `event: ${event}\ndata: ${JSON.stringify({ type: event, ...place, ...more }).slice(0, -1)},"delta":`;
    const part: OpenPart = { at, type, text: "", annotations: [], logprobs: [], start: this.#textLength, head };
    message.part = part;
    return told + this.#event("response.content_part.added", { ...place, part: partOf(part) });
  }

  #closePart(message: OpenMessage): string {
    const { part } = message;
    if (part === null) return "";
    const place = { item_id: message.id, output_index: message.index, content_index: part.at };
    const whole = partOf(part);
    message.parts.push(whole);
    message.part = null;
    const done =
      part.type === "output_text"
        ? this.#event("response.output_text.done", { ...place, text: part.text, logprobs: part.logprobs })
        : this.#event("response.refusal.done", { ...place, refusal: part.text });
    return done + this.#event("response.content_part.done", { ...place, part: whole });
  }

  #closeMessage(status: string): string {
    const message = this.#message;
    if (message === null) return "";
    const closed = this.#closePart(message);
    this.#message = null;
    this.#textLength = 0;
    return closed + this.#done(message, { ...message.item, status, content: message.parts });
  }

  /** A source for the text that is being written, or for an empty one where none is. */
  #cite(citation: Citation): string {
    const opened = this.#openPart("output_text");
    const message = this.#message as OpenMessage;
    const part = message.part as OpenPart;
    const annotation = encodeCitation(citation, part.start);
    if (annotation === null) {
      this.#context.warn(droppedPart("citation"));
      return opened;
    }
    const annotation_index = part.annotations.push(annotation) - 1;
    const place = { item_id: message.id, output_index: message.index, content_index: part.at };
    return opened + this.#event("response.output_text.annotation.added", { ...place, annotation_index, annotation });
  }

  #weigh(logprobs: Json): string {
    const content = isObject(logprobs) ? arrayOf(logprobs.content) : [];
    const message = this.#message;
    if (content.length === 0) return "";
    if (message?.part?.type !== "output_text") {
      this.#context.warn(droppedPart("logprobs"));
      return "";
    }
    message.part.logprobs.push(...content);
    const place = { item_id: message.id, output_index: message.index, content_index: message.part.at };
    return this.#event("response.output_text.delta", { ...place, delta: "", logprobs: content });
  }

  #think(text: string): string {
    let told = "";
    if (this.#reasoning === null) {
      told = this.#closeMessage("completed");
      const added = this.#add("rs", { type: "reasoning", status: "in_progress", summary: [] });
      const { id, index } = added.open;
      this.#reasoning = { ...added.open, text: "" };
      const part = { type: "summary_text", text: "" };
      const place = { item_id: id, output_index: index, summary_index: 0 };
      told += added.told + this.#event("response.reasoning_summary_part.added", { ...place, part });
    }
    const { id, index } = this.#reasoning;
    this.#reasoning.text += text;
    const place = { item_id: id, output_index: index, summary_index: 0 };
    return told + this.#event("response.reasoning_summary_text.delta", { ...place, delta: text });
  }

  #endReasoning(state: OpaqueState | undefined): string {
    if (this.#reasoning !== null) return this.#closeReasoning(state);
    if (state === undefined) return "";
    const closed = this.#closeMessage("completed");
    const isNative = state.domain === "openai" && !state.id?.includes(":");
    const added = this.#add("rs", { type: "reasoning", summary: [] }, isNative ? state.id : undefined);
    const { open } = added;
    const sealed = { ...open.item, encrypted_content: sealedFor(state, open.id) };
    return closed + added.told + this.#done(open, sealed);
  }

  #closeReasoning(state: OpaqueState | undefined): string {
    const reasoning = this.#reasoning;
    if (reasoning === null) return "";
    this.#reasoning = null;
    const { id, index, item, text } = reasoning;
    const part = { type: "summary_text", text };
    const place = { item_id: id, output_index: index, summary_index: 0 };
    const sealed = state === undefined ? {} : { encrypted_content: sealedFor(state, id) };
    return (
      this.#event("response.reasoning_summary_text.done", { ...place, text }) +
      this.#event("response.reasoning_summary_part.done", { ...place, part }) +
      this.#done(reasoning, { ...item, status: "completed", summary: [part], ...sealed })
    );
  }

  #startCall(event: EventOf<"tool-start">): string {
    const carrier = callCarrier(event);
    const before =
      this.#closeReasoning(undefined) +
      this.#closeMessage("completed") +
      this.#endCall("completed") +
      (carrier === null ? "" : this.#endReasoning(carrier));
    const { id: call_id, name } = event;
    const isCustom = this.#custom.includes(name);
    const item = isCustom
      ? { type: "custom_tool_call", call_id, name, input: "" }
      : { type: "function_call", call_id, name, arguments: "" };
    const added = this.#add(isCustom ? "ctc" : "fc", { ...item, status: "in_progress" });
    this.#call = { ...added.open, isCustom, text: "" };
    return before + added.told;
  }

  #continueCall(text: string): string {
    const call = this.#call;
    if (call === null || text === "") return "";
    call.text += text;
    // Free text must be unwrapped whole.
    if (call.isCustom) return "";
    const place = { item_id: call.id, output_index: call.index };
    return this.#event("response.function_call_arguments.delta", { ...place, delta: text });
  }

  #endCall(status: string): string {
    const empty = this.#call?.text === "" && !this.#call.isCustom ? this.#continueCall("{}") : "";
    const call = this.#call;
    if (call === null) return "";
    this.#call = null;
    const place = { item_id: call.id, output_index: call.index };
    if (call.isCustom) {
      const input = customInput(call.text);
      return (
        this.#event("response.custom_tool_call_input.delta", { ...place, delta: input }) +
        this.#event("response.custom_tool_call_input.done", { ...place, input }) +
        this.#done(call, { ...call.item, status, input })
      );
    }
    return (
      empty +
      this.#event("response.function_call_arguments.done", { ...place, arguments: call.text }) +
      this.#done(call, { ...call.item, status, arguments: call.text })
    );
  }

  #media({ media, source, transcript }: EventOf<"media">): string {
    if (media === "audio" && source.kind === "data") {
      const spoken = this.#open() + this.#event("response.audio.delta", { delta: source.data });
      const heard =
        transcript === undefined
          ? ""
          : this.#event("response.audio.transcript.delta", { delta: transcript }) +
            this.#event("response.audio.transcript.done", {});
      return spoken + this.#event("response.audio.done", {}) + heard;
    }
    if (media === "audio" || source.kind !== "data") {
      this.#context.warn(droppedPart(media));
      return "";
    }
    const output_format = source.mediaType.split("/")[1] ?? "png";
    return this.#whole({ type: "image_generation_call", status: "completed", output_format, result: source.data });
  }

  #hosted({ format, item }: EventOf<"provider">): string {
    if (format === "openai-responses") return this.#whole(item);
    this.#context.warn(droppedPart(format));
    return "";
  }

  /** An item that is known whole: its beginning, its steps, its end. */
  #whole(item: JsonObject): string {
    const before = this.#closeReasoning(undefined) + this.#closeMessage("completed");
    const { added, steps } = hostedSteps(item);
    const { id } = item;
    const { told, open } = this.#add("item", added, typeof id === "string" ? id : undefined);
    const place = { item_id: open.id, output_index: open.index };
    return (
      before +
      told +
      steps.map(([type, members]) => this.#event(type, { ...place, ...members })).join("") +
      this.#done(open, item)
    );
  }

  #closeAll(status: "completed" | "incomplete"): string {
    return this.#closeReasoning(undefined) + this.#endCall(status) + this.#closeMessage(status);
  }
}

function partOf({ type, text, annotations, logprobs }: OpenPart): JsonObject {
  return type === "refusal"
    ? { type, refusal: text }
    : { type, text, annotations: [...annotations], logprobs: [...logprobs] };
}
