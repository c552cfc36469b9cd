import { stripAnsi } from "consola/utils";

/** Rows as aligned columns, two spaces in. The last column is as wide as it wants. */
export function formatTable(rows: readonly (readonly string[])[], indent = "  "): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, stripAnsi(cell).length);
  }
  return rows
    .map((row) => `${indent}${row.map((cell, column) => padded(cell, column)).join("  ")}`.trimEnd())
    .join("\n");

  function padded(cell: string, column: number): string {
    return cell + " ".repeat((widths[column] ?? 0) - stripAnsi(cell).length);
  }
}
