import type { FailureReason, GatewayError } from "./errors.ts";
import type { Warning } from "./event.ts";
import type { FailureClass } from "./failure.ts";
import type { Json, JsonObject } from "./json.ts";

/** One call to an upstream, as the receipt tells it. Times in whole milliseconds since the request began. */
export interface AttemptRecord {
  id: string;
  /** `channel/model`. */
  target: string;
  channel: string;
  provider: string;
  model: string;
  outcome: "ok" | FailureClass;
  reason: FailureReason | null;
  /** The upstream's status, where it answered. */
  status: number | null;
  message: string | null;
  started_ms: number;
  /** Until the outcome was known. */
  ms: number;
  /** Until the first content event, from the start of the attempt. */
  ttft_ms: number | null;
  upstream_request_id: string | null;
}

/** A target that was passed over without a call. */
export interface SkippedTarget {
  target: string;
  reason: string;
}

/** Token counts of the whole request; null is unknown, never 0. Cached tokens are inside the input, reasoning inside the output. */
export interface ReceiptUsage {
  input_tokens: number | null;
  cache_read_tokens: number | null;
  cache_write_tokens: number | null;
  output_tokens: number | null;
  reasoning_tokens: number | null;
}

/** What happened to a request: in every answer, in the log, in hooks. Snake case, because it is wire format. */
export interface Receipt {
  request_id: string;
  requested_model: string;
  /** The upstream model that answered, or null. */
  actual_model: string | null;
  /** Channel id and provider id that answered. */
  channel: string | null;
  provider: string | null;
  /** The alias or pattern of the config that the name matched. */
  route: string | null;
  /** Whether the answer comes from a pretend provider. */
  mock: boolean;
  /** Client dialect → upstream dialect. */
  dialect: string;
  upstream_dialect: string | null;
  /** `byte`: upstream bytes passed; `codec`: translated. */
  path: "byte" | "codec" | null;
  stream: boolean;
  /** False for everything that did not end with the upstream's own terminator. */
  complete: boolean;
  attempts: AttemptRecord[];
  skipped: SkippedTarget[];
  why: string[];
  warnings: Warning[];
  /** Where the answer came from. */
  source: "upstream" | "cache" | "plugin" | null;
  cached: boolean;
  cache_hit: boolean;
  usage: ReceiptUsage | null;
  usage_source: "upstream" | "estimated" | null;
  /** Nanodollars as a decimal string, null when no price is known. */
  cost_nano_usd: string | null;
  /** The same in dollars, for reading; `cost_nano_usd` is the exact one. */
  cost_usd: number | null;
  price_source: string | null;
  ttft_ms: number | null;
  total_ms: number;
  tags: Record<string, string>;
  error: { code: string; reason: FailureReason; status: number } | null;
  /** Fields that plugins add, under their ids. */
  [plugin: string]: unknown;
}

/** The receipt as JSON: plain data all the way down. */
export function receiptJson(receipt: Receipt): Json {
  return receipt as unknown as Json;
}

/** What stands as `sluice` beside `error` in every dialect: the code and what to do, with the receipt where there is one. */
export function errorReport(error: GatewayError, requestId: string, receipt: Receipt | null): JsonObject {
  const { code, reason, hint } = error;
  return { ...(receipt as JsonObject | null), code, reason, hint, request_id: requestId };
}
