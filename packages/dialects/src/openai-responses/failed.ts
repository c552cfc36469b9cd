import type { GatewayError, Json, JsonObject, Receipt } from "@sluice/core";
import { encodeError } from "../openai-chat/errors.ts";

/** The members of the two events that end a stream which broke. */
export interface FailureMembers {
  /** Of `error`: the specification has its members at the top, the service nests them. */
  event: JsonObject;
  /** Of the response in `response.failed`, which knows few codes; the fine one is in `sluice`. */
  failed: { error: JsonObject; sluice: Json };
}

export function failureMembers(error: GatewayError, requestId: string, receipt: Receipt | null): FailureMembers {
  const { error: told, sluice } = encodeError(error, requestId, receipt) as { error: JsonObject; sluice: Json };
  const { code = null, message = "", param = null } = told;
  return {
    event: { code, message, param, error: told, sluice },
    failed: { error: { code: codeOf(error.status), message }, sluice },
  };
}

function codeOf(status: number): string {
  if (status === 429) return "rate_limit_exceeded";
  return status >= 400 && status < 500 ? "invalid_prompt" : "server_error";
}
