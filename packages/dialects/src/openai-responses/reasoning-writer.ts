import type { OpaqueState } from "@sluice/core";
import type { ItemWriter, OpenItem } from "./item-writer.ts";
import { nativeDomain, sealedFor } from "./reasoning.ts";

interface OpenReasoning extends OpenItem {
  text: string;
}

/** Writes thinking: its words as a summary, its state as encrypted content. */
export class ReasoningWriter {
  readonly #items: ItemWriter;
  #open: OpenReasoning | null = null;

  constructor(items: ItemWriter) {
    this.#items = items;
  }

  get isOpen(): boolean {
    return this.#open !== null;
  }

  write(text: string): string {
    const begun = this.#open === null ? this.#begin() : "";
    const open = this.#open as OpenReasoning;
    open.text += text;
    return begun + this.#items.event("response.reasoning_summary_text.delta", { ...placeOf(open), delta: text });
  }

  close(state?: OpaqueState): string {
    const open = this.#open;
    if (open === null) return "";
    this.#open = null;
    const { id, item, text } = open;
    const part = { type: "summary_text", text };
    const sealed = state === undefined ? {} : { encrypted_content: sealedFor(state, id) };
    return (
      this.#items.event("response.reasoning_summary_text.done", { ...placeOf(open), text }) +
      this.#items.event("response.reasoning_summary_part.done", { ...placeOf(open), part }) +
      this.#items.done(open, { ...item, status: "completed", summary: [part], ...sealed })
    );
  }

  /** An item without words. It keeps the id that its vendor gave it: some read both together. */
  carry(state: OpaqueState): string {
    const isNative = state.domain === nativeDomain && !state.id?.includes(":");
    const item = { type: "reasoning", summary: [] };
    const { told, open } = this.#items.add("rs", item, isNative ? state.id : undefined);
    return told + this.#items.done(open, { ...open.item, encrypted_content: sealedFor(state, open.id) });
  }

  #begin(): string {
    const { told, open } = this.#items.add("rs", { type: "reasoning", status: "in_progress", summary: [] });
    this.#open = { ...open, text: "" };
    const part = { type: "summary_text", text: "" };
    return told + this.#items.event("response.reasoning_summary_part.added", { ...placeOf(open), part });
  }
}

function placeOf({ id, index }: OpenItem) {
  return { item_id: id, output_index: index, summary_index: 0 };
}
