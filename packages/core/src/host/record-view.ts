/** Header values by lower-case name, as Node and undici parse them. */
export type HeaderRecord = Record<string, string | string[] | undefined>;

/** Parsed headers as a map; repeated ones are joined with a comma. Copied only when they are walked through. */
export class RecordView implements ReadonlyMap<string, string> {
  readonly #record: HeaderRecord;
  #all: ReadonlyMap<string, string> | null = null;

  constructor(record: HeaderRecord) {
    this.#record = record;
  }

  get(name: string): string | undefined {
    const value = this.#record[name];
    // Not its own is no header: `constructor` is a name like any other.
    return typeof value === "string" ? value : Array.isArray(value) ? value.join(", ") : undefined;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  get size(): number {
    return this.#map().size;
  }
  entries(): MapIterator<[string, string]> {
    return this.#map().entries();
  }
  keys(): MapIterator<string> {
    return Object.keys(this.#record).values() as MapIterator<string>;
  }
  values(): MapIterator<string> {
    return this.#map().values();
  }
  [Symbol.iterator](): MapIterator<[string, string]> {
    return this.entries();
  }
  forEach(callback: (value: string, name: string, map: ReadonlyMap<string, string>) => void): void {
    for (const [name, value] of this.#map()) callback(value, name, this);
  }

  #map(): ReadonlyMap<string, string> {
    this.#all ??= new Map(Object.keys(this.#record).map((name) => [name, this.get(name) ?? ""]));
    return this.#all;
  }
}
