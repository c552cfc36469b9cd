import type { ModelInfo as Entry, Provider } from "@pydantic/genai-prices";
import { definePrice, isObject } from "@sluice/core";
import type { ModelInfo, ModelPrice } from "@sluice/core";
import { matcherOf, spellingsOf } from "./match.ts";
import type { Matcher } from "./match.ts";
import { toPriceConfig } from "./rates.ts";
import { tableName } from "./vendors.ts";

/** Where a table comes from. */
export interface Provenance {
  source: string;
  /** The package's version, or the hash of what was fetched. */
  version: string;
  /** The day on which it was published or fetched (YYYY-MM-DD). */
  date: string;
  /** Whether it came with the package. */
  trusted: boolean;
}

/** One state of the table. It never changes; a newer one is another snapshot. */
export class Snapshot {
  readonly provenance: Provenance;
  readonly #providerOf: (id: string) => Provider | undefined;
  readonly #prices = new Map<Entry, ModelPrice | null>();
  readonly #lists = new Map<string, readonly ModelInfo[]>();
  readonly #matchers = new Map<string, readonly { entry: Entry; matches: Matcher }[]>();

  constructor(provenance: Provenance, providerOf: (id: string) => Provider | undefined) {
    this.provenance = provenance;
    this.#providerOf = providerOf;
  }

  /** The price of a model, or null where the table has none that can be counted. */
  find(provider: string, model: string): ModelPrice | null {
    const id = tableName(provider);
    for (const name of spellingsOf(model)) {
      const entry = this.#entryOf(id, name);
      if (entry) return this.priceOf(entry);
    }
    return null;
  }

  /** The models of a provider under the names that the table has for them. */
  list(provider: string): readonly ModelInfo[] {
    const id = tableName(provider);
    const known = this.#lists.get(id) ?? this.#listOf(id);
    this.#lists.set(id, known);
    return known;
  }

  #listOf(id: string): ModelInfo[] {
    return (this.#providerOf(id)?.models ?? []).map((entry) => {
      const price = this.priceOf(entry);
      return {
        id: entry.id,
        ...(entry.name === undefined ? {} : { name: entry.name }),
        ...(entry.context_window === undefined ? {} : { contextTokens: entry.context_window }),
        ...(entry.deprecated ? { status: "deprecated" as const } : {}),
        ...(price === null ? {} : { price }),
      };
    });
  }

  #entryOf(id: string, model: string, isFallback = false): Entry | undefined {
    const provider = this.#providerOf(id);
    const own = this.#matchersOf(id, provider).find(({ matches }) => matches(model))?.entry;
    if (own || isFallback) return own;
    for (const other of provider?.fallback_model_providers ?? []) {
      const found = this.#entryOf(other, model, true);
      if (found) return found;
    }
    return undefined;
  }

  #matchersOf(id: string, provider: Provider | undefined): readonly { entry: Entry; matches: Matcher }[] {
    const known = this.#matchers.get(id);
    if (known) return known;
    const made = (provider?.models ?? []).map((entry) => ({
      entry,
      matches: matcherOf(entry.match, this.provenance.trusted),
    }));
    if (provider) this.#matchers.set(id, made);
    return made;
  }

  /** The price of one entry. Throws where a line cannot be read. */
  priceOf(entry: Entry): ModelPrice | null {
    const known = this.#prices.get(entry);
    if (known !== undefined) return known;
    const { source, version, date } = this.provenance;
    const config = toPriceConfig(entry.prices, date);
    const price = config && definePrice({ ...config, source, sourceVersion: version, date }, entry.id);
    this.#prices.set(entry, price);
    return price;
  }
}

/** A table that was fetched. Every line is checked at once; throws where one cannot be read. */
export function readTable(json: unknown, provenance: Provenance): Snapshot {
  if (!Array.isArray(json) || json.length === 0) throw new TypeError("the table is no list of providers");
  const providers = new Map<string, Provider>();
  for (const provider of json) {
    const isProvider = isObject(provider) && typeof provider["id"] === "string" && Array.isArray(provider["models"]);
    if (!isProvider) throw new TypeError("the table has something in it that is no provider");
    providers.set(provider["id"] as string, provider as unknown as Provider);
  }
  const snapshot = new Snapshot(provenance, (id) => providers.get(id));
  for (const [id, { models }] of providers) {
    for (const entry of models as unknown[]) assertEntry(id, entry);
    for (const entry of models) snapshot.priceOf(entry);
  }
  return snapshot;
}

function assertEntry(provider: string, entry: unknown): void {
  const { id, match, prices } = (isObject(entry) ? entry : {}) as Record<string, unknown>;
  const isEntry = typeof id === "string" && isObject(match) && (isObject(prices) || Array.isArray(prices));
  if (!isEntry) throw new TypeError(`the table has something in ${provider} that is no model`);
  matcherOf(match as unknown as Entry["match"], false);
}
