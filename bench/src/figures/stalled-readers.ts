import { withEntrants } from "../bench.ts";
import type { Bench, Entrant } from "../bench.ts";
import { Connection } from "../load/connection.ts";
import { requestBytes } from "../request.ts";
import { addressOf } from "../subjects.ts";
import { streamed } from "../workloads.ts";

const readers = 200;

/** Peak memory while 200 readers of 50 MB streams have stopped reading: back-pressure must reach the upstream. */
export async function measureStalledReaders(bench: Bench): Promise<void> {
  if (!bench.wants("stalled")) return;
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

async function measure(
  { sheet, round, seconds, report, upstream }: Bench,
  { subject, running }: Entrant,
): Promise<void> {
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
  let peak = before;
  for (let looks = 0; looks < Math.max(seconds, 5) * 4; looks++) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    peak = Math.max(peak, running.usage().rssBytes);
  }
  for (const connection of connections) connection.close();
  const megabytes = (peak - before) / 1024 / 1024;
  if (begun < readers) sheet.mark("stalled-rss", subject.name, `only ${begun} of ${readers} streams began`);
  else sheet.add({ figure: "stalled-rss", subject: subject.name, round, value: megabytes });
  report(`    ${subject.name}: ${begun} stalled readers, peak +${megabytes.toFixed(0)} MB`);
}
