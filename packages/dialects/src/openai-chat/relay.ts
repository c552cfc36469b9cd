import { isObject } from "@sluice/core";
import type { AnswerContext, Frame, GatewayError, JsonObject, Receipt, StreamWriter } from "@sluice/core";
import { sseEvent } from "../sse.ts";
import { preferencesOf } from "./answer.ts";
import { done } from "./encode-stream.ts";
import { encodeError } from "./errors.ts";
import { countedUsage, withReceipt } from "./receipt.ts";

const nothing = new Uint8Array(0);

/**
 * Passes frames as they came. From the finish on, the latest JSON event waits for the receipt; a usage chunk that only
 * the gateway asked for is taken out, and the terminator follows the receipt.
 */
export class ChatRelay implements StreamWriter<Frame> {
  readonly #context: AnswerContext;
  readonly #includeUsage: boolean;
  #finished = false;
  #held: Frame | null = null;
  #terminator = done;

  constructor(context: AnswerContext) {
    this.#context = context;
    this.#includeUsage = preferencesOf(context).includeUsage;
  }

  write(frame: Frame): Uint8Array {
    if (frame.data === "") return frame.raw;
    if (frame.data === "[DONE]") this.#terminator = textOf(frame);
    if (isOver(frame) || (!this.#includeUsage && isUsageAlone(frame))) return nothing;
    this.#finished ||= frame.events.some((event) => event.type === "finish");
    if (!this.#finished) return frame.raw;
    const before = this.#held;
    this.#held = frame;
    return before?.raw ?? nothing;
  }

  end(receipt: Receipt | null): string | Uint8Array {
    const frame = this.#held;
    this.#held = null;
    if (frame === null) return this.#terminator;
    return (receipt === null ? textOf(frame) : this.#last(frame, receipt)) + this.#terminator;
  }

  fail(error: GatewayError, receipt: Receipt | null): string {
    this.#held = null;
    return sseEvent(JSON.stringify(encodeError(error, this.#context.requestId, receipt))) + done;
  }

  /** Vendors without a usage chunk leave a client who asked for one without: then the gateway's count makes it. */
  #last(frame: Frame, receipt: Receipt): string {
    const chunk = JSON.parse(frame.data) as JsonObject;
    const usage = countedUsage(receipt);
    if (!this.#includeUsage || isObject(chunk.usage) || usage === null) {
      return sseEvent(JSON.stringify(withReceipt(chunk, receipt)));
    }
    const { choices: _, ...head } = chunk;
    const counted = { ...head, choices: [], usage };
    return textOf(frame) + sseEvent(JSON.stringify(withReceipt(counted, receipt)));
  }
}

/** The terminator, which follows the receipt, or an error, which is told in this gateway's own words. */
function isOver(frame: Frame): boolean {
  return frame.events.some((event) => event.type === "end" || event.type === "error") || frame.data === "[DONE]";
}

function isUsageAlone(frame: Frame): boolean {
  return (
    frame.events.some((event) => event.type === "usage") &&
    frame.events.every((event) => event.type === "usage" || event.type === "start") &&
    hasNoChoice(frame.data)
  );
}

function hasNoChoice(data: string): boolean {
  const chunk: unknown = JSON.parse(data);
  return isObject(chunk) && Array.isArray(chunk.choices) && chunk.choices.length === 0;
}

function textOf(frame: Frame): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(frame.raw);
}
