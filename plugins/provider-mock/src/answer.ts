import { outputLimit, stopSequences, type Ask } from "./ask.ts";
import { tokensOf } from "./tokens.ts";

/** What a mock model says, before any limit. */
export interface Answer {
  text?: string;
  /** Calls of the client's tools; arguments are JSON text. */
  calls?: { name: string; arguments: string }[];
}

/** One token of an answer. A call's opening counts as one, its arguments as their text. */
export type Piece =
  | { type: "reasoning"; text: string }
  | { type: "text"; text: string }
  | { type: "call"; call: number; name: string }
  | { type: "arguments"; call: number; text: string };

export interface CutAnswer {
  pieces: Piece[];
  finish: "stop" | "length" | "tool_calls";
}

/** The answer as tokens, cut by the client's stop sequences and output limit. */
export function cutAnswer(answer: Answer, ask: Ask): CutAnswer {
  const pieces = [...reasoningPieces(ask), ...textPieces(answer, ask), ...callPieces(answer)];
  const limit = outputLimit(ask.body);
  if (pieces.length > limit) return { pieces: pieces.slice(0, limit), finish: "length" };
  return { pieces, finish: answer.calls?.length ? "tool_calls" : "stop" };
}

function reasoningPieces(ask: Ask): Piece[] {
  if (!ask.reasons) return [];
  const thought = `The last user message has ${tokensOf(ask.text).length} mock tokens.`;
  return tokensOf(thought).map((text) => ({ type: "reasoning", text }));
}

function textPieces(answer: Answer, ask: Ask): Piece[] {
  const text = answer.text ?? "";
  const hits = stopSequences(ask.body)
    .map((sequence) => text.indexOf(sequence))
    .filter((index) => index >= 0);
  return tokensOf(text.slice(0, Math.min(text.length, ...hits))).map((token) => ({ type: "text", text: token }));
}

function callPieces(answer: Answer): Piece[] {
  return (answer.calls ?? []).flatMap(({ name, arguments: json }, call): Piece[] => [
    { type: "call", call, name },
    ...tokensOf(json).map((text): Piece => ({ type: "arguments", call, text })),
  ]);
}
