import { digest } from "../names.ts";

const idLength = 24;

/** The id of a call that came without one: it follows from where the call stands, so it is the same every time. */
export function callId(...place: (string | number)[]): string {
  return `call_${digest(place.join("/"), idLength)}`;
}

/**
 * Pairs the results of a history with its calls. Without ids, the k-th result of a name answers the k-th open call of it.
 */
export class CallLedger {
  readonly #open: { name: string; id: string }[] = [];
  #turn = 0;
  #ordinal = 0;

  beginTurn(turn: number): void {
    this.#turn = turn;
    this.#ordinal = 0;
  }

  /** The id of the next call of this turn. */
  open(name: string, given: string | undefined): string {
    const id = given || callId("history", this.#turn, this.#ordinal);
    this.#ordinal++;
    this.#open.push({ name, id });
    return id;
  }

  /** The id of the call that a result answers, or null if there is none. */
  close(name: string, given: string | undefined): string | null {
    const found = this.#open.findIndex((call) => (given ? call.id === given : call.name === name));
    if (found === -1) return given || null;
    const [call] = this.#open.splice(found, 1);
    return call?.id ?? null;
  }
}
