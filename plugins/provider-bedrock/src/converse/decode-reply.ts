import { arrayOf, AttemptError, emptyFold, foldEvent, isObject, objectOf, stringOf } from "@sluice/core";
import type { DecodeContext, JsonObject, Reply, StreamEvent } from "@sluice/core";
import { failureOf } from "../errors.ts";
import { imageEvent, markContent, provider } from "./decode-blocks.ts";
import { reducer, stepEvent } from "./decode-stream.ts";
import { warnOnce } from "./stream-state.ts";
import type { StreamState } from "./stream-state.ts";

/** Reads a whole answer as the stream that it could have been, so that both fold to the same reply. */
export function decodeReply(body: JsonObject, context: DecodeContext): Reply {
  const message = objectOf(objectOf(body["output"])?.["message"]);
  if (message === undefined) {
    const named = stringOf(body["__type"]) ?? stringOf(body["message"]);
    if (named !== undefined) throw new AttemptError(failureOf(body, context.target.quirks));
    throw new AttemptError({ class: "protocol", message: "The answer has no message." });
  }
  const state = reducer.initial(context);
  const fold = emptyFold();
  for (const event of read(state, message, body)) {
    foldEvent(fold, event);
    if (fold.failure !== null) throw new AttemptError(fold.failure);
  }
  return fold.reply;
}

function* read(state: StreamState, message: JsonObject, body: JsonObject): Generator<StreamEvent> {
  yield* stepEvent(state, "messageStart", message);
  for (const [index, block] of arrayOf(message["content"]).entries()) {
    if (isObject(block)) yield* readBlock(state, block, index);
  }
  yield* stepEvent(state, "messageStop", { stopReason: body["stopReason"] });
  yield* stepEvent(state, "metadata", { usage: body["usage"], serviceTier: body["serviceTier"] });
}

function* readBlock(state: StreamState, block: JsonObject, contentBlockIndex: number): Generator<StreamEvent> {
  const [kind = ""] = Object.keys(block);
  const events = blocks.get(kind);
  if (events === undefined) return yield* warnOnce(state, "unknown_block", kind);
  for (const event of events(block[kind], state)) {
    if ("type" in event) yield event;
    else yield* stepEvent(state, event.name, { contentBlockIndex, ...event.body });
  }
}

/** An event of the wire that stands for a piece of a block, or what the block is at once. */
type Step = { name: string; body: JsonObject } | StreamEvent;

const delta = (value: JsonObject): Step => ({ name: "contentBlockDelta", body: { delta: value } });
const start = (value: JsonObject): Step => ({ name: "contentBlockStart", body: { start: value } });
const stop: Step = { name: "contentBlockStop", body: {} };

const blocks = new Map<string, (block: unknown, state: StreamState) => Step[]>([
  ["text", (text) => [delta({ text: stringOf(text) ?? "" }), stop]],
  ["reasoningContent", (block) => [delta({ reasoningContent: reasoningOf(objectOf(block) ?? {}) }), stop]],
  ["toolUse", (block, state) => callSteps(objectOf(block) ?? {}, state)],
  ["toolResult", (block, state) => provider(state, { toolResult: objectOf(block) ?? {} })],
  ["citationsContent", (block) => citedSteps(objectOf(block) ?? {})],
  ["image", (block, state) => imageSteps(objectOf(block) ?? {}, state)],
]);

function reasoningOf(block: JsonObject): JsonObject {
  const { reasoningText, redactedContent } = block;
  return { ...objectOf(reasoningText), ...(redactedContent === undefined ? {} : { redactedContent }) };
}

function callSteps(block: JsonObject, state: StreamState): Step[] {
  if (block["type"] === "server_tool_use") return provider(state, { toolUse: block });
  const { input, ...toolUse } = block;
  return [start({ toolUse }), delta({ toolUse: { input: JSON.stringify(input ?? {}) } }), stop];
}

function citedSteps(block: JsonObject): Step[] {
  const text = arrayOf(block["content"]).map((piece) => stringOf(objectOf(piece)?.["text"]) ?? "");
  const citations = arrayOf(block["citations"]);
  return [delta({ text: text.join("") }), ...citations.map((citation) => delta({ citation })), stop];
}

function imageSteps(block: JsonObject, state: StreamState): Step[] {
  markContent(state);
  const data = stringOf(objectOf(block["source"])?.["bytes"]) ?? "";
  return [imageEvent(stringOf(block["format"]) ?? "png", data)];
}
