import { burstDeltas, chatText, usage, vector } from "../upstream/texts.ts";
import { bodyOf } from "./body.ts";

/** Says what is wrong with an answer, or null. */
export type Check = (answer: Buffer) => string | null;

interface Completion {
  choices?: { message?: { content?: unknown }; delta?: { content?: string | null }; finish_reason?: unknown }[];
  usage?: { prompt_tokens?: unknown; completion_tokens?: unknown } | null;
}

interface Embedded {
  data?: { embedding?: unknown }[];
  usage?: { prompt_tokens?: unknown };
}

export const checkChat: Check = guarded((answer) => {
  const { choices, usage: counted } = JSON.parse(bodyOf(answer)) as Completion;
  return difference("text", choices?.[0]?.message?.content, chatText) ?? differentUsage(counted);
});

export const checkEmbeddings: Check = guarded((answer) => {
  const { data, usage: counted } = JSON.parse(bodyOf(answer)) as Embedded;
  const tokens = difference("prompt_tokens", counted?.prompt_tokens, usage.input);
  return difference("embedding", data?.[0]?.embedding, vector) ?? tokens;
});

export const checkBurst: Check = guarded((answer) => {
  const events = dataOf(bodyOf(answer));
  if (events.at(-1) !== "[DONE]") return "its last event is not [DONE]";
  const chunks = events.slice(0, -1).map((event) => JSON.parse(event) as Completion);
  const text = chunks.map(({ choices }) => choices?.[0]?.delta?.content ?? "").join("");
  const finish = chunks.map(({ choices }) => choices?.[0]?.finish_reason).find((reason) => reason);
  const counted = chunks.findLast((chunk) => chunk.usage)?.usage;
  return (
    difference("text", text, burstDeltas.join("")) ?? difference("finish", finish, "stop") ?? differentUsage(counted)
  );
});

function dataOf(body: string): string[] {
  const lines = body.split("\n").filter((line) => line.startsWith("data:"));
  return lines.map((line) => line.slice(5).trim());
}

function differentUsage(counted: Completion["usage"]): string | null {
  const input = difference("prompt_tokens", counted?.prompt_tokens, usage.input);
  return input ?? difference("completion_tokens", counted?.completion_tokens, usage.output);
}

function difference(name: string, found: unknown, expected: unknown): string | null {
  if (found === expected) return null;
  return `its ${name} is ${JSON.stringify(found)?.slice(0, 80)} instead of ${JSON.stringify(expected).slice(0, 80)}`;
}

function guarded(check: Check): Check {
  return (answer) => {
    try {
      return check(answer);
    } catch (error) {
      return `it cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    }
  };
}
