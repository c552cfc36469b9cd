import type { Target } from "./channel.ts";
import type { GatewayError } from "./errors.ts";
import { mergeUsage, noUsage } from "./event.ts";
import type { StreamEvent, Usage, Warning } from "./event.ts";
import type { Clock } from "./ports.ts";
import { costNano, toDollars } from "./price.ts";
import type { AttemptRecord, Receipt, ReceiptUsage, SkippedTarget } from "./receipt.ts";

const maxWarnings = 64;

/** Everything that becomes the receipt of one request, written down as it happens. */
export class RequestRecord {
  readonly requestId: string;
  readonly attempts: AttemptRecord[] = [];
  skipped: SkippedTarget[] = [];
  why: string[] = [];
  tags: Record<string, string> = {};
  requestedModel = "";
  route: string | null = null;
  stream = false;
  source: Receipt["source"] = null;
  path: Receipt["path"] = null;
  upstreamDialect: string | null = null;
  complete = false;
  error: GatewayError | null = null;
  readonly #clock: Clock;
  readonly #started: number;
  readonly #dialect: string;
  readonly #warnings = new Map<string, Warning>();
  readonly #pluginFields: Record<string, unknown> = {};
  #target: Target | null = null;
  #usage: Usage = noUsage;
  #ttftMs: number | null = null;

  constructor(requestId: string, dialect: string, clock: Clock) {
    this.requestId = requestId;
    this.#dialect = dialect;
    this.#clock = clock;
    this.#started = clock.monotonic();
  }

  get elapsedMs(): number {
    return Math.round(this.#clock.monotonic() - this.#started);
  }

  get usage(): Usage {
    return this.#usage;
  }

  /** The target whose answer the client gets. */
  get target(): Target | null {
    return this.#target;
  }

  answeredBy(target: Target, dialect: string): void {
    this.#target = target;
    this.upstreamDialect = dialect;
  }

  /** One entry per distinct code and field, so that a hostile stream cannot grow the receipt. */
  warn(warning: Warning): void {
    if (this.#warnings.size < maxWarnings) this.#warnings.set(`${warning.code} ${warning.field ?? ""}`, warning);
  }

  get warnings(): Warning[] {
    return [...this.#warnings.values()];
  }

  report(plugin: string, value: unknown): void {
    this.#pluginFields[plugin] = value;
  }

  addUsage(usage: Usage): void {
    this.#usage = mergeUsage(this.#usage, usage);
  }

  /**
   * Reads what the receipt needs from the events that go to the client. What decoding could not understand is a loss
   * only where the answer is translated: on the byte path it has passed.
   */
  observe(events: readonly StreamEvent[]): void {
    for (const event of events) {
      if (event.type === "usage") this.addUsage(event.usage);
      else if (event.type === "warning") this.#warnOfDecoding(event.warning);
      else if (event.type === "end") this.complete = true;
    }
  }

  /** The warnings of an answer that was read whole. */
  addDecodingWarnings(warnings: readonly Warning[]): void {
    for (const warning of warnings) this.#warnOfDecoding(warning);
  }

  #warnOfDecoding(warning: Warning): void {
    if (this.path !== "byte") this.warn(warning);
  }

  firstContent(): void {
    this.#ttftMs ??= this.elapsedMs;
  }

  toReceipt(): Receipt {
    const target = this.#target;
    const usage = usageOf(this.#usage);
    const price = target?.info?.price;
    const cached = this.source === "cache";
    const cost = cached ? 0n : costNano(this.#usage, price, target?.channel.options.multiplier ?? 1);
    return {
      request_id: this.requestId,
      requested_model: this.requestedModel,
      actual_model: target?.model ?? null,
      channel: target?.channel.id ?? null,
      provider: target?.channel.provider.id ?? null,
      route: this.route,
      mock: target?.channel.provider.mock ?? false,
      dialect: this.#dialect,
      upstream_dialect: this.upstreamDialect,
      path: this.path,
      stream: this.stream,
      complete: this.complete,
      attempts: this.attempts,
      skipped: this.skipped,
      why: this.why,
      warnings: this.warnings,
      source: this.source,
      cached,
      cache_hit: cached,
      usage,
      usage_source: usage && "upstream",
      cost_nano_usd: cost === null ? null : cost.toString(),
      cost_usd: cost === null ? null : toDollars(cost),
      price_source: cost === null || cached || !price ? null : `${price.source} (${price.date})`,
      ttft_ms: this.#ttftMs,
      total_ms: this.elapsedMs,
      tags: this.tags,
      error: this.error && { code: this.error.code, reason: this.error.reason, status: this.error.status },
      ...this.#pluginFields,
    };
  }
}

function usageOf(usage: Usage): ReceiptUsage | null {
  if (usage.inputTokens === null && usage.outputTokens === null) return null;
  return {
    input_tokens: usage.inputTokens,
    cache_read_tokens: usage.cacheReadTokens,
    cache_write_tokens: usage.cacheWriteTokens,
    output_tokens: usage.outputTokens,
    reasoning_tokens: usage.reasoningTokens,
  };
}
