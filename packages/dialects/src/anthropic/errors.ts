import { classOfStatus, errorReport, isObject, stringOf } from "@sluice/core";
import type { Failure, FailureClass, FailureKind, GatewayError, JsonObject, Quirks, Receipt } from "@sluice/core";
import { errorObject, errorWords, longestMessage } from "../error-words.ts";
import { retryAfterMs } from "../retry-after.ts";

/** An error body, also as the data of an `error` event. */
export function encodeError(error: GatewayError, requestId: string, receipt: Receipt | null): JsonObject {
  return {
    type: "error",
    error: { type: errorType(error.status), message: error.message },
    request_id: requestId,
    sluice: errorReport(error, requestId, receipt),
  };
}

const types = new Map<number, string>([
  [401, "authentication_error"],
  [402, "billing_error"],
  [403, "permission_error"],
  [404, "not_found_error"],
  [408, "timeout_error"],
  [409, "conflict_error"],
  [413, "request_too_large"],
  [429, "rate_limit_error"],
  [503, "overloaded_error"],
  [504, "timeout_error"],
  [529, "overloaded_error"],
]);

function errorType(status: number): string {
  return types.get(status) ?? (status >= 500 ? "api_error" : "invalid_request_error");
}

const classes = new Map<string, FailureClass>([
  ["invalid_request_error", "invalid"],
  ["authentication_error", "credential"],
  ["billing_error", "credential"],
  ["permission_error", "credential"],
  ["not_found_error", "invalid"],
  ["conflict_error", "invalid"],
  ["request_too_large", "invalid"],
  ["rate_limit_error", "rate"],
  ["timeout_error", "server"],
  ["api_error", "server"],
  ["overloaded_error", "overloaded"],
]);

/** Reads an error answer in whatever shape it came: this dialect's, a plain string, a list, a page of HTML. */
export function decodeError(
  status: number,
  headers: ReadonlyMap<string, string>,
  body: unknown,
  quirks: Quirks,
): Failure {
  const failure = failureOf(body, quirks, status);
  const wait = retryAfterMs(headers);
  return { ...failure, status, ...(wait === undefined ? {} : { retryAfterMs: wait }) };
}

/** The failure that an error body stands for; `status` is that of the answer, absent inside a stream. */
export function failureOf(body: unknown, quirks: Quirks, status?: number): Failure {
  const { message, type, code: said, param: field } = errorWords(body);
  const code = said ?? detailCode(errorObject(body));
  const param = field ?? namedField(message);
  const text =
    message ?? (status === undefined ? "The upstream reported an error." : `The upstream answered ${status}.`);
  const name = code ?? type;
  const kind = kindOf(text, type, status);
  const byStatus = status === undefined ? undefined : classOfStatus(status);
  return {
    class: quirks.errorCodes?.[name ?? ""] ?? outOfFunds(text) ?? classes.get(type ?? "") ?? byStatus ?? "server",
    message: text.slice(0, longestMessage),
    ...(kind === undefined ? {} : { kind }),
    ...(name === undefined ? {} : { code: name }),
    ...(param === undefined ? {} : { param }),
  };
}

function detailCode({ details }: JsonObject): string | undefined {
  return isObject(details) ? stringOf(details["error_code"]) : undefined;
}

/** Messages of this vendor begin with the field: `messages.0.content: Field required`. */
function namedField(message: string | undefined): string | undefined {
  return message?.match(/^([a-z_]+(?:\.[a-z0-9_]+)*): /)?.[1];
}

function kindOf(message: string, type: string | undefined, status: number | undefined): FailureKind | undefined {
  if (type === "not_found_error" || (status === 404 && /model/i.test(message))) return "model_not_found";
  if (/prompt is too long|context window|context limit|too many tokens|maximum context/i.test(message))
    return "context_length";
  if (/content filtering policy|content policy|usage policy/i.test(message)) return "content_policy";
  return undefined;
}

/** An empty account is reported as a bad request; it is the operator's trouble, not the caller's. */
function outOfFunds(message: string): FailureClass | undefined {
  return /credit balance is too low/i.test(message) ? "credential" : undefined;
}
