import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";

/** Subjects have a core of their own; the generator and the upstream share another one. */
const subjectCore = 0;
const generatorCore = 1;

export const pinned = availableParallelism() > 1 && spawnSync("taskset", ["--version"]).status === 0;

/** The command that runs another one on a core, where that can be chosen. */
export function onCore(role: "subject" | "generator", command: readonly string[]): string[] {
  const core = role === "subject" ? subjectCore : generatorCore;
  return pinned ? ["taskset", "--cpu-list", String(core), ...command] : [...command];
}

/** Moves this process, which generates the load. */
export function takeGeneratorCore(): void {
  if (pinned) spawnSync("taskset", ["--all-tasks", "--cpu-list", "--pid", String(generatorCore), String(process.pid)]);
}
