import type { AttemptRecord } from "@sluice/core";
import { describe, expect, test } from "vitest";
import { createPaint } from "../src/paint.ts";
import { count, dollars, formatRequestLine, isHealthCheck, milliseconds } from "../src/request-line.ts";
import { done, receipt } from "./_inspection.ts";

const plain = createPaint(false);
const line = (event: Parameters<typeof formatRequestLine>[0]) =>
  formatRequestLine(event, "12:04:31", plain).replaceAll(/ {2,}/g, "  ");
const failed = (changes: Partial<AttemptRecord>): AttemptRecord => ({
  id: "att_1",
  target: "openai/gpt-5.4",
  channel: "openai",
  provider: "openai",
  model: "gpt-5.4",
  outcome: "rate",
  reason: "upstream_rate_limited",
  status: 429,
  message: null,
  started_ms: 0,
  ms: 180,
  ttft_ms: null,
  upstream_request_id: null,
  usage: null,
  usage_source: null,
  price: null,
  cost_nano_usd: null,
  ...changes,
});

describe("a line for a request", () => {
  test("tells who asked for what, who answered, tokens, money and times", () => {
    expect(line(done())).toBe(
      "12:04:31 200 chat  default → openai/gpt-5.4  1.1k→212 tok  $0.0041  ttft 184ms  820ms  req_1",
    );
  });

  test("shows every failed attempt before the one that answered", () => {
    const attempts = [failed({}), failed({ channel: "hk", outcome: "connect", status: null })];
    const event = done({ receipt: receipt({ attempts, channel: "anthropic", actual_model: "claude-sonnet-4-6" }) });
    expect(line(event)).toContain("default → openai ✗429 → hk ✗connect → anthropic/claude-sonnet-4-6");
  });

  test("tells a cache hit, which has neither tokens nor a price", () => {
    const event = done({
      receipt: receipt({ cached: true, cache_hit: true, actual_model: null, channel: null, source: "cache" }),
    });
    expect(line(event)).toContain("default → cache  0 tok  $0");
  });

  test("says that a price or a usage is not known, rather than nothing", () => {
    const event = done({ receipt: receipt({ usage: null, cost_usd: null, cost_nano_usd: null }) });
    expect(line(event)).toContain("? tok  no price");
  });

  test("marks a mock, a cut stream and warnings", () => {
    expect(line(done({ receipt: receipt({ mock: true }) }))).toContain("openai/gpt-5.4 (mock)");
    expect(line(done({ receipt: receipt({ complete: false }) }))).toContain("cut");
    const warnings = [{ code: "dropped", message: "x" }];
    expect(line(done({ receipt: receipt({ warnings }) }))).toContain("⚠ 1");
  });

  test("tells a refusal with what to do and its code", () => {
    const error = {
      code: "SLUICE_ROUTE_UNKNOWN_MODEL",
      message: 'The model "x" is not served here.',
      hint: "GET /v1/models lists what is.",
    };
    const event = done({ status: 404, receipt: null, error });
    expect(line(event)).toBe(
      '12:04:31 404 chat  The model "x" is not served here.  ↳ GET /v1/models lists what is.  SLUICE_ROUTE_UNKNOWN_MODEL',
    );
  });

  test("tells calls that are no model request by their path", () => {
    expect(line(done({ method: "GET", path: "/v1/models", operation: "models", receipt: null, totalMs: 3 }))).toBe(
      "12:04:31 200 list  GET /v1/models  3ms  req_1",
    );
  });

  test("lets no control character of a client reach the terminal", () => {
    const event = done({ receipt: receipt({ requested_model: "x\u001B[2J\n" }) });
    expect(line(event)).toContain("x�[2J�");
  });
});

test.each([
  ["/healthz", true],
  ["/readyz", true],
  ["/v1/models", false],
])("%s is a health check: %s", (path, expected) => {
  expect(isHealthCheck({ path })).toBe(expected);
});

test.each([
  [0, "0"],
  [980, "980"],
  [1180, "1.1k"],
  [23_400, "23k"],
  [1_250_000, "1.3M"],
  [null, "?"],
])("%s tokens read %s", (value, expected) => expect(count(value)).toBe(expected));

test.each([
  [0, "$0"],
  [0.0041, "$0.0041"],
  [0.000003, "$0.000003"],
  [0.25, "$0.25"],
  [12.4, "$12.40"],
  [1234, "$1.2k"],
])("%s dollars read %s", (value, expected) => expect(dollars(value)).toBe(expected));

test.each([
  [6, "6ms"],
  [999, "999ms"],
  [1940, "1.94s"],
])("%s milliseconds read %s", (value, expected) => expect(milliseconds(value)).toBe(expected));
