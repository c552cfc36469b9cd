import { judge, requestOf } from "../bench.ts";
import type { Bench } from "../bench.ts";
import { saturate } from "../load/saturation.ts";
import type { Running } from "../running.ts";
import { startSubject, toGemini } from "../subjects.ts";
import type { Subject } from "../subjects.ts";
import { workload } from "../workloads.ts";
import { warmUpSeconds } from "./saturated.ts";

/** What costs a gateway most beside its generator, which has to share the cores: streams that are translated. */
const work = workload("burst");

/** C in one process on one core, and in two on two. */
export const crews: readonly Subject[] = [1, 2].map((size) => ({
  ...toGemini,
  name: `workers-${size}`,
  title: size === 1 ? "one process" : "two workers",
  role: size === 1 ? "subject" : "two-workers",
  env: { SLUICE_WORKERS: String(size) },
}));

/** What a second core adds: requests a second, and what each of them costs all processes together. */
export async function measureWorkers(bench: Bench): Promise<void> {
  if (!bench.wants("workers")) return;
  const turned = bench.round % 2 === 0 ? crews : crews.toReversed();
  for (const subject of turned) await measure(bench, subject);
}

async function measure(bench: Bench, subject: Subject): Promise<void> {
  const { sheet, round, seconds, report, upstream } = bench;
  const { connections, check } = work;
  const running = await startSubject(subject, upstream);
  try {
    await untilReady(running);
    const request = requestOf(bench, subject, work);
    const load = { port: running.port, request, check, connections };
    // Each worker compiles for itself.
    await saturate({ ...load, seconds: 2 * warmUpSeconds });
    const before = running.usage().cpuMicros;
    const { tally, seconds: took } = await saturate({ ...load, seconds });
    const cpuMicros = running.usage().cpuMicros - before;
    if (!judge(bench, "workers", subject, tally)) return;
    const add = (figure: string, value: number) => sheet.add({ figure, subject: subject.name, round, value });
    add("workers", tally.answered / took);
    add("workers-cpu", cpuMicros / tally.answered);
    add("workers-busy", cpuMicros / 1e6 / took);
    report(
      `    ${subject.name}: ${Math.round(tally.answered / took)}/s, ${(cpuMicros / tally.answered).toFixed(1)} µs CPU`,
    );
  } finally {
    await running.stop();
  }
}

/** The leader tries the port before its workers have it, so that something listened means nothing. */
async function untilReady(running: Running): Promise<void> {
  for (let tries = 0; tries < 400 && !running.output().includes("sluice ready"); tries++)
    await new Promise((resolve) => setTimeout(resolve, 50));
}
