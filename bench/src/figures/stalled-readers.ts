import { withEntrants } from "../bench.ts";
import type { Bench, Entrant } from "../bench.ts";
import { Connection } from "../load/connection.ts";
import { requestBytes } from "../request.ts";
import type { Running } from "../running.ts";
import { addressOf } from "../subjects.ts";
import { streamed } from "../workloads.ts";

// Many more, and the kernel runs short of what it grants all connections together: then it is the kernel that is measured.
const readers = 100;
const lookMs = 250;
const quietLooks = 4;
/** A subject that is not at rest by then has no back-pressure, or no time; one that holds so much surely has none. */
const longestMs = 60_000;
const mostBytes = 3 * 1024 ** 3;

/** Peak memory while 100 readers of 50 MB streams have stopped reading: back-pressure must reach the upstream. */
export async function measureStalledReaders(bench: Bench): Promise<void> {
  // Once in a run: each subject takes up to a minute, and memory is no matter of luck.
  if (bench.round > 0 || !bench.wants("stalled")) return;
  for (const subject of bench.subjects.filter(({ workloads }) => workloads === undefined)) {
    await withEntrants(
      bench,
      (other) => other === subject,
      async ([entrant]) => {
        if (entrant) await measure(bench, entrant);
      },
    );
  }
}

async function measure({ sheet, round, report, upstream }: Bench, { subject, running }: Entrant): Promise<void> {
  const request = requestBytes(streamed(subject.model, "big"), subject.headers(addressOf(upstream)));
  const before = running.usage().rssBytes;
  const connections = Array.from({ length: readers }, () => new Connection(running.port));
  let begun = 0;
  for (const connection of connections) {
    let paused = false;
    const onData = () => {
      if (!paused) begun++;
      paused = true;
      connection.pause();
    };
    connection.ask(request, { onData }, () => {});
  }
  const { peak, atRest } = await untilAtRest(running, () => begun === readers);
  for (const connection of connections) connection.close();
  const megabytes = (peak - before) / 1024 / 1024;
  report(`    ${subject.name}: ${begun} stalled readers, peak +${megabytes.toFixed(0)} MB`);
  if (atRest) sheet.add({ figure: "stalled-rss", subject: subject.name, round, value: megabytes });
  else sheet.mark("stalled-rss", subject.name, `not at rest with ${begun} readers and ${megabytes.toFixed(0)} MB.`);
}

/** Looks on until all streams have begun and the subject does nothing any more. */
async function untilAtRest(running: Running, allBegun: () => boolean): Promise<{ peak: number; atRest: boolean }> {
  let peak = 0;
  let spent = -1;
  let quiet = 0;
  for (let looks = 0; looks * lookMs < longestMs && peak < mostBytes; looks++) {
    await new Promise((resolve) => setTimeout(resolve, lookMs));
    const { rssBytes, cpuMicros } = running.usage();
    peak = Math.max(peak, rssBytes);
    quiet = allBegun() && cpuMicros - spent <= lookMs * 1000 * 0.05 ? quiet + 1 : 0;
    spent = cpuMicros;
    if (quiet === quietLooks) return { peak, atRest: true };
  }
  return { peak, atRest: false };
}
