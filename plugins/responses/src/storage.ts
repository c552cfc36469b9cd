import type { JsonObject, Message } from "@sluice/core";

/**
 * Where responses lie. A storage of unstorage fits as it is, with any of its drivers.
 *
 * @example responses({ storage: createStorage({ driver: redisDriver({ url }) }) })
 */
export interface ResponseStorage {
  getItem(key: string): Promise<unknown>;
  /** `ttl` is in seconds; a storage that does not know it may keep things longer. */
  setItem(key: string, value: StoredResponse, options: { ttl: number }): Promise<void>;
  removeItem(key: string): Promise<void>;
}

/** One response with all that it takes to show it and to go on from it. */
export interface StoredResponse {
  /** As its client got it. */
  response: JsonObject;
  /** The items that it answers, the earlier ones of the conversation included. */
  input: JsonObject[];
  /** The conversation with the answer, without the instructions: those hold for one response. */
  messages: Message[];
  /** Unix milliseconds. */
  expires: number;
}

/** Waits no longer than a caller can: an answer that is there must not wait for a storage that hangs. */
export type InTime = <T>(work: Promise<T>) => Promise<T>;

/** Responses by owner and id. What belongs to another owner is not there. */
export class ResponseStore {
  readonly #storage: ResponseStorage;
  readonly #ttlSeconds: number;
  readonly #now: () => number;
  readonly #inTime: InTime;

  constructor(storage: ResponseStorage, ttlSeconds: number, now: () => number, inTime: InTime) {
    this.#storage = storage;
    this.#ttlSeconds = ttlSeconds;
    this.#now = now;
    this.#inTime = inTime;
  }

  async find(owner: string, id: string): Promise<StoredResponse | null> {
    const found = (await this.#inTime(this.#storage.getItem(keyOf(owner, id)))) as StoredResponse | null | undefined;
    return found && found.expires > this.#now() ? found : null;
  }

  async keep(owner: string, id: string, stored: Omit<StoredResponse, "expires">): Promise<void> {
    const expires = this.#now() + this.#ttlSeconds * 1000;
    const ttl = this.#ttlSeconds;
    await this.#inTime(this.#storage.setItem(keyOf(owner, id), { ...stored, expires }, { ttl }));
  }

  async remove(owner: string, id: string): Promise<boolean> {
    if ((await this.find(owner, id)) === null) return false;
    await this.#inTime(this.#storage.removeItem(keyOf(owner, id)));
    return true;
  }
}

// Ids come from clients: what they could mean to a driver, such as a path, must not reach it.
function keyOf(owner: string, id: string): string {
  return `responses:${owner}:${encodeURIComponent(id).replaceAll(".", "%2E")}`;
}

/** A response holds all of its conversation, pictures included. */
export const mostCharacters = 128 * 1024 * 1024;
