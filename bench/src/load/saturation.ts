import { Connection } from "./connection.ts";
import type { Check } from "./check.ts";
import { Tally } from "./tally.ts";

export interface SaturationOptions {
  port: number;
  request: Buffer;
  check: Check;
  connections: number;
  seconds: number;
  /** A bound in count beside the one in time. @default 1000000 */
  most?: number;
}

/** Keeps every connection busy until the time is up, then waits for what is under way. Counts, times nothing. */
export async function saturate(options: SaturationOptions): Promise<{ tally: Tally; seconds: number }> {
  const { port, request, check, seconds, most = 1_000_000 } = options;
  const tally = new Tally(check);
  const connections = Array.from({ length: options.connections }, () => new Connection(port));
  await Promise.all(connections.map((connection) => connection.open()));
  const started = performance.now();
  const until = started + seconds * 1000;
  await Promise.all(connections.map((connection) => new Promise<void>((resolve) => keepBusy(connection, resolve))));
  for (const connection of connections) connection.close();
  return { tally, seconds: (performance.now() - started) / 1000 };

  function keepBusy(connection: Connection, finished: () => void): void {
    const now = performance.now();
    if (now >= until || tally.asked >= most) return finished();
    connection.ask(request, { keep: tally.ask() }, (answer) => {
      tally.take(answer);
      // A subject that refuses everything must not be asked in a tight loop.
      if (answer.failure === null) keepBusy(connection, finished);
      else setTimeout(() => keepBusy(connection, finished), 10);
    });
  }
}
