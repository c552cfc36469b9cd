/**
 * What went wrong with one attempt. The core decides retry, fallback and health by `class` alone.
 *
 * `invalid` the upstream refuses the request · `credential` 401, 403, no funds · `rate` 429 · `overloaded` 503, 529 ·
 * `server` other 5xx · `connect` nothing was sent · `unknown` sent, no headers · `protocol` 200 that is none, or a
 * malformed or oversized answer · `stalled` silence before the first content · `truncated` cut after it · `local` our
 * own limit, deadline or stage · `abort` the client left.
 */
export type FailureClass =
  | "invalid"
  | "credential"
  | "rate"
  | "overloaded"
  | "server"
  | "connect"
  | "unknown"
  | "protocol"
  | "stalled"
  | "truncated"
  | "local"
  | "abort";

/** Sub-classes of `invalid` for which a plan may still fall back. */
export type FailureKind = "context_length" | "model_not_found" | "content_policy";

export interface Failure {
  class: FailureClass;
  kind?: FailureKind;
  /** What the upstream said, or what was observed. No secret, host or prompt. */
  message: string;
  /** The upstream's HTTP status, where it answered. */
  status?: number;
  /** The upstream's own error code or type. */
  code?: string;
  /** The request field that the upstream names. */
  param?: string;
  /** How long the upstream asks to wait. */
  retryAfterMs?: number;
  /** An earlier answer of the same attempt shows that the upstream had begun, whatever it says now. */
  begun?: true;
  cause?: unknown;
}

/** The class of an HTTP status of 400 or above, where the body says nothing finer. */
export function classOfStatus(status: number): FailureClass {
  if (status === 401 || status === 402 || status === 403 || status === 407) return "credential";
  if (status === 429) return "rate";
  if (status === 503 || status === 529) return "overloaded";
  if (status === 408 || status >= 500) return "server";
  if (status >= 400) return "invalid";
  return "protocol";
}

/** Thrown inside one attempt; caught by the attempt loop, which is the only place that decides what follows. */
export class AttemptError extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.message, failure.cause === undefined ? undefined : { cause: failure.cause });
    this.name = "AttemptError";
    this.failure = failure;
  }
}
