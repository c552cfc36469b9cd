import type { ConditionalPrice, ModelPrice as Row } from "@pydantic/genai-prices";
import type { PriceCondition, PriceConfig, PriceUnit, RateCard } from "@sluice/core";

type Quantity = "perMillion" | "each" | "perHour";

/** The table's units in ours: `_mtok` and `_mchars` are for a million, `_hours` for an hour, `_kcount` for a thousand. */
const units: Readonly<Record<string, readonly [PriceUnit, Quantity]>> = {
  input_mtok: ["input_token", "perMillion"],
  cache_read_mtok: ["cache_read_token", "perMillion"],
  cache_write_mtok: ["cache_write_token", "perMillion"],
  cache_write_5m_mtok: ["cache_write_5m_token", "perMillion"],
  cache_write_1h_mtok: ["cache_write_1h_token", "perMillion"],
  input_audio_mtok: ["audio_input_token", "perMillion"],
  cache_audio_read_mtok: ["audio_cache_read_token", "perMillion"],
  input_image_mtok: ["image_input_token", "perMillion"],
  cache_image_read_mtok: ["image_cache_read_token", "perMillion"],
  input_video_mtok: ["video_input_token", "perMillion"],
  output_mtok: ["output_token", "perMillion"],
  output_reasoning_mtok: ["reasoning_token", "perMillion"],
  output_audio_mtok: ["audio_output_token", "perMillion"],
  output_image_mtok: ["image_output_token", "perMillion"],
  output_video_mtok: ["video_output_token", "perMillion"],
  input_mchars: ["character", "perMillion"],
  audio_hours: ["audio_input_ms", "perHour"],
  input_audio_hours: ["audio_input_ms", "perHour"],
  output_audio_hours: ["audio_output_ms", "perHour"],
  requests_kcount: ["request", "each"],
  rerank_searches_kcount: ["search_unit", "each"],
  web_searches_kcount: ["tool:web_search", "each"],
  storage_searches_kcount: ["tool:file_search", "each"],
  social_searches_kcount: ["tool:x_search", "each"],
  code_executions_kcount: ["tool:code_execution", "each"],
};

/**
 * A row of the table as people write prices, or null where it bills something that nobody here counts: part of a price
 * would pass for all of it.
 *
 * A row that began before `published` is the base; one that begins later, or holds at hours of the day, is a condition.
 */
export function toPriceConfig(prices: readonly ConditionalPrice[] | Row, published: string): PriceConfig | null {
  const rows: readonly ConditionalPrice[] = isConditional(prices) ? prices : [{ prices }];
  const begun = rows.findLastIndex(({ constraint }) => isBegun(constraint, published));
  const inForce = rows.slice(Math.max(0, begun));
  const cards = inForce.flatMap((row, index) => cardsOf(row.prices, index === 0 ? undefined : conditionOf(row)));
  const [base, ...also] = cards;
  if (base === undefined || cards.includes(null)) return null;
  return { ...base, ...(also.length > 0 ? { also: also as RateCard[] } : {}) };
}

function isConditional(prices: readonly ConditionalPrice[] | Row): prices is readonly ConditionalPrice[] {
  return Array.isArray(prices);
}

function isBegun(constraint: ConditionalPrice["constraint"], published: string): boolean {
  return constraint === undefined || (constraint.type === "start_date" && constraint.start_date <= published);
}

function conditionOf({ constraint }: ConditionalPrice): PriceCondition | undefined {
  if (constraint === undefined) return undefined;
  if (constraint.type === "start_date") return { from: constraint.start_date };
  return { between: [timeOf(constraint.start_time), timeOf(constraint.end_time)] };
}

/** The table writes times as 16:30:00Z. Any other notation is refused by `definePrice`. */
function timeOf(text: string): string {
  return text.replace(/Z$/, "");
}

/** One card for what always holds, and one for each size of the input from which other rates hold. */
function cardsOf(row: Row, when: PriceCondition | undefined): (RateCard | null)[] {
  const base: RateCard = when ? { when } : {};
  const tiers = new Map<number, RateCard>();
  // A row without a line may mean free and may mean unknown: a blank is no 0.
  if (Object.keys(row).length === 0) return [null];
  for (const [key, price] of Object.entries(row)) {
    if (price === undefined) continue;
    const unit = units[key];
    if (unit === undefined) return [null];
    put(base, unit, typeof price === "number" ? price : price.base);
    for (const { start, price: higher } of typeof price === "number" ? [] : price.tiers) {
      if (!tiers.has(start)) tiers.set(start, { when: { ...when, inputAbove: start } });
      put(tiers.get(start) as RateCard, unit, higher);
    }
  }
  return [base, ...[...tiers].toSorted(([a], [b]) => a - b).map(([, card]) => card)];
}

function put(card: RateCard, [unit, quantity]: readonly [PriceUnit, Quantity], dollars: number): void {
  card[quantity] = { ...card[quantity], [unit]: quantity === "each" ? dollars / 1000 : dollars };
}
