import { startOfDay } from "./calendar.ts";
import { ceilingOf } from "./cost.ts";
import { errors } from "./errors.ts";
import type { ReceiptCurrency } from "./receipt.ts";

/** A currency in which receipts show the cost beside dollars. For reading: prices and `cost_nano_usd` stay in dollars. */
export interface CurrencyConfig {
  /** ISO 4217, e.g. `CNY`; the receipt's field is `cost_cny`. */
  code: string;
  /** Units of the currency for one dollar, as a fraction of whole numbers: 7.12 is `{ numerator: 712, denominator: 100 }`. */
  rate: { numerator: number; denominator: number };
  /** The day of the rate (YYYY-MM-DD). */
  date: string;
  /** Who says so. */
  source: string;
}

/** A checked currency. */
export interface Currency {
  /** `cost_cny` */
  field: `cost_${string}`;
  told: ReceiptCurrency;
}

/** Checks the config's currency. Throws `SLUICE_CONFIG_INVALID`. */
export function resolveCurrency(config: CurrencyConfig | undefined): Currency | null {
  if (config === undefined) return null;
  const { code, rate, date, source, ...rest } = config;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw invalid(unknown, "is no field of a currency.");
  if (!/^[A-Z]{3}$/.test(code) || code === "USD") throw invalid("code", "is no ISO 4217 code beside USD, such as CNY.");
  for (const part of ["numerator", "denominator"] as const) {
    if (!Number.isSafeInteger(rate?.[part]) || rate[part] <= 0)
      throw invalid(`rate.${part}`, "is no whole number above 0.");
  }
  if (startOfDay(date) === null) throw invalid("date", "is no day of the form YYYY-MM-DD.");
  if (typeof source !== "string" || source === "") throw invalid("source", "is missing.");
  return { field: `cost_${code.toLowerCase()}`, told: { code, ...rate, date, source } };
}

/** Nanodollars in the currency, as a number for reading. Rounded up to a nano. */
export function convert(nano: bigint, { told: { numerator, denominator } }: Currency): number {
  return Number(ceilingOf(nano * BigInt(numerator), BigInt(denominator))) / 1e9;
}

function invalid(field: string, problem: string): Error {
  const example = '{ code: "CNY", rate: { numerator: 712, denominator: 100 }, date: "2026-11-20", source: "…" }';
  return errors.CONFIG_INVALID(`currency.${field}`, problem, `Write currency: ${example}.`);
}
