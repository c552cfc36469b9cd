import { errors, isGatewayError } from "./errors.ts";
import type { GatewayError } from "./errors.ts";
import { AttemptError } from "./failure.ts";
import type { Failure } from "./failure.ts";
import type { Ports } from "./ports.ts";

/** The verdict on a request that was ended: the client left, the deadline passed, the gateway closes. */
export function endingOf(reason: unknown): GatewayError {
  const failure = reason instanceof AttemptError ? reason.failure : null;
  if (failure?.class === "abort") return errors.CLIENT_GONE();
  return isGatewayError(failure?.cause) ? failure.cause : errors.INTERNAL().because(reason);
}

/** Tells a lifetime when somebody waits, and when the waiting is over. */
export interface Silence {
  wait(): void;
  heard(): void;
}

type Listener = (reason: unknown) => void;

const nothing = () => {};

/**
 * The lifetime of one piece of work: what can be aborted, with timers that do it. Ending it cancels every timer.
 *
 * The same as an `AbortController`, which is made only for those who ask for its signal: it costs more than all the rest.
 */
export class Lifetime {
  /** What aborted it, an `AttemptError` for a timer of ours. */
  reason: unknown = undefined;
  aborted = false;
  readonly #ports: Ports;
  #detach: () => void;
  /** Most have one listener; the others wait in a set. */
  #first: Listener | null = null;
  #others: Set<Listener> | null = null;
  #controller: AbortController | null = null;
  #cancelTimer: (() => void) | null = null;

  constructor(ports: Ports, parent: Lifetime | null) {
    this.#ports = ports;
    this.#detach = parent === null ? nothing : parent.onAbort((reason) => this.abort(reason));
  }

  /** For transports and plugins. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.aborted) this.#controller.abort(this.reason);
    }
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    this.#controller?.abort(reason);
    const first = this.#first;
    const others = this.#others;
    this.#first = this.#others = null;
    first?.(reason);
    for (const listener of others ?? []) listener(reason);
  }

  /** Calls back once, at once if it is aborted already. Returns what stops listening. */
  onAbort(callback: Listener): () => void {
    if (this.aborted) {
      callback(this.reason);
      return nothing;
    }
    if (this.#first === null) this.#first = callback;
    else (this.#others ??= new Set()).add(callback);
    return () => {
      if (this.#first === callback) this.#first = null;
      else this.#others?.delete(callback);
    };
  }

  /** Aborts with the failure unless `watch` or `end` is called within the time. One phase is watched at a time. */
  watch(milliseconds: number, failure: Failure | (() => Failure)): void {
    this.unwatch();
    this.#cancelTimer = this.#ports.timers.set(milliseconds, () =>
      this.abort(new AttemptError(typeof failure === "function" ? failure() : failure)),
    );
  }

  /**
   * Aborts with the failure when one wait lasts that long; the waits are told by `wait` and `heard`. One timer for all of
   * them, that is looked at when it fires: an event of a stream costs two writes, not two timers.
   */
  watchSilence(milliseconds: number, failure: Failure): Silence {
    const { clock, timers } = this.#ports;
    const silence: Silence & { since: number | null } = {
      since: clock.monotonic(),
      wait: () => void (silence.since = clock.monotonic()),
      heard: () => void (silence.since = null),
    };
    const check = () => {
      const left = silence.since === null ? milliseconds : silence.since + milliseconds - clock.monotonic();
      if (left > 0) this.#cancelTimer = timers.set(left, check);
      else this.abort(new AttemptError(failure));
    };
    this.unwatch();
    this.#cancelTimer = timers.set(milliseconds, check);
    return silence;
  }

  unwatch(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  /** Waits, and no longer than the work goes on. */
  pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#ports.timers.set(milliseconds, () => {
        stop();
        resolve();
      });
      const stop = this.onAbort(() => {
        cancel();
        resolve();
      });
    });
  }

  /** Calls back when the work still goes on that long after it was aborted; the returned function calls it off. */
  onOverdue(graceMs: number, callback: () => void): () => void {
    let cancelTimer = nothing;
    const stop = this.onAbort(() => {
      cancelTimer = this.#ports.timers.set(graceMs, callback);
    });
    return () => {
      stop();
      cancelTimer();
    };
  }

  /** Nothing of this work goes on: timers and the link to the parent are gone. */
  end(): void {
    this.unwatch();
    this.#detach();
    this.#detach = nothing;
  }
}

/**
 * The result of work that somebody else does, such as a store. Throws when it is not there in time; then it is left behind.
 *
 * @example const found = await within(host.ports.timers, 1_000, storage.getItem(key));
 */
export function within<T>(timers: Ports["timers"], milliseconds: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = timers.set(milliseconds, () => reject(new Error(`nothing came within ${milliseconds} ms`)));
    work.then(resolve, reject).finally(cancel);
  });
}
