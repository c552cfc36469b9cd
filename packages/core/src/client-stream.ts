import type { Ports } from "./ports.ts";

export interface ClientStream {
  chunks: AsyncGenerator<Uint8Array>;
  /** A client that takes nothing for so long has left. */
  stallMs: number;
  ports: Ports;
  /** The client has left, by what it did or by what it did not do. Called at most once. */
  onLeave: () => Promise<void>;
  /** Is given a way to end the stream from outside, with its last bytes; returns what calls the watch off. */
  watch: (cut: (tail: Uint8Array) => void) => () => void;
}

/** A response body that is pulled: whoever stops reading stops the upstream, and has left after a while. */
export function openBody({ chunks, stallMs, ports, onLeave, watch }: ClientStream): ReadableStream<Uint8Array> {
  let controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  // Null while the client waits for us. One timer for a whole stream, not one for each chunk.
  let waitingSince: number | null = ports.clock.monotonic();
  let cancelTimer = ports.timers.set(stallMs, checkReader);
  const callOff = watch((tail) => {
    controller?.enqueue(tail);
    close();
  });

  return new ReadableStream<Uint8Array>(
    {
      start(opened) {
        controller = opened;
      },
      async pull() {
        waitingSince = null;
        const { done, value } = await chunks.next();
        if (done) return close();
        controller?.enqueue(value);
        waitingSince = ports.clock.monotonic();
      },
      cancel: leave,
    },
    { highWaterMark: 0 },
  );

  function checkReader(): void {
    const left = waitingSince === null ? stallMs : waitingSince + stallMs - ports.clock.monotonic();
    if (left > 0) {
      cancelTimer = ports.timers.set(left, checkReader);
      return;
    }
    controller?.error(new Error("The client stopped reading."));
    void leave();
  }

  /** The watch goes on until it is over: a stage may hang while we wait for it. */
  async function leave(): Promise<void> {
    controller = null;
    cancelTimer();
    await onLeave();
    callOff();
  }

  function close(): void {
    controller?.close();
    controller = null;
    cancelTimer();
    callOff();
  }
}
