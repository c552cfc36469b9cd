/** What `mock/flaky` does with one call. */
export type Fault = "ok" | "429" | "500" | "503" | "slow" | "cut";

/** Every fault is met once in a round of eight calls; three of them go well. */
const round: readonly Fault[] = ["ok", "ok", "ok", "429", "500", "503", "slow", "cut"];

export function isFault(name: string): name is Fault {
  return (round as readonly string[]).includes(name);
}

/** The endless sequence of faults of one seed: each round in an order of its own. */
export function* faultsOf(seed: number): Generator<Fault, never> {
  const random = randomOf(seed);
  for (;;) yield* shuffled(round, random);
}

function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  const rest = [...items];
  return items.flatMap(() => rest.splice(Math.floor(random() * rest.length), 1));
}

/** A small generator of numbers in [0, 1), the same for the same seed (splitmix32). */
function randomOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}
