import { definePlugin } from "@sluice/core";
import type { RequestDone } from "@sluice/core";

/** Keeps the last requests in a ring, so that the cost of having a log is part of what is measured. */
export const memoryLog = definePlugin("memoryLog", ({ rows }: { rows: number }) => {
  const ring: RequestDone[] = [];
  let next = 0;
  return {
    hooks: {
      "request:done": (event) => {
        ring[next] = event;
        next = (next + 1) % rows;
      },
    },
  };
});
