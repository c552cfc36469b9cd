import type { IncomingMessage } from "node:http";

// Of these Node keeps the first and drops the rest; whoever checks a credential must see that there were two.
const single = new Set(["authorization", "content-length", "content-type", "host", "user-agent"]);

/** Node's headers as a map, copied only when they are walked through. */
export class HeaderView implements ReadonlyMap<string, string> {
  readonly #message: IncomingMessage;
  #all: ReadonlyMap<string, string> | null = null;

  constructor(message: IncomingMessage) {
    this.#message = message;
  }

  get(name: string): string | undefined {
    const value = this.#message.headers[name];
    if (value === undefined) return undefined;
    if (single.has(name) && this.#count(name) > 1) return this.#repeated(name);
    return Array.isArray(value) ? value.join(", ") : value;
  }

  has(name: string): boolean {
    return this.#message.headers[name] !== undefined;
  }

  get size(): number {
    return this.#map().size;
  }
  entries(): MapIterator<[string, string]> {
    return this.#map().entries();
  }
  *keys(): MapIterator<string> {
    yield* Object.keys(this.#message.headers);
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
    this.#all ??= new Map(Object.keys(this.#message.headers).map((name) => [name, this.get(name) ?? ""]));
    return this.#all;
  }

  #count(name: string): number {
    const { rawHeaders } = this.#message;
    let count = 0;
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const raw = rawHeaders[at] as string;
      if (raw.length === name.length && raw.toLowerCase() === name) count++;
    }
    return count;
  }

  #repeated(name: string): string {
    return (this.#message.headersDistinct[name] ?? []).join(", ");
  }
}
