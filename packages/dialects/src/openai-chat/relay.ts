import { isObject, parseJson } from "@sluice/core";
import type { AnswerContext, Frame, GatewayError, JsonObject, Receipt, StreamWriter } from "@sluice/core";
import { RelayTail, textOf } from "../relay-tail.ts";
import { sseEvent } from "../sse.ts";
import { preferencesOf } from "./answer.ts";
import { done } from "./encode-stream.ts";
import { encodeError } from "./errors.ts";
import { countedUsage, withReceipt } from "./receipt.ts";

const nothing = new Uint8Array(0);

/**
 * Passes frames as they came. From the finish on they wait for the receipt, which the last JSON event carries; a usage
 * chunk that only the gateway asked for is taken out, and the terminator follows the receipt.
 */
export class ChatRelay implements StreamWriter<Frame> {
  readonly #context: AnswerContext;
  readonly #includeUsage: boolean;
  readonly #tail = new RelayTail();
  #terminator = done;

  constructor(context: AnswerContext) {
    this.#context = context;
    this.#includeUsage = preferencesOf(context).includeUsage;
  }

  write(frame: Frame): Uint8Array {
    if (frame.data === "") return this.#tail.pass([frame]);
    if (frame.data === "[DONE]") this.#terminator = textOf(frame.raw);
    if (isOver(frame) || (!this.#includeUsage && isUsageAlone(frame))) return nothing;
    return this.#tail.pass(this.#tail.take(frame));
  }

  end(receipt: Receipt | null): string {
    const frames = this.#tail.held();
    const last = frames.at(-1);
    if (receipt === null || last === undefined) return this.#tail.close(frames, this.#terminator);
    const { passed, told } = this.#last(last, receipt);
    return this.#tail.close([...frames.slice(0, -1), ...passed], told) + this.#terminator;
  }

  fail(error: GatewayError, receipt: Receipt | null): string {
    this.#tail.held();
    return this.#tail.close([], sseEvent(JSON.stringify(encodeError(error, this.#context.requestId, receipt))) + done);
  }

  /** Vendors without a usage chunk leave a client who asked for one without: then the gateway's count makes it. */
  #last(frame: Frame, receipt: Receipt): { passed: Frame[]; told: string } {
    const chunk = parseJson(frame.data) as JsonObject;
    const usage = countedUsage(receipt);
    const isCounted = !this.#includeUsage || isObject(chunk.usage) || usage === null;
    if (isCounted) return { passed: [], told: sseEvent(JSON.stringify(withReceipt(chunk, receipt))) };
    const { choices: _, ...head } = chunk;
    const counted = { ...head, choices: [], usage };
    return { passed: [frame], told: sseEvent(JSON.stringify(withReceipt(counted, receipt))) };
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
  const chunk: unknown = parseJson(data);
  return isObject(chunk) && Array.isArray(chunk.choices) && chunk.choices.length === 0;
}
