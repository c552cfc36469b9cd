import { type Transport, TransportError } from "../ports.ts";
import { bytesOf } from "../splice.ts";
import { assertFewEncodings, encodingsOf, withoutEncoding } from "./content-encoding.ts";
import { Outbound } from "./outgoing-request.ts";
import { toTransportError } from "./transport-error.ts";

// Bun reads half a megabyte at once. What handles a piece holds its size several times over while a client stalls.
const pieceBytes = 64 * 1024;

/**
 * Carries calls with the runtime's own `fetch`: Bun, Deno, workerd, browsers.
 *
 * The runtime dials, keeps connections and offers the encodings that it undoes, so the connect timeout is its own.
 */
export function createFetchTransport(): Transport {
  const running = new Set<AbortController>();
  const outbound = new Outbound();
  let closed = false;

  return {
    async send(request) {
      const { address, headers } = outbound.check(request);
      const options = runtimeOptions(request.proxy);
      if (closed) throw new TransportError("refused", "The transport is closed.");
      if (request.signal.aborted) throw new TransportError("connect", "The call was cancelled.", request.signal.reason);

      const call = start(request.signal);
      try {
        const { method } = request;
        const body = request.body === null ? null : (bytesOf(request.body) as Uint8Array<ArrayBuffer>);
        const init = { ...options, method, headers, body, redirect: "manual", signal: call.signal } as const;
        const response = await fetch(address.href, init);
        return { status: statusOf(response), ...contentOf(response, call) };
      } catch (error) {
        call.finish();
        throw toTransportError(error);
      }
    },
    async close() {
      closed = true;
      for (const controller of running) controller.abort(new TransportError("sent", "The transport was closed."));
    },
  };

  /** Follows the caller's signal with one of our own: closing ends the call too, and nothing is left on theirs. */
  function start(signal: AbortSignal): Call {
    const controller = new AbortController();
    const cancel = () => controller.abort(signal.reason);
    running.add(controller);
    signal.addEventListener("abort", cancel);
    return {
      signal: controller.signal,
      cancel: () => controller.abort(),
      finish() {
        running.delete(controller);
        signal.removeEventListener("abort", cancel);
      },
    };
  }
}

interface Call {
  signal: AbortSignal;
  cancel(): void;
  finish(): void;
}

/** Only Bun's fetch has proxies. Going out directly instead would be worse than failing. */
function runtimeOptions(proxy: string | undefined): RequestInit {
  const isBun = "Bun" in globalThis;
  if (proxy !== undefined && !isBun) throw new TransportError("refused", "This runtime has no outbound proxies.");
  // Bun would take a proxy from the environment, and give up after five silent minutes; the core has its own timers.
  return (isBun ? { proxy: proxy ?? false, timeout: false } : {}) as RequestInit;
}

/** Browsers hide a redirect that is not followed behind status 0. */
function statusOf(response: Response): number {
  return response.type === "opaqueredirect" ? 302 : response.status;
}

function contentOf(response: Response, call: Call) {
  const headers = new Map(response.headers);
  const encodings = encodingsOf(headers.get("content-encoding"));
  const body = bodyOf(response.body, call, encodings);
  return { headers: encodings.length === 0 ? headers : withoutEncoding(headers), body };
}

function bodyOf(stream: ReadableStream<Uint8Array> | null, call: Call, encodings: string[]): AsyncIterable<Uint8Array> {
  const reader = stream?.getReader();
  let rest: Uint8Array | null = null;
  let ended = false;
  if (reader === undefined) end();
  // Once Deno has collected its own copy of the signal, aborting ends nothing: the body is given up as well.
  else call.signal.addEventListener("abort", () => void reader.cancel(call.signal.reason).catch(() => {}));

  const iterator: AsyncIterableIterator<Uint8Array> = {
    [Symbol.asyncIterator]: () => iterator,
    async next() {
      if (ended || reader === undefined) return { done: true, value: undefined };
      if (rest !== null) return piece(rest);
      try {
        // Only Node undoes more than one; elsewhere the compressed bytes would pass for the body.
        assertFewEncodings(encodings, 1);
        const { done, value } = await reader.read();
        // A body that was given up under the reader looks like one that has ended.
        call.signal.throwIfAborted();
        if (!done) return piece(value);
      } catch (error) {
        call.cancel();
        end();
        throw toTransportError(error, "sent");
      }
      end();
      return { done: true, value: undefined };
    },
    async return() {
      if (!ended) call.cancel();
      end();
      return { done: true, value: undefined };
    },
  };
  return iterator;

  function piece(bytes: Uint8Array): IteratorResult<Uint8Array> {
    rest = bytes.length > pieceBytes ? bytes.subarray(pieceBytes) : null;
    return { done: false, value: rest === null ? bytes : bytes.subarray(0, pieceBytes) };
  }

  function end(): void {
    ended = true;
    call.finish();
  }
}
