import type { ModelInfo } from "./catalogue.ts";
import type { ModelPrice } from "./price.ts";

/**
 * Where prices and facts about models come from, beside the config. A plugin gives one as its `prices`.
 *
 * It answers from what it holds: nothing here waits for a network but `refresh`.
 */
export interface PriceSource {
  /** Its name, as `price_source` in receipts has it. */
  readonly id: string;
  /** Changes whenever an answer of `find` or `list` may have changed. */
  readonly version: string;
  /** The price of a provider's model, or null where it knows none. Asked once for each target and version. */
  find(provider: string, model: string): ModelPrice | null;
  /** The models that it knows of a provider, for the lists of `/v1/models`. */
  list?(provider: string): readonly ModelInfo[];
  /** Fetches what is newest and takes or stages it. What it changed or would change. */
  refresh?(): Promise<readonly PriceChange[]>;
}

/** One difference between two states of a source. */
export interface PriceChange {
  source: string;
  provider: string;
  model: string;
  before: ModelPrice | null;
  after: ModelPrice | null;
  /** `staged`: not in force, because a price in use would move too far. */
  state: "active" | "staged";
}
