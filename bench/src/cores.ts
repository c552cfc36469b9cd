import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";

/** Whose process it is: two workers have two cores, everybody else has one. */
export type Role = "subject" | "two-workers" | "generator";

const cores = availableParallelism();

/** Subjects have a core of their own; the generator and the upstream share another one. */
const coresOf: Readonly<Record<Role, readonly number[]>> = {
  subject: [0],
  "two-workers": cores > 2 ? [0, 2] : [0, 1],
  generator: [1],
};

export const pinned: boolean = cores > 1 && spawnSync("taskset", ["--version"]).status === 0;

/** Whether the generator takes from what two workers have. */
export const sharesCores: boolean = !pinned || coresOf["two-workers"].some((core) => coresOf.generator.includes(core));

/** The command that runs another one on its cores, where that can be chosen. */
export function onCore(role: Role, command: readonly string[]): string[] {
  return pinned ? ["taskset", "--cpu-list", coresOf[role].join(","), ...command] : [...command];
}

/** Moves this process, which generates the load. */
export function takeGeneratorCore(): void {
  const [core] = coresOf.generator;
  if (pinned) spawnSync("taskset", ["--all-tasks", "--cpu-list", "--pid", String(core), String(process.pid)]);
}
