import { describe, expect, test } from "vitest";
import { upstream } from "../fixtures.ts";

describe("error answers", () => {
  const shaped = (type: string, message: string) => ({ type: "error", error: { type, message }, request_id: "req_up" });

  test.for([
    [
      400,
      shaped("invalid_request_error", "messages.0.content: Field required"),
      { class: "invalid", param: "messages.0.content" },
    ],
    [
      400,
      shaped("invalid_request_error", "prompt is too long: 9 tokens > 8 maximum"),
      { class: "invalid", kind: "context_length" },
    ],
    [
      400,
      shaped("invalid_request_error", "Your credit balance is too low to access the API."),
      { class: "credential" },
    ],
    [401, shaped("authentication_error", "invalid x-api-key"), { class: "credential", code: "authentication_error" }],
    [403, shaped("permission_error", "no"), { class: "credential" }],
    [404, shaped("not_found_error", "model: claude-nine"), { class: "invalid", kind: "model_not_found" }],
    [413, shaped("request_too_large", "Request exceeds the maximum size"), { class: "invalid" }],
    [429, shaped("rate_limit_error", "slow down"), { class: "rate" }],
    [500, shaped("api_error", "Internal server error"), { class: "server" }],
    [529, shaped("overloaded_error", "Overloaded"), { class: "overloaded" }],
    [502, "<html><body>Bad gateway</body></html>", { class: "server", message: "an HTML page instead of an answer" }],
    [500, "upstream connect error", { class: "server", message: "upstream connect error" }],
    [400, { error: "bad thing" }, { class: "invalid", message: "bad thing" }],
    [400, [{ error: { message: "first", code: "odd" } }], { class: "invalid", message: "first", code: "odd" }],
    [400, { errors: [{ message: "one" }, { message: "two" }] }, { class: "invalid", message: "one; two" }],
    [422, { error: { message: ["a", "b"], code: 42 } }, { class: "invalid", message: "a; b" }],
    [418, null, { class: "invalid", message: "The upstream answered 418." }],
  ] as const)("%i %j", ([status, body, failure]) => {
    expect(upstream.decodeError(status, new Map(), body, {})).toMatchObject({ ...failure, status });
  });

  test("tell how long to wait and follow the vendor's own codes", () => {
    const body = shaped("rate_limit_error", "slow down");
    expect(upstream.decodeError(429, new Map([["retry-after", "3"]]), body, {})).toMatchObject({ retryAfterMs: 3000 });
    const quirks = { errorCodes: { rate_limit_error: "overloaded" as const } };
    expect(upstream.decodeError(429, new Map(), body, quirks).class).toBe("overloaded");
  });
});
