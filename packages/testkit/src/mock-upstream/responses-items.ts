import type { Json, JsonObject } from "@sluice/core";
import type { Answer, AnswerCall } from "./answer.ts";
import { isRecord, words } from "./fields.ts";
import { isOpenAI } from "./openai-checks.ts";
import type { Prompt } from "./prompt.ts";
import { hostedItems, sourceOf } from "./responses-hosted.ts";
import { encrypted } from "./responses-input.ts";
import { idOf, pieces, tokensOf } from "./tokens.ts";

/** One item of an answer: whole, as a stream opens it, and the events between the two without indexes and ids. */
export interface ItemDraft {
  item: JsonObject;
  opened: JsonObject;
  steps: ItemStep[];
}

export interface ItemStep {
  type: string;
  data: JsonObject;
  /** Whether it carries some of the answer. */
  content?: boolean;
}

/** The items of an answer, in the order in which the model made them. `size` is how much one event carries. */
export function itemsOf(prompt: Prompt, answer: Answer, size: number): ItemDraft[] {
  const thought = idOf(24, prompt.seed);
  // What follows reasoning belongs to it, which its id remembers.
  const idFor = (prefix: string, at: number) => `${prefix}_${thought}${answer.thinking === null ? "p" : "r"}${at}`;
  const custom = Array.isArray(prompt.wishes["custom"]) ? prompt.wishes["custom"] : [];
  const isSilent = answer.calls.length > 0 || answer.finish === "prompt-blocked";
  return [
    ...(answer.thinking === null ? [] : [reasoning(`rs_${thought}`, prompt, answer.thinking, size)]),
    ...hostedItems(prompt, idFor),
    ...(isSilent ? [] : [message(idFor("msg", 0), prompt, answer, size)]),
    ...answer.calls.map((call, at) =>
      custom.includes(call.name)
        ? customCall(idFor("ctc", at), callId(prompt, at), call, size)
        : functionCall(idFor("fc", at), callId(prompt, at), call, size),
    ),
  ];
}

function callId(prompt: Prompt, at: number): string {
  return `call_${idOf(24, prompt.seed, at)}`;
}

function reasoning(id: string, prompt: Prompt, thinking: string, size: number): ItemDraft {
  const own = isOpenAI(prompt.model);
  const wish = isRecord(prompt.wishes["request"]) ? prompt.wishes["request"]["reasoning"] : null;
  const detailed = isRecord(wish) && wish["summary"] === "detailed";
  const summary = own && prompt.thinking.shown ? [thinking, ...(detailed ? ["Then it is answered."] : [])] : [];
  const state = (value: string): JsonObject =>
    prompt.wishes["encrypted"] === true && own ? { encrypted_content: value } : {};
  const parts = summary.map((text) => ({ type: "summary_text", text }));
  const content = own ? {} : { content: [{ type: "reasoning_text", text: thinking }] };
  return {
    item: { id, type: "reasoning", summary: parts, ...content, ...state(encrypted(id)) },
    // What stands here at first is not yet what must come back.
    opened: { id, type: "reasoning", summary: [], ...(own ? {} : { content: [] }), ...state("gAAAAAopened") },
    steps: own
      ? summary.flatMap((text, summary_index) => summarySteps(text, summary_index, size))
      : rawSteps(thinking, size),
  };
}

function summarySteps(text: string, summary_index: number, size: number): ItemStep[] {
  const name = "response.reasoning_summary";
  return [
    { type: `${name}_part.added`, data: { summary_index, part: { type: "summary_text", text: "" } } },
    ...pieces(text, size).map((delta) => ({
      type: `${name}_text.delta`,
      data: { summary_index, delta },
      content: true,
    })),
    { type: `${name}_text.done`, data: { summary_index, text } },
    { type: `${name}_part.done`, data: { summary_index, part: { type: "summary_text", text } } },
  ];
}

/** How vendors that copy the format show what their models think. */
function rawSteps(text: string, size: number): ItemStep[] {
  const part = (shown: string) => ({ content_index: 0, part: { type: "reasoning_text", text: shown } });
  return [
    { type: "response.content_part.added", data: part("") },
    ...pieces(text, size).map((delta) => ({
      type: "response.reasoning_text.delta",
      data: { content_index: 0, delta },
      content: true,
    })),
    { type: "response.reasoning_text.done", data: { content_index: 0, text } },
    { type: "response.content_part.done", data: part(text) },
  ];
}

function message(id: string, prompt: Prompt, answer: Answer, size: number): ItemDraft {
  const head = { id, type: "message", role: "assistant", phase: "final_answer" };
  const cut = answer.finish === "length" || answer.finish === "filter";
  const part = answer.refusal === null ? spokenPart(prompt, answer.text) : { type: "refusal", refusal: answer.refusal };
  const item = { ...head, status: cut ? "incomplete" : "completed", content: [part] };
  const empty = answer.refusal === null ? { ...part, text: "", annotations: [] } : { ...part, refusal: "" };
  const steps = answer.refusal === null ? textSteps(prompt, part, size) : refusalSteps(answer.refusal, size);
  return {
    item,
    opened: { ...head, status: "in_progress", content: [] },
    steps: [
      { type: "response.content_part.added", data: { content_index: 0, part: empty } },
      ...steps,
      { type: "response.content_part.done", data: { content_index: 0, part } },
    ],
  };
}

function spokenPart(prompt: Prompt, text: string): JsonObject {
  const source = sourceOf(prompt);
  const annotations = source === null ? [] : [{ ...source, start_index: 0, end_index: text.length }];
  return { type: "output_text", text, annotations, logprobs: logprobs(prompt, text) };
}

function textSteps(prompt: Prompt, part: JsonObject, size: number): ItemStep[] {
  const text = words(part["text"]);
  const annotations = part["annotations"] as JsonObject[];
  return [
    ...pieces(text, size).map((delta) => ({
      type: "response.output_text.delta",
      data: { content_index: 0, delta, logprobs: logprobs(prompt, delta) },
      content: true,
    })),
    ...annotations.map((annotation, annotation_index) => ({
      type: "response.output_text.annotation.added",
      data: { content_index: 0, annotation_index, annotation },
    })),
    { type: "response.output_text.done", data: { content_index: 0, text, logprobs: logprobs(prompt, text) } },
  ];
}

function logprobs(prompt: Prompt, text: string): Json[] {
  if (!prompt.logprobs) return [];
  return tokensOf(text).map((token) => ({
    token,
    logprob: -0.25,
    bytes: [...Buffer.from(token)],
    top_logprobs: [],
  }));
}

function refusalSteps(refusal: string, size: number): ItemStep[] {
  return [
    ...pieces(refusal, size).map((delta) => ({
      type: "response.refusal.delta",
      data: { content_index: 0, delta },
      content: true,
    })),
    { type: "response.refusal.done", data: { content_index: 0, refusal } },
  ];
}

function functionCall(id: string, call_id: string, call: AnswerCall, size: number): ItemDraft {
  const written = JSON.stringify(call.arguments);
  const head = { id, type: "function_call", call_id, name: call.name };
  return {
    item: { ...head, status: "completed", arguments: written },
    opened: { ...head, status: "in_progress", arguments: "" },
    steps: [
      ...pieces(written, size).map((delta) => ({
        type: "response.function_call_arguments.delta",
        data: { delta },
        content: true,
      })),
      { type: "response.function_call_arguments.done", data: { arguments: written } },
    ],
  };
}

function customCall(id: string, call_id: string, call: AnswerCall, size: number): ItemDraft {
  const input = words(call.arguments["input"]);
  const head = { id, type: "custom_tool_call", call_id, name: call.name };
  return {
    item: { ...head, status: "completed", input },
    opened: { ...head, status: "in_progress", input: "" },
    steps: [
      ...pieces(input, size).map((delta) => ({
        type: "response.custom_tool_call_input.delta",
        data: { delta },
        content: true,
      })),
      { type: "response.custom_tool_call_input.done", data: { input } },
    ],
  };
}
