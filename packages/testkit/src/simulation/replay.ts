import { createWorld, type World, type WorldOptions } from "./world.ts";

export type Scenario = (world: World) => Promise<void>;

export interface Run {
  /** Equal for equal runs. */
  hash: string;
  /** What happened, line by line. */
  lines: readonly string[];
}

/** Plays a scenario in a new world. The same seed gives the same run; a failure names the seed. */
export async function replay(seed: number, scenario: Scenario, options?: Omit<WorldOptions, "seed">): Promise<Run> {
  const world = createWorld({ ...options, seed });
  try {
    await world.run(scenario(world));
  } catch (error) {
    throw new Error(`The scenario fails with seed ${seed}.`, { cause: error });
  }
  return { hash: world.trace.hash(), lines: world.trace.lines };
}
