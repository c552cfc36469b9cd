import type { Target } from "./channel.ts";
import type { GatewayError } from "./errors.ts";
import { charactersIn, mergeUsage, noUsage } from "./event.ts";
import type { StreamEvent, Usage, Warning } from "./event.ts";
import type { Clock } from "./ports.ts";
import { costOf, toDollars, toMillionths } from "./cost.ts";
import type { Cost } from "./cost.ts";
import { convert } from "./currency.ts";
import type { Currency } from "./currency.ts";
import { estimateUsage } from "./estimate.ts";
import type { ModelPrice } from "./price.ts";
import type { AttemptRecord, Receipt, ReceiptPrice, SkippedTarget } from "./receipt.ts";
import { toReceiptUsage } from "./receipt-usage.ts";
import type { ChatRequest } from "./request.ts";

const maxWarnings = 64;
/** Of the bytes of frames. A long first frame must not speak for many short ones: this is a token for 200 bytes at most. */
const mostShare = 1 / 25;

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
  readonly #at: number;
  readonly #currency: Currency | null;
  #target: Target | null = null;
  /** The attempt that answered, and the price that held when it did. */
  #entry: AttemptRecord | null = null;
  #price: ModelPrice | null = null;
  #usage: Usage = noUsage;
  /** Characters of content that were read and, where frames are passed on, how much of the first with content was such. */
  #characters = 0;
  #share: number | null = null;
  #contentBytes = 0;
  #ttftMs: number | null = null;

  constructor(requestId: string, dialect: string, clock: Clock, currency: Currency | null = null) {
    this.requestId = requestId;
    this.#dialect = dialect;
    this.#clock = clock;
    this.#started = clock.monotonic();
    this.#at = clock.now();
    this.#currency = currency;
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
    this.#entry = this.attempts.at(-1) ?? null;
    this.#price = target.price;
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
  observe(events: readonly StreamEvent[], frameBytes = 0): void {
    const before = this.#characters;
    // Frames with one of these are always decoded, all others may pass as quiet ones.
    let isLoud = false;
    for (const event of events) {
      this.#characters += charactersIn(event);
      if (event.type === "warning") this.#warnOfDecoding(event.warning);
      else if (event.type === "usage" || event.type === "finish" || event.type === "end") {
        isLoud = true;
        if (event.type === "usage") this.addUsage(event.usage);
        else if (event.type === "end") this.complete = true;
      }
    }
    if (frameBytes === 0) return;
    if (this.#share === null && this.#characters > before)
      this.#share = Math.min((this.#characters - before) / frameBytes, mostShare);
    if (!isLoud) this.passed(frameBytes);
  }

  /** Bytes of a frame that passed without being decoded: more of the content before it. */
  passed(bytes: number): void {
    if (this.#share !== null) this.#contentBytes += bytes;
  }

  /**
   * Fills in by size what the upstream left out of its usage: what it said of a cut answer is only a lower bound.
   * Returns the usage with its mark, or null where nothing was missing.
   */
  estimate(request: ChatRequest, characters = this.#delivered): Usage | null {
    if (this.source !== "upstream") return null;
    const { inputTokens, outputTokens } = this.#usage;
    if (inputTokens !== null && outputTokens !== null && this.complete) return null;
    const estimated = estimateUsage(this.#usage, request, characters);
    if (estimated === this.#usage) return null;
    return (this.#usage = estimated);
  }

  /** Characters of streamed content. Where frames pass it is told by bytes, so that it does not depend on who decoded which. */
  get #delivered(): number {
    return this.#share === null ? this.#characters : this.#share * this.#contentBytes;
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
    const cached = this.source === "cache";
    const usage = toReceiptUsage(this.#usage);
    const usage_source = usage && (this.#usage.estimated ? "estimated" : "upstream");
    // A price by request needs no usage, but an answer.
    const isBilled = !cached && (usage !== null || (this.complete && this.source === "upstream"));
    const cost = isBilled ? this.#cost() : null;
    const nano = cached ? 0n : (cost?.nano ?? null);
    const price = cost && this.#price;
    if (this.#entry && isBilled) this.#bill(this.#entry, { usage, usage_source }, cost);
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
      usage_source,
      cost_nano_usd: nano === null ? null : nano.toString(),
      cost_usd: nano === null ? null : toDollars(nano),
      ...(this.#currency ? inCurrency(nano, this.#currency) : {}),
      price_source: price ? sourceOf(price) : null,
      price_version: price ? price.version : null,
      ttft_ms: this.#ttftMs,
      total_ms: this.elapsedMs,
      tags: this.tags,
      error: this.error && { code: this.error.code, reason: this.error.reason, status: this.error.status },
      ...this.#pluginFields,
    };
  }

  #billed: { usage: Usage; cost: Cost } | null = null;

  /** Receipts are written several times for one request, its cost is computed once. */
  #cost(): Cost | null {
    if (!this.#price) return null;
    if (this.#billed?.usage !== this.#usage) {
      const multiplier = this.#target?.channel.options.multiplier ?? 1;
      this.#billed = { usage: this.#usage, cost: costOf(this.#usage, this.#price, { multiplier, at: this.#at }) };
    }
    return this.#billed.cost;
  }

  #bill(entry: AttemptRecord, counted: Pick<AttemptRecord, "usage" | "usage_source">, cost: Cost | null): void {
    const multiplier = this.#target?.channel.options.multiplier ?? 1;
    Object.assign(entry, counted);
    entry.price = cost && this.#price ? toReceiptPrice(this.#price, cost, multiplier) : null;
    entry.cost_nano_usd = cost?.nano?.toString() ?? null;
  }
}

function inCurrency(nano: bigint | null, currency: Currency): Pick<Receipt, "currency"> {
  return { [currency.field]: nano === null ? null : convert(nano, currency), currency: currency.told };
}

function sourceOf({ source, sourceVersion, date }: ModelPrice): string {
  return `${source}${sourceVersion === null ? "" : ` ${sourceVersion}`} (${date ?? "undated"})`;
}

function toReceiptPrice(price: ModelPrice, { lines, unpriced }: Cost, multiplier: number): ReceiptPrice {
  const { version, source, sourceVersion, date } = price;
  return {
    version,
    source,
    source_version: sourceVersion,
    date,
    multiplier: Number(toMillionths(multiplier)),
    lines: lines.map(({ line: { unit, pico, per, when, from }, quantity }) => ({
      unit,
      quantity: quantity.toString(),
      pico: pico.toString(),
      ...(per === undefined ? {} : { per: per.toString() }),
      ...(when ? { when } : {}),
      ...(from ? { source: from.source, source_version: from.sourceVersion, date: from.date } : {}),
    })),
    ...(unpriced.length > 0 ? { unpriced } : {}),
  };
}
