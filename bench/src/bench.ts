import { requestFor } from "./request.ts";
import { addressOf, modelFor, startSubject } from "./subjects.ts";
import type { Subject } from "./subjects.ts";
import type { Running } from "./running.ts";
import type { Sheet } from "./sheet.ts";
import type { Workload } from "./workloads.ts";
import type { Tally } from "./load/tally.ts";

/** What every figure is measured with. */
export interface Bench {
  sheet: Sheet;
  subjects: readonly Subject[];
  /** How long one measurement lasts, in seconds. */
  seconds: number;
  round: number;
  upstream: Running;
  report: (text: string) => void;
  /** Whether a figure was asked for. */
  wants: (name: string) => boolean;
}

/** A subject that runs, and what it is asked. */
export interface Entrant {
  subject: Subject;
  running: Running;
}

/** Starts the subjects of a round, the first of them another one each round, and ends them whatever happens. */
export async function withEntrants(
  { subjects, upstream, round }: Bench,
  chosen: (subject: Subject) => boolean,
  use: (entrants: Entrant[]) => Promise<void>,
): Promise<void> {
  const able = subjects.filter(chosen);
  const turned = able.map((_, index) => able[(index + round) % able.length] as Subject);
  const entrants: Entrant[] = [];
  try {
    for (const subject of turned) entrants.push({ subject, running: await startSubject(subject, upstream) });
    await use(entrants);
  } finally {
    await Promise.all(entrants.map(({ running }) => running.stop()));
  }
}

export function requestOf({ upstream }: Bench, subject: Subject, workload: Workload): Buffer {
  return requestFor(workload, {
    model: modelFor(subject, workload),
    headers: subject.headers(addressOf(upstream)),
  });
}

/** A subject that failed or answered wrongly is marked, not averaged. */
export function judge({ sheet, report }: Bench, figure: string, subject: Subject, tally: Tally): boolean {
  if (tally.clean) return true;
  const why = `${tally.failed} failed and ${tally.wrong} of ${tally.checked} checked were wrong (${tally.firstProblem})`;
  sheet.mark(figure, subject.name, why);
  report(`    ${subject.name}: ${why}`);
  return false;
}
