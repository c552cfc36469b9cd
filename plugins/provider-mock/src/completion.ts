import type { JsonObject } from "@sluice/core";
import type { CutAnswer, Piece } from "./answer.ts";

/** What stays the same over one answer, in OpenAI's wire format. */
export interface Head {
  id: string;
  /** Unix seconds. */
  created: number;
  /** `mock/` and the model's name, so that no reader takes the answer for a real one. */
  model: string;
  /** Ids of the answer's tool calls, by their order. */
  callId: (choice: number, call: number) => string;
}

/** A whole answer: one body for a unary request. */
export function completionOf(head: Head, answer: CutAnswer, choices: number, usage: JsonObject): JsonObject {
  return {
    ...members(head, "chat.completion"),
    choices: Array.from({ length: choices }, (_, index) => ({
      index,
      message: messageOf(head, answer.pieces, index),
      logprobs: null,
      finish_reason: answer.finish,
    })),
    usage,
  };
}

/** One chunk of a streamed answer. */
export function chunkOf(head: Head, choice: number, delta: JsonObject, finish: string | null = null): JsonObject {
  return {
    ...members(head, "chat.completion.chunk"),
    choices: [{ index: choice, delta, logprobs: null, finish_reason: finish }],
  };
}

/** The chunk after the last choice, for clients that asked for usage. */
export function usageChunk(head: Head, usage: JsonObject): JsonObject {
  return { ...members(head, "chat.completion.chunk"), choices: [], usage };
}

/** The delta that opens a choice. `content` is null when no text will follow. */
export function openingDelta(pieces: readonly Piece[]): JsonObject {
  return { role: "assistant", content: pieces.some((piece) => piece.type === "call") ? null : "" };
}

const deltas: { [Type in Piece["type"]]: (piece: Extract<Piece, { type: Type }>, id: string) => JsonObject } = {
  reasoning: ({ text }) => ({ reasoning_content: text }),
  text: ({ text }) => ({ content: text }),
  call: ({ call, name }, id) => ({
    tool_calls: [{ index: call, id, type: "function", function: { name, arguments: "" } }],
  }),
  arguments: ({ call, text }) => ({ tool_calls: [{ index: call, function: { arguments: text } }] }),
};

/** The delta of one token. */
export function deltaOf(head: Head, choice: number, piece: Piece): JsonObject {
  const write = deltas[piece.type] as (piece: Piece, id: string) => JsonObject;
  return write(piece, piece.type === "call" ? head.callId(choice, piece.call) : "");
}

/** Usage by the mock's own counting rule; nothing is ever cached. */
export function usageOf(inputTokens: number, answer: CutAnswer, choices: number): JsonObject {
  const reasoning = answer.pieces.filter((piece) => piece.type === "reasoning").length * choices;
  const output = answer.pieces.length * choices;
  return {
    prompt_tokens: inputTokens,
    completion_tokens: output,
    total_tokens: inputTokens + output,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: reasoning },
  };
}

function members(head: Head, object: string): JsonObject {
  return { id: head.id, object, created: head.created, model: head.model, system_fingerprint: "mock" };
}

function messageOf(head: Head, pieces: readonly Piece[], choice: number): JsonObject {
  const reasoning = joined(pieces, "reasoning");
  const text = joined(pieces, "text");
  const calls = pieces.filter((piece) => piece.type === "call");
  return {
    role: "assistant",
    content: calls.length > 0 && text === "" ? null : text,
    refusal: null,
    ...(reasoning === "" ? {} : { reasoning_content: reasoning }),
    ...(calls.length === 0 ? {} : { tool_calls: calls.map(({ call, name }) => toolCall(call, name)) }),
  };

  function toolCall(call: number, name: string): JsonObject {
    const own = pieces.filter((piece) => piece.type === "arguments" && piece.call === call);
    return {
      id: head.callId(choice, call),
      type: "function",
      function: { name, arguments: joined(own, "arguments") },
    };
  }
}

function joined(pieces: readonly Piece[], type: "reasoning" | "text" | "arguments"): string {
  return pieces.map((piece) => (piece.type === type ? piece.text : "")).join("");
}
