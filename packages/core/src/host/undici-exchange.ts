import type { Dispatcher } from "undici";
import { TransportError, type TransportPhase, type TransportRequest, type TransportResponse } from "../ports.ts";
import { encodingsOf, withoutEncoding } from "./content-encoding.ts";
import { joined } from "../splice.ts";
import { acceptEncoding, decompress } from "./decompression.ts";
import { RecordView } from "./record-view.ts";
import type { HeaderRecord } from "./record-view.ts";

/** What is read of an answer before anybody asks for it: small ones are whole then. One read of a socket brings no more. */
const readAheadBytes = 64 * 1024;
/**
 * Chunks are joined up to this: events are small, and a copy of what is large would be rubbish at once. Nor is more read ahead
 * of whoever takes an answer piece by piece: a client that stops reading would leave it here.
 */
const joinedBytes = 16 * 1024;
const done: IteratorResult<Uint8Array> = { done: true, value: undefined };

export { acceptEncoding };

/**
 * One call on undici's lowest interface, and its body as a pulled iterator.
 *
 * undici tells a handler when the request is about to be written, which is what tells `connect` from `sent`; and bytes
 * come without a Node stream in between.
 */
export class Exchange implements Dispatcher.DispatchHandler, AsyncIterableIterator<Uint8Array> {
  readonly #answer = Promise.withResolvers<TransportResponse>();
  #unlisten = (): void => {};
  #controller: Dispatcher.DispatchController | null = null;
  #dialTimer: ReturnType<typeof setTimeout> | undefined;
  #chunks: Uint8Array[] = [];
  #bufferedBytes = 0;
  #mostBytes = readAheadBytes;
  #waiting: PromiseWithResolvers<IteratorResult<Uint8Array>> | null = null;
  #isServing = false;
  #ended = false;
  #failure: TransportError | null = null;

  constructor(request: TransportRequest) {
    const cancel = (reason: unknown) =>
      this.#cancel(this.#controller === null ? "connect" : "sent", "The call was cancelled.", reason);
    this.#unlisten = request.onAbort ? request.onAbort(cancel) : onAbort(request.signal, cancel);
  }

  /** Whether it has ended or failed. */
  get over(): boolean {
    return this.#ended || this.#failure !== null;
  }

  /** Rejects with `TransportError`. */
  get answer(): Promise<TransportResponse> {
    return this.#answer.promise;
  }

  /** Bounds the dial, unless a pooled connection took the request already. */
  limitDial(timeoutMs: number): void {
    if (this.#controller !== null || this.#failure !== null) return;
    this.#dialTimer = setTimeout(() => this.#cancel("connect-timeout", "The connection took too long."), timeoutMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    clearTimeout(this.#dialTimer);
    // Given up while dialling: nothing must be sent now.
    if (this.#failure !== null) controller.abort(this.#failure);
    this.#controller = controller;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, raw: HeaderRecord): void {
    if (status < 200) return;
    // Views of the read that brought them: they would keep it as long as the stream goes on.
    controller.rawHeaders = null;
    const headers = new RecordView(raw);
    const encoding = headers.get("content-encoding");
    const encodings = encoding === undefined ? [] : encodingsOf(encoding);
    if (encodings.length === 0) this.#answer.resolve({ status, headers, body: this, arrived: this.#arrived });
    else
      this.#answer.resolve({ status, headers: withoutEncoding(new Map(headers)), body: decompress(this, encodings) });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#bufferedBytes += chunk.byteLength;
    this.#wake();
    if (this.#bufferedBytes >= this.#mostBytes) controller.pause();
  }

  onResponseEnd(): void {
    this.#ended = true;
    this.#release();
    this.#wake();
  }

  onResponseError(_controller: unknown, error: Error): void {
    if (this.#controller === null) this.#fail(dialFailure(error));
    else this.#fail(new TransportError("sent", `The connection was lost (${codeOf(error)}).`, error));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  // Not `async`: every event of a stream comes by here, and a promise around a promise takes three turns to settle.
  next(): Promise<IteratorResult<Uint8Array>> {
    this.#mostBytes = joinedBytes;
    this.#waiting = Promise.withResolvers();
    const { promise } = this.#waiting;
    this.#serve();
    return promise;
  }

  /**
   * Whoever waits is served once all of a read is here, in one piece, however many chunks of HTTP it was: eight of them took
   * eight turns through the pipeline, and a third of the time of a stream.
   */
  #wake(): void {
    if (this.#waiting === null || this.#isServing) return;
    this.#isServing = true;
    queueMicrotask(() => {
      this.#isServing = false;
      this.#serve();
    });
  }

  #serve(): void {
    const waiting = this.#waiting;
    if (waiting === null) return;
    if (this.#chunks.length > 0) waiting.resolve({ done: false, value: this.#take() });
    else if (this.#failure !== null) waiting.reject(this.#failure);
    else if (this.#ended) waiting.resolve(done);
    else return;
    this.#waiting = null;
  }

  /** A small answer comes in one read, its end included. */
  #arrived = (): Uint8Array[] | null => {
    if (!this.#ended) return null;
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#bufferedBytes = 0;
    return chunks;
  };

  async return(): Promise<IteratorResult<Uint8Array>> {
    if (!this.#ended) this.#cancel("sent", "The body was given up before its end.");
    return done;
  }

  /** The next chunk, with those behind it as long as they are small. */
  #take(): Uint8Array {
    let count = 0;
    let size = 0;
    for (const { byteLength } of this.#chunks) {
      if (count > 0 && size + byteLength > joinedBytes) break;
      size += byteLength;
      count++;
    }
    const piece = joined(this.#chunks.splice(0, count));
    this.#bufferedBytes -= size;
    if (this.#chunks.length === 0 && this.#controller?.paused === true) this.#controller.resume();
    return piece;
  }

  /** Ends the call from our side. Destroys the connection: bytes still under way must never meet another call. */
  #cancel(phase: TransportPhase, message: string, reason?: unknown): void {
    this.#chunks = [];
    const failure = this.#fail(new TransportError(phase, message, reason));
    this.#controller?.abort(failure);
  }

  #fail(failure: TransportError): TransportError {
    if (this.#failure !== null || this.#ended) return failure;
    this.#failure = failure;
    this.#release();
    this.#answer.reject(failure);
    this.#wake();
    return failure;
  }

  #release(): void {
    clearTimeout(this.#dialTimer);
    this.#unlisten();
  }
}

function onAbort(signal: AbortSignal, callback: (reason: unknown) => void): () => void {
  const listener = () => callback(signal.reason);
  if (signal.aborted) listener();
  signal.addEventListener("abort", listener, { once: true });
  return () => signal.removeEventListener("abort", listener);
}

function dialFailure(error: Error): TransportError {
  const code = codeOf(error);
  const late = code === "UND_ERR_CONNECT_TIMEOUT" || code === "ETIMEDOUT";
  if (late) return new TransportError("connect-timeout", "The connection took too long.", error);
  return new TransportError("connect", `No connection to the upstream (${code}).`, error);
}

/** The code alone: system messages name the host. */
function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
