import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import { pinned } from "./cores.ts";
import { portkeyFolder } from "./subjects.ts";

const root = join(import.meta.dirname, "..");

/** The share of the machine that others use while the benchmark does nothing. */
export async function busyBesides(): Promise<number> {
  const before = ticks();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const after = ticks();
  return 1 - (after.idle - before.idle) / Math.max(1, after.all - before.all);
}

function ticks(): { idle: number; all: number } {
  const times = cpus().map((core) => core.times);
  const idle = times.reduce((sum, core) => sum + core.idle, 0);
  return { idle, all: times.reduce((sum, core) => sum + core.idle + core.user + core.sys + core.nice + core.irq, 0) };
}

/** What a reader must know to read the numbers: the day, the machine, the versions, and how busy it was besides. */
export async function describeRun(rounds: number, seconds: number): Promise<string> {
  return `${await describeMachine()}\n${rounds} interleaved rounds of ${seconds} s for each figure.`;
}

export async function describeMachine(): Promise<string> {
  const [core] = cpus();
  const busy = await busyBesides();
  return [
    `${new Date().toISOString().slice(0, 10)}, commit ${commit()}.`,
    `${cpus().length} × ${core?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform} ${release()}, ${Math.round(busy * 100)} % busy with other work when the run began.`,
    `Node ${process.versions.node}, Bun ${version("../node_modules/bun")}, undici ${version("node_modules/undici")}, h3 ${version("node_modules/h3")}, srvx ${version("node_modules/srvx")}, Portkey ${version(join("peers/portkey/node_modules/@portkey-ai/gateway"))} on @hono/node-server ${version("peers/portkey/node_modules/@hono/node-server")}.`,
    pinned
      ? "Subjects on one core; generator and upstream on the other."
      : "Cores could not be pinned on this machine.",
  ].join("\n");
}

function commit(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: portkeyFolder, encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}

function version(folder: string): string {
  try {
    return (JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as { version: string }).version;
  } catch {
    return "not installed";
  }
}
