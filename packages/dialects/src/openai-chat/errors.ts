import { classOfStatus, errorReport } from "@sluice/core";
import type { Failure, FailureClass, FailureKind, GatewayError, Json, JsonObject, Quirks, Receipt } from "@sluice/core";
import { errorWords, longestMessage } from "../error-words.ts";
import type { ErrorWords } from "../error-words.ts";
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

/** Reads an error answer. `body` is parsed JSON or text. */
export function decodeError(
  status: number,
  headers: ReadonlyMap<string, string>,
  body: unknown,
  quirks: Quirks,
): Failure {
  const words = errorWords(body);
  const wait = retryAfterMs(headers);
  const failure = failureOf(words, status, quirks);
  return wait === undefined ? failure : { ...failure, retryAfterMs: wait };
}

/** Reads an error inside an answer that began as a success. */
export function decodeInBandError(error: Json | undefined, quirks: Quirks): Failure {
  return failureOf(errorWords({ error }), null, quirks);
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
