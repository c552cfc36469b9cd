import type { Clock, Timers } from "@sluice/core";

interface Appointment {
  at: number;
  /** Breaks ties in the order in which timers were set. */
  order: number;
  callback: () => void;
}

/** Virtual time: it stands still until it is told to step to the next timer. */
export interface Timeline extends Clock, Timers {
  /** Moves to the earliest timer and calls it back. False: there is none. */
  step(): boolean;
}

/** Starts at `epochMs` of wall time and 0 of monotonic time. */
export function createTimeline(epochMs: number): Timeline {
  const queue: Appointment[] = [];
  let elapsed = 0;
  let order = 0;

  return {
    now: () => epochMs + elapsed,
    monotonic: () => elapsed,
    set(delayMs, callback) {
      const appointment = { at: elapsed + Math.max(0, delayMs), order: order++, callback };
      insert(queue, appointment);
      return () => remove(queue, appointment);
    },
    step() {
      const next = queue.shift();
      if (next === undefined) return false;
      elapsed = next.at;
      next.callback();
      return true;
    },
  };
}

function insert(queue: Appointment[], appointment: Appointment): void {
  queue.splice(position(queue, appointment), 0, appointment);
}

function remove(queue: Appointment[], appointment: Appointment): void {
  const index = position(queue, appointment);
  if (queue[index] === appointment) queue.splice(index, 1);
}

/** Where the appointment is or belongs, by bisection. */
function position(queue: readonly Appointment[], { at, order }: Appointment): number {
  let low = 0;
  let high = queue.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = queue[middle] as Appointment;
    if (other.at < at || (other.at === at && other.order < order)) low = middle + 1;
    else high = middle;
  }
  return low;
}
