import type { AnswerContext, Choice, JsonObject, Part, ReasoningPart, Reply, ToolCallPart } from "@sluice/core";
import {
  answerId,
  customInput,
  encodeAudio,
  encodeCitation,
  encodeImage,
  encodeProviderPart,
  preferencesOf,
  showsReasoning,
} from "./answer.ts";
import { encodeFinish } from "./finish.ts";
import { clientDomain, encodeDetails, encodeExtra } from "./reasoning.ts";
import { encodeUsage } from "./usage.ts";
import { droppedPart } from "../losses.ts";

/** One whole answer. A stream of the same reply folds to the same message. */
export function encodeReply(reply: Reply, context: AnswerContext): JsonObject {
  return {
    id: answerId(context),
    object: "chat.completion",
    created: context.created,
    model: reply.model ?? context.model,
    choices: reply.choices.map((choice, index) => encodeChoice(choice, index, reply, context)),
    usage: encodeUsage(reply.usage),
    ...restOf(reply, null, "chunk"),
  };
}

/** What only clients of this dialect know of the answer, as its upstream wrote it. */
function restOf({ rest = [] }: Reply, choice: number | null, place: string): JsonObject {
  return (
    rest.find((one) => one.format === "openai-chat" && one.choice === choice && one.place === place)?.members ?? {}
  );
}

function encodeChoice(choice: Choice, index: number, reply: Reply, context: AnswerContext): JsonObject {
  const calls = partsOf(choice, "tool-call");
  const said = joined(choice, "text");
  const refusal = joined(choice, "refusal") ?? withheld(choice, said !== null || calls.length > 0);
  const content = { calls: calls.length > 0, refusal: refusal !== null };
  const explained = choice.detail !== undefined;
  return {
    index,
    message: {
      role: "assistant",
      content: said,
      refusal,
      ...reasoningMembers(choice, context),
      ...callMembers(choice, calls, context),
      ...mediaMembers(choice, context),
      ...restOf(reply, index, "message"),
    },
    logprobs: choice.logprobs ?? null,
    finish_reason: encodeFinish(choice.finish, content, explained, {
      legacy: preferencesOf(context).legacyFunctions,
      warn: context.warn,
    }),
    ...restOf(reply, index, "choice"),
  };
}

function partsOf<Type extends Part["type"]>(choice: Choice, type: Type): Extract<Part, { type: Type }>[] {
  return choice.parts.filter((part): part is Extract<Part, { type: Type }> => part.type === type);
}

function joined(choice: Choice, type: "text" | "refusal"): string | null {
  const parts = partsOf(choice, type);
  const text = parts.map((part) => part.text).join("");
  return text === "" ? null : text;
}

/** Words for an answer that was withheld whole, where the vendor gave some. */
export function withheld(end: Pick<Choice, "finish" | "detail">, hasContent: boolean): string | null {
  if (hasContent || (end.finish !== "filter" && end.finish !== "refusal")) return null;
  return end.detail || null;
}

function reasoningMembers(choice: Choice, context: AnswerContext): JsonObject {
  const blocks = partsOf(choice, "reasoning");
  if (blocks.length === 0 || !showsReasoning(context)) return {};
  const text = blocks.map((block) => block.text).join("");
  return {
    ...(text === "" ? {} : { reasoning_content: text }),
    reasoning_details: encodeDetails(blocks, clientDomain),
  };
}

function callMembers(choice: Choice, calls: readonly ToolCallPart[], context: AnswerContext): JsonObject {
  const [first] = calls;
  if (!first) return {};
  const { legacyFunctions, customTools } = preferencesOf(context);
  if (legacyFunctions && calls.length > 1) context.warn(droppedPart("second call"));
  if (legacyFunctions) return { function_call: { name: first.name, arguments: first.arguments || "{}" } };
  return { tool_calls: calls.map((call) => encodeCall(call, blocksBefore(choice, call), customTools)) };
}

/** The reasoning between the call before and this one. */
function blocksBefore(choice: Choice, call: ToolCallPart): ReasoningPart[] {
  const end = choice.parts.indexOf(call);
  const start = choice.parts.slice(0, end).findLastIndex((part) => part.type === "tool-call") + 1;
  return choice.parts.slice(start, end).filter((part) => part.type === "reasoning");
}

function encodeCall(call: ToolCallPart, blocks: readonly ReasoningPart[], custom: readonly string[]): JsonObject {
  const { id, name } = call;
  const extra = encodeExtra(call.state, blocks);
  const told = extra ? { extra_content: extra } : {};
  if (custom.includes(name)) {
    return { id, type: "custom", custom: { name, input: customInput(call.arguments) }, ...told };
  }
  return { id, type: "function", function: { name, arguments: call.arguments || "{}" }, ...told };
}

function mediaMembers(choice: Choice, context: AnswerContext): JsonObject {
  const members: JsonObject = {};
  const annotations = partsOf(choice, "text").flatMap((part) => (part.citations ?? []).map(encodeCitation));
  if (annotations.length > 0) members.annotations = annotations;
  const [audio] = partsOf(choice, "audio");
  if (audio) members.audio = encodeAudio(audio.source, audio.transcript, context);
  const images = partsOf(choice, "image").map((part, index) => encodeImage(part.source, index));
  if (images.length > 0) members.images = images;
  const provider = partsOf(choice, "provider").map(encodeProviderPart);
  if (provider.length > 0) members.provider_details = provider;
  return members;
}
