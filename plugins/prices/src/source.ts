import { findProvider } from "@pydantic/genai-prices";
import type { Logger, ModelInfo, ModelPrice, PriceChange, PriceSource } from "@sluice/core";
import { changesBetween, movesFar } from "./moves.ts";
import { Snapshot } from "./snapshot.ts";

export const sourceName = "genai-prices";

/** The version of the package that is installed with this one, and the day on which that was published. */
export const shipped = { version: "0.1.8", date: "2026-09-23" };

/** The table that ships with the package. */
export function shippedTable(): Snapshot {
  const provenance = { source: sourceName, ...shipped, trusted: true };
  return new Snapshot(provenance, (id) => {
    const provider = findProvider({ providerId: id });
    // The package also guesses by parts of a name; a price must not come from a guess.
    return provider?.id === id ? provider : undefined;
  });
}

export interface SourceOptions {
  /** Fetches what is newest. Absent: the source stays as it was shipped. */
  fetch?: () => Promise<Snapshot>;
  /** The version of a staged snapshot that somebody has looked at. */
  confirm?: string;
  log: Logger;
}

/** Prices from a table, and the switch to a newer one: at once, or after somebody has looked. */
export class TableSource implements PriceSource {
  readonly id = sourceName;
  readonly #options: SourceOptions;
  #active: Snapshot;
  #staged: Snapshot | null = null;
  /** The prices in use: those that were asked for. */
  readonly #asked = new Map<string, { provider: string; model: string }>();
  readonly #providers = new Set<string>();

  constructor(active: Snapshot, options: SourceOptions) {
    this.#active = active;
    this.#options = options;
  }

  get version(): string {
    return this.#active.provenance.version;
  }

  /** The version that waits for somebody to look at it. */
  get staged(): string | null {
    return this.#staged?.provenance.version ?? null;
  }

  find(provider: string, model: string): ModelPrice | null {
    this.#providers.add(provider);
    const price = this.#active.find(provider, model);
    // Names come from clients; those without a price are nothing that can move.
    if (price !== null && this.#asked.size < 10_000) this.#asked.set(`${provider}/${model}`, { provider, model });
    return price;
  }

  list(provider: string): readonly ModelInfo[] {
    this.#providers.add(provider);
    return this.#active.list(provider);
  }

  async refresh(): Promise<readonly PriceChange[]> {
    const next = await this.#options.fetch?.();
    return next === undefined ? [] : this.offer(next);
  }

  /** Takes a newer snapshot, or stages it where a price in use would move too far. What changed or would change. */
  offer(next: Snapshot): readonly PriceChange[] {
    const { version } = next.provenance;
    if (version === this.version) return [];
    const far = [...this.#asked].filter(([, { provider, model }]) =>
      movesFar(this.#active.find(provider, model), next.find(provider, model)),
    );
    const isHeld = far.length > 0 && this.#options.confirm !== version;
    const state = isHeld ? "staged" : "active";
    const changes = changesBetween(this.#active, next, this.#providers).map((each): PriceChange => ({
      ...each,
      source: this.id,
      state,
    }));
    if (isHeld) {
      this.#staged = next;
      const models = far.map(([name]) => name);
      this.#options.log.warn("new prices are staged: confirm them in the config", { version, models });
    } else {
      this.#active = next;
      this.#staged = null;
      this.#options.log.info("new prices are in force", { version, changes: changes.length });
    }
    return changes;
  }
}
