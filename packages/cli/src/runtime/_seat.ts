import cluster from "node:cluster";
import { drain, graceMs, type Drainable } from "./_drain.ts";

/** What a worker is told by the process that leads it. */
export type Order = { order: "listen"; port: number } | { order: "leave" | "drain" };

/** What a worker says. Its end says the rest. */
export type Word = { state: "opened" } | { state: "serving"; url: string };

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

/** The seat of this process, or null where it is nobody's worker. */
export function takeSeat(): Seat | null {
  const { worker } = cluster;
  if (!worker) return null;
  // Terminals and service managers signal every process of a group; who ends when is the leader's to say.
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => {});
  process.on("disconnect", () => process.exit(1));

  let served: Served | null = null;
  let listen: (port: number) => void = () => {};
  const port = new Promise<number>((resolve) => (listen = resolve));
  process.on("message", (message: Order) => {
    if (message.order === "listen") listen(message.port);
    else if (served === null) process.exit(0);
    else void depart(served, message.order).then((code) => process.exit(code));
  });

  return {
    worker: worker.id,
    turn() {
      say({ state: "opened" });
      return port;
    },
    serving(running) {
      served = running;
      say({ state: "serving", url: running.url });
    },
  };
}

/** Resolves with the exit code. */
async function depart(served: Served, order: "leave" | "drain"): Promise<number> {
  try {
    if (order === "leave") {
      const late = new Promise<void>((resolve) => setTimeout(resolve, replacedGraceMs));
      await Promise.race([served.leave(), late]);
    }
    await drain(served, graceMs);
    return 0;
  } catch {
    return 1;
  }
}

function say(word: Word): void {
  process.send?.(word);
}
