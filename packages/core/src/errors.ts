/** What people see as the reason of a failure: fixed ids, also metric labels and alert keys. */
export type FailureReason =
  | "invalid_request"
  | "context_length_exceeded"
  | "unknown_model"
  | "client_disconnected"
  | "invalid_key"
  | "forbidden_model"
  | "rate_limited"
  | "budget_exceeded"
  | "guardrail_blocked"
  | "upstream_rate_limited"
  | "upstream_overloaded"
  | "upstream_5xx"
  | "upstream_auth"
  | "upstream_bad_request"
  | "upstream_bad_response"
  | "upstream_content_filter"
  | "timeout_connect"
  | "timeout_first_token"
  | "timeout_total"
  | "stream_interrupted"
  | "network"
  | "no_route"
  | "no_healthy_target"
  | "plugin_error"
  | "internal";

/** What an entry of an error table returns. The message says what happened to whom; the hint what to do now. */
export interface ErrorDescription {
  /** HTTP status towards the client. */
  status: number;
  message: string;
  hint: string;
  reason?: FailureReason;
  /** The request field at fault. */
  param?: string;
  /** The dialect-independent wire code, e.g. `model_not_found`. @default the code in lower case */
  wireCode?: string;
  retryAfterSeconds?: number;
  /** Whether the same request can succeed later. @default true for 408, 429 and 5xx */
  retryable?: boolean;
  /** The upstream's status, where it was one that failed. */
  upstreamStatus?: number;
}

/** A verdict with a code. Check `error.code`, never `instanceof`. */
export class GatewayError extends Error {
  readonly code: string;
  readonly status: number;
  readonly hint: string;
  readonly reason: FailureReason;
  readonly param: string | null;
  readonly wireCode: string;
  readonly retryAfterSeconds: number | null;
  readonly retryable: boolean;
  readonly upstreamStatus: number | null;

  constructor(code: string, description: ErrorDescription, cause?: unknown) {
    super(description.message, cause === undefined ? undefined : { cause });
    this.name = "GatewayError";
    this.code = code;
    this.status = description.status;
    this.hint = description.hint;
    this.reason = description.reason ?? (description.status < 500 ? "invalid_request" : "internal");
    this.param = description.param ?? null;
    this.wireCode = description.wireCode ?? code.toLowerCase();
    this.retryAfterSeconds = description.retryAfterSeconds ?? null;
    this.retryable = description.retryable ?? (description.status >= 500 || [408, 429].includes(description.status));
    this.upstreamStatus = description.upstreamStatus ?? null;
  }

  /** The same error with what caused it, for the log. */
  because(cause: unknown): this {
    this.cause = cause;
    return this;
  }
}

type Table = Record<string, (...args: never[]) => ErrorDescription>;

export type ErrorFactories<T extends Table> = {
  [Code in keyof T]: (...args: Parameters<T[Code]>) => GatewayError;
};

/**
 * Makes a table of error factories. Codes are published as `PREFIX_CODE`.
 *
 * @example const errors = defineErrors("ACME", { TOO_LATE: (day: string) => ({ status: 403, message: `…${day}`, hint: "…" }) });
 */
export function defineErrors<const T extends Table>(prefix: string, table: T): ErrorFactories<T> {
  const factories: Record<string, (...args: never[]) => GatewayError> = {};
  for (const [name, describe] of Object.entries(table)) {
    factories[name] = (...args) => new GatewayError(`${prefix}_${name}`, describe(...args));
  }
  return factories as ErrorFactories<T>;
}

/** Whether something thrown is a verdict rather than a broken plugin. */
export function isGatewayError(thrown: unknown): thrown is GatewayError {
  return typeof thrown === "object" && thrown !== null && "code" in thrown && "hint" in thrown && "status" in thrown;
}

/** What is known of an upstream that failed. Text is scrubbed before it comes here. */
export interface UpstreamSaid {
  target: string;
  message: string;
  /** Overrides the status of the table, e.g. on a relay. */
  status?: number;
  upstreamStatus?: number;
  param?: string;
  code?: string;
  retryAfterSeconds?: number;
}

function fromUpstream(said: UpstreamSaid, status: number, message: string): Omit<ErrorDescription, "hint"> {
  return {
    status: said.status ?? status,
    message: message.endsWith(".") ? message : `${message}.`,
    ...(said.upstreamStatus === undefined ? {} : { upstreamStatus: said.upstreamStatus }),
    ...(said.param === undefined ? {} : { param: said.param }),
    ...(said.code === undefined ? {} : { wireCode: said.code }),
    ...(said.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: said.retryAfterSeconds }),
  };
}

const bytes = (count: number) => `${count.toLocaleString("en-US")} bytes`;
const list = (names: readonly string[]) => (names.length === 0 ? "none" : names.join(", "));

/** Every verdict of the core. Codes are stable; each has a page in the docs and a test that triggers it. */
export const errors = defineErrors("SLUICE", {
  REQUEST_MALFORMED: (what: string) => ({
    status: 400,
    message: `The request body is not valid JSON: ${what}.`,
    hint: "Send one JSON object, encoded as UTF-8.",
  }),
  REQUEST_INVALID: (field: string, problem: string) => ({
    status: 400,
    message: `${field}: ${problem}.`,
    hint: `Correct ${field} and send the request again.`,
    param: field,
    wireCode: "invalid_value",
  }),
  REQUEST_UNSUPPORTED: (field: string, target: string, hint?: string) => ({
    status: 400,
    message: `${field} cannot be carried to ${target}.`,
    hint: hint ?? `Leave ${field} out, or ask for a model that supports it.`,
    param: field,
    wireCode: "unsupported_parameter",
  }),
  REQUEST_UNKNOWN_JOB: (id: string) => ({
    status: 404,
    message: `There is no job "${id.slice(0, 80)}" of yours here.`,
    hint: "Use the id that this gateway answered when the job was ordered.",
    param: "id",
    wireCode: "not_found",
  }),
  REQUEST_TOO_LARGE: (limit: number) => ({
    status: 413,
    message: `The request body is larger than ${bytes(limit)}.`,
    hint: "Send less, refer to media by URL, or raise limits.bodyBytes in the gateway's config.",
    wireCode: "request_too_large",
  }),
  REQUEST_TOO_DEEP: (limit: number) => ({
    status: 400,
    message: `The request body is nested deeper than ${limit} levels.`,
    hint: "Flatten the body, or raise limits.depth in the gateway's config.",
  }),
  REQUEST_TOO_MANY_KEYS: (limit: number) => ({
    status: 400,
    message: `An object in the request body has more than ${limit.toLocaleString("en-US")} keys.`,
    hint: "Send fewer keys, or raise limits.keys in the gateway's config.",
  }),
  REQUEST_DUPLICATE_FIELD: (field: string) => ({
    status: 400,
    message: `The request body has the field "${field}" more than once.`,
    hint: `Send "${field}" once.`,
    param: field,
  }),
  REQUEST_UNKNOWN_FIELD: (field: string, known: readonly string[], guess: string | null) => ({
    status: 400,
    message: `Unknown field "${field}".`,
    hint: `${guess === null ? "" : `Did you mean "${guess}"? `}Gateway fields here: ${list(known)}.`,
    param: field,
    wireCode: "unknown_parameter",
  }),
  REQUEST_MALFORMED_FORM: (what: string) => ({
    status: 400,
    message: `The request body is not a valid form: ${what}.`,
    hint: "Send multipart/form-data as RFC 7578 describes it, with its boundary in the content type.",
  }),
  REQUEST_MEDIA_TYPE: (found: string, wanted: "JSON" | "a form" | "JSON or a form" = "JSON") => ({
    status: 415,
    message: `The content type "${found}" is not ${wanted}.`,
    hint: `Send "content-type: ${wanted === "a form" ? "multipart/form-data" : "application/json"}".`,
  }),
  REQUEST_TIMEOUT: () => ({
    status: 408,
    message: "The request body did not arrive in time.",
    hint: "Send the whole body at once, or raise timeouts.clientBodyMs.",
    wireCode: "timeout",
  }),
  AUTH_CONFLICT: (places: readonly string[]) => ({
    status: 401,
    message: `Different credentials in ${list(places)}.`,
    hint: "Send exactly one credential.",
    reason: "invalid_key",
    wireCode: "invalid_api_key",
  }),
  AUTH_MALFORMED: (place: string) => ({
    status: 401,
    message: `The credential in ${place} is empty or has characters that no key has.`,
    hint: "Send the key alone: no quotes, spaces or line breaks.",
    reason: "invalid_key",
    wireCode: "invalid_api_key",
  }),
  ROUTE_NOT_FOUND: (method: string, path: string) => ({
    status: 404,
    message: `There is no ${method} ${path} here.`,
    hint: "The API is under /v1 (OpenAI, Anthropic), /claude and /gemini. `sluice inspect` lists every route.",
    wireCode: "not_found",
  }),
  ROUTE_NEEDS_PLUGIN: (method: string, path: string, plugin: string) => ({
    status: 404,
    message: `${method} ${path} is answered by the plugin "${plugin}", which this gateway does not have.`,
    hint: `Add "${plugin}" to the plugins of the gateway's config, or ask the vendor itself.`,
    wireCode: "not_found",
  }),
  ROUTE_METHOD: (method: string, path: string, allowed: readonly string[]) => ({
    status: 405,
    message: `${path} does not take ${method}.`,
    hint: `Use ${list(allowed)}.`,
    wireCode: "method_not_allowed",
  }),
  ROUTE_UNKNOWN_MODEL: (model: string, guess: string | null) => ({
    status: 404,
    message: `The model "${model}" is not served here.`,
    hint: `${guess === null ? "" : `Did you mean "${guess}"? `}GET /v1/models lists what is.`,
    reason: "unknown_model",
    param: "model",
    wireCode: "model_not_found",
  }),
  ROUTE_NO_TARGET: (model: string, why: readonly string[]) => ({
    status: 503,
    message: `No target can serve "${model}" now: ${why.join("; ")}.`,
    hint: "Set the provider's key, enable a channel, or name another model. `sluice check` shows what is missing.",
    reason: "no_route",
    wireCode: "no_target",
    retryable: false,
  }),
  ROUTE_NO_CAPABLE_TARGET: (model: string, ability: string, field: string) => ({
    status: 400,
    message: `No target of "${model}" supports ${ability}.`,
    hint: `Leave ${field} out, or ask for a model that supports it.`,
    reason: "no_route",
    param: field,
    wireCode: "unsupported_parameter",
  }),
  UPSTREAM_INVALID: (said: UpstreamSaid) => ({
    ...fromUpstream(said, 400, `${said.target} refused the request: ${said.message}`),
    hint: "Correct the request as the message says, or ask for another model.",
    reason: "upstream_bad_request",
    retryable: false,
  }),
  UPSTREAM_CONTEXT_LENGTH: (said: UpstreamSaid) => ({
    ...fromUpstream(said, 400, `${said.target}: ${said.message}`),
    hint: "Send less text, or ask for a model with a larger context.",
    reason: "context_length_exceeded",
    wireCode: "context_length_exceeded",
    retryable: false,
  }),
  UPSTREAM_CONTENT_POLICY: (said: UpstreamSaid) => ({
    ...fromUpstream(said, 400, `${said.target}: ${said.message}`),
    hint: "Rephrase the request, or add a fallback with another policy.",
    reason: "upstream_content_filter",
    wireCode: "content_filter",
    retryable: false,
  }),
  UPSTREAM_MODEL_NOT_FOUND: (said: UpstreamSaid) => ({
    ...fromUpstream(said, 404, `${said.target}: ${said.message}`),
    hint: "The vendor does not serve this model to this account. GET /v1/models lists what this gateway knows.",
    reason: "unknown_model",
    param: "model",
    wireCode: "model_not_found",
    retryable: false,
  }),
  UPSTREAM_CREDENTIAL: (said: UpstreamSaid) => ({
    ...fromUpstream(said, 502, `${said.target} did not accept this gateway's credential.`),
    hint: "The gateway's operator must check the channel's key and funds: `sluice check --online`.",
    reason: "upstream_auth",
    wireCode: "upstream_credential",
    retryable: false,
  }),
  UPSTREAM_RATE_LIMITED: (said: UpstreamSaid) => ({
    ...fromUpstream(said, 503, `${said.target} is rate limited: ${said.message}`),
    hint: "Wait as Retry-After says, or add a fallback.",
    reason: "upstream_rate_limited",
    wireCode: "rate_limit_exceeded",
  }),
  UPSTREAM_OVERLOADED: (said: UpstreamSaid) => ({
    ...fromUpstream(said, 503, `${said.target} is overloaded: ${said.message}`),
    hint: "Try again shortly, or add a fallback.",
    reason: "upstream_overloaded",
    wireCode: "server_is_overloaded",
  }),
  UPSTREAM_SERVER: (said: UpstreamSaid) => ({
    ...fromUpstream(said, 502, `${said.target} failed: ${said.message}`),
    hint: "Try again, or add a fallback.",
    reason: "upstream_5xx",
    wireCode: "upstream_error",
  }),
  UPSTREAM_UNREACHABLE: (said: UpstreamSaid) => ({
    ...fromUpstream(said, 502, `${said.target} could not be reached: ${said.message}`),
    hint: "Check the channel's base URL and the network: `sluice check --online`.",
    reason: "network",
    wireCode: "upstream_unreachable",
  }),
  UPSTREAM_CONNECT_TIMEOUT: (said: UpstreamSaid) => ({
    ...fromUpstream(said, 504, `${said.target} could not be reached in time: ${said.message}`),
    hint: "Check the channel's base URL and the network, or raise timeouts.connectMs.",
    reason: "timeout_connect",
    wireCode: "timeout",
  }),
  UPSTREAM_NO_ANSWER: (said: UpstreamSaid) => ({
    ...fromUpstream(said, 504, `${said.target} took the request and did not answer: ${said.message}`),
    hint: "Try again, add a fallback, or raise timeouts.firstByteMs.",
    reason: "timeout_first_token",
    wireCode: "timeout",
  }),
  UPSTREAM_BAD_RESPONSE: (said: UpstreamSaid) => ({
    ...fromUpstream(said, 502, `${said.target} sent an answer that is none: ${said.message}`),
    hint: "Try again, or add a fallback. If it persists, check the channel's base URL and dialect.",
    reason: "upstream_bad_response",
    wireCode: "upstream_bad_response",
  }),
  UPSTREAM_STALLED: (said: UpstreamSaid) => ({
    ...fromUpstream(said, 504, `${said.target} went silent: ${said.message}`),
    hint: "Try again, add a fallback, or raise timeouts.firstTokenMs.",
    reason: "timeout_first_token",
    wireCode: "timeout",
  }),
  UPSTREAM_TRUNCATED: (said: UpstreamSaid) => ({
    ...fromUpstream(said, 502, `The answer of ${said.target} was cut: ${said.message}`),
    hint: "What arrived is incomplete. Send the request again.",
    reason: "stream_interrupted",
    wireCode: "stream_interrupted",
  }),
  UPSTREAM_TIMEOUT: (milliseconds: number) => ({
    status: 504,
    message: `No complete answer within ${milliseconds / 1000} s.`,
    hint: "Raise timeout, or put a faster model first.",
    reason: "timeout_total",
    wireCode: "timeout",
  }),
  CLIENT_GONE: () => ({
    status: 499,
    message: "The client left before the answer was complete.",
    hint: "Nothing to do: the upstream call was cancelled.",
    reason: "client_disconnected",
    retryable: false,
  }),
  PLUGIN_FAILED: (plugin: string, stage: string) => ({
    status: 500,
    message: `The plugin "${plugin}" failed in its ${stage} stage.`,
    hint: "The gateway's log has the cause. The request was not answered because the plugin fails closed.",
    reason: "plugin_error",
  }),
  PLUGIN_TIMEOUT: (plugin: string, stage: string, milliseconds: number) => ({
    status: 500,
    message: `The ${stage} stage of the plugin "${plugin}" took longer than ${milliseconds} ms.`,
    hint: "Make the stage faster, or raise timeouts.stageMs.",
    reason: "plugin_error",
  }),
  GATEWAY_CLOSING: () => ({
    status: 503,
    message: "This gateway is shutting down.",
    hint: "Send the request again; another instance will take it.",
    reason: "internal",
    wireCode: "shutting_down",
    retryAfterSeconds: 1,
  }),
  INTERNAL: () => ({
    status: 500,
    message: "The gateway failed while handling this request.",
    hint: "The gateway's log has the cause, under this request id.",
    reason: "internal",
  }),
  CONFIG_INVALID: (path: string, problem: string, hint: string) => ({
    status: 500,
    message: `${path}: ${problem}`,
    hint,
  }),
  CONFIG_UNKNOWN_FIELD: (path: string, field: string, known: readonly string[], guess: string | null) => ({
    status: 500,
    message: `Unknown field "${field}" in ${path}.`,
    hint: `${guess === null ? "" : `Did you mean "${guess}"? `}Known: ${list(known)}.`,
    param: `${path}.${field}`,
  }),
  CONFIG_UNKNOWN_MODEL: (path: string, model: string, guess: string | null) => ({
    status: 500,
    message: `Unknown model "${model}" in ${path}.`,
    hint: guess === null ? "`sluice models` lists what the channels serve." : `Did you mean "${guess}"?`,
    param: path,
  }),
  CONFIG_DUPLICATE: (what: string, id: string, hint: string) => ({
    status: 500,
    message: `Two ${what} are called "${id}".`,
    hint,
  }),
  CONFIG_MISSING_PLUGIN: (plugin: string, needs: string) => ({
    status: 500,
    message: `The plugin "${plugin}" uses "${needs}", which is not in the config.`,
    hint: `Add ${needs}() to plugins, before ${plugin}().`,
  }),
});
