import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { saturate } from "./load/saturation.ts";
import { requestFor } from "./request.ts";
import { addressOf, modelFor, startSubject, startUpstream } from "./subjects.ts";
import type { Subject } from "./subjects.ts";
import { column } from "./table.ts";
import type { Workload } from "./workloads.ts";

export interface Profile {
  nodes: { id: number; callFrame: Frame; children?: number[] }[];
  samples: number[];
  timeDeltas: number[];
}

export interface Frame {
  functionName: string;
  url: string;
  lineNumber: number;
}

const folder = join(import.meta.dirname, "../.output/profiles");

/** Where the CPU goes: the functions of a subject by their own share of the busy time, and by the share under them. */
export async function profile(subject: Subject, workload: Workload, seconds: number): Promise<string> {
  return render(await record(subject, workload, seconds));
}

/** A profile of one subject under one workload, from its start to its end. */
export async function record(subject: Subject, workload: Workload, seconds: number): Promise<Profile> {
  const output = join(folder, `${subject.name}-${workload.name}`);
  rmSync(output, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  const upstream = await startUpstream();
  const [node = "", ...rest] = subject.command;
  const flags = ["--cpu-prof", `--cpu-prof-dir=${output}`, "--cpu-prof-interval=200"];
  const running = await startSubject({ ...subject, command: [node, ...flags, ...rest] }, upstream);
  const request = requestFor(workload, {
    model: modelFor(subject, workload),
    headers: subject.headers(addressOf(upstream)),
  });
  await saturate({ port: running.port, request, check: workload.check, connections: workload.connections, seconds });
  // The profile is written at the end of the process: it must be asked to end, not killed.
  process.kill(running.pid, "SIGTERM");
  const file = await written(output);
  await Promise.all([running.stop(), upstream.stop()]);
  return JSON.parse(readFileSync(file, "utf8")) as Profile;
}

async function written(output: string): Promise<string> {
  for (let tries = 0; tries < 300; tries++) {
    const name = readdirSync(output).find((file) => file.endsWith(".cpuprofile"));
    if (name !== undefined && isWhole(join(output, name))) return join(output, name);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("no profile was written");
}

function isWhole(file: string): boolean {
  return readFileSync(file, "utf8").trimEnd().endsWith("}");
}

function render(recorded: Profile): string {
  const self = new Map<number, number>();
  for (const [index, id] of recorded.samples.entries()) {
    self.set(id, (self.get(id) ?? 0) + (recorded.timeDeltas[index] ?? 0));
  }
  const nodes = new Map(recorded.nodes.map((node) => [node.id, node]));
  const own = new Map<string, number>();
  const under = new Map<string, number>();
  const walk = (id: number, path: ReadonlySet<string>): number => {
    const node = nodes.get(id);
    if (!node) return 0;
    const name = nameOf(node.callFrame);
    const inner = path.has(name) ? path : new Set(path).add(name);
    const mine = self.get(id) ?? 0;
    const total = (node.children ?? []).reduce((sum, child) => sum + walk(child, inner), mine);
    own.set(name, (own.get(name) ?? 0) + mine);
    // A function that calls itself is counted once.
    if (!path.has(name)) under.set(name, (under.get(name) ?? 0) + total);
    return total;
  };
  const all = walk(recorded.nodes[0]?.id ?? 0, new Set());
  const busy = all - (own.get("(idle)") ?? 0);
  return [
    `own time, share of ${(busy / 1e6).toFixed(1)} s busy`,
    ...top(own, busy, 45),
    "",
    "with all they call",
    ...top(under, busy, 90),
  ].join("\n");
}

function top(times: ReadonlyMap<string, number>, busy: number, count: number): string[] {
  const known = [...times].filter(([name]) => name !== "(idle)" && name !== "(root)");
  const sorted = known.toSorted((a, b) => b[1] - a[1]).slice(0, count);
  return sorted.map(([name, time]) => `${column(`${((100 * time) / busy).toFixed(1)} %`, 8)}  ${name}`);
}

function nameOf({ functionName, url, lineNumber }: Frame): string {
  const name = functionName || "(anonymous)";
  return url === "" ? name : `${name}  ${url.split("/").at(-1)}:${lineNumber + 1}`;
}
