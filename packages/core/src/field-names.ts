import { GatewayError } from "./errors.ts";

/** The error with the field at fault as the client's own dialect calls it. What a vendor said stays as it said it. */
export function inOwnNames(error: GatewayError, names: Readonly<Record<string, string>> = {}): GatewayError {
  const { param, code, cause, status, reason, wireCode, retryable } = error;
  const first = /^\w+/.exec(param ?? "")?.[0];
  if (param === null || first === undefined || !Object.hasOwn(names, first) || error.upstreamStatus !== null)
    return error;
  const own = names[first] as string;
  const message = error.message.startsWith(param) ? own + error.message.slice(param.length) : error.message;
  const hint = error.hint.replaceAll(` ${param} `, ` ${own} `);
  const wait = error.retryAfterSeconds === null ? {} : { retryAfterSeconds: error.retryAfterSeconds };
  return new GatewayError(code, { status, message, hint, reason, param: own, wireCode, retryable, ...wait }, cause);
}
