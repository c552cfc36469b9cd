import type { ReplyAnswer } from "./answer.ts";
import type { Usage } from "./event.ts";
import type { Reply } from "./reply.ts";

/**
 * An upstream's answer of which only the usage was read: its bytes pass to a client of the same dialect. Whoever asks for its
 * `reply` has it decoded.
 */
export class TappedReply implements ReplyAnswer {
  readonly kind = "reply";
  readonly source = "upstream";
  readonly dialect: string;
  readonly bytes: Uint8Array;
  declare readonly reply: Reply;
  readonly usage: Usage;
  readonly #decode: () => Reply;
  #reply: Reply | null = null;

  constructor(dialect: string, bytes: Uint8Array, usage: Usage, decode: () => Reply) {
    this.dialect = dialect;
    this.bytes = bytes;
    this.usage = usage;
    this.#decode = decode;
    // An own member, so that `{ ...answer }` has it. One accessor for all of them: one for each would give each a shape of its own.
    Object.defineProperty(this, "reply", TappedReply.#accessor);
  }

  static readonly #accessor: PropertyDescriptor & ThisType<TappedReply> = {
    enumerable: true,
    get() {
      return (this.#reply ??= this.#decode());
    },
  };
}
