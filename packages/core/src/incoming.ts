/** One HTTP call by a client, as its runtime gave it: what the pipeline may know of it, with no web object in between. */
export interface Incoming {
  readonly method: string;
  /** Path and query as the client sent them, e.g. `/v1/models?limit=2`. */
  readonly url: string;
  /** Lower-case names; repeated headers are joined with a comma. */
  readonly headers: ReadonlyMap<string, string>;
  /**
   * The whole body in one piece, null when there is none, `"too-large"` as soon as it exceeds the limit: the rest is read
   * and dropped then, because a connection with unread bytes on it cannot carry another request. Rejects when the client
   * goes away in the middle.
   */
  readBody(limitBytes: number): Promise<Uint8Array | "too-large" | null>;
  /** Stops reading; a pending `readBody` settles. */
  cancelBody(): void;
  /** Calls back once when the client leaves before its answer is complete. Returns what stops listening. */
  onGone(callback: () => void): () => void;
  /** The same as a web request, for those who want one. Made on demand. */
  toRequest(): Request;
}

/** An answer that is written as it comes. */
export interface OutgoingStream {
  /** The next chunk, or null at the end. Asked for only when the client takes more. */
  next(): Promise<string | Uint8Array | null>;
  /** The reader has left, also before the first chunk. */
  leave(): Promise<void>;
  /** Calls back when the answer is ended from outside: with its last bytes, or with null because nobody reads it. */
  onEnd(callback: (tail: string | Uint8Array | null) => void): void;
}

/** One HTTP answer, as plain data. */
export interface Outgoing {
  status: number;
  /** Lower-case names, values in visible ASCII. */
  headers: Record<string, string>;
  body: string | Uint8Array | OutgoingStream;
}

export function isStream(body: Outgoing["body"]): body is OutgoingStream {
  return typeof body === "object" && "next" in body;
}
