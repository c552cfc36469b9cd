import { createHash } from "node:crypto";

/** What happened in a world, in order. Two runs of one seed have the same hash. */
export interface Trace {
  readonly lines: readonly string[];
  add(what: string): void;
  hash(): string;
}

export function createTrace(monotonic: () => number): Trace {
  const lines: string[] = [];
  return {
    lines,
    add: (what) => void lines.push(`${monotonic().toFixed(3)} ${what}`),
    hash: () => createHash("sha256").update(lines.join("\n")).digest("hex"),
  };
}
