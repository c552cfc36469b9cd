/** Who takes a seat remembers which. */
export interface Seated {
  seat: number;
}

/**
 * Who is here now. A place that is left is empty at once and is taken by the next one.
 *
 * Not a `Set`: when its table is full a new one is made, and the old one, dead but old, still names whoever was here then.
 * With requests that come and go this kept every fifth of them, with all they held, until the next full collection: the
 * garbage collector took twice the time.
 */
export class Seats<T extends Seated> {
  readonly #taken: (T | null)[] = [];
  readonly #free: number[] = [];

  get count(): number {
    return this.#taken.length - this.#free.length;
  }

  take(who: T): void {
    who.seat = this.#free.pop() ?? this.#taken.length;
    this.#taken[who.seat] = who;
  }

  leave(who: T): void {
    if (this.#taken[who.seat] !== who) return;
    this.#taken[who.seat] = null;
    this.#free.push(who.seat);
  }

  *[Symbol.iterator](): Generator<T> {
    for (const who of this.#taken) if (who !== null) yield who;
  }
}
