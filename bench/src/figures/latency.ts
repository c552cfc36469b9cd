import { judge, requestOf, withEntrants } from "../bench.ts";
import type { Bench, Entrant } from "../bench.ts";
import { atRate, quantile } from "../load/rate.ts";
import { saturate } from "../load/saturation.ts";
import { workload } from "../workloads.ts";
import { warmUpSeconds } from "./saturated.ts";

/** Latency at one, CPU at another: so few requests that none is waited for, and so many that their CPU can be told. */
const latencyRate = 300;
const cpuRate = 1000;

/** Latency at a fixed rate, from the moment each request was due; CPU at one that every subject can serve. */
export async function measureLatency(bench: Bench): Promise<void> {
  if (!bench.wants("latency")) return;
  await withEntrants(
    bench,
    () => true,
    async (entrants) => {
      for (const entrant of entrants) await measureDelay(bench, entrant);
      for (const entrant of entrants) await measureCpu(bench, entrant);
    },
  );
}

const chat = workload("chat-1k");

async function measureDelay(bench: Bench, { subject, running }: Entrant): Promise<void> {
  const { sheet, round, seconds, report } = bench;
  const rate = latencyRate;
  const load = { port: running.port, request: requestOf(bench, subject, chat), check: chat.check, rate };
  await atRate({ ...load, seconds: 2 });
  const { tally, sorted, lateP99 } = await atRate({ ...load, seconds: Math.max(seconds, 3) });
  const add = (figure: string, value: number) =>
    sheet.add({ figure: `${figure}@${rate}`, subject: subject.name, round, value });
  if (!judge(bench, `p50@${rate}`, subject, tally) || !judge(bench, `p99@${rate}`, subject, tally)) return;
  add("p50", quantile(sorted, 0.5));
  add("p99", quantile(sorted, 0.99));
  add("generator-late-p99", lateP99);
  report(
    `    ${subject.name} at ${rate}/s: p50 ${quantile(sorted, 0.5).toFixed(2)} ms, p99 ${quantile(sorted, 0.99).toFixed(2)} ms`,
  );
}

/**
 * What a request costs at a load that is the same for all. At its most, each subject takes many requests in one turn, the
 * faster ones more of them, and wakes nobody for it: that is cheaper than any gateway is in use, and cheapest for the fastest.
 */
async function measureCpu(bench: Bench, { subject, running }: Entrant): Promise<void> {
  const { sheet, round, seconds, report } = bench;
  const request = requestOf(bench, subject, chat);
  const load = { port: running.port, request, check: chat.check };
  await saturate({ ...load, connections: chat.connections, seconds: warmUpSeconds });
  const before = running.usage();
  const { tally } = await atRate({ ...load, rate: cpuRate, seconds: Math.max(seconds, 4) });
  const cpuMicros = running.usage().cpuMicros - before.cpuMicros;
  const figure = `cpu@${cpuRate}`;
  if (!judge(bench, figure, subject, tally)) return;
  const value = cpuMicros / tally.answered;
  sheet.add({ figure, subject: subject.name, round, value });
  report(`    ${subject.name} at ${cpuRate}/s: ${value.toFixed(0)} µs CPU`);
}
