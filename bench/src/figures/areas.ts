import { areas, sharesOf } from "../areas.ts";
import type { Bench } from "../bench.ts";
import { record } from "../profile.ts";
import { workload } from "../workloads.ts";

/** Who is profiled under what: where a budget is missed, the time must be somewhere. */
export const profiled = ["chat-1k", "vision-500k", "burst"] as const;
export const profiledSubjects = ["floor", "A", "C-anthropic"] as const;

/** Microseconds of a request by area: the shares of a profile of its own, of what the same run measured without one. */
export async function measureAreas(bench: Bench): Promise<void> {
  if (bench.round > 0 || !bench.wants("areas")) return;
  for (const name of profiled) {
    for (const subject of bench.subjects.filter((known) => profiledSubjects.some((one) => one === known.name))) {
      const cpu = bench.sheet.value(`cpu/${name}`, subject.name)?.median;
      if (cpu === undefined) continue;
      const shares = sharesOf(await record(subject, workload(name), 3 * bench.seconds));
      for (const area of areas) {
        const value = cpu * (shares.get(area) ?? 0);
        bench.sheet.add({ figure: `area/${name}/${area}`, subject: subject.name, round: bench.round, value });
      }
      bench.report(`    ${name} ${subject.name}: profiled`);
    }
  }
}
