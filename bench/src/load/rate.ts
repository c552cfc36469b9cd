import { Connection } from "./connection.ts";
import type { Check } from "./check.ts";
import { Tally } from "./tally.ts";

export interface RateOptions {
  port: number;
  request: Buffer;
  check: Check;
  /** Requests a second. */
  rate: number;
  seconds: number;
}

export interface Latencies {
  tally: Tally;
  /** Milliseconds from the moment each request was due, ascending. */
  sorted: Float64Array;
  /** How late the generator itself was, 99th percentile in milliseconds. */
  lateP99: number;
}

/**
 * Sends on a fixed schedule, whatever comes back: a request never waits for another one's answer, and its latency counts
 * from the moment it was due. So a subject that stalls pays for every request that it kept waiting.
 */
export async function atRate(options: RateOptions): Promise<Latencies> {
  const { port, request, check, rate } = options;
  const total = Math.round(rate * options.seconds);
  const tally = new Tally(check);
  const latencies = new Float64Array(total);
  const lateness = new Float64Array(total);
  const all: Connection[] = Array.from({ length: 64 }, () => new Connection(port));
  const idle = [...all];
  await Promise.all(all.map((connection) => connection.open()));

  await new Promise<void>((resolve) => {
    const started = performance.now() + 10;
    let sent = 0;
    let answered = 0;
    const send = (due: number, index: number) => {
      const connection = idle.pop() ?? grow();
      lateness[index] = performance.now() - due;
      connection.ask(request, { keep: tally.ask() }, (answer) => {
        latencies[index] = performance.now() - due;
        tally.take(answer);
        idle.push(connection);
        if (++answered === total) resolve();
      });
    };
    const run = () => {
      const now = performance.now();
      for (let due = dueOf(sent); due <= now && sent < total; due = dueOf(sent)) send(due, sent++);
      if (sent === total) return;
      // Timers are as coarse as a millisecond: the last stretch is waited for turn by turn.
      const wait = dueOf(sent) - now;
      if (wait > 1.2) setTimeout(run, wait - 1.2);
      else setImmediate(run);
    };
    const dueOf = (index: number) => started + (index * 1000) / rate;
    const grow = () => {
      const connection = new Connection(port);
      all.push(connection);
      return connection;
    };
    run();
  });
  for (const connection of all) connection.close();
  return { tally, sorted: latencies.toSorted(), lateP99: quantile(lateness.toSorted(), 0.99) };
}

export function quantile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
