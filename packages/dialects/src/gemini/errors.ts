import { arrayOf, classOfStatus, errorReport, isObject, objectOf, stringOf } from "@sluice/core";
import type { Failure, FailureClass, FailureKind, GatewayError, JsonObject, Quirks, Receipt } from "@sluice/core";
import { errorObject, errorWords, longestMessage } from "../error-words.ts";
import { retryAfterMs } from "../retry-after.ts";

const statuses: Readonly<Record<number, string>> = {
  401: "UNAUTHENTICATED",
  402: "RESOURCE_EXHAUSTED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  408: "DEADLINE_EXCEEDED",
  409: "ABORTED",
  429: "RESOURCE_EXHAUSTED",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
  529: "UNAVAILABLE",
};

const rpc = "type.googleapis.com/google.rpc.";

/** Google's error shape: the HTTP status as `code`, and details that its clients know. */
export function encodeError(error: GatewayError, requestId: string, receipt: Receipt | null): JsonObject {
  const { status } = error;
  const name = statuses[status] ?? (status >= 500 ? "INTERNAL" : "INVALID_ARGUMENT");
  return {
    error: { code: status, message: error.message, status: name, details: detailsOf(error, requestId) },
    sluice: errorReport(error, requestId, receipt),
  };
}

function detailsOf(error: GatewayError, requestId: string): JsonObject[] {
  const { param, message, retryAfterSeconds } = error;
  const details: JsonObject[] = [
    { "@type": `${rpc}ErrorInfo`, reason: error.wireCode.toUpperCase(), domain: "sluice" },
  ];
  if (param !== null) {
    details.push({ "@type": `${rpc}BadRequest`, fieldViolations: [{ field: param, description: message }] });
  }
  if (retryAfterSeconds !== null) details.push({ "@type": `${rpc}RetryInfo`, retryDelay: `${retryAfterSeconds}s` });
  details.push({ "@type": `${rpc}RequestInfo`, requestId });
  return details;
}

const classes: Readonly<Record<string, FailureClass>> = {
  INVALID_ARGUMENT: "invalid",
  FAILED_PRECONDITION: "invalid",
  OUT_OF_RANGE: "invalid",
  NOT_FOUND: "invalid",
  ALREADY_EXISTS: "invalid",
  UNIMPLEMENTED: "invalid",
  UNAUTHENTICATED: "credential",
  PERMISSION_DENIED: "credential",
  API_KEY_INVALID: "credential",
  BILLING_DISABLED: "credential",
  SERVICE_DISABLED: "credential",
  RESOURCE_EXHAUSTED: "rate",
  UNAVAILABLE: "overloaded",
  ABORTED: "server",
  CANCELLED: "server",
  DATA_LOSS: "server",
  DEADLINE_EXCEEDED: "server",
  INTERNAL: "server",
  UNKNOWN: "server",
};

/** Reads an error answer in whatever shape it came: Google's, in an array or not, a plain string, a page of HTML. */
export function decodeError(
  status: number,
  headers: ReadonlyMap<string, string>,
  body: unknown,
  quirks: Quirks,
): Failure {
  const failure = failureOf(body, quirks, status);
  const wait = failure.retryAfterMs ?? retryAfterMs(headers);
  return { ...failure, status, ...(wait === undefined ? {} : { retryAfterMs: wait }) };
}

/** The failure that an error body stands for; `status` is that of the answer, absent inside an answer that began well. */
export function failureOf(body: unknown, quirks: Quirks, status?: number): Failure {
  const error = errorObject(body);
  const words = errorWords(body);
  const known = status ?? words.status;
  const code = stringOf(error["status"]) ?? words.code ?? words.type;
  const reason = detailOf(error, "ErrorInfo", "reason");
  const message = words.message ?? (status === undefined ? "The upstream reported an error." : `HTTP ${status}`);
  const kind = kindOf(message, code, known);
  const wait = delayOf(detailOf(error, "RetryInfo", "retryDelay"));
  const param = fieldOf(error);
  return {
    class: classOf([reason, code], known, quirks),
    message: message.slice(0, longestMessage),
    ...(kind === undefined ? {} : { kind }),
    ...(known === undefined ? {} : { status: known }),
    ...(code === undefined ? {} : { code }),
    ...(param === undefined ? {} : { param }),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  };
}

function classOf(names: (string | undefined)[], status: number | undefined, quirks: Quirks): FailureClass {
  for (const name of names) {
    const own = quirks.errorCodes;
    if (name !== undefined && own && Object.hasOwn(own, name)) return own[name] ?? "server";
  }
  const [reason, code] = names;
  const byReason = reason !== undefined && Object.hasOwn(classes, reason) ? classes[reason] : undefined;
  const byCode = code !== undefined && Object.hasOwn(classes, code) ? classes[code] : undefined;
  // A key that is no key comes as 400 INVALID_ARGUMENT, so the fine reason speaks first.
  return byReason ?? byCode ?? (status === undefined ? "protocol" : classOfStatus(status));
}

function detailOf(error: JsonObject, type: string, member: string): string | undefined {
  const details = arrayOf(error["details"]).filter(isObject);
  return stringOf(details.find((detail) => stringOf(detail["@type"])?.endsWith(`.${type}`))?.[member]);
}

function fieldOf(error: JsonObject): string | undefined {
  const details = arrayOf(error["details"]).filter(isObject);
  const violations = details.flatMap((detail) => arrayOf(detail["fieldViolations"]));
  return stringOf(objectOf(violations[0])?.["field"]);
}

/** A protocol buffer's duration: `34.5s`. */
function delayOf(delay: string | undefined): number | undefined {
  const seconds = delay?.match(/^(\d+(?:\.\d+)?)s$/)?.[1];
  return seconds === undefined ? undefined : Math.ceil(Number(seconds) * 1000);
}

function kindOf(message: string, code: string | undefined, status: number | undefined): FailureKind | undefined {
  const isRequest = status === undefined || (status >= 400 && status < 500);
  if (!isRequest) return undefined;
  if (/token count.*exceeds|maximum number of (input )?tokens|context (length|window)/i.test(message))
    return "context_length";
  if ((code === "NOT_FOUND" || status === 404) && /model/i.test(message)) return "model_not_found";
  if (/safety|prohibited content|content polic/i.test(message)) return "content_policy";
  return undefined;
}
