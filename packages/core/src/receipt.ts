import type { FailureReason, GatewayError } from "./errors.ts";
import type { Warning } from "./event.ts";
import type { FailureClass } from "./failure.ts";
import type { Json, JsonObject } from "./json.ts";
import type { PriceCondition, PriceUnit } from "./price.ts";

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
  /** What it used, as the upstream said or as it was estimated. Known for an attempt that answered, when the request is settled. */
  usage: ReceiptUsage | null;
  usage_source: UsageSource | null;
  /** The price lines by which it was billed, or null where no price is known. */
  price: ReceiptPrice | null;
  /** ⌈Σ quantity · pico / per · multiplier / 10⁹⌉ over the price lines. Null is unknown. */
  cost_nano_usd: string | null;
}

/** Who counted: the upstream, or the gateway by the size of what was sent and delivered. */
export type UsageSource = "upstream" | "estimated";

/** A price as it was applied: with the lines and the multiplier the cost can be computed again. */
export interface ReceiptPrice {
  /** Hash of all lines of the price. */
  version: string;
  source: string;
  source_version: string | null;
  /** The day on which the source was last known to hold, or null where nobody says. */
  date: string | null;
  /** The channel's multiplier in parts per million. */
  multiplier: number;
  /** The lines that were used. Picodollars for `per` (1 where absent) of the unit, as decimal text. */
  lines: ReceiptPriceLine[];
  /** What was used and has no price, or has one and was not counted: why the cost is null. */
  unpriced?: PriceUnit[];
}

/** A price line as it was used. `source` and what follows stand here only where somebody else said this line. */
export interface ReceiptPriceLine {
  unit: PriceUnit;
  quantity: string;
  pico: string;
  per?: string;
  when?: PriceCondition;
  source?: string;
  source_version?: string | null;
  date?: string | null;
}

/** A target that was passed over without a call. */
export interface SkippedTarget {
  target: string;
  reason: string;
}

/**
 * What an answer used. The five token counts always stand here, null is unknown; the others only where they were counted.
 * Cached and cache-write tokens are inside the input, reasoning is inside the output. `UsageDetails` says what is inside what.
 */
export interface ReceiptUsage {
  input_tokens: number | null;
  cache_read_tokens: number | null;
  cache_write_tokens: number | null;
  output_tokens: number | null;
  reasoning_tokens: number | null;
  cache_write_5m_tokens?: number;
  cache_write_1h_tokens?: number;
  audio_input_tokens?: number;
  image_input_tokens?: number;
  video_input_tokens?: number;
  audio_cache_read_tokens?: number;
  image_cache_read_tokens?: number;
  audio_output_tokens?: number;
  image_output_tokens?: number;
  video_output_tokens?: number;
  images?: number;
  audio_input_ms?: number;
  audio_output_ms?: number;
  video_output_ms?: number;
  requests?: number;
  characters?: number;
  search_units?: number;
  tool_calls?: Readonly<Record<string, number>>;
  variant?: string;
  service_tier?: string;
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
  /** Where the answer came from; `gateway` where it needed no upstream. */
  source: "upstream" | "cache" | "plugin" | "gateway" | null;
  cached: boolean;
  cache_hit: boolean;
  usage: ReceiptUsage | null;
  usage_source: UsageSource | null;
  /** Nanodollars as a decimal string, null when no price is known. */
  cost_nano_usd: string | null;
  /** The same in dollars, for reading; `cost_nano_usd` is the exact one. */
  cost_usd: number | null;
  /** Who said the price, with its version and date. */
  price_source: string | null;
  /** Hash of the price lines of the attempt that answered. */
  price_version: string | null;
  /** The rate behind `cost_<currency>`, where the config names a currency. */
  currency?: ReceiptCurrency;
  ttft_ms: number | null;
  total_ms: number;
  tags: Record<string, string>;
  error: { code: string; reason: FailureReason; status: number } | null;
  /** Fields that plugins add, under their ids. */
  [plugin: string]: unknown;
}

/** `cost_<code>` is `cost_nano_usd` · numerator / denominator, rounded up to a nano. */
export interface ReceiptCurrency {
  code: string;
  numerator: number;
  denominator: number;
  /** The day of the rate (YYYY-MM-DD), and who said it. */
  date: string;
  source: string;
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
