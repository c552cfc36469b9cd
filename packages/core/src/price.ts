import { secondsOf, startOfDay } from "./calendar.ts";
import { errors } from "./errors.ts";
import { fingerprint } from "./fingerprint.ts";

/**
 * What a price is for. What is inside another count is taken out of it where it has a price of its own, and is billed with
 * it where it has none: `audio_input_token` inside `input_token`, `reasoning_token` inside `output_token`.
 */
export type PriceUnit = (typeof units)[number] | `tool:${string}`;

const units = [
  "input_token",
  "cache_read_token",
  "cache_write_token",
  "cache_write_5m_token",
  "cache_write_1h_token",
  "audio_input_token",
  "audio_cache_read_token",
  "image_input_token",
  "image_cache_read_token",
  "video_input_token",
  "output_token",
  "reasoning_token",
  "audio_output_token",
  "image_output_token",
  "video_output_token",
  "image",
  "audio_input_ms",
  "audio_output_ms",
  "video_output_ms",
  "character",
  "search_unit",
  "request",
] as const;

/** When a line applies. All that is said must hold. */
export interface PriceCondition {
  /** The whole input is larger than this many tokens. */
  inputAbove?: number;
  /** The upstream says that it served at this tier. */
  serviceTier?: string;
  /** A glob of the size, quality or length that was made, e.g. `1024x1024/*`. */
  variant?: string;
  /** From this day on (YYYY-MM-DD, UTC). */
  from?: string;
  /** Between these times of day (HH:MM:SS, UTC), the second exclusive; over midnight where the first is later. */
  between?: readonly [string, string];
}

/** One price: picodollars (10^-12 USD) for `per` of a unit. */
export interface PriceLine {
  unit: PriceUnit;
  pico: bigint;
  /** @default 1n */
  per?: bigint;
  /** Absent: always. Of the lines of a unit the last that applies is taken. */
  when?: PriceCondition;
  /** Who says this line, where that is not who says the price. */
  from?: PriceOrigin;
}

/** Where a price was read. */
export interface PriceOrigin {
  /** Who says so, e.g. `genai-prices`. */
  readonly source: string;
  /** The source's own version, or null where it has none. */
  readonly sourceVersion: string | null;
  /** The day on which the source was last known to hold (YYYY-MM-DD), or null where nobody says. */
  readonly date: string | null;
}

/** Everything that a model costs, and where that was read. Made by `definePrice`. */
export interface ModelPrice extends PriceOrigin {
  readonly lines: readonly PriceLine[];
  /** Units that it does not name keep the price of whoever is asked next. */
  readonly partial?: true;
  /** Hash of the lines: two prices with the same version are the same. */
  readonly version: string;
}

/** Dollars as a decimal: text is exact, of a number the first twelve digits count. */
export type Dollars = string | number;

type Rates = Partial<Record<PriceUnit, Dollars>>;

/** Dollars for quantities in which people say prices. */
export interface RateCard {
  /** For a million: tokens, characters. */
  perMillion?: Readonly<Rates>;
  /** For one: images, requests, search units, calls of tools. */
  each?: Readonly<Rates>;
  /** For an hour of what is counted in milliseconds. */
  perHour?: Readonly<Rates>;
  /** When the card applies. @default always */
  when?: PriceCondition;
}

/** A price as people write it. Later cards win where several apply. */
export interface PriceConfig extends RateCard {
  /** More cards, for conditions. */
  also?: readonly RateCard[];
  /** Who says so. @default "config" */
  source?: string;
  /** The source's version, e.g. of a contract. */
  sourceVersion?: string;
  /** The day on which it was checked (YYYY-MM-DD). Without one the price is shown as undated. */
  date?: string;
  /** Units that are not named here keep the price of whoever is asked next. @default false: this is the whole price */
  partial?: boolean;
}

const picoPerDollar = 10n ** 12n;
const largestPico = 10n ** 18n;

/**
 * Makes a price. Throws `SLUICE_CONFIG_INVALID` for what is no amount, no unit or no condition: a blank is not 0.
 *
 * @example definePrice({ perMillion: { input_token: "1.25", output_token: "10" }, source: "vendor", date: "2026-11-20" })
 */
export function definePrice(config: PriceConfig, path = "a price"): ModelPrice {
  const { source = "config", sourceVersion = null, date = null, partial = false, also = [], ...card } = config;
  const lines = [card, ...also].flatMap((each, index) =>
    linesOf(each, index === 0 ? path : `${path}.also[${index - 1}]`),
  );
  if (lines.length === 0) throw invalid(path, "names no price.");
  if (date !== null && startOfDay(date) === null)
    throw invalid(`${path}.date`, `"${date}" is no day of the form YYYY-MM-DD.`);
  return { lines, source, sourceVersion, date, version: versionOf(lines), ...(partial ? { partial } : {}) };
}

function linesOf(card: RateCard, path: string): PriceLine[] {
  const { perMillion, each, perHour, when, ...rest } = card;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw invalid(path, `has the unknown field "${unknown}".`);
  if (when) assertCondition(when, `${path}.when`);
  const quantities: [string, Readonly<Rates> | undefined, bigint][] = [
    ["perMillion", perMillion, 1_000_000n],
    ["each", each, 1n],
    ["perHour", perHour, 3_600_000n],
  ];
  return quantities.flatMap(([field, rates, quantity]) =>
    Object.entries(rates ?? {}).map(([unit, dollars]) => {
      const where = `${path}.${field}.${unit}`;
      if (!isUnit(unit))
        throw invalid(where, "is no unit that has a price.", `Known: ${units.join(", ")}, tool:<kind>.`);
      return { unit, ...amountOf(dollars, quantity, where), ...(when ? { when } : {}) };
    }),
  );
}

/** A partial price with what it leaves to another: lines of units that it does not name, with where those were read. */
export function filledIn(price: ModelPrice, other: ModelPrice): ModelPrice {
  const named = new Set(price.lines.map(({ unit }) => unit));
  const from: PriceOrigin = { source: other.source, sourceVersion: other.sourceVersion, date: other.date };
  const added = other.lines.filter(({ unit }) => !named.has(unit)).map((line) => ({ from, ...line }));
  const lines = [...price.lines, ...added];
  const { source, sourceVersion, date } = price;
  return { lines, source, sourceVersion, date, version: versionOf(lines) };
}

function isUnit(name: string): name is PriceUnit {
  return (units as readonly string[]).includes(name) || /^tool:[a-z0-9_]{1,64}$/.test(name);
}

/** Dollars for so many as picodollars in lowest terms, exactly. */
function amountOf(dollars: unknown, quantity: bigint, path: string): { pico: bigint; per?: bigint } {
  const [, whole, fraction = "", exponent = "0"] =
    /^(\d{1,12})(?:\.(\d{1,24}))?(?:e([+-]\d{1,2}))?$/.exec(textOf(dollars)) ?? [];
  if (whole === undefined) throw invalid(path, `${JSON.stringify(dollars)} is no amount of dollars, 0 or more.`);
  const shift = fraction.length - Number(exponent);
  const above = BigInt(whole + fraction) * picoPerDollar * (shift < 0 ? 10n ** BigInt(-shift) : 1n);
  const below = quantity * (shift > 0 ? 10n ** BigInt(shift) : 1n);
  const common = greatestCommonDivisor(above, below);
  const pico = above / common;
  const per = below / common;
  if (pico > largestPico * per) throw invalid(path, `${JSON.stringify(dollars)} is more than anything costs.`);
  return per === 1n ? { pico } : { pico, per };
}

// 0.1 + 0.2 is meant as 0.3: what lies beyond twelve digits is the dust of binary fractions, not a price.
function textOf(dollars: unknown): string {
  if (typeof dollars === "string") return dollars;
  return typeof dollars === "number" && Number.isFinite(dollars) ? String(Number(dollars.toPrecision(12))) : "";
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, a % b);
}

function assertCondition(
  { inputAbove, serviceTier, variant, from, between, ...rest }: PriceCondition,
  path: string,
): void {
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw invalid(path, `has the unknown field "${unknown}".`);
  if (inputAbove !== undefined && !(Number.isSafeInteger(inputAbove) && inputAbove >= 0))
    throw invalid(`${path}.inputAbove`, `${String(inputAbove)} is no count of tokens.`);
  for (const [name, value] of Object.entries({ serviceTier, variant })) {
    if (value !== undefined && (typeof value !== "string" || value === ""))
      throw invalid(`${path}.${name}`, "is no name.");
  }
  if (from !== undefined && startOfDay(from) === null)
    throw invalid(`${path}.from`, `"${from}" is no day of the form YYYY-MM-DD.`);
  if (between && !(between.length === 2 && between.every((time) => secondsOf(time) !== null)))
    throw invalid(`${path}.between`, "is no pair of times of the form HH:MM:SS.");
}

function invalid(path: string, problem: string, hint = "Leave it out where it is not known."): Error {
  return errors.CONFIG_INVALID(path, problem, hint);
}

function versionOf(lines: readonly PriceLine[]): string {
  const told = lines.map(({ unit, pico, per = 1n, when }) => [unit, `${pico}/${per}`, when ? sorted(when) : []]);
  return fingerprint(JSON.stringify(told));
}

function sorted(when: PriceCondition): [string, unknown][] {
  return Object.entries(when).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** The line of a unit that needs no condition, or null where there is none. */
export function listLine({ lines }: ModelPrice, unit: PriceUnit): PriceLine | null {
  return lines.find((line) => line.unit === unit && !line.when) ?? null;
}

/** What so many of a line's unit cost, in dollars as decimal text; exact, or rounded to eighteen digits after the point. */
export function dollarsFor({ pico, per = 1n }: PriceLine, quantity: bigint): string {
  // Most prices are whole picodollars, and a list has thousands of them.
  if (per === 1n) return decimalOf(pico * quantity, 12);
  return decimalOf((pico * quantity * 1_000_000n + per / 2n) / per, 18);
}

/** A whole number with its last places behind the point. */
function decimalOf(scaled: bigint, places: number): string {
  const text = scaled.toString().padStart(places + 1, "0");
  const fraction = text.slice(-places).replace(/0+$/, "");
  return fraction === "" ? text.slice(0, -places) : `${text.slice(0, -places)}.${fraction}`;
}
