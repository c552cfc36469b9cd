import { AttemptError } from "./failure.ts";
import type { Failure } from "./failure.ts";
import type { Ports } from "./ports.ts";

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
  watch(milliseconds: number, failure: Failure | (() => Failure)): void {
    this.unwatch();
    this.#cancelTimer = this.#ports.timers.set(milliseconds, () =>
      this.abort(new AttemptError(typeof failure === "function" ? failure() : failure)),
    );
  }

  unwatch(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  /** Nothing of this work goes on: timers and the link to the parent are gone. */
  end(): void {
    this.unwatch();
    this.#detach();
  }
}
