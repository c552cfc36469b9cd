import { arrayOf, isObject } from "@sluice/core";
import type { Citation, Json, JsonObject } from "@sluice/core";
import { droppedPart } from "../losses.ts";
import { encodeCitation } from "./citations.ts";
import { placeOfRest } from "./item-writer.ts";
import type { ItemWriter, OpenItem } from "./item-writer.ts";

type PartType = "output_text" | "refusal";

/** The part of a message that is being written. */
interface OpenPart {
  readonly type: PartType;
  readonly place: JsonObject;
  text: string;
  annotations: JsonObject[];
  logprobs: Json[];
  /** Where its text begins within the canonical one. */
  readonly start: number;
  /** A delta event up to its text. */
  readonly head: string;
}

interface OpenMessage extends OpenItem {
  parts: JsonObject[];
  part: OpenPart | null;
}

/** Writes messages: text with its sources and probabilities, and refusals. */
export class MessageWriter {
  readonly #items: ItemWriter;
  #message: OpenMessage | null = null;
  #textLength = 0;
  #count = 0;

  constructor(items: ItemWriter) {
    this.#items = items;
  }

  /** What only its own dialect knows of the next message: what is open ends with it. */
  divide(place: string): string {
    return place === placeOfRest("message", this.#count) ? this.close("completed") : "";
  }

  write(type: PartType, text: string): string {
    const { opened, part } = this.#partOf(type);
    part.text += text;
    if (type === "output_text") this.#textLength += text.length;
    // Every token passes here, so only what changes is serialised.
    return `${opened}${part.head}${JSON.stringify(text)},"sequence_number":${this.#items.next()}}\n\n`;
  }

  /** A source for the text that is being written, or for an empty one where none is. */
  cite(citation: Citation): string {
    const { opened, part } = this.#partOf("output_text");
    const annotation = encodeCitation(citation, part.start);
    if (annotation === null) {
      this.#items.context.warn(droppedPart("citation"));
      return opened;
    }
    const annotation_index = part.annotations.push(annotation) - 1;
    const members = { ...part.place, annotation_index, annotation };
    return opened + this.#items.event("response.output_text.annotation.added", members);
  }

  weigh(logprobs: Json): string {
    const content = isObject(logprobs) ? arrayOf(logprobs.content) : [];
    if (content.length === 0) return "";
    const part = this.#message?.part;
    if (part?.type !== "output_text") {
      this.#items.context.warn(droppedPart("logprobs"));
      return "";
    }
    part.logprobs.push(...content);
    return this.#items.event("response.output_text.delta", { ...part.place, delta: "", logprobs: content });
  }

  close(status: string): string {
    const message = this.#message;
    if (message === null) return "";
    const closed = this.#closePart(message);
    this.#message = null;
    this.#textLength = 0;
    return closed + this.#items.done(message, { ...message.item, status, content: message.parts });
  }

  #partOf(type: PartType): { opened: string; part: OpenPart } {
    const known = this.#message?.part;
    if (known?.type === type) return { opened: "", part: known };
    const { opened, message } = this.#openMessage();
    const place = { item_id: message.id, output_index: message.index, content_index: message.parts.length };
    const event = `response.${type}.delta`;
    const members = { type: event, ...place, ...(type === "output_text" ? { logprobs: [] } : {}) };
    const head = `event: ${event}\ndata: ${JSON.stringify(members).slice(0, -1)},"delta":`;
    const part: OpenPart = { type, place, text: "", annotations: [], logprobs: [], start: this.#textLength, head };
    message.part = part;
    const added = this.#items.event("response.content_part.added", { ...place, part: whole(part) });
    return { opened: opened + added, part };
  }

  /** The open message, its last part closed, or a new one. */
  #openMessage(): { opened: string; message: OpenMessage } {
    if (this.#message !== null) return { opened: this.#closePart(this.#message), message: this.#message };
    const rest = this.#items.restOf("message", this.#count++);
    const item = { type: "message", role: "assistant", status: "in_progress", content: [], ...rest };
    const { told, open } = this.#items.add("msg", item);
    this.#message = { ...open, parts: [], part: null };
    return { opened: told, message: this.#message };
  }

  #closePart(message: OpenMessage): string {
    const { part } = message;
    if (part === null) return "";
    message.part = null;
    message.parts.push(whole(part));
    const { place, text, logprobs } = part;
    const done =
      part.type === "output_text"
        ? this.#items.event("response.output_text.done", { ...place, text, logprobs })
        : this.#items.event("response.refusal.done", { ...place, refusal: text });
    return done + this.#items.event("response.content_part.done", { ...place, part: whole(part) });
  }
}

function whole({ type, text, annotations, logprobs }: OpenPart): JsonObject {
  if (type === "refusal") return { type, refusal: text };
  return { type, text, annotations: [...annotations], logprobs: [...logprobs] };
}
