import { GatewayError } from "@sluice/core";
import { expect, test } from "vitest";
import { client, receipt } from "../fixtures.ts";

test.for([
  [400, "invalid_request_error"],
  [401, "authentication_error"],
  [402, "billing_error"],
  [403, "permission_error"],
  [404, "not_found_error"],
  [405, "invalid_request_error"],
  [408, "timeout_error"],
  [409, "conflict_error"],
  [413, "request_too_large"],
  [415, "invalid_request_error"],
  [422, "invalid_request_error"],
  [429, "rate_limit_error"],
  [500, "api_error"],
  [502, "api_error"],
  [503, "overloaded_error"],
  [504, "timeout_error"],
  [529, "overloaded_error"],
] as const)("a %i is a %s", ([status, type]) => {
  const error = new GatewayError("SLUICE_TEST", { status, message: "m", hint: "h" });
  const about = { code: "SLUICE_TEST", reason: error.reason, hint: "h", request_id: "req_1" };
  const shape = { type: "error", error: { type, message: "m" }, request_id: "req_1" };
  expect(client.encodeError(error, "req_1", null)).toEqual({ ...shape, sluice: about });
  expect(client.encodeError(error, "req_1", receipt)).toEqual({ ...shape, sluice: { ...receipt, ...about } });
});
