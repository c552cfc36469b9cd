import { isObject, noUsage, parseJson } from "@sluice/core";
import type { AnswerContext, Choice, Json, JsonObject, Part, Reply, ToolCallPart } from "@sluice/core";
import { citedBlocks } from "./citations.ts";
import { encodeFinish } from "./finish.ts";
import { callStateBlock, encodeReasoning, redactedBlock } from "./thinking-blocks.ts";
import { encodeUsage } from "./usage.ts";
import { restAt } from "../rest.ts";
import { partCarrier } from "../provider-carriers.ts";
import { cutCall, droppedChoices, droppedPart, rawArguments } from "../losses.ts";

/** A whole answer as a message. */
export function encodeReply(reply: Reply, context: AnswerContext): JsonObject {
  const choice = reply.choices[0] ?? { parts: [], finish: "other" };
  if (reply.choices.length > 1) context.warn(droppedChoices());
  return {
    ...emptyMessage(reply.model ?? context.model, context),
    content: contentOf(choice, reply, context),
    ...encodeFinish(endingOf(choice), context.warn),
    usage: encodeUsage(reply.usage),
    ...restOf(reply, "message"),
    ...restOf(reply, "delta"),
    ...restOf(reply, "ending"),
  };
}

function restOf(reply: Reply, place: string, choice: number | null = null): JsonObject {
  return restAt(reply, { choice, format: "anthropic", place });
}

/** The blocks of the answer, calls with what only clients of this dialect know of them. */
function contentOf(choice: Choice, reply: Reply, context: AnswerContext): JsonObject[] {
  let calls = 0;
  return choice.parts.flatMap((part) => {
    const blocks = encodePart(part, context);
    if (part.type !== "tool-call") return blocks;
    const rest = restOf(reply, `call ${calls++}`, 0);
    return blocks.map((block) => (block["type"] === "tool_use" ? { ...block, ...rest } : block));
  });
}

/** What every message has, before anything is known of it. */
export function emptyMessage(model: string, { requestId }: Pick<AnswerContext, "requestId">): JsonObject {
  return {
    id: `msg_${requestId}`,
    type: "message",
    role: "assistant",
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    container: null,
    usage: encodeUsage(noUsage),
  };
}

function endingOf({ parts, finish, stopSequence, detail }: Choice) {
  const refusal = parts.find((part) => part.type === "refusal");
  return {
    finish,
    stopSequence,
    detail: detail ?? refusal?.text,
    hasCalls: parts.some((part) => part.type === "tool-call"),
    hasRefusal: refusal !== undefined,
  };
}

function encodePart(part: Part, context: AnswerContext): JsonObject[] {
  switch (part.type) {
    case "text":
      return citedBlocks(part);
    case "refusal":
      return [{ type: "text", text: part.text }];
    case "reasoning":
      return [encodeReasoning(part, context.request.reasoning?.include !== false)].filter((block) => block !== null);
    case "tool-call":
      return encodeCall(part, context);
    case "provider":
      if (part.format === "anthropic") return [part.item];
      // It cannot be shown here, and goes back all the same.
      return [...leftOut(part.format, context), redactedBlock(partCarrier(part))];
    case "image":
    case "audio":
    case "file":
    case "tool-result":
      return leftOut(part.type, context);
  }
}

function leftOut(kind: string, context: AnswerContext): [] {
  context.warn(droppedPart(kind));
  return [];
}

/** A call that was cut in the middle of its arguments cannot be shown as an object and is left out. */
function encodeCall(call: ToolCallPart, { warn }: AnswerContext): JsonObject[] {
  const input = inputOf(call.arguments);
  if (input === null) {
    warn(cutCall(call.name));
    return [];
  }
  if (Object.hasOwn(input, "raw_arguments")) warn(rawArguments(call.name));
  const state = callStateBlock(call);
  return [...(state === null ? [] : [state]), { type: "tool_use", id: call.id, name: call.name, input }];
}

function inputOf(text: string): JsonObject | null {
  if (text.trim() === "") return {};
  try {
    const value = parseJson(text) as Json;
    return isObject(value) ? value : { raw_arguments: text };
  } catch {
    return null;
  }
}
