import type { OutgoingStream } from "./incoming.ts";
import type { Ports } from "./ports.ts";

type Chunk = string | Uint8Array;

export interface ClientStreamOptions {
  chunks: AsyncGenerator<Chunk>;
  /** A client that takes nothing for so long has left. */
  stallMs: number;
  ports: Ports;
  /** The client has left, by what it did or by what it did not do. Called at most once. */
  onLeave: () => Promise<void>;
  /** Is given a way to end the stream from outside, with its last bytes; returns what calls the watch off. */
  watch: (cut: (tail: Chunk) => void) => () => void;
}

/** A response body that is pulled: whoever stops reading stops the upstream, and has left after a while. */
export class ClientStream implements OutgoingStream {
  readonly #chunks: AsyncGenerator<Chunk>;
  readonly #stallMs: number;
  readonly #ports: Ports;
  readonly #onLeave: () => Promise<void>;
  readonly #callOff: () => void;
  // Null while the client waits for us. One timer for a whole stream, not one for each chunk.
  #waitingSince: number | null;
  #cancelTimer: () => void;
  #end: ((tail: Chunk | null) => void) | null = null;
  #over = false;

  constructor({ chunks, stallMs, ports, onLeave, watch }: ClientStreamOptions) {
    this.#chunks = chunks;
    this.#stallMs = stallMs;
    this.#ports = ports;
    this.#onLeave = onLeave;
    this.#waitingSince = ports.clock.monotonic();
    this.#cancelTimer = ports.timers.set(stallMs, () => this.#checkReader());
    this.#callOff = watch((tail) => this.#cut(tail));
  }

  onEnd(callback: (tail: Chunk | null) => void): void {
    this.#end = callback;
  }

  async next(): Promise<Chunk | null> {
    this.#waitingSince = null;
    const { done, value } = await this.#chunks.next();
    if (this.#over) return null;
    if (done) {
      this.#close();
      return null;
    }
    this.#waitingSince = this.#ports.clock.monotonic();
    return value;
  }

  /** The watch goes on until it is over: a stage may hang while we wait for it. */
  async leave(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    this.#cancelTimer();
    await this.#onLeave();
    this.#callOff();
  }

  #checkReader(): void {
    const left =
      this.#waitingSince === null ? this.#stallMs : this.#waitingSince + this.#stallMs - this.#ports.clock.monotonic();
    if (left > 0) {
      this.#cancelTimer = this.#ports.timers.set(left, () => this.#checkReader());
      return;
    }
    this.#end?.(null);
    void this.leave();
  }

  #cut(tail: Chunk): void {
    if (this.#over) return;
    this.#close();
    this.#end?.(tail);
  }

  #close(): void {
    this.#over = true;
    this.#cancelTimer();
    this.#callOff();
  }
}
