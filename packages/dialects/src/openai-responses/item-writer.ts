import type { AnswerContext, JsonObject, Usage } from "@sluice/core";
import { noUsage } from "@sluice/core";
import { sseEvent } from "../sse.ts";
import { madeId } from "./reasoning.ts";
import { responseBody } from "./response-body.ts";
import type { Told } from "./response-body.ts";

/** An item that is being written, as it began. */
export interface OpenItem {
  readonly index: number;
  readonly id: string;
  readonly item: JsonObject;
}

/** The items of an answer that can have members without a canonical meaning. */
type RestKind = "message" | "call";

/** What `rest` of the message or call with this number is called. */
export function placeOfRest(kind: RestKind, number: number): string {
  return `${kind} ${number}`;
}

/** Writes the events of one response, numbers them, and keeps the items as they stand. */
export class ItemWriter {
  readonly context: AnswerContext;
  model: string | null = null;
  usage: Usage = noUsage;
  /** Members without a canonical meaning, of the response and of its items, by their place. */
  readonly #rest = new Map<string, JsonObject>();
  #sequence = 0;
  #begun = false;
  readonly #output: JsonObject[] = [];

  constructor(context: AnswerContext) {
    this.context = context;
  }

  addRest(place: string, members: JsonObject): void {
    this.#rest.set(place, { ...this.#rest.get(place), ...members });
  }

  restOf(kind: RestKind, number: number): JsonObject {
    return this.#rest.get(placeOfRest(kind, number)) ?? {};
  }

  get isEmpty(): boolean {
    return this.#output.length === 0;
  }

  /** `response.created` comes first, and nothing before there is something to say. */
  begin(): string {
    if (this.#begun) return "";
    this.#begun = true;
    const response = this.body({ status: "in_progress", usage: null });
    return this.event("response.created", { response }) + this.event("response.in_progress", { response });
  }

  event(type: string, members: JsonObject): string {
    return sseEvent(JSON.stringify({ type, ...members, sequence_number: this.next() }), type);
  }

  /** The number of an event that is written by hand. */
  next(): number {
    return this.#sequence++;
  }

  /** Adds an item as it begins. `id` is its own; without one it is made here. */
  add(prefix: string, item: JsonObject, id?: string): { told: string; open: OpenItem } {
    const before = this.begin();
    const index = this.#output.length;
    const named = id || madeId(prefix, this.context.requestId, index);
    const added = { ...item, id: named };
    this.#output.push(added);
    const told = before + this.event("response.output_item.added", { output_index: index, item: added });
    return { told, open: { index, id: named, item: added } };
  }

  /** An item as it ends; its id is that with which it began. */
  done({ index, id }: OpenItem, item: JsonObject): string {
    const done = { ...item, id };
    this.#output[index] = done;
    return this.event("response.output_item.done", { output_index: index, item: done });
  }

  /** The response with the items so far. */
  body(told: Omit<Told, "model" | "output">): JsonObject {
    const model = this.model ?? this.context.model;
    return responseBody(this.context, { ...told, model, output: [...this.#output] }, this.#rest.get("response") ?? {});
  }
}
