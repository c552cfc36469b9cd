import cluster from "node:cluster";
import { drain, graceMs, type Drainable } from "./_drain.ts";

/** What a worker is told by the process that leads it. */
export type Order = { order: "listen"; port: number } | { order: "leave" | "go" | "drain" };

/** What a worker says. Its end says the rest. */
export type Word = { state: "opened" | "left" } | { state: "serving"; url: string };

/** A worker's place among the others. */
export interface Seat {
  readonly worker: number;
  /** Says that it could serve, and waits for its port: nobody answers before all could. */
  turn(): Promise<number>;
  /** Says that it serves, and obeys from then on. */
  serving(served: Served): void;
}

export interface Served extends Drainable {
  url: string;
  /** Leaves the port to others; resolves when no connection is left. */
  leave(): Promise<void>;
}

/** Answers that run on a worker that was replaced may go on this long. */
const replacedGraceMs = 15 * 60_000;

/** Tells our workers from those of a process manager that clusters by itself. */
export const seatVariable = "SLUICE_SEAT";

/** The seat of this process, or null where it is nobody's worker. */
export function takeSeat(): Seat | null {
  const { worker } = cluster;
  if (!worker || process.env[seatVariable] === undefined) return null;
  delete process.env[seatVariable];
  // Terminals and service managers signal every process of a group; who ends when is the leader's to say.
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => {});
  process.on("disconnect", () => process.exit(1));

  let served: Served | null = null;
  const port = Promise.withResolvers<number>();
  const dismissed = Promise.withResolvers<void>();
  process.on("message", (message: Order) => {
    if (message.order === "listen") port.resolve(message.port);
    else if (message.order === "go") dismissed.resolve();
    else if (message.order === "leave") end(leave(served, dismissed.promise));
    else if (message.order === "drain") end(drained(served));
  });

  return {
    worker: worker.id,
    turn() {
      say({ state: "opened" });
      return port.promise;
    },
    serving(running) {
      served = running;
      say({ state: "serving", url: running.url });
    },
  };
}

/** Ends this process when the work is done, with 1 where it fails. */
function end(work: Promise<void>): void {
  work.then(
    () => process.exit(0),
    () => process.exit(1),
  );
}

async function leave(served: Served | null, dismissed: Promise<void>): Promise<void> {
  if (served) await Promise.race([served.leave(), new Promise((resolve) => setTimeout(resolve, replacedGraceMs))]);
  say({ state: "left" });
  // Connections that were handed over just before go back to the leader; ending now would lose them.
  await dismissed;
  await drained(served);
}

async function drained(served: Served | null): Promise<void> {
  if (served) await drain(served, graceMs);
}

function say(word: Word): void {
  process.send?.(word);
}
