import { stringOf } from "@sluice/core";
import type {
  JsonObject,
  Message,
  Part,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
  Warning,
} from "@sluice/core";
import { customInput } from "../openai-chat/answer.ts";
import { droppedPart } from "../losses.ts";
import { encodeCitation } from "./citations.ts";
import { encodeContent, encodeParts } from "./encode-parts.ts";
import type { EncodeContext } from "./encode-request.ts";

/** The history as `instructions` and `input`. `namesJson`: the vendor refuses JSON mode unless an item names it. */
export function encodeInput(
  context: EncodeContext,
  namesJson: boolean,
): { instructions?: string; input: JsonObject[] } {
  const { messages } = context.request;
  const instructions = instructionsOf(messages[0]);
  const told = instructions === undefined ? messages : messages.slice(1);
  const calls = customCalls(context);
  const offset = messages.length - told.length;
  const lastUser = messages.findLastIndex((message) => message.role === "user");
  const input = told.flatMap((message, index) =>
    encodeMessage(message, { ...context, calls, current: index + offset > lastUser }),
  );
  const lacksJson = namesJson && !context.own && !JSON.stringify(input).toLowerCase().includes("json");
  return {
    ...(instructions === undefined ? {} : { instructions }),
    input: lacksJson ? [{ role: "developer", content: "Answer in JSON." }, ...input] : input,
  };
}

function instructionsOf(first: Message | undefined): string | undefined {
  const [part] = first?.parts ?? [];
  const isAlone = first?.role === "system" && first.parts.length === 1 && first.name === undefined && !first.rest;
  return isAlone && part?.type === "text" && !part.cache && !part.rest ? part.text : undefined;
}

/** The ids of calls whose tools take free text: their results are items of another type. */
function customCalls({ request, prefers }: EncodeContext): ReadonlySet<string> {
  const parts = request.messages.flatMap((message) => message.parts);
  return new Set(
    parts.flatMap((part) => (part.type === "tool-call" && prefers.custom?.[part.name] !== undefined ? [part.id] : [])),
  );
}

/** What the items of one message need to know. */
interface MessageContext extends EncodeContext {
  /** The ids of calls of custom tools. */
  calls: ReadonlySet<string>;
  /** Whether the turn is still calling tools. */
  current: boolean;
}

function encodeMessage(message: Message, context: MessageContext): JsonObject[] {
  if (message.name !== undefined) context.warn(droppedName);
  switch (message.role) {
    case "assistant":
      return encodeAssistant(message, context);
    case "tool":
      return message.parts.flatMap((part) => (part.type === "tool-result" ? [encodeResult(part, context)] : []));
    case "system":
    case "user": {
      const role = message.role === "user" ? "user" : (context.target.quirks.developerRole ?? "system");
      return encodeSpoken(message, role, context);
    }
  }
}

const droppedName: Warning = {
  code: "dropped_parameter",
  message: "Speakers have no names in this dialect.",
  field: "messages[].name",
};

/** Words of a user or operator; items of the vendor's own tools stand between them where they stood. */
function encodeSpoken({ parts, rest }: Message, role: string, context: MessageContext): JsonObject[] {
  const items: JsonObject[] = [];
  let said: Part[] = [];
  const flush = () => {
    if (said.length > 0) items.push({ role, content: encodeContent(said, context), ...(context.own ? rest : {}) });
    said = [];
  };
  for (const part of parts) {
    if (!isOwnItem(part)) said.push(part);
    else {
      flush();
      items.push(part.item);
    }
  }
  flush();
  return items;
}

/** A whole item of this dialect, as opposed to a part of a message that nobody knows. */
function isOwnItem(part: Part): part is Extract<Part, { type: "provider" }> {
  if (part.type !== "provider" || part.format !== "openai-responses") return false;
  return !/^(input|output)_/.test(stringOf(part.item.type) ?? "");
}

function encodeAssistant({ parts, rest }: Message, context: MessageContext): JsonObject[] {
  const items: JsonObject[] = [];
  let said: JsonObject[] = [];
  const flush = () => {
    if (said.length > 0)
      items.push({ type: "message", role: "assistant", content: said, ...(context.own ? rest : {}) });
    said = [];
  };
  for (const part of parts) {
    if (part.type === "text" || part.type === "refusal") {
      said.push(...encodeSaid(part, context));
      continue;
    }
    const item = encodeItem(part, context);
    if (item.length > 0) flush();
    items.push(...item);
  }
  flush();
  return items;
}

function encodeSaid(part: TextPart | Extract<Part, { type: "refusal" }>, { own }: MessageContext): JsonObject[] {
  if (part.text === "") return [];
  if (part.type === "refusal") return [{ type: "refusal", refusal: part.text }];
  const annotations = (part.citations ?? []).map((one) => encodeCitation(one, 0)).filter((one) => one !== null);
  return [{ type: "output_text", text: part.text, annotations, ...(own ? part.rest : {}) }];
}

function encodeItem(part: Part, context: MessageContext): JsonObject[] {
  if (part.type === "reasoning") return encodeReasoning(part, context);
  if (part.type === "tool-call") return encodeCall(part, context);
  if (part.type === "provider" && part.format === "openai-responses") return [part.item];
  context.warn({ ...droppedPart(part.type), field: "messages" });
  return [];
}

const stateDropped: Warning = {
  code: "state_dropped",
  message: "Thinking that this vendor cannot read was left out of the history.",
  field: "messages",
};

/** Thinking goes back with the state that proves it, or in plain words to a vendor that wants them. */
function encodeReasoning({ text, state }: ReasoningPart, context: MessageContext): JsonObject[] {
  const { stateDomain, quirks } = context.target;
  if (state?.domain === stateDomain) return [stateItem(state, text)];
  const echo = quirks.reasoningEcho ?? "never";
  if (state === undefined && text !== "" && (echo === "always" || (echo === "turn" && context.current))) {
    return [{ type: "reasoning", summary: [], content: [{ type: "reasoning_text", text }] }];
  }
  context.warn(stateDropped);
  return [];
}

function stateItem({ id, data }: { id?: string; data: string }, text: string): JsonObject {
  const summary = text === "" ? [] : [{ type: "summary_text", text }];
  return { type: "reasoning", ...(id === undefined ? {} : { id }), summary, encrypted_content: data };
}

function encodeCall(part: ToolCallPart, context: MessageContext): JsonObject[] {
  const { names, ids, own } = context;
  const call_id = ids.toWire(part.id);
  const name = names.toWire(part.name);
  const item = context.calls.has(part.id)
    ? { type: "custom_tool_call", call_id, name, input: customInput(part.arguments) }
    : { type: "function_call", call_id, name, arguments: part.arguments || "{}" };
  if (part.state !== undefined) context.warn(stateDropped);
  return [{ ...item, ...(own ? part.rest : {}) }];
}

function encodeResult(part: ToolResultPart, context: MessageContext): JsonObject {
  const type = context.calls.has(part.callId) ? "custom_tool_call_output" : "function_call_output";
  if (part.isError) {
    const message = "This dialect cannot mark a tool result as an error; its text was sent.";
    context.warn({ code: "dropped_parameter", message, field: "is_error" });
  }
  const [only] = part.content;
  const isText = part.content.length <= 1 && (only === undefined || (only.type === "text" && !only.cache));
  const output =
    isText && (only === undefined || only.type === "text") ? (only?.text ?? "") : encodeParts(part.content, context);
  return { type, call_id: context.ids.toWire(part.callId), output, ...(context.own ? part.rest : {}) };
}
