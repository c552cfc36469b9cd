import { judge, requestOf, withEntrants } from "../bench.ts";
import type { Bench, Entrant } from "../bench.ts";
import { saturate } from "../load/saturation.ts";
import type { Subject } from "../subjects.ts";
import { workloads } from "../workloads.ts";
import type { Workload } from "../workloads.ts";

/** Below this share of its core a subject was waiting for the generator, and its throughput says nothing. */
const busyEnough = 0.9;

/** Until then functions are still being compiled, in threads of the same core: not what a running gateway costs. */
export const warmUpSeconds = 8;

/** CPU per request and per event, and the most that one core can do, for every workload. */
export async function measureSaturated(bench: Bench): Promise<void> {
  const chosen = workloads.filter(({ name }) => bench.wants(name));
  if (chosen.length === 0) return;
  await withEntrants(
    bench,
    () => true,
    async (entrants) => {
      for (const workload of chosen) {
        for (const entrant of entrants.filter(({ subject }) => takes(subject, workload)))
          await measure(bench, entrant, workload);
      }
    },
  );
}

export function takes(subject: Subject, workload: Workload): boolean {
  return subject.workloads?.includes(workload.name) ?? true;
}

async function measure(bench: Bench, { subject, running }: Entrant, workload: Workload): Promise<void> {
  const { sheet, round, upstream, seconds, report } = bench;
  const { name, connections, check, events } = workload;
  const load = { port: running.port, request: requestOf(bench, subject, workload), check, connections };
  await saturate({ ...load, seconds: warmUpSeconds });
  const before = { subject: running.usage(), upstream: upstream.usage() };
  const { tally, seconds: took } = await saturate({ ...load, seconds });
  const after = { subject: running.usage(), upstream: upstream.usage() };
  if (!judge(bench, `cpu/${name}`, subject, tally)) return;

  const cpuMicros = after.subject.cpuMicros - before.subject.cpuMicros;
  const upstreamMicros = after.upstream.cpuMicros - before.upstream.cpuMicros;
  const add = (figure: string, value: number) =>
    sheet.add({ figure: `${figure}/${name}`, subject: subject.name, round, value });
  add("cpu", cpuMicros / tally.answered);
  if (events !== null) add("event", cpuMicros / tally.answered / events);
  add("upstream", upstreamMicros / tally.answered);
  add("throughput", tally.answered / took);
  const busy = cpuMicros / 1e6 / took;
  if (busy < busyEnough)
    sheet.mark(`throughput/${name}`, subject.name, `not saturated: ${Math.round(busy * 100)} % of its core`);
  report(
    `    ${name} ${subject.name}: ${(cpuMicros / tally.answered).toFixed(1)} µs CPU, ${Math.round(tally.answered / took)}/s`,
  );
}
