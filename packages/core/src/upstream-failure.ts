import type { Target } from "./channel.ts";
import type { Lifetime } from "./deadline.ts";
import { isGatewayError } from "./errors.ts";
import { AttemptError } from "./failure.ts";
import type { Failure } from "./failure.ts";
import { TransportError } from "./ports.ts";

/** A connection that breaks after the headers has answered: what came is no answer, and nothing about it is unknown. */
export function seenFrom(status: number | null, failure: Failure): Failure {
  return status !== null && failure.class === "unknown" ? { ...failure, class: "protocol", status } : failure;
}

/** Before any content a cut stream is no answer at all. */
export function beforeContent(failure: Failure): Failure {
  return failure.class === "truncated" ? { ...failure, class: "protocol" } : failure;
}

export function afterContent(failure: Failure): Failure {
  const cutOff = failure.class === "unknown" || failure.class === "stalled" || failure.class === "connect";
  return cutOff ? { ...failure, class: "truncated" } : failure;
}

/** What was thrown, as a failure. An aborted call fails with the reason of the abort, whatever the transport says. */
export function failureOf(thrown: unknown, life: Lifetime, target: Target | null): Failure {
  const cause = life.aborted && life.reason instanceof AttemptError ? life.reason : thrown;
  if (cause instanceof AttemptError) return cause.failure;
  if (cause instanceof TransportError) return failureOfTransport(cause);
  if (isGatewayError(cause)) return { class: "local", message: cause.message, code: cause.code, cause };
  const name = target ? `the attempt at ${target.id}` : "the attempt";
  return {
    class: "protocol",
    message: `${name} failed: ${cause instanceof Error ? cause.message : String(cause)}`,
    cause,
  };
}

function failureOfTransport(error: TransportError): Failure {
  const { message, cause } = error;
  if (error.phase === "connect" || error.phase === "connect-timeout") {
    return { class: "connect", code: error.phase, message, cause };
  }
  if (error.phase === "refused") return { class: "local", message, cause };
  return { class: "unknown", message, cause };
}
