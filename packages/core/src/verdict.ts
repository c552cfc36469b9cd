import type { Target } from "./channel.ts";
import { errors } from "./errors.ts";
import type { FailureReason, GatewayError, UpstreamSaid } from "./errors.ts";
import type { Failure, FailureClass } from "./failure.ts";
import { isGatewayError } from "./errors.ts";

type Factory = (said: UpstreamSaid) => GatewayError;

const byClass: Readonly<Record<Exclude<FailureClass, "local" | "abort">, Factory>> = {
  invalid: errors.UPSTREAM_INVALID,
  credential: errors.UPSTREAM_CREDENTIAL,
  rate: errors.UPSTREAM_RATE_LIMITED,
  overloaded: errors.UPSTREAM_OVERLOADED,
  server: errors.UPSTREAM_SERVER,
  connect: errors.UPSTREAM_UNREACHABLE,
  unknown: errors.UPSTREAM_NO_ANSWER,
  protocol: errors.UPSTREAM_BAD_RESPONSE,
  stalled: errors.UPSTREAM_STALLED,
  truncated: errors.UPSTREAM_TRUNCATED,
};

const byKind = {
  context_length: errors.UPSTREAM_CONTEXT_LENGTH,
  content_policy: errors.UPSTREAM_CONTENT_POLICY,
  model_not_found: errors.UPSTREAM_MODEL_NOT_FOUND,
} as const;

// A day: whoever names more names a number, not a time.
const longestWaitSeconds = 86_400;

// Statuses that speak of the operator's credential are never relayed.
const operatorsOwn = new Set([401, 402, 403, 407]);

/**
 * What the client is told when nothing is left. With `relay` (a plan of a single target) what the upstream answered keeps
 * its status; otherwise the class alone decides.
 */
export function verdictOf(failure: Failure, target: Target, relay: boolean): GatewayError {
  if (failure.class === "abort") return errors.CLIENT_GONE();
  if (isGatewayError(failure.cause)) return failure.cause;
  const kind = failure.class === "invalid" ? failure.kind : undefined;
  const { status, param, code, retryAfterMs } = failure;
  const keeps =
    status !== undefined &&
    status >= 400 &&
    status < 600 &&
    !operatorsOwn.has(status) &&
    (relay || failure.class === "invalid");
  const said: UpstreamSaid = {
    target: target.id,
    message: scrub(failure.message, target),
    ...(keeps ? { status } : {}),
    ...(status === undefined ? {} : { upstreamStatus: status }),
    ...(param === undefined ? {} : { param: scrub(param, target, 256) }),
    ...(code !== undefined && kind === undefined && failure.class === "invalid"
      ? { code: scrub(code, target, 256) }
      : {}),
    ...(retryAfterMs === undefined
      ? {}
      : { retryAfterSeconds: Math.min(Math.ceil(retryAfterMs / 1000), longestWaitSeconds) }),
  };
  if (kind) return byKind[kind](said);
  if (failure.class === "local") return errors.UPSTREAM_BAD_RESPONSE(said);
  if (failure.class === "connect" && failure.code === "connect-timeout") return errors.UPSTREAM_CONNECT_TIMEOUT(said);
  return byClass[failure.class](said);
}

/** The reason id that people see for a failed attempt. */
export function reasonOf(failure: Failure, target: Target): FailureReason {
  return verdictOf(failure, target, false).reason;
}

const keyLike =
  /\b(?:sk|pk|rk|key|AIza|gsk|xai|hf|r8|nvapi)[-_][A-Za-z0-9_*.-]{6,}|\bAIza[A-Za-z0-9_-]{10,}|\bBearer\s+\S+/g;

/** Takes secrets and the upstream's own host out of a text that was written elsewhere, then cuts it. */
export function scrub(text: string, target: Target, longest = 1_000): string {
  const { channel } = target;
  let clean = text;
  for (const credential of channel.credentials) {
    for (const secret of credential.secrets()) {
      if (clean.includes(secret)) clean = clean.replaceAll(secret, "[redacted]");
    }
  }
  for (const host of channel.hosts) if (clean.includes(host)) clean = clean.replaceAll(host, "[upstream]");
  // Cut last: half a secret is not found.
  return clean.replace(keyLike, "[redacted]").slice(0, longest);
}
