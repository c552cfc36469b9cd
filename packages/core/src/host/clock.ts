import type { Clock } from "../ports.ts";

export const hostClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};
