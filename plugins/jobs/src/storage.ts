import type { JobPlace, VideoJob } from "@sluice/core";

/**
 * Where jobs are noted. A storage of unstorage fits as it is, with any of its drivers.
 *
 * @example jobs({ storage: createStorage({ driver: fsDriver({ base: "./jobs" }) }) })
 */
export interface JobStorage {
  getItem(key: string): Promise<unknown>;
  /** `ttl` is in seconds; a storage that does not know it may keep things longer. */
  setItem(key: string, value: StoredJob, options: { ttl: number }): Promise<void>;
  removeItem(key: string): Promise<void>;
  /** The keys that begin so. */
  getKeys(base: string): Promise<string[]>;
}

/** One job: where it lies, and what was last known of it. */
export interface StoredJob {
  place: JobPlace;
  job: VideoJob;
  /** Unix milliseconds. */
  expires: number;
}

/** Waits no longer than a caller can: a video that was ordered must not be lost over a storage that hangs. */
export type InTime = <T>(work: Promise<T>) => Promise<T>;

/** Jobs by owner and id. What belongs to another owner is not there. */
export class JobStore {
  readonly #storage: JobStorage;
  readonly #ttlSeconds: number;
  readonly #now: () => number;
  readonly #inTime: InTime;

  constructor(storage: JobStorage, ttlSeconds: number, now: () => number, inTime: InTime) {
    this.#storage = storage;
    this.#ttlSeconds = ttlSeconds;
    this.#now = now;
    this.#inTime = inTime;
  }

  async find(owner: string, id: string): Promise<StoredJob | null> {
    return this.#read(keyOf(owner, id));
  }

  async keep(owner: string, id: string, noted: Omit<StoredJob, "expires">): Promise<void> {
    const expires = this.#now() + this.#ttlSeconds * 1000;
    const ttl = this.#ttlSeconds;
    await this.#inTime(this.#storage.setItem(keyOf(owner, id), { ...noted, expires }, { ttl }));
  }

  async remove(owner: string, id: string): Promise<void> {
    await this.#inTime(this.#storage.removeItem(keyOf(owner, id)));
  }

  /** All of one owner, in no order. */
  async all(owner: string): Promise<StoredJob[]> {
    const keys = await this.#inTime(this.#storage.getKeys(`jobs:${owner}:`));
    const found = await Promise.all(keys.map((key) => this.#read(key)));
    return found.filter((noted) => noted !== null);
  }

  async #read(key: string): Promise<StoredJob | null> {
    const found = (await this.#inTime(this.#storage.getItem(key))) as StoredJob | null | undefined;
    return found && found.expires > this.#now() ? found : null;
  }
}

// Ids are letters, digits, underscores and hyphens: nothing in them means anything to a driver.
function keyOf(owner: string, id: string): string {
  return `jobs:${owner}:${id}`;
}

/** A job holds the words that ordered it. */
export const mostCharacters = 32 * 1024 * 1024;
