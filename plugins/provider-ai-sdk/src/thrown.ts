import { AttemptError, toTransportError, TransportError } from "@sluice/core";
import type { TransportResponse } from "@sluice/core";
import { respond } from "./answer.ts";
import { toJson } from "./base64.ts";
import { failureInStream, type ThrownError } from "./dialect/failures.ts";

/**
 * What a package threw, as the answer of its vendor where there was one. Throws otherwise: `TransportError` when the
 * vendor was not reached or did not answer, `AttemptError` when the package itself gave up.
 */
export function answerOf(thrown: unknown): TransportResponse {
  const error = toThrownError(thrown);
  const { status } = error;
  // With a status of success it is an answer that the package could not read.
  if (status !== undefined && status >= 400) {
    return respond(status, error.headers ?? {}, [new TextEncoder().encode(JSON.stringify({ error }))]);
  }
  throw failureOf(thrown, error);
}

/** What a package threw in the middle of an answer. */
export function failureOf(thrown: unknown, error: ThrownError = toThrownError(thrown)): Error {
  if (thrown instanceof TransportError || thrown instanceof AttemptError) return thrown;
  const isOwn = error.name.startsWith("AI_") && (error.name !== "AI_APICallError" || error.status !== undefined);
  if (!isOwn) return toTransportError(thrown);
  const name = error.status === undefined ? error.name : causeOf(thrown);
  return new AttemptError({ ...failureInStream({ ...error, name }, {}), cause: thrown });
}

/** An answer that could be read as far as its status: what could not is the cause. */
function causeOf(thrown: unknown): string {
  const { cause } = thrown as { cause?: unknown };
  const name = cause instanceof Error ? cause.name : "";
  return name.startsWith("AI_") ? name : "AI_InvalidResponseDataError";
}

/** Errors are told apart by name and members: every package brings its own copy of the classes. */
export function toThrownError(thrown: unknown): ThrownError {
  if (typeof thrown === "string") return { name: "", message: thrown };
  if (typeof thrown !== "object" || thrown === null) return { name: "", message: String(thrown) };
  if (!(thrown instanceof Error) && !("message" in thrown && "name" in thrown)) {
    return { name: "", message: "", body: toJson(thrown) };
  }
  const { name, message, statusCode, isRetryable, responseHeaders, responseBody, data } = thrown as Record<
    string,
    unknown
  >;
  const body = typeof responseBody === "string" ? responseBody : data === undefined ? undefined : toJson(data);
  return {
    name: String(name),
    message: String(message),
    ...(typeof statusCode === "number" ? { status: statusCode } : {}),
    ...(typeof isRetryable === "boolean" ? { retryable: isRetryable } : {}),
    ...(isHeaders(responseHeaders) ? { headers: responseHeaders } : {}),
    ...(body === undefined ? {} : { body }),
  };
}

function isHeaders(value: unknown): value is Record<string, string> {
  return typeof value === "object" && value !== null;
}
