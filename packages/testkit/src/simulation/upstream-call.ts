import { type Timers, TransportError, type TransportRequest, type TransportResponse } from "@sluice/core";
import type { Act } from "./personality.ts";

const bufferBytes = 64 * 1024;
const encoder = new TextEncoder();
const done: IteratorResult<Uint8Array> = { done: true, value: undefined };

export interface UpstreamCallOptions {
  timers: Timers;
  /** Writes a line about this call into the trace. */
  note: (what: string) => void;
}

/** Plays the acts of one call over virtual time. A reader that stops pulling stalls the acts after one buffer. */
export class UpstreamCall implements AsyncIterableIterator<Uint8Array> {
  readonly #answer = Promise.withResolvers<TransportResponse>();
  readonly #signal: AbortSignal;
  readonly #acts: Iterator<Act>;
  readonly #options: UpstreamCallOptions;
  #chunks: Uint8Array[] = [];
  #bufferedBytes = 0;
  #waiting: PromiseWithResolvers<IteratorResult<Uint8Array>> | null = null;
  #stalled = false;
  #answered = false;
  #outcome: "end" | TransportError | null = null;
  #cancelTimer = () => {};

  constructor(request: TransportRequest, acts: Iterable<Act>, options: UpstreamCallOptions) {
    this.#signal = request.signal;
    this.#acts = acts[Symbol.iterator]();
    this.#options = options;
    this.#signal.addEventListener("abort", this.#cancel);
    this.#advance();
  }

  get answer(): Promise<TransportResponse> {
    return this.#answer.promise;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) return this.#take(chunk);
    if (this.#outcome === "end") return done;
    if (this.#outcome !== null) throw this.#outcome;
    this.#waiting = Promise.withResolvers();
    return this.#waiting.promise;
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    this.#cancel();
    return done;
  }

  #advance(): void {
    if (this.#outcome !== null) return;
    this.#stalled = this.#bufferedBytes >= bufferBytes;
    if (this.#stalled) return;
    const act = this.#acts.next();
    if (act.done === true || act.value.do === "hang") return;
    this.#cancelTimer = this.#options.timers.set(act.value.afterMs ?? 0, () => this.#perform(act.value));
  }

  #perform(act: Act): void {
    if (act.do === "head") this.#respond(act.status, act.headers ?? {});
    if (act.do === "bytes") this.#deliver(typeof act.bytes === "string" ? encoder.encode(act.bytes) : act.bytes);
    if (act.do === "end") this.#close();
    if (act.do === "break") this.#settle(new TransportError(act.phase, `Simulated: ${act.phase}.`), act.phase);
    this.#advance();
  }

  #respond(status: number, headers: Readonly<Record<string, string>>): void {
    this.#options.note(`head ${status}`);
    this.#answered = true;
    this.#answer.resolve({ status, headers: new Map(Object.entries(headers)), body: this });
  }

  #deliver(bytes: Uint8Array): void {
    this.#options.note(`bytes ${bytes.byteLength}`);
    if (this.#waiting !== null) return this.#serve({ done: false, value: bytes });
    this.#chunks.push(bytes);
    this.#bufferedBytes += bytes.byteLength;
  }

  #close(): void {
    if (this.#answered) this.#settle("end", "end");
    else this.#settle(new TransportError("sent", "Simulated: closed before the status line."), "closed");
  }

  #take(chunk: Uint8Array): IteratorResult<Uint8Array> {
    this.#bufferedBytes -= chunk.byteLength;
    if (this.#stalled) this.#advance();
    return { done: false, value: chunk };
  }

  #serve(result: IteratorResult<Uint8Array>): void {
    this.#waiting?.resolve(result);
    this.#waiting = null;
  }

  #cancel = (): void => {
    if (this.#outcome === "end") return;
    this.#chunks = [];
    this.#settle(new TransportError("sent", "The call was cancelled.", this.#signal.reason), "cancelled");
  };

  #settle(outcome: "end" | TransportError, what: string): void {
    if (this.#outcome !== null) return;
    this.#outcome = outcome;
    this.#options.note(what);
    this.#cancelTimer();
    this.#signal.removeEventListener("abort", this.#cancel);
    if (outcome === "end") return this.#serve(done);
    this.#answer.reject(outcome);
    this.#waiting?.reject(outcome);
    this.#waiting = null;
  }
}
