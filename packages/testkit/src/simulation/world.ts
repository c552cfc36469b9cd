import type { Logger, Ports } from "@sluice/core";
import type { Personality } from "./personality.ts";
import { createRandom } from "./random.ts";
import { createTimeline } from "./timeline.ts";
import { createTrace, type Trace } from "./trace.ts";
import { createVirtualTransport, type RecordedCall } from "./virtual-transport.ts";

export interface WorldOptions {
  /** Everything random in the world follows from it. */
  seed: number;
  /** @default {} */
  env?: Readonly<Record<string, string>>;
  /** Wall time at the start, Unix milliseconds. @default 2026-01-01T00:00:00Z */
  epochMs?: number;
}

export interface LogEntry {
  level: keyof Logger;
  message: string;
  fields: Record<string, unknown>;
}

export interface World {
  ports: Ports;
  /** Puts an upstream at an origin, or replaces the one there: heals it, breaks it. */
  upstream(origin: string, personality: Personality): void;
  /** Every call to an upstream, oldest first. */
  calls: readonly RecordedCall[];
  log: readonly LogEntry[];
  trace: Trace;
  /** Resolves after that much virtual time. */
  pause(milliseconds: number): Promise<void>;
  /**
   * Moves virtual time from timer to timer until the promise settles. Throws when nothing is left that could settle it,
   * and when it takes longer than `withinMs` of virtual time (an hour, unless said otherwise).
   */
  run<T>(promise: Promise<T>, withinMs?: number): Promise<T>;
  /** Moves virtual time until no timer is left. */
  rest(withinMs?: number): Promise<void>;
}

const hourMs = 3_600_000;

/** A world of one thread, virtual time and seeded chance. Idle time costs nothing. */
export function createWorld({ seed, env = {}, epochMs = Date.UTC(2026, 0, 1) }: WorldOptions): World {
  const timeline = createTimeline(epochMs);
  const trace = createTrace(() => timeline.monotonic());
  const upstreams = new Map<string, Personality>();
  const log: LogEntry[] = [];
  let ids = 0;
  let running = false;

  const transport = createVirtualTransport({
    upstreams,
    timers: timeline,
    // Chance of its own: what an upstream draws must not move what the gateway draws.
    random: createRandom(seed ^ 0x5eed),
    note: (what) => trace.add(what),
  });

  const ports: Ports = {
    clock: timeline,
    random: createRandom(seed),
    id: (prefix) => `${prefix}_${String(++ids).padStart(8, "0")}`,
    timers: { set: (delayMs, callback) => timeline.set(delayMs, () => (trace.add(`timer ${delayMs}`), callback())) },
    transport,
    logger: { debug: logAs("debug"), info: logAs("info"), warn: logAs("warn"), error: logAs("error") },
    env,
  };

  return {
    ports,
    upstream: (origin, personality) => void upstreams.set(new URL(origin).origin, personality),
    calls: transport.calls,
    log,
    trace,
    pause: (milliseconds) => new Promise((resolve) => void timeline.set(milliseconds, resolve)),
    async run(promise, withinMs = hourMs) {
      let settled = false;
      const settle = () => void (settled = true);
      promise.then(settle, settle);
      const moved = await advance(() => settled, withinMs);
      if (!moved) throw new Error(`Deadlock at ${timeline.monotonic()} ms: ${stuck(transport.calls)}`);
      return promise;
    },
    async rest(withinMs = hourMs) {
      await advance(() => false, withinMs);
    },
  };

  /** True when `until` came true, false when no timer was left. */
  async function advance(until: () => boolean, withinMs: number): Promise<boolean> {
    if (running)
      throw new Error("This world is already running: await inside the scenario instead of running it again.");
    running = true;
    const limit = timeline.monotonic() + withinMs;
    try {
      for (;;) {
        await quiet();
        if (until()) return true;
        if (timeline.monotonic() > limit) throw new Error(`Still going on after ${withinMs} ms of virtual time.`);
        if (!timeline.step()) return false;
      }
    } finally {
      running = false;
    }
  }

  function logAs(level: keyof Logger) {
    return (message: string, fields: Record<string, unknown> = {}) => {
      log.push({ level, message, fields });
      trace.add(`${level} ${message} ${JSON.stringify(fields, withErrors)}`);
    };
  }
}

/** Lets every microtask run, and what they queue. Two turns, because web streams hand over in a task of their own. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) await new Promise<void>((resolve) => void setImmediate(resolve));
}

function stuck(calls: readonly RecordedCall[]): string {
  const open = calls
    .filter((call) => call.open)
    .map(({ origin, acts }) => `${origin} after ${acts.at(-1) ?? "nothing"}`);
  return `no timer is left, the promise has not settled, and these upstreams are silent: ${open.join(", ") || "none"}.`;
}

function withErrors(_name: string, value: unknown): unknown {
  return value instanceof Error ? `${value.name}: ${value.message}` : value;
}
