import type { Timers } from "../ports.ts";

// Runtimes keep the delay in 32 bits and fire at once beyond that.
const longestDelayMs = 2 ** 31 - 1;

export const hostTimers: Timers = {
  set(delayMs, callback) {
    if (delayMs > longestDelayMs) return setInSteps(delayMs, callback);
    const timer = setTimeout(callback, delayMs);
    keepProcessFree(timer);
    return () => clearTimeout(timer);
  },
};

/** Apart from the others, which so keep nothing but their timer. */
function setInSteps(delayMs: number, callback: () => void): () => void {
  let timer = arm(delayMs);
  return () => clearTimeout(timer);

  function arm(remainingMs: number): ReturnType<typeof setTimeout> {
    const stepMs = Math.min(remainingMs, longestDelayMs);
    const armed = setTimeout(() => {
      if (remainingMs <= stepMs) callback();
      else timer = arm(remainingMs - stepMs);
    }, stepMs);
    keepProcessFree(armed);
    return armed;
  }
}

/** Node, Bun and Deno would otherwise wait for the timer before they exit; elsewhere a timer is a number. */
function keepProcessFree(timer: unknown): void {
  if (typeof timer === "object" && timer !== null && "unref" in timer) (timer as { unref(): void }).unref();
}
