import { mergeUsage, noUsage, receiptJson, sealState } from "@sluice/core";
import type { AnswerContext, FinishReason, JsonObject, Receipt, StreamEvent, StreamWriter, Usage } from "@sluice/core";
import { droppedChoices, droppedPart } from "../losses.ts";
import { partCarrier } from "../provider-carriers.ts";
import { sseEvent } from "../sse.ts";
import { encodeCitation } from "./citations.ts";
import { emptyMessage } from "./encode-reply.ts";
import { encodeError } from "./errors.ts";
import { encodeFinish } from "./finish.ts";
import { callStateBlock, isRedacted, nativeDomain, redactedBlock } from "./thinking-blocks.ts";
import { encodeUsage } from "./usage.ts";

type Kind = "text" | "thinking" | "call";

/** One streamed message, as far as it is written. */
interface Message {
  context: AnswerContext;
  /** The model that the upstream names; `message_start` waits for the first content, so that it can tell the usage. */
  model: string | null;
  started: boolean;
  usage: Usage;
  open: { kind: Kind; index: number; written: boolean } | null;
  blocks: number;
  calls: number;
  refusal: string;
  ending: { finish: FinishReason; stopSequence?: string; detail?: string } | null;
  /** `message_delta` is written. */
  ended: boolean;
  /** What only clients of this dialect know of the answer, by its place. */
  rest: Map<string, JsonObject>;
}

/** Writes canonical events as a stream of this dialect. `message_stop` waits for the receipt. */
export function createEncoder(context: AnswerContext): StreamWriter<StreamEvent> {
  const message: Message = {
    context,
    model: null,
    started: false,
    usage: noUsage,
    open: null,
    blocks: 0,
    calls: 0,
    refusal: "",
    ending: null,
    ended: false,
    rest: new Map(),
  };
  return {
    write: (event) => {
      if ("choice" in event && event.choice !== 0 && event.type !== "rest") {
        context.warn(droppedChoices());
        return "";
      }
      const write = writers[event.type] as (message: Message, event: StreamEvent) => string;
      return write(message, event);
    },
    end: (receipt) => endMessage(message) + stopMessage(message, receipt),
    fail: (error, receipt) => sse("error", encodeError(error, context.requestId, receipt)),
  };
}

type Writers = {
  [Type in StreamEvent["type"]]: (message: Message, event: Extract<StreamEvent, { type: Type }>) => string;
};

const nothing = () => "";

const writers: Writers = {
  start(message, event) {
    message.model ??= event.model;
    return "";
  },
  "text-delta": (message, event) => (event.text === "" ? "" : writeText(message, event.text)),
  "refusal-delta"(message, event) {
    message.refusal += event.text;
    return writeText(message, event.text);
  },
  "reasoning-delta"(message, event) {
    if (event.text === "" || message.context.request.reasoning?.include === false) return "";
    return openThinking(message) + writeDelta(message, { type: "thinking_delta", thinking: event.text });
  },
  "reasoning-end": endReasoning,
  "tool-start"(message, event) {
    const state = callStateBlock(event);
    message.calls++;
    return (
      (state === null ? "" : writeWhole(message, state)) +
      openBlock(message, "call", {
        type: "tool_use",
        id: event.id,
        name: event.name,
        input: {},
        ...message.rest.get(`call ${event.index}`),
      })
    );
  },
  "tool-delta"(message, event) {
    if (event.arguments === "" || message.open?.kind !== "call") return "";
    return writeDelta(message, { type: "input_json_delta", partial_json: event.arguments });
  },
  "tool-end"(message) {
    if (message.open?.kind !== "call") return "";
    const empty = message.open.written ? "" : writeDelta(message, { type: "input_json_delta", partial_json: "{}" });
    return empty + closeBlock(message);
  },
  media: (message, event) => leaveOut(message, event.media),
  citation(message, event) {
    const delta = { type: "citations_delta", citation: encodeCitation(event.citation) };
    return openText(message) + writeDelta(message, delta);
  },
  logprobs: nothing,
  rest(message, { format, place, members }) {
    if (format === "anthropic") message.rest.set(place, { ...message.rest.get(place), ...members });
    return "";
  },
  provider(message, event) {
    if (event.format === "anthropic") return writeWhole(message, event.item);
    return leaveOut(message, event.format) + writeWhole(message, redactedBlock(partCarrier(event)));
  },
  usage(message, event) {
    message.usage = mergeUsage(message.usage, event.usage);
    return "";
  },
  finish(message, event) {
    message.ending = { ...event, finish: event.reason };
    return startMessage(message) + closeBlock(message);
  },
  warning: nothing,
  error: nothing,
  end: (message) => endMessage(message),
};

function writeText(message: Message, text: string): string {
  return openText(message) + writeDelta(message, { type: "text_delta", text });
}

function openText(message: Message): string {
  return message.open?.kind === "text" ? "" : openBlock(message, "text", { type: "text", text: "" });
}

function openThinking(message: Message): string {
  if (message.open?.kind === "thinking") return "";
  return openBlock(message, "thinking", { type: "thinking", thinking: "", signature: "" });
}

function endReasoning(message: Message, { state }: Extract<StreamEvent, { type: "reasoning-end" }>): string {
  const isOpen = message.open?.kind === "thinking";
  if (state === undefined) return isOpen ? closeBlock(message) : "";
  if (isRedacted(isOpen ? "shown" : "", state)) return writeWhole(message, redactedBlock(state));
  const signature = { type: "signature_delta", signature: sealState(state, nativeDomain) };
  return openThinking(message) + writeDelta(message, signature) + closeBlock(message);
}

/** A block that is complete when it starts. */
function writeWhole(message: Message, block: JsonObject): string {
  return openBlock(message, "call", block) + closeBlock(message);
}

function openBlock(message: Message, kind: Kind, block: JsonObject): string {
  const before = startMessage(message) + closeBlock(message);
  const index = message.blocks++;
  message.open = { kind, index, written: false };
  return before + sse("content_block_start", { type: "content_block_start", index, content_block: block });
}

function writeDelta(message: Message, delta: JsonObject): string {
  if (message.open === null) return "";
  message.open.written = true;
  return sse("content_block_delta", { type: "content_block_delta", index: message.open.index, delta });
}

function closeBlock(message: Message): string {
  if (message.open === null) return "";
  const { index } = message.open;
  message.open = null;
  return sse("content_block_stop", { type: "content_block_stop", index });
}

function startMessage(message: Message): string {
  if (message.started) return "";
  message.started = true;
  const { context, model, usage } = message;
  const known = { ...emptyMessage(model ?? context.model, context), usage: encodeUsage(usage) };
  const start = { ...known, ...message.rest.get("message") };
  return sse("message_start", { type: "message_start", message: start });
}

/** One `message_delta`, once usage can no longer change. Without a finish nothing is written: the stream is not whole. */
function endMessage(message: Message): string {
  if (message.ended || message.ending === null) return "";
  message.ended = true;
  const { ending, refusal, calls, rest } = message;
  const detail = ending.detail ?? (refusal === "" ? undefined : refusal);
  const known = encodeFinish(
    { ...ending, detail, hasCalls: calls > 0, hasRefusal: refusal !== "" },
    message.context.warn,
  );
  const delta = { ...known, ...rest.get("delta") };
  const event = { type: "message_delta", delta, usage: encodeUsage(message.usage), ...rest.get("ending") };
  return closeBlock(message) + sse("message_delta", event);
}

function stopMessage(message: Message, receipt: Receipt | null): string {
  if (!message.ended) return "";
  return sse("message_stop", { type: "message_stop", ...(receipt === null ? {} : { sluice: receiptJson(receipt) }) });
}

function leaveOut(message: Message, what: string): string {
  message.context.warn(droppedPart(what));
  return "";
}

function sse(event: string, data: JsonObject): string {
  return sseEvent(JSON.stringify(data), event);
}
