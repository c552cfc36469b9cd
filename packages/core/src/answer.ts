import type { Frame } from "./dialect.ts";
import { errors } from "./errors.ts";
import { isObject } from "./json.ts";
import { isLate } from "./late.ts";
import type { OperationResult } from "./operation.ts";
import type { ResultFrame } from "./operation-dialect.ts";
import { replay } from "./reply.ts";
import type { Reply } from "./reply.ts";

interface AnswerBase {
  source: "upstream" | "cache" | "plugin" | "gateway";
  /** The dialect of the bytes, or null when there are only canonical events. */
  dialect: string | null;
}

/** A streamed answer. Frames carry canonical events and, from an upstream, the bytes that they came in. */
export interface StreamAnswer extends AnswerBase {
  kind: "stream";
  /**
   * In the batches in which they arrived, to be read once: whoever reads them puts others in their place. A frame without data
   * and events is a comment, or a run of content on the byte path.
   */
  frames: AsyncIterable<Frame[]>;
  /** Whether a client of the same dialect may get the bytes untouched. */
  relayable: boolean;
}

export interface ReplyAnswer extends AnswerBase {
  kind: "reply";
  /** May be decoded only when it is first read. */
  readonly reply: Reply;
  /** The body as the upstream sent it; it is sent instead of the reply. Null with a reply that is not the upstream's. */
  bytes: Uint8Array | null;
}

/** The whole answer of any operation but chat. */
export interface ResultAnswer extends AnswerBase {
  kind: "result";
  result: OperationResult;
  /** The body as the upstream sent it, where a client of the same dialect may get it; `mediaType` is its content type. */
  bytes: Uint8Array | null;
  mediaType: string;
}

/** An answer of any operation but chat that is passed on as it comes. */
export interface ResultStreamAnswer extends AnswerBase {
  kind: "result-stream";
  /** In the batches in which they arrived. The last event is `end` or `error`. */
  frames: AsyncIterable<ResultFrame[]>;
  relayable: boolean;
  mediaType: string;
}

export type ChatAnswer = StreamAnswer | ReplyAnswer;
export type OperationAnswer = ResultAnswer | ResultStreamAnswer;

/** What the pipeline passes back through its stages. */
export type Answer = ChatAnswer | OperationAnswer;

/** Whether what a plugin returned is an answer. */
export function isAnswer(value: unknown): value is Answer {
  if (!isObject(value)) return false;
  const { kind, frames } = value as unknown as { kind: unknown; frames: unknown };
  if (kind === "stream" || kind === "result-stream") return isAsyncIterable(frames);
  if (kind === "result") return isObject((value as unknown as { result: unknown }).result);
  // One that nobody has read is ours, and reading would decode it.
  return kind === "reply" && (isLate(value, "reply") || isReply((value as unknown as { reply: unknown }).reply));
}

function isReply(value: unknown): value is Reply {
  return isObject(value) && Array.isArray(value["choices"]) && isObject(value["usage"]);
}

export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

/** The answer of a chat request. What a plugin gives instead is no answer to it. */
export function asChat(answer: Answer): ChatAnswer {
  if (answer.kind === "stream" || answer.kind === "reply") return answer;
  throw errors.INTERNAL().because(new TypeError(`a chat request was answered with a ${answer.kind}`));
}

/** The answer of any other request, likewise. */
export function asOperation(answer: Answer): OperationAnswer {
  if (answer.kind === "result" || answer.kind === "result-stream") return answer;
  throw errors.INTERNAL().because(new TypeError(`a request that is no chat was answered with a ${answer.kind}`));
}

/** An answer that a plugin makes itself. */
export function answerWith(reply: Reply, source: "cache" | "plugin" = "plugin"): ReplyAnswer {
  return { kind: "reply", source, dialect: null, reply, bytes: null };
}

/** A whole answer as a stream of one frame without bytes. */
export function replayAnswer({ source, dialect, reply }: ReplyAnswer): StreamAnswer {
  async function* frames(): AsyncGenerator<Frame[]> {
    yield [{ raw: new Uint8Array(0), event: null, data: "", events: [...replay(reply)] }];
  }
  return { kind: "stream", source, dialect, relayable: false, frames: frames() };
}
