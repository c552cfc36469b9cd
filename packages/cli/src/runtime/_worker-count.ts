import { availableParallelism } from "node:os";

/** A number of workers as it is written: `auto` is one for each core that this process may use. Null for what is none. */
export function workersOf(text: string | undefined): number | null {
  if (text === undefined || text === "") return 1;
  if (text === "auto") return availableParallelism();
  const count = Number(text);
  return /^\d+$/.test(text) && count >= 1 && count <= 1024 ? count : null;
}
