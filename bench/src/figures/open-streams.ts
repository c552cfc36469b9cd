import { requestOf, withEntrants } from "../bench.ts";
import type { Bench, Entrant } from "../bench.ts";
import { Connection } from "../load/connection.ts";
import { quantile } from "../load/rate.ts";
import { saturate } from "../load/saturation.ts";
import { requestBytes } from "../request.ts";
import { addressOf } from "../subjects.ts";
import { monotonicMs, timePattern } from "../upstream/texts.ts";
import { streamed, workload } from "../workloads.ts";

const streams = 1000;
const eventsPerSecond = 20;
const opensPerSecond = 500;

/** Memory of each of 1,000 open streams, the CPU of their events and how late they come, at 20 events a second each. */
export async function measureOpenStreams(bench: Bench): Promise<void> {
  if (!bench.wants("streams")) return;
  // Translation to one vendor stands for both: its streams are what other clients of the gateway hold open.
  for (const subject of bench.subjects.filter(({ name }) => name !== "C-gemini")) {
    await withEntrants(
      bench,
      (other) => other === subject,
      async ([entrant]) => {
        if (entrant) await measure(bench, entrant);
      },
    );
  }
}

async function measure(bench: Bench, { subject, running }: Entrant): Promise<void> {
  const { sheet, round, seconds, report, upstream } = bench;
  await warmUp(bench, { subject, running });
  const before = running.usage();
  const delays: number[] = [];
  let measuring = false;
  const read = (chunk: Buffer) => {
    if (!measuring) return;
    const now = monotonicMs();
    for (const [, written] of chunk.toString("latin1").matchAll(timePattern)) delays.push(now - Number(written));
  };
  const request = requestBytes(streamed(subject.model, "paced"), subject.headers(addressOf(upstream)));
  const connections = Array.from({ length: streams }, () => new Connection(running.port));
  let lost = 0;
  for (const [index, connection] of connections.entries()) {
    connection.ask(request, { onData: read }, () => lost++);
    if (index % (opensPerSecond / 10) === 0) await pause(100);
  }
  await pause(2000);
  const open = running.usage();
  measuring = true;
  const duration = Math.max(seconds, 4);
  await pause(duration * 1000);
  measuring = false;
  const after = running.usage();
  for (const connection of connections) connection.close();

  const kilobytes = (after.rssBytes - before.rssBytes) / streams / 1024;
  const p99 = quantile(
    delays.toSorted((a, b) => a - b),
    0.99,
  );
  const expected = streams * eventsPerSecond * duration;
  const add = (figure: string, value: number) => sheet.add({ figure, subject: subject.name, round, value });
  if (lost > 0) sheet.mark("stream-rss", subject.name, `${lost} of ${streams} streams were lost`);
  else add("stream-rss", kilobytes);
  // Events that did not come at all would flatter the delays of those that did.
  if (delays.length < expected * 0.95)
    sheet.mark("jitter-p99", subject.name, `${delays.length} of ${expected} events came`);
  else {
    add("jitter-p99", p99);
    add("event/paced", (after.cpuMicros - open.cpuMicros) / delays.length);
  }
  report(
    `    ${subject.name}: ${kilobytes.toFixed(1)} KB a stream, event delay p99 ${p99.toFixed(1)} ms, ${delays.length} of ${expected} events`,
  );
}

/**
 * Code that any use brings must not count as memory of streams. Two connections, not many: a heap that a crowd has grown
 * would take the streams in without a sign.
 */
async function warmUp(bench: Bench, { subject, running }: Entrant): Promise<void> {
  for (const name of ["chat-1k", "burst"]) {
    const request = requestOf(bench, subject, workload(name));
    await saturate({ port: running.port, request, check: workload(name).check, connections: 2, seconds: 0.5 });
  }
  await pause(500);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
