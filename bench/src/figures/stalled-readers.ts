import type { Bench, Entrant } from "../bench.ts";
import { Connection } from "../load/connection.ts";
import { requestBytes } from "../request.ts";
import type { Kept, Running } from "../running.ts";
import { addressOf, startProbed, startSubject } from "../subjects.ts";
import { streamed } from "../workloads.ts";

const readers = 200;
const lookMs = 250;
const quietLooks = 4;
/** A subject that is not at rest by then has no back-pressure, or no time; one that holds so much surely has none. */
const longestMs = 60_000;
const mostBytes = 3 * 1024 ** 3;

/**
 * What a subject holds for each of 200 readers of 50 MB streams that have stopped reading, and its peak: back-pressure must
 * reach the upstream.
 */
export async function measureStalledReaders(bench: Bench): Promise<void> {
  // Once in a run: each subject takes up to a minute, and memory is no matter of luck.
  if (bench.round > 0 || !bench.wants("stalled")) return;
  for (const subject of bench.subjects.filter(({ workloads }) => workloads === undefined)) {
    const probed = startProbed(subject, bench.upstream);
    const running = await (probed ?? startSubject(subject, bench.upstream));
    try {
      await measure(bench, { subject, running }, probed !== null);
    } finally {
      await running.stop();
    }
  }
}

async function measure(bench: Bench, { subject, running }: Entrant, isProbed: boolean): Promise<void> {
  const { sheet, round, report, upstream } = bench;
  const request = requestBytes(streamed(subject.model, "big"), subject.headers(addressOf(upstream)));
  // What the first ones cost is the code that they wake.
  const first = await stall(running, request, 5);
  const before = isProbed ? await running.probe() : null;
  const rssBefore = running.usage().rssBytes;
  const all = await stall(running, request, readers);
  const after = isProbed ? await running.probe() : null;
  for (const connection of [...first.connections, ...all.connections]) connection.close();
  const megabytes = (all.peak - rssBefore) / 1024 / 1024;
  const add = (figure: string, value: number) => sheet.add({ figure, subject: subject.name, round, value });
  if (!first.atRest || !all.atRest) {
    const why = `not at rest with ${readers} readers and ${megabytes.toFixed(0)} MB.`;
    for (const figure of ["stalled-held", "stalled-rss"]) sheet.mark(figure, subject.name, why);
    return;
  }
  add("stalled-rss", megabytes);
  const held = before && after && (keptBytes(after) - keptBytes(before)) / readers / 1024;
  if (held === null) sheet.mark("stalled-held", subject.name, "its runtime cannot be asked what it keeps.");
  else add("stalled-held", held);
  report(`    ${subject.name}: ${held?.toFixed(0) ?? "?"} KB held for each, peak +${megabytes.toFixed(0)} MB`);
}

function keptBytes({ heapBytes, externalBytes }: Kept): number {
  return heapBytes + externalBytes;
}

/** Begins streams and reads none on; returns when the subject does nothing any more, with its peak until then. */
async function stall(
  running: Running,
  request: Buffer,
  count: number,
): Promise<{ connections: Connection[]; peak: number; atRest: boolean }> {
  const connections = Array.from({ length: count }, () => new Connection(running.port));
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
  return { connections, ...(await untilAtRest(running, () => begun === count)) };
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
