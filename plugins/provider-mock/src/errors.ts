import type { JsonObject } from "@sluice/core";

/** An error answer of the mock upstream, in OpenAI's shape. */
export interface MockError {
  status: number;
  type: string;
  code: string | null;
  message: string;
  param: string | null;
  headers: Record<string, string>;
}

export const errors = {
  body: () => refusal("The body is not a JSON object.", null),
  field: (name: string) => refusal(`"${name}" is missing or not what the mock upstream takes.`, name),
  model: (name: string) => ({
    ...refusal(`The model "${name}" is not one of the mock upstream's.`, "model"),
    status: 404,
    code: "model_not_found",
  }),
  route: (path: string) => ({ ...refusal(`The mock upstream does not serve ${path}.`, null), status: 404 }),
  "429": () => ({
    ...fault(429, "rate_limit_error", "rate_limit_exceeded", "too many requests"),
    headers: { "retry-after": "1" },
  }),
  "500": () => fault(500, "server_error", null, "an internal error"),
  "503": () => fault(503, "service_unavailable_error", "server_is_overloaded", "an overloaded server"),
};

/** Whether something is an error answer rather than an answer. */
export function isError(answer: JsonObject | MockError): answer is MockError {
  return typeof answer.status === "number" && typeof answer.message === "string";
}

export function errorBody({ message, type, param, code }: MockError): JsonObject {
  return { error: { message, type, param, code } };
}

function refusal(message: string, param: string | null): MockError {
  return { status: 400, type: "invalid_request_error", code: null, message, param, headers: {} };
}

function fault(status: number, type: string, code: string | null, what: string): MockError {
  return { status, type, code, message: `The mock upstream plays ${what}.`, param: null, headers: {} };
}
