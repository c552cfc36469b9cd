import cluster from "node:cluster";
import { seatVariable, type Order, type Word } from "./_seat.ts";

/** A worker, as the process that leads it sees it. */
export interface Member {
  readonly worker: number;
  readonly pid: number;
  readonly state: "starting" | "opened" | "serving" | "leaving";
  /** Reject when it ends before. */
  readonly opened: Promise<void>;
  /** With its URL. */
  readonly serving: Promise<string>;
  /** Resolves with how it ended. */
  readonly ended: Promise<string>;
  /** It ended otherwise than with 0. */
  readonly failed: boolean;
  servedMs(): number;
  order(order: Order): void;
  /** It goes when its answers have ended. */
  leave(): void;
  /** As above, within the grace; at once where it does not serve. */
  drain(): void;
  kill(): void;
}

/** Plugins may fetch what they need before they are ready; a worker that takes longer than this never will be. */
const startMs = 60_000;

/** Starts this program once more, as a worker. */
export function hire(): Member {
  const worker = cluster.fork({ [seatVariable]: "1" });
  const opened = Promise.withResolvers<void>();
  const serving = Promise.withResolvers<string>();
  const ended = Promise.withResolvers<string>();
  let state: Member["state"] = "starting";
  let failed = false;
  let since = 0;
  const kill = () => void worker.process.kill("SIGKILL");
  let isLate = false;
  const late = setTimeout(() => {
    isLate = true;
    kill();
  }, startMs);
  const order = (message: Order) => {
    if (worker.isConnected()) worker.send(message);
  };

  worker.on("message", (word: Word) => {
    if (word.state === "opened") {
      state = "opened";
      opened.resolve();
    } else if (word.state === "serving") {
      clearTimeout(late);
      since = performance.now();
      state = "serving";
      serving.resolve(word.url);
    } else if (word.state === "left") order({ order: "go" });
  });
  // A channel that breaks is a worker that ends, which is told below.
  worker.on("error", () => {});
  worker.on("exit", (code: number, signal: string | null) => {
    clearTimeout(late);
    failed = code !== 0;
    const how = signal ? `was ended by ${signal}` : `ended with code ${code}`;
    const why = isLate ? `did not serve within ${startMs / 1000} s` : `${how} before it served`;
    const error = new Error(`worker ${worker.id} ${why}`);
    opened.reject(error);
    serving.reject(error);
    ended.resolve(how);
  });
  // Whoever waits hears of it; nobody may be waiting any more.
  opened.promise.catch(() => {});
  serving.promise.catch(() => {});

  return {
    worker: worker.id,
    pid: worker.process.pid ?? 0,
    get state() {
      return state;
    },
    get failed() {
      return failed;
    },
    opened: opened.promise,
    serving: serving.promise,
    ended: ended.promise,
    servedMs: () => (since === 0 ? 0 : performance.now() - since),
    order,
    leave() {
      state = "leaving";
      order({ order: "leave" });
    },
    drain() {
      if (state === "starting" || state === "opened") return kill();
      state = "leaving";
      order({ order: "drain" });
    },
    kill,
  };
}
