import { errors, isGatewayError } from "./errors.ts";
import type { GatewayError } from "./errors.ts";
import { AttemptError } from "./failure.ts";
import type { Failure } from "./failure.ts";
import type { Ports } from "./ports.ts";

/** The verdict on a request whose signal was aborted: the client left, the deadline passed, the gateway closes. */
export function endingOf(signal: AbortSignal): GatewayError {
  const failure = signal.reason instanceof AttemptError ? signal.reason.failure : null;
  if (failure?.class === "abort") return errors.CLIENT_GONE();
  return isGatewayError(failure?.cause) ? failure.cause : errors.INTERNAL().because(signal.reason);
}

/**
 * The lifetime of one piece of work: an abort signal with timers that fire it. Ending it cancels every timer.
 *
 * `signal.reason` is what aborted it, an `AttemptError` for a timer of ours.
 */
export class Lifetime {
  readonly #controller = new AbortController();
  readonly #ports: Ports;
  readonly #detach: () => void;
  #cancelTimer: (() => void) | null = null;

  constructor(ports: Ports, parent: AbortSignal | null) {
    this.#ports = ports;
    if (!parent) {
      this.#detach = () => {};
      return;
    }
    const onAbort = () => this.abort(parent.reason);
    if (parent.aborted) onAbort();
    parent.addEventListener("abort", onAbort, { once: true });
    this.#detach = () => parent.removeEventListener("abort", onAbort);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    if (!this.signal.aborted) this.#controller.abort(reason);
  }

  /** Aborts with the failure unless `watch` or `end` is called within the time. One phase is watched at a time. */
  watch(milliseconds: number, failure: Failure): void {
    this.unwatch();
    this.#cancelTimer = this.#ports.timers.set(milliseconds, () => this.abort(new AttemptError(failure)));
  }

  unwatch(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  /** Calls back when the work still goes on that long after it was aborted; the returned function calls it off. */
  onOverdue(graceMs: number, callback: () => void): () => void {
    let cancelTimer = () => {};
    const onAbort = () => {
      cancelTimer = this.#ports.timers.set(graceMs, callback);
    };
    if (this.signal.aborted) onAbort();
    else this.signal.addEventListener("abort", onAbort, { once: true });
    return () => {
      this.signal.removeEventListener("abort", onAbort);
      cancelTimer();
    };
  }

  /** Nothing of this work goes on: timers and the link to the parent are gone. */
  end(): void {
    this.unwatch();
    this.#detach();
  }
}
