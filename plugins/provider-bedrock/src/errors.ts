import { classOfStatus, isObject, stringOf } from "@sluice/core";
import type { Failure, FailureClass, FailureKind, JsonObject, Quirks } from "@sluice/core";
import { retryAfterMs } from "@sluice/dialects";

/** Classes by the name of the exception, without its ending. https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html (read 2026-11) */
const classes: Readonly<Record<string, FailureClass>> = {
  accessdenied: "credential",
  expiredtoken: "credential",
  incompletesignature: "credential",
  invalidclienttokenid: "credential",
  invalidsignature: "credential",
  missingauthenticationtoken: "credential",
  notauthorized: "credential",
  optinrequired: "credential",
  signaturedoesnotmatch: "credential",
  unrecognizedclient: "credential",
  throttling: "rate",
  toomanyrequests: "rate",
  servicequotaexceeded: "rate",
  modelnotready: "overloaded",
  serviceunavailable: "overloaded",
  internalserver: "server",
  internalfailure: "server",
  modelerror: "server",
  modelstreamerror: "server",
  modeltimeout: "server",
  requesttimeout: "server",
  conflict: "invalid",
  resourcenotfound: "invalid",
  validation: "invalid",
  serialization: "invalid",
};

const longestMessage = 2_000;

/** Reads an error answer of AWS: the exception's name is in a header or in `__type`, its text in `message`. */
export function decodeError(
  status: number,
  headers: ReadonlyMap<string, string>,
  body: unknown,
  quirks: Quirks,
): Failure {
  const failure = failureOf(body, quirks, status, headers.get("x-amzn-errortype"));
  const wait = retryAfterMs(headers);
  return { ...failure, status, ...(wait === undefined ? {} : { retryAfterMs: wait }) };
}

/** The failure that an exception stands for; `status` is that of the answer, absent inside a stream. */
export function failureOf(body: unknown, quirks: Quirks, status?: number, named?: string): Failure {
  const said = isObject(body) ? body : {};
  const code = nameOf(named ?? stringOf(said["__type"]) ?? stringOf(said["code"]));
  const message =
    messageOf(said, body) ?? (status === undefined ? "The upstream reported an error." : `HTTP ${status}`);
  const kind = kindOf(code, message, status);
  const byName = code === undefined ? undefined : classes[code.toLowerCase().replace(/(exception|error)$/, "")];
  return {
    class: quirks.errorCodes?.[code ?? ""] ?? byName ?? (status === undefined ? "server" : classOfStatus(status)),
    message: message.slice(0, longestMessage),
    ...(kind === undefined ? {} : { kind }),
    ...(code === undefined ? {} : { code }),
  };
}

/** `com.amazon.coral.service#ValidationException:http://…` is a ValidationException. */
function nameOf(type: string | undefined): string | undefined {
  const [, name] = /(?:^|#)([A-Za-z]+)(?::|$)/.exec(type ?? "") ?? [];
  return name;
}

function messageOf(said: JsonObject, body: unknown): string | undefined {
  const message = stringOf(said["message"]) ?? stringOf(said["Message"]) ?? stringOf(said["errorMessage"]);
  if (message !== undefined) return message || undefined;
  if (typeof body !== "string") return undefined;
  const text = body.trim();
  return text === "" || text.startsWith("<") ? undefined : text;
}

function kindOf(code: string | undefined, message: string, status: number | undefined): FailureKind | undefined {
  if (status !== undefined && (status < 400 || status >= 500)) return undefined;
  if (
    code === "ResourceNotFoundException" ||
    /model identifier is invalid|on-demand throughput isn.t supported/i.test(message)
  )
    return "model_not_found";
  if (/input is too long|too many input tokens|prompt is too long|maximum context|context window/i.test(message))
    return "context_length";
  if (/content filter|content polic|guardrail/i.test(message)) return "content_policy";
  return undefined;
}
