import type { Quirks } from "@sluice/core";
import { describe, expect, test } from "vitest";
import { upstream } from "../fixtures.ts";

describe("error answers", () => {
  const read = (status: number, body: unknown, headers: Record<string, string> = {}, quirks: Quirks = {}) =>
    upstream.decodeError(status, new Map(Object.entries(headers)), body, quirks);

  test.each([
    [
      400,
      { error: { message: "Bad", type: "invalid_request_error", param: "n", code: "x" } },
      { class: "invalid", message: "Bad", param: "n", code: "x", status: 400 },
    ],
    [
      400,
      { error: { message: "Too long", code: "context_length_exceeded" } },
      { class: "invalid", kind: "context_length" },
    ],
    [404, { error: { message: "No", code: "model_not_found" } }, { class: "invalid", kind: "model_not_found" }],
    [400, { error: { message: "No", code: "content_filter" } }, { class: "invalid", kind: "content_policy" }],
    [401, { error: { message: "Key" } }, { class: "credential" }],
    [429, { error: { message: "Broke", code: "insufficient_quota" } }, { class: "credential" }],
    [429, { error: "slow down" }, { class: "rate", message: "slow down" }],
    [500, "<!DOCTYPE html><p>nginx</p>", { class: "server", message: "an HTML page instead of an answer" }],
    [503, "", { class: "overloaded", message: "an empty body" }],
    [529, null, { class: "overloaded", message: "HTTP 529" }],
    [422, { detail: [{ loc: ["body", "n"], msg: "too big" }] }, { class: "invalid", message: "body.n: too big" }],
    [400, { detail: "Nope" }, { message: "Nope" }],
    [400, { message: "Nope", code: 1234 }, { message: "Nope", status: 400 }],
    [400, { errors: ["a", { message: "b" }] }, { message: "a; b" }],
    [400, [{ error: { code: 400, message: "In a list", status: "INVALID_ARGUMENT" } }], { message: "In a list" }],
    [
      400,
      { object: "error", message: "vLLM", type: "BadRequestError", param: null, code: 400 },
      { message: "vLLM", code: "BadRequestError" },
    ],
  ])("%i %j is %j", (status, body, expected) => {
    expect(read(status, body)).toMatchObject(expected);
  });

  test("tell how long to wait", () => {
    expect(read(429, {}, { "retry-after": "2" }).retryAfterMs).toBe(2000);
    expect(read(429, {}, { "retry-after-ms": "150" }).retryAfterMs).toBe(150);
  });

  test("have the class that a quirk gives their code", () => {
    expect(read(400, { error: { code: "1305" } }, {}, { errorCodes: { "1305": "overloaded" } }).class).toBe(
      "overloaded",
    );
  });

  test("never carry a message without bounds", () => {
    expect(read(500, "x".repeat(100_000)).message.length).toBeLessThanOrEqual(2000);
  });
});
