import { classOfStatus, errorReport, isObject, stringOf } from "@sluice/core";
import type { Failure, FailureClass, FailureKind, GatewayError, Json, JsonObject, Quirks, Receipt } from "@sluice/core";
import { retryAfterMs } from "../retry-after.ts";

const types: Readonly<Record<number, string>> = {
  402: "insufficient_quota",
  403: "permission_error",
  408: "timeout_error",
  429: "rate_limit_error",
  503: "service_unavailable_error",
  504: "timeout_error",
  529: "service_unavailable_error",
};

/** OpenAI's error object: always four members. */
function errorObject(error: GatewayError): JsonObject {
  const type = types[error.status] ?? (error.status >= 500 ? "server_error" : "invalid_request_error");
  return { message: error.message, type, param: error.param, code: error.wireCode };
}

/** `error` is the first member: some clients look for that prefix. */
export function encodeError(error: GatewayError, requestId: string, receipt: Receipt | null): JsonObject {
  return { error: errorObject(error), sluice: errorReport(error, requestId, receipt) };
}

/** What could be read of an error, whatever its shape. */
interface ErrorWords {
  message?: string;
  code?: string;
  type?: string;
  param?: string;
  /** A number in place of a code is a status. */
  status?: number;
}

const longestMessage = 2_000;

/** Reads an error answer. `body` is parsed JSON or text. */
export function decodeError(
  status: number,
  headers: ReadonlyMap<string, string>,
  body: unknown,
  quirks: Quirks,
): Failure {
  const words = wordsOf(body);
  const wait = retryAfterMs(headers);
  const failure = failureOf(words, status, quirks);
  return wait === undefined ? failure : { ...failure, retryAfterMs: wait };
}

/** Reads an error inside an answer that began as a success. */
export function decodeInBandError(error: Json | undefined, quirks: Quirks): Failure {
  return failureOf(wordsOf({ error }), null, quirks);
}

function failureOf(words: ErrorWords, answered: number | null, quirks: Quirks): Failure {
  const status = answered !== null && answered >= 400 ? answered : words.status;
  const code = words.code ?? words.type;
  const kind = kindOf(words);
  const message = words.message ?? (answered === null ? "the upstream reported an error" : `HTTP ${answered}`);
  return {
    class: classOf(words, status, kind, quirks),
    message: message.slice(0, longestMessage),
    ...(kind === undefined ? {} : { kind }),
    ...(status === undefined ? {} : { status }),
    ...(code === undefined ? {} : { code }),
    ...(words.param === undefined ? {} : { param: words.param }),
  };
}

const classes: Readonly<Record<string, FailureClass>> = {
  insufficient_quota: "credential",
  billing_not_active: "credential",
  invalid_api_key: "credential",
  authentication_error: "credential",
  permission_error: "credential",
  rate_limit_exceeded: "rate",
  rate_limit_error: "rate",
  requests: "rate",
  tokens: "rate",
  server_is_overloaded: "overloaded",
  overloaded_error: "overloaded",
  service_unavailable_error: "overloaded",
  engine_overloaded_error: "overloaded",
  server_error: "server",
  internal_server_error: "server",
  internal_error: "server",
  api_error: "server",
  timeout: "server",
  invalid_request_error: "invalid",
  // What responses fail with: the SDK's `ResponseError`.
  data_residency_mismatch: "invalid",
  vector_store_timeout: "server",
  invalid_image: "invalid",
  invalid_image_format: "invalid",
  invalid_base64_image: "invalid",
  invalid_image_url: "invalid",
  image_too_large: "invalid",
  image_too_small: "invalid",
  image_parse_error: "invalid",
  invalid_image_mode: "invalid",
  image_file_too_large: "invalid",
  unsupported_image_media_type: "invalid",
  empty_image_file: "invalid",
  failed_to_download_image: "invalid",
  image_file_not_found: "invalid",
};

function classOf(
  words: ErrorWords,
  status: number | undefined,
  kind: FailureKind | undefined,
  quirks: Quirks,
): FailureClass {
  const names = [words.code, words.type].filter((name) => name !== undefined);
  for (const name of names) {
    const own = quirks.errorCodes;
    if (own && Object.hasOwn(own, name)) return own[name] as FailureClass;
  }
  if (kind !== undefined) return "invalid";
  if (words.code === "insufficient_quota" || words.type === "insufficient_quota") return "credential";
  if (status !== undefined && status >= 400) return classOfStatus(status);
  const named = names.find((name) => Object.hasOwn(classes, name));
  return named === undefined ? "protocol" : (classes[named] as FailureClass);
}

const kinds: Readonly<Record<string, FailureKind>> = {
  context_length_exceeded: "context_length",
  model_not_found: "model_not_found",
  content_filter: "content_policy",
  content_policy_violation: "content_policy",
  invalid_prompt: "content_policy",
  bio_policy: "content_policy",
  misalignment_policy_violation: "content_policy",
  image_content_policy_violation: "content_policy",
};

function kindOf({ code, type }: ErrorWords): FailureKind | undefined {
  const name = [code, type].find((word) => word !== undefined && Object.hasOwn(kinds, word));
  return name === undefined ? undefined : kinds[name];
}

function wordsOf(body: unknown): ErrorWords {
  if (typeof body === "string") return { message: plainText(body) };
  if (Array.isArray(body)) return body.length > 0 ? wordsOf(body[0]) : {};
  if (!isObject(body)) return {};
  const { error } = body;
  if (isObject(error)) return { ...wordsOfObject(body), ...wordsOfObject(error) };
  if (typeof error === "string") return { ...wordsOfObject(body), message: error };
  return wordsOfObject(body);
}

function wordsOfObject(error: JsonObject): ErrorWords {
  const message = messageOf(error.message) ?? messageOf(error.detail) ?? messageOf(error.errors) ?? stringOf(error.msg);
  const code = stringOf(error.code);
  const number = typeof error.code === "number" ? error.code : error.status;
  const words: ErrorWords = {};
  if (message !== undefined) words.message = message;
  if (code !== undefined) words.code = code;
  if (typeof error.type === "string") words.type = error.type;
  if (typeof error.param === "string") words.param = error.param;
  if (typeof number === "number" && number >= 400 && number < 600) words.status = number;
  return words;
}

/** A message, a list of messages, or a validator's list of problems with their places. */
function messageOf(value: Json | undefined): string | undefined {
  if (typeof value === "string") return value === "" ? undefined : value;
  if (isObject(value)) return messageOf(value.message) ?? messageOf(value.msg) ?? messageOf(value.detail);
  if (!Array.isArray(value)) return undefined;
  const lines = value.slice(0, 8).map((item) => {
    const place = isObject(item) && Array.isArray(item.loc) ? item.loc.filter(isWord).join(".") : "";
    return [place, messageOf(item) ?? ""].filter((words) => words !== "").join(": ");
  });
  return lines.filter((line) => line !== "").join("; ") || undefined;
}

function isWord(value: Json): value is string | number {
  return typeof value === "string" || typeof value === "number";
}

function plainText(body: string): string {
  const text = body.trim();
  if (text === "") return "an empty body";
  return /^<(!doctype|html|\?xml)/i.test(text) ? "an HTML page instead of an answer" : text;
}
