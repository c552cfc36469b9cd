import { judge, requestOf, withEntrants } from "../bench.ts";
import type { Bench, Entrant } from "../bench.ts";
import { atRate, quantile } from "../load/rate.ts";
import { workload } from "../workloads.ts";

const rates = [300];

/** Latency at fixed rates, from the moment each request was due. */
export async function measureLatency(bench: Bench): Promise<void> {
  if (!bench.wants("latency")) return;
  await withEntrants(
    bench,
    () => true,
    async (entrants) => {
      for (const rate of rates) for (const entrant of entrants) await measure(bench, entrant, rate);
    },
  );
}

async function measure(bench: Bench, { subject, running }: Entrant, rate: number): Promise<void> {
  const { sheet, round, seconds, report } = bench;
  const chat = workload("chat-1k");
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
