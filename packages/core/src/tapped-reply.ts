import type { ReplyAnswer } from "./answer.ts";
import type { Usage } from "./event.ts";
import { defineLate, isLate } from "./late.ts";
import type { Reply } from "./reply.ts";

/**
 * An upstream's answer of which only the usage was read. Whoever asks for its `reply` has it decoded, and from then on it is an
 * answer like any other.
 */
export class TappedReply implements ReplyAnswer {
  readonly kind = "reply";
  readonly source = "upstream";
  readonly dialect: string;
  bytes: Uint8Array | null;
  declare readonly reply: Reply;
  /** What the tap read. */
  readonly usage: Usage;

  constructor(dialect: string, bytes: Uint8Array, usage: Usage, decode: () => Reply) {
    this.dialect = dialect;
    this.bytes = bytes;
    this.usage = usage;
    defineLate(this, "reply", decode);
  }
}

/** The bytes and usage of an answer that nobody has looked at; null for every other. */
export function untouched(answer: ReplyAnswer): { bytes: Uint8Array; usage: Usage } | null {
  const { bytes } = answer;
  if (!(answer instanceof TappedReply) || bytes === null || !isLate(answer, "reply")) return null;
  return { bytes, usage: answer.usage };
}
