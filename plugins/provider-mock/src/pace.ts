import { TransportError, type Ports } from "@sluice/core";

/** When the tokens of one answer become due. */
export interface Pace {
  firstTokenMs: number;
  /** `Infinity` never waits. */
  tokensPerSecond: number;
}

/** Waits for one token after the other. */
export interface Pacer {
  /** Resolves when the last of the next `count` tokens is due; rejects at once when the call is cancelled. */
  wait(count?: number): Promise<void>;
}

/** Due times count from the first wait, so a slow reader is not slowed down further. */
export function createPacer(pace: Pace, ports: Pick<Ports, "clock" | "timers">, signal: AbortSignal): Pacer {
  const start = ports.clock.monotonic();
  let tokens = 0;
  return {
    async wait(count = 1) {
      assertWanted(signal);
      tokens += count;
      const due = start + pace.firstTokenMs + (Math.max(tokens - 1, 0) * 1000) / pace.tokensPerSecond;
      const delayMs = due - ports.clock.monotonic();
      if (delayMs > 0) await sleep(delayMs, ports, signal);
    },
  };
}

/** Throws when the call was cancelled. */
export function assertWanted(signal: AbortSignal): void {
  if (signal.aborted) throw cancelled(signal);
}

function sleep(delayMs: number, ports: Pick<Ports, "timers">, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = ports.timers.set(delayMs, () => {
      signal.removeEventListener("abort", stop);
      resolve();
    });
    signal.addEventListener("abort", stop, { once: true });

    function stop(): void {
      cancel();
      reject(cancelled(signal));
    }
  });
}

function cancelled(signal: AbortSignal): TransportError {
  return new TransportError("sent", "The call was cancelled.", signal.reason);
}
