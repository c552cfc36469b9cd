/** Right-aligned, as numbers are read. */
export function column(text: string, width: number): string {
  return text.padStart(width);
}

/** A Markdown table that is also readable as text. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, index) => Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const line = (cells: readonly string[]) => {
    const padded = cells.map((cell, index) =>
      index === 0 ? cell.padEnd(widths[0] ?? 0) : column(cell, widths[index] ?? 0),
    );
    return `| ${padded.join(" | ")} |`;
  };
  const rule = widths.map((width, index) =>
    index === 0 ? "-".repeat(width) : `${"-".repeat(Math.max(1, width - 1))}:`,
  );
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}
