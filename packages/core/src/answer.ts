import type { Frame } from "./dialect.ts";
import { isObject } from "./json.ts";
import { replay } from "./reply.ts";
import type { Reply } from "./reply.ts";

interface AnswerBase {
  source: "upstream" | "cache" | "plugin";
  /** The dialect of the bytes, or null when there are only canonical events. */
  dialect: string | null;
}

/** A streamed answer. Frames carry canonical events and, from an upstream, the bytes that they came in. */
export interface StreamAnswer extends AnswerBase {
  kind: "stream";
  /** In the batches in which they arrived. A frame without data and events is a comment, or a run of content on the byte path. */
  frames: AsyncIterable<Frame[]>;
  /** Whether a client of the same dialect may get the bytes untouched. */
  relayable: boolean;
}

export interface ReplyAnswer extends AnswerBase {
  kind: "reply";
  reply: Reply;
  /** The body as the upstream sent it. */
  bytes: Uint8Array | null;
}

/** What the pipeline passes back through its stages. */
export type Answer = StreamAnswer | ReplyAnswer;

/** Whether what a plugin returned is an answer. */
export function isAnswer(value: unknown): value is Answer {
  if (!isObject(value)) return false;
  const { kind, frames, reply } = value as unknown as { kind: unknown; frames: unknown; reply: unknown };
  if (kind === "stream") return isAsyncIterable(frames);
  return kind === "reply" && isObject(reply) && Array.isArray(reply["choices"]) && isObject(reply["usage"]);
}

export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
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
