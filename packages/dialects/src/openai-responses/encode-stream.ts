import { mergeUsage } from "@sluice/core";
import type {
  AnswerContext,
  FinishReason,
  GatewayError,
  JsonObject,
  OpaqueState,
  Receipt,
  StreamEvent,
  StreamWriter,
} from "@sluice/core";
import { callCarrier } from "../call-states.ts";
import { droppedChoices, droppedPart } from "../losses.ts";
import { showsReasoning } from "../openai-chat/answer.ts";
import { receiptMembers } from "../openai-chat/receipt.ts";
import { CallWriter } from "./call-writer.ts";
import type { Preferences } from "./decode-request.ts";
import { failureMembers } from "./failed.ts";
import { encodeFinish } from "./finish.ts";
import type { Ending } from "./finish.ts";
import { hostedSteps } from "./hosted-steps.ts";
import { ItemWriter } from "./item-writer.ts";
import { MessageWriter } from "./message-writer.ts";
import { ReasoningWriter } from "./reasoning-writer.ts";

type EventOf<Type extends StreamEvent["type"]> = Extract<StreamEvent, { type: Type }>;
type Writers = { [Type in StreamEvent["type"]]?: (event: EventOf<Type>) => string };

/** Translates canonical events into items and their events. The terminal event waits for the receipt. */
export class ResponseEncoder implements StreamWriter<StreamEvent> {
  readonly #context: AnswerContext;
  readonly #shows: boolean;
  readonly #items: ItemWriter;
  readonly #message: MessageWriter;
  readonly #reasoning: ReasoningWriter;
  readonly #call: CallWriter;
  #refused = false;
  #ending: Ending = { status: "completed", incomplete_details: null };

  constructor(context: AnswerContext) {
    const { customTools = [] } = context.request.origin.prefers as Partial<Preferences>;
    this.#context = context;
    this.#shows = showsReasoning(context);
    this.#items = new ItemWriter(context);
    this.#message = new MessageWriter(this.#items);
    this.#reasoning = new ReasoningWriter(this.#items);
    this.#call = new CallWriter(this.#items, customTools);
  }

  write(event: StreamEvent): string {
    if ("choice" in event && event.choice !== null && event.choice !== 0) {
      this.#context.warn(droppedChoices());
      return "";
    }
    const writer = this.#writers[event.type] as ((event: StreamEvent) => string) | undefined;
    return writer === undefined ? "" : writer(event);
  }

  end(receipt: Receipt | null): string {
    const response = this.response();
    const told = receipt === null ? response : { ...response, ...receiptMembers(receipt) };
    return this.#items.begin() + this.#items.event(`response.${this.#ending.status}`, { response: told });
  }

  /** The whole response, as the terminal event tells it. */
  response(): JsonObject {
    return this.#items.body({ ...this.#ending, usage: this.#items.usage });
  }

  fail(error: GatewayError, receipt: Receipt | null): string {
    const { event, failed } = failureMembers(error, this.#context.requestId, receipt);
    const begun = this.#items.begin() + this.#closeAll("incomplete");
    const broken = this.#items.body({ status: "failed", usage: null, error: failed.error });
    const response = { ...broken, sluice: failed.sluice };
    return begun + this.#items.event("error", event) + this.#items.event("response.failed", { response });
  }

  readonly #writers: Writers = {
    start: ({ model }) => {
      this.#items.model ??= model;
      return "";
    },
    "text-delta": ({ text }) => (text === "" ? "" : this.#reasoning.close() + this.#message.write("output_text", text)),
    "refusal-delta": ({ text }) => (text === "" ? "" : this.#refuse(text)),
    "reasoning-delta": ({ text }) => {
      if (text === "" || !this.#shows) return "";
      return this.#message.close("completed") + this.#reasoning.write(text);
    },
    "reasoning-end": ({ state }) => this.#endReasoning(state),
    "tool-start": (event) => this.#startCall(event),
    "tool-delta": (event) => this.#call.write(event.arguments),
    "tool-end": () => this.#call.close("completed"),
    media: (event) => this.#media(event),
    citation: ({ citation }) => this.#reasoning.close() + this.#message.cite(citation),
    logprobs: ({ logprobs }) => this.#message.weigh(logprobs),
    provider: ({ format, item }) => (format === "openai-responses" ? this.#whole(item) : this.#drop(format)),
    rest: ({ format, place, members }) => {
      if (format !== "openai-responses") return "";
      this.#items.addRest(place, members);
      return this.#message.divide(place);
    },
    usage: ({ usage }) => {
      this.#items.usage = mergeUsage(this.#items.usage, usage);
      return "";
    },
    finish: ({ reason, detail }) => this.#finish(reason, detail),
  };

  #refuse(text: string): string {
    this.#refused = true;
    return this.#reasoning.close() + this.#message.write("refusal", text);
  }

  #finish(reason: FinishReason, detail: string | undefined): string {
    const isWithheld = (reason === "filter" || reason === "refusal") && this.#items.isEmpty;
    const told = isWithheld && detail ? this.#message.write("refusal", detail) : "";
    this.#refused ||= told !== "" && reason === "refusal";
    this.#ending = encodeFinish(reason, this.#refused, this.#context.warn);
    return told + this.#items.begin() + this.#closeAll(this.#ending.status);
  }

  #endReasoning(state: OpaqueState | undefined): string {
    if (this.#reasoning.isOpen) return this.#reasoning.close(state);
    return state === undefined ? "" : this.#message.close("completed") + this.#reasoning.carry(state);
  }

  #startCall(event: EventOf<"tool-start">): string {
    const before = this.#closeAll("completed");
    const carrier = callCarrier(event);
    const state = carrier === null ? "" : this.#reasoning.carry(carrier);
    return before + state + this.#call.start(event.id, event.name);
  }

  #media({ media, source, transcript }: EventOf<"media">): string {
    if (source.kind !== "data") return this.#drop(media);
    if (media === "audio") return this.#speak(source.data, transcript);
    const output_format = source.mediaType.split("/")[1] ?? "png";
    return this.#whole({ type: "image_generation_call", status: "completed", output_format, result: source.data });
  }

  /** Spoken words have events and no item. */
  #speak(delta: string, transcript: string | undefined): string {
    const items = this.#items;
    const heard = items.begin() + items.event("response.audio.delta", { delta });
    const read = transcript ? items.event("response.audio.transcript.delta", { delta: transcript }) : "";
    return heard + read + items.event("response.audio.done", {}) + items.event("response.audio.transcript.done", {});
  }

  #drop(kind: string): string {
    this.#context.warn(droppedPart(kind));
    return "";
  }

  /** An item that is known whole: its beginning, its steps, its end. */
  #whole(item: JsonObject): string {
    const before = this.#reasoning.close() + this.#message.close("completed");
    const { added, steps } = hostedSteps(item);
    const { id } = item;
    const { told, open } = this.#items.add("item", added, typeof id === "string" ? id : undefined);
    const place = { item_id: open.id, output_index: open.index };
    const way = steps.map(([type, members]) => this.#items.event(type, { ...place, ...members }));
    return before + told + way.join("") + this.#items.done(open, item);
  }

  #closeAll(status: "completed" | "incomplete"): string {
    return this.#reasoning.close() + this.#call.close(status) + this.#message.close(status);
  }
}
