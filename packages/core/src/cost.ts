import { secondOfDay, secondsOf, startOfDay } from "./calendar.ts";
import type { Usage, UsageDetails } from "./event.ts";
import { matchesGlob } from "./glob.ts";
import type { ModelPrice, PriceCondition, PriceLine, PriceUnit } from "./price.ts";

/** What one attempt cost, and by which lines. */
export interface Cost {
  /** Nanodollars, or null where something that was used has no price or was not counted. */
  nano: bigint | null;
  /** The lines that were used, with how much of their unit. */
  lines: { line: PriceLine; quantity: bigint }[];
  /** What was used and has no price, or has a price and was not counted. */
  unpriced: PriceUnit[];
}

/** What stands between a price and what is owed. */
export interface CostTerms {
  /** The channel's factor of the list price. @default 1 */
  multiplier?: number;
  /** Unix milliseconds at which the request began: rates can depend on the time. */
  at: number;
}

/**
 * What the operator owes for one attempt. No float touches an amount, and there is one rounding, upward, at the very end:
 * ⌈Σ quantity · pico / per · multiplier / 10⁹⌉ with the multiplier in millionths.
 */
export function costOf(usage: Usage, price: ModelPrice, { multiplier = 1, at }: CostTerms): Cost {
  const rates = applying(price.lines, usage, at);
  const used = new Map<PriceLine, bigint>();
  const unpriced: PriceUnit[] = [];
  for (const { quantity, units } of sharesOf(usage, rates)) {
    if (quantity === 0n) continue;
    const unit = units.find((name) => rates.has(name));
    const line = unit && rates.get(unit);
    if (line && quantity !== null) used.set(line, (used.get(line) ?? 0n) + quantity);
    else unpriced.push(units[0] as PriceUnit);
  }
  const lines = [...used].map(([line, quantity]) => ({ line, quantity }));
  return { nano: unpriced.length > 0 ? null : nanoOf(lines, toMillionths(multiplier)), lines, unpriced };
}

/** A channel's multiplier in parts per million. */
export function toMillionths(multiplier: number): bigint {
  return BigInt(Math.round(multiplier * 1_000_000));
}

/** Nanodollars as dollars, for reading only. */
export function toDollars(nano: bigint): number {
  return Number(nano) / 1e9;
}

function nanoOf(lines: Cost["lines"], millionths: bigint): bigint {
  let above = 0n;
  let below = 1n;
  for (const { line, quantity } of lines) {
    const { pico, per = 1n } = line;
    above = above * per + quantity * pico * below;
    below *= per;
  }
  return ceilingOf(above * millionths, below * 1_000_000_000n);
}

/** Division that rounds up. */
export function ceilingOf(above: bigint, below: bigint): bigint {
  return (above + below - 1n) / below;
}

type Rates = ReadonlyMap<PriceUnit, PriceLine>;

/** Of each unit the last line that applies. */
function applying(lines: readonly PriceLine[], usage: Usage, at: number): Rates {
  const rates = new Map<PriceUnit, PriceLine>();
  for (const line of lines) if (!line.when || holds(line.when, usage, at)) rates.set(line.unit, line);
  return rates;
}

function holds({ inputAbove, serviceTier, variant, from, between }: PriceCondition, usage: Usage, at: number): boolean {
  if (inputAbove !== undefined && (usage.inputTokens ?? 0) <= inputAbove) return false;
  if (serviceTier !== undefined && usage.details?.serviceTier !== serviceTier) return false;
  if (variant !== undefined && !matchesGlob(variant, usage.details?.variant ?? "")) return false;
  if (from !== undefined && at < (startOfDay(from) ?? Infinity)) return false;
  if (!between) return true;
  const time = secondOfDay(at);
  const [start = 0, end = 0] = between.map((text) => secondsOf(text) ?? 0);
  return start <= end ? time >= start && time < end : time >= start || time < end;
}

/** A quantity, and the units under which it is billed: the first that has a price. Null is unknown. */
interface Share {
  quantity: bigint | null;
  units: readonly PriceUnit[];
}

function sharesOf(usage: Usage, rates: Rates): Share[] {
  const { details = noDetails } = usage;
  const media = hasMedia(rates) ? mediaOf(details, rates) : [];
  const known = media.filter(({ quantity }) => quantity !== null);
  const shares: Share[] = [...known];
  if (hasTokens(rates)) {
    // Where pictures or seconds were billed, tokens that nobody counted are no part of the price.
    const optional = known.length > 0;
    shares.push(...inputShares(usage, details, rates, optional), ...outputShares(usage, details, rates, optional));
  } else if (known.length === 0 && !rates.has("request")) {
    shares.push(...(media.length > 0 ? media : [{ quantity: null, units: chains.input }]));
  }
  if (rates.has("request")) shares.push({ quantity: counted(details.requests ?? 1), units: ["request"] });
  for (const [kind, calls] of Object.entries(details.toolCalls ?? {})) {
    shares.push({ quantity: counted(calls), units: [`tool:${kind}`] });
  }
  return shares;
}

const noDetails: UsageDetails = {};

function hasTokens(rates: Rates): boolean {
  for (const unit of rates.keys()) if (unit.endsWith("_token")) return true;
  return false;
}

const mediaUnits = [
  ["image", "images"],
  ["audio_input_ms", "audioInputMs"],
  ["audio_output_ms", "audioOutputMs"],
  ["video_output_ms", "videoOutputMs"],
  ["character", "characters"],
  ["search_unit", "searchUnits"],
] as const satisfies readonly (readonly [PriceUnit, keyof UsageDetails])[];

function hasMedia(rates: Rates): boolean {
  return mediaUnits.some(([unit]) => rates.has(unit));
}

/** What some vendors bill instead of tokens, where it has a price. */
function mediaOf(details: UsageDetails, rates: Rates): Share[] {
  return mediaUnits
    .filter(([unit]) => rates.has(unit))
    .map(([unit, name]) => ({ quantity: believed(details[name]), units: [unit] }));
}

function inputShares(usage: Usage, details: UsageDetails, rates: Rates, optional: boolean): Share[] {
  if (usage.inputTokens === null) return unknownShare("input_token", rates, optional);
  const whole = new Rest(usage.inputTokens);
  const read = new Rest(whole.take(usage.cacheReadTokens));
  const written = new Rest(whole.take(usage.cacheWriteTokens));
  const audioRead = read.take(details.audioCacheReadTokens);
  const imageRead = read.take(details.imageCacheReadTokens);
  const shares: Share[] = [];
  add(shares, audioRead, chains.audioRead);
  add(shares, imageRead, chains.imageRead);
  add(shares, written.take(details.cacheWrite1hTokens), chains.hourWrite);
  add(shares, written.take(details.cacheWrite5mTokens), chains.shortWrite);
  add(shares, written.left, chains.write);
  // What is read from the cache was counted there; only the rest of each medium is fresh.
  add(shares, whole.take(beyond(details.audioInputTokens, audioRead)), chains.audioInput);
  add(shares, whole.take(beyond(details.imageInputTokens, imageRead)), chains.imageInput);
  add(shares, whole.take(details.videoInputTokens), chains.videoInput);
  add(shares, read.left, chains.read);
  add(shares, whole.left, chains.input);
  return shares.reverse();
}

function outputShares(usage: Usage, details: UsageDetails, rates: Rates, optional: boolean): Share[] {
  if (usage.outputTokens === null) return unknownShare("output_token", rates, optional);
  const whole = new Rest(usage.outputTokens);
  const shares: Share[] = [];
  add(shares, whole.take(details.audioOutputTokens), chains.audioOutput);
  add(shares, whole.take(details.imageOutputTokens), chains.imageOutput);
  add(shares, whole.take(details.videoOutputTokens), chains.videoOutput);
  add(shares, whole.take(usage.reasoningTokens), chains.reasoning);
  add(shares, whole.left, chains.output);
  return shares.reverse();
}

/** What is billed under which units, the most special first. */
const chains = {
  input: ["input_token"],
  read: ["cache_read_token", "input_token"],
  audioRead: ["audio_cache_read_token", "cache_read_token", "audio_input_token", "input_token"],
  imageRead: ["image_cache_read_token", "cache_read_token", "image_input_token", "input_token"],
  write: ["cache_write_token", "cache_write_5m_token", "input_token"],
  shortWrite: ["cache_write_5m_token", "cache_write_token", "input_token"],
  hourWrite: ["cache_write_1h_token", "cache_write_token", "input_token"],
  audioInput: ["audio_input_token", "input_token"],
  imageInput: ["image_input_token", "input_token"],
  videoInput: ["video_input_token", "input_token"],
  output: ["output_token"],
  reasoning: ["reasoning_token", "output_token"],
  audioOutput: ["audio_output_token", "output_token"],
  imageOutput: ["image_output_token", "output_token"],
  videoOutput: ["video_output_token", "output_token"],
} as const satisfies Record<string, readonly PriceUnit[]>;

function add(shares: Share[], quantity: bigint, units: readonly PriceUnit[]): void {
  if (quantity > 0n) shares.push({ quantity, units });
}

/** A count that nobody gave is unknown where it has a price, and nothing where it has none. */
function unknownShare(unit: PriceUnit, rates: Rates, optional: boolean): Share[] {
  return !optional && (rates.get(unit)?.pico ?? 0n) > 0n ? [{ quantity: null, units: [unit] }] : [];
}

/** A count from which its parts are taken, so that nothing is billed twice whatever the parts say. */
class Rest {
  left: bigint;
  constructor(count: number | bigint) {
    this.left = counted(count);
  }
  take(count: number | bigint | null | undefined): bigint {
    const part = counted(count ?? 0n);
    const taken = part < this.left ? part : this.left;
    this.left -= taken;
    return taken;
  }
}

function beyond(count: number | undefined, part: bigint): bigint {
  const whole = counted(count ?? 0);
  return whole > part ? whole - part : 0n;
}

/** What is no count at all is unknown, not nothing. */
function believed(count: number | undefined): bigint | null {
  return count !== undefined && Number.isFinite(count) && count >= 0 ? counted(count) : null;
}

const mostOfAnything = 1_000_000_000_000;

// Usage is untrusted input: negative, fractional or absurd counts are bounded before they become money.
function counted(count: number | bigint): bigint {
  if (typeof count === "bigint") return count;
  return Number.isFinite(count) && count > 0 ? BigInt(Math.min(Math.floor(count), mostOfAnything)) : 0n;
}
