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
  if (!error.name.startsWith("AI_")) return toTransportError(thrown);
  if (error.name !== "AI_APICallError") return failed(error, thrown);
  // A call that failed without an error of the vendor's: the cause is what could not be read, or the network.
  const { cause } = thrown as { cause?: unknown };
  if (cause === undefined) return failed({ ...error, name: "AI_InvalidResponseDataError" }, thrown);
  const { name } = toThrownError(cause);
  return name.startsWith("AI_") ? failed({ ...error, name }, thrown) : toTransportError(thrown);
}

function failed(error: ThrownError, cause: unknown): AttemptError {
  return new AttemptError({ ...failureInStream({ ...error }, {}), cause });
}

/** Errors are told apart by their members: every package brings its own copy of the classes, and some throw plain objects. */
export function toThrownError(thrown: unknown): ThrownError {
  if (typeof thrown !== "object" || thrown === null) return { name: "", message: String(thrown) };
  const { name, message, statusCode, isRetryable, responseHeaders } = thrown as Record<string, unknown>;
  const body = bodyOf(thrown as Record<string, unknown>);
  return {
    name: typeof name === "string" ? name : "",
    message: typeof message === "string" ? message : "",
    ...(typeof statusCode === "number" ? { status: statusCode } : {}),
    ...(typeof isRetryable === "boolean" ? { retryable: isRetryable } : {}),
    ...(isHeaders(responseHeaders) ? { headers: responseHeaders } : {}),
    ...(body === undefined ? {} : { body }),
  };
}

/** What the vendor wrote, or as much of it as the package has kept. */
function bodyOf(thrown: Record<string, unknown>): string | undefined {
  const { responseBody, message, type, code, data } = thrown;
  if (typeof responseBody === "string") return responseBody;
  if (typeof type === "string" || code !== undefined) return toJson({ error: { message, type, code } });
  if (data !== undefined) return toJson(data);
  return thrown instanceof Error ? undefined : toJson(thrown);
}

function isHeaders(value: unknown): value is Record<string, string> {
  return typeof value === "object" && value !== null;
}
