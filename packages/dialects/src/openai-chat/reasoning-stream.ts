import { arrayOf, stringOf } from "@sluice/core";
import type { JsonObject, Quirks, StreamEvent } from "@sluice/core";
import { decodeDetail } from "./reasoning.ts";

export interface ReasoningContext {
  choice: number;
  quirks: Quirks;
  stateDomain: string;
}

/** Follows the thinking of one choice and tells its blocks apart. */
export class ReasoningStream {
  readonly #context: ReasoningContext;
  /** The open block, with the index that the vendor gave it. */
  #open: { index: number | null } | null = null;

  constructor(context: ReasoningContext) {
    this.#context = context;
  }

  /** What one delta says of it. Details repeat the plain text beside them, so that counts only where they have none. */
  take(delta: JsonObject): StreamEvent[] {
    // Most deltas say nothing of it.
    if (!Array.isArray(delta.reasoning_details)) return this.think(this.#plain(delta), this.#open?.index ?? null);
    const steps = arrayOf(delta.reasoning_details)
      .map((entry) => decodeDetail(entry, this.#context.stateDomain))
      .filter((step) => step !== null);
    const told = steps.some((step) => step.text !== "");
    const events = told ? [] : this.think(this.#plain(delta), this.#open?.index ?? null);
    for (const step of steps) {
      events.push(...this.think(step.text, step.index));
      if (step.state === null) continue;
      if (this.#isOther(step.index)) events.push(...this.end());
      this.#open = null;
      events.push({ type: "reasoning-end", choice: this.#context.choice, state: step.state });
    }
    return events;
  }

  /** More thinking, of block `index` where the vendor says which. */
  think(text: string, index: number | null): StreamEvent[] {
    if (text === "") return [];
    const ended = this.#isOther(index) ? this.end() : [];
    this.#open ??= { index };
    return [...ended, { type: "reasoning-delta", choice: this.#context.choice, text }];
  }

  end(): StreamEvent[] {
    if (this.#open === null) return [];
    this.#open = null;
    return [{ type: "reasoning-end", choice: this.#context.choice }];
  }

  #plain(delta: JsonObject): string {
    const { reasoningField } = this.#context.quirks;
    const own = reasoningField === undefined ? undefined : stringOf(delta[reasoningField]);
    return own ?? stringOf(delta.reasoning_content) ?? stringOf(delta.reasoning) ?? "";
  }

  #isOther(index: number | null): boolean {
    const open = this.#open?.index ?? null;
    return index !== null && open !== null && index !== open;
  }
}
