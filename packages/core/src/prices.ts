import type { ModelInfo } from "./catalogue.ts";
import type { Target } from "./channel.ts";
import { isGlob, matchesGlob } from "./glob.ts";
import { definePrice, filledIn } from "./price.ts";
import type { ModelPrice, PriceConfig } from "./price.ts";
import type { PriceChange, PriceSource } from "./price-source.ts";

type Override = readonly [glob: string, price: ModelPrice];

/** What a target costs, by whom it is asked: looked up once for each state of the sources, then remembered. */
export class Prices {
  readonly #overrides: readonly Override[];
  readonly #sources: PriceSource[] = [];
  #known = new Map<string, ModelPrice | null>();
  #state = "";

  constructor(config: Readonly<Record<string, PriceConfig>>) {
    this.#overrides = overridesOf(config, "prices");
  }

  add(source: PriceSource): void {
    this.#sources.push(source);
  }

  /** Config, then channel, then provider, then sources in order. Null is unknown. */
  of(target: Pick<Target, "id" | "channel" | "model" | "info">): ModelPrice | null {
    const state = this.#sources.length === 0 ? "" : this.#sources.map(({ version }) => version).join();
    if (state !== this.#state) {
      this.#state = state;
      this.#known = new Map();
    }
    const known = this.#known.get(target.id);
    if (known !== undefined) return known;
    const found = this.#find(target);
    // Names of models come from clients.
    if (this.#known.size >= 10_000) this.#known.clear();
    this.#known.set(target.id, found);
    return found;
  }

  /** What the sources know of a provider's models. The first that knows one says it. */
  list(provider: string): readonly ModelInfo[] {
    const [only, ...others] = this.#sources.map((source) => source.list?.(provider) ?? []);
    if (others.length === 0) return only ?? [];
    const models = new Map<string, ModelInfo>();
    for (const info of [only ?? [], ...others].flat()) if (!models.has(info.id)) models.set(info.id, info);
    return [...models.values()];
  }

  /** What is known of a target, from its provider or else from a source, with the price that holds; null where that is nothing. */
  told(target: Target, listed?: ModelInfo): ModelInfo | null {
    const { info, model, channel } = target;
    const fact = listed ?? this.list(channel.provider.id).find(({ id }) => id === model);
    const known = info && fact ? { ...fact, ...info } : (info ?? fact ?? null);
    const price = this.of(target);
    if (price === null) return known;
    return { ...(known ?? { id: model }), price };
  }

  /** Asks every source for news. What changed, by source. */
  async refresh(): Promise<PriceChange[]> {
    const changes: PriceChange[] = [];
    for (const source of this.#sources) if (source.refresh) changes.push(...(await source.refresh()));
    return changes;
  }

  #find({ channel, model, info }: Pick<Target, "channel" | "model" | "info">): ModelPrice | null {
    const { provider, options } = channel;
    const own = () => overridesOf(options.prices ?? {}, `the channel "${channel.id}".prices`);
    const places: (() => ModelPrice | null | undefined)[] = [
      () => matching(this.#overrides, `${channel.id}/${model}`),
      () => matching(this.#overrides, `${provider.id}/${model}`),
      () => matching(own(), model),
      () => info?.price,
      ...this.#sources.map((source) => () => source.find(provider.id, model)),
    ];
    let found: ModelPrice | null = null;
    for (const place of places) {
      const price = place();
      if (!price) continue;
      found = found === null ? price : filledIn(found, price);
      if (!price.partial) return found;
    }
    return found;
  }
}

/** Checks prices of a config and turns them into integers. Throws `SLUICE_CONFIG_INVALID`. */
export function overridesOf(config: Readonly<Record<string, PriceConfig>>, path: string): Override[] {
  const all = Object.entries(config).map(([glob, price]): Override => [glob, definePrice(price, `${path}["${glob}"]`)]);
  // A name that is written out is meant before any pattern.
  return all.toSorted(([a], [b]) => Number(isGlob(a)) - Number(isGlob(b)));
}

function matching(overrides: readonly Override[], name: string): ModelPrice | undefined {
  return overrides.find(([glob]) => matchesGlob(glob, name))?.[1];
}
