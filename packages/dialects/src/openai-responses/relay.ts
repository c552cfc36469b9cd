import { arrayOf, isObject, numberOf, parseJson } from "@sluice/core";
import type { AnswerContext, Frame, GatewayError, JsonObject, Receipt, StreamWriter } from "@sluice/core";
import { receiptMembers } from "../openai-chat/receipt.ts";
import { RelayTail, textOf } from "../relay-tail.ts";
import { sseEvent } from "../sse.ts";
import { failureMembers } from "./failed.ts";
import { responseBody } from "./response-body.ts";

/** Passes frames as they came. The terminal event waits for the receipt, which its response carries. */
export class ResponseRelay implements StreamWriter<Frame> {
  readonly #context: AnswerContext;
  readonly #tail = new RelayTail();
  /** What a stream that breaks must repeat: the response as it began, and the items that are done. */
  #begun: string | null = null;
  readonly #done: string[] = [];
  #last: Uint8Array = new Uint8Array(0);

  constructor(context: AnswerContext) {
    this.#context = context;
  }

  write(frame: Frame): Uint8Array {
    if (this.#begun === null && frame.events.some((event) => event.type === "start")) this.#begun = frame.data;
    if (frame.data.includes('"response.output_item.done"')) this.#done.push(frame.data);
    if (frame.raw.length > 0) this.#last = frame.raw;
    return this.#tail.pass(this.#tail.take(frame));
  }

  end(receipt: Receipt | null): string {
    const frames = this.#tail.held();
    const at = frames.findLastIndex((frame) => frame.events.some((event) => event.type === "end"));
    const last = frames[at];
    if (receipt === null || last === undefined) return this.#tail.close(frames, "");
    const event = parse(last.data);
    const response = isObject(event.response) ? event.response : {};
    const told = { ...event, response: { ...response, ...receiptMembers(receipt) } };
    const rest = frames.slice(at + 1).map(({ raw }) => textOf(raw));
    return this.#tail.close(
      frames.slice(0, at),
      sseEvent(JSON.stringify(told), last.event ?? undefined) + rest.join(""),
    );
  }

  fail(error: GatewayError, receipt: Receipt | null): string {
    this.#tail.held();
    const { event, failed } = failureMembers(error, this.#context.requestId, receipt);
    const next = lastSequence(textOf(this.#last)) + 1;
    const broke = { type: "error", ...event, sequence_number: next };
    const response = { ...this.#response(), status: "failed", ...failed };
    const end = { type: "response.failed", response, sequence_number: next + 1 };
    const told = sseEvent(JSON.stringify(broke), broke.type) + sseEvent(JSON.stringify(end), end.type);
    return this.#tail.close([], told);
  }

  /** The response so far, in the upstream's own words where it has begun. */
  #response(): JsonObject {
    const output = this.#done.flatMap((data) => {
      const { item } = parse(data);
      return isObject(item) ? [item] : [];
    });
    const { response } = parse(this.#begun ?? "");
    if (isObject(response)) return { ...response, output: [...arrayOf(response.output), ...output] };
    return responseBody(this.#context, { status: "failed", model: this.#context.model, output, usage: null });
  }
}

function lastSequence(text: string): number {
  const found = [...text.matchAll(/"sequence_number": ?(\d+)/g)].at(-1);
  return numberOf(Number(found?.[1])) ?? -1;
}

function parse(data: string): JsonObject {
  try {
    const value: unknown = parseJson(data);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
