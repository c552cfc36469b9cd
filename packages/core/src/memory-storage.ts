import { parseJson } from "./json-text.ts";

export interface MemoryLimits {
  /** How many things are kept. */
  most: number;
  /** Characters of their JSON together. */
  mostCharacters: number;
}

/**
 * What a plugin keeps where no storage is configured: in this process alone, the oldest going first, bounded in number and in
 * size, because both are up to clients. The part of unstorage's contract that plugins use.
 */
export class MemoryStorage<Value> {
  readonly #limits: MemoryLimits;
  readonly #texts = new Map<string, string>();
  #characters = 0;

  constructor(limits: MemoryLimits) {
    this.#limits = limits;
  }

  async getItem(key: string): Promise<unknown> {
    const text = this.#texts.get(key);
    return text === undefined ? null : parseJson(text);
  }

  /** Throws for what is too large to be kept at all. */
  async setItem(key: string, value: Value): Promise<void> {
    const { most, mostCharacters } = this.#limits;
    const text = JSON.stringify(value);
    if (text.length > mostCharacters)
      throw new Error(`${text.length} characters are too large for what is kept in memory`);
    this.#remove(key);
    this.#texts.set(key, text);
    this.#characters += text.length;
    for (const oldest of this.#texts.keys()) {
      if (this.#texts.size <= most && this.#characters <= mostCharacters) return;
      this.#remove(oldest);
    }
  }

  async removeItem(key: string): Promise<void> {
    this.#remove(key);
  }

  async getKeys(base: string): Promise<string[]> {
    return [...this.#texts.keys()].filter((key) => key.startsWith(base));
  }

  #remove(key: string): void {
    this.#characters -= this.#texts.get(key)?.length ?? 0;
    this.#texts.delete(key);
  }
}
