import { Connection } from "./connection.ts";
import type { Check } from "./check.ts";
import { Tally } from "./tally.ts";

export interface SaturationOptions {
  port: number;
  request: Buffer;
  check: Check;
  connections: number;
  seconds: number;
  /** Goes on until so many were asked, for three times as long at most. @default 0 */
  least?: number;
  /** A bound in count beside the one in time. @default 1000000 */
  most?: number;
}

/** Keeps every connection busy until the time is up, then waits for what is under way. Counts, times nothing. */
export async function saturate(options: SaturationOptions): Promise<{ tally: Tally; seconds: number }> {
  const { port, request, check, seconds, least = 0, most = 1_000_000 } = options;
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
    const enough = now >= until && (tally.asked >= least || now >= until + 2000 * seconds);
    if (enough || tally.asked >= most) return finished();
    connection.ask(request, { keep: tally.ask() }, (answer) => {
      tally.take(answer);
      // A subject that refuses everything must not be asked in a tight loop.
      if (answer.failure === null) keepBusy(connection, finished);
      else setTimeout(() => keepBusy(connection, finished), 10);
    });
  }
}
