import type { Finding, Place } from "./cells.ts";

export type Mark = "✔" | "partial" | "✗" | "fails";

/** One cell of the table: what all checks of one place came to. */
export interface Cell extends Place {
  mark: Mark;
  reasons: string[];
  /** The test file, from the root of the repository. */
  file: string;
}

/** A finding with the file that found it and whether its test passed. */
export interface Checked extends Finding {
  file: string;
  isPassed: boolean;
}

const marks: Readonly<Record<"kept" | "lossy" | "refused", Mark>> = { kept: "✔", lossy: "partial", refused: "✗" };

// From good to bad: a place is as good as its worst check.
const order: readonly Mark[] = ["✔", "partial", "✗", "fails"];

/** The cells in the order in which they were first checked. */
export function cellsOf(checks: readonly Checked[]): Cell[] {
  const cells = new Map<string, Cell>();
  for (const { outcome, isPassed, reasons, ...place } of checks) {
    const { endpoint, group, client, provider, feature, file } = place;
    const mark = isPassed && outcome !== null ? marks[outcome] : "fails";
    const key = [endpoint, group, client, provider, feature].join("\u0000");
    const known = cells.get(key);
    const all = [...new Set([...(known?.reasons ?? []), ...reasons])].toSorted();
    cells.set(key, { endpoint, group, client, provider, feature, file, mark: worse(known?.mark, mark), reasons: all });
  }
  return [...cells.values()];
}

function worse(one: Mark | undefined, other: Mark): Mark {
  return one === undefined || order.indexOf(other) > order.indexOf(one) ? other : one;
}

export function count(cells: readonly Cell[], mark: Mark): number {
  return cells.filter((cell) => cell.mark === mark).length;
}

/** `804 of 912 cells are green, 90 partial, 18 red.` */
export function countsOf(cells: readonly Cell[]): string {
  const failing = count(cells, "fails");
  const rest = `${count(cells, "partial")} partial, ${count(cells, "✗")} red${failing > 0 ? `, ${failing} failing` : ""}`;
  return `${count(cells, "✔")} of ${cells.length} cells are green, ${rest}.`;
}
