import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const root = join(import.meta.dirname, "..");

/** A part of a page that a script writes, between `<!-- name: … -->` and `<!-- /name -->`. */
export interface PagePart {
  page: string;
  name: string;
  text: string;
}

/** The page with the part as it is today. */
export function withPart(page: string, { name, text }: PagePart, script: string): string {
  const begin = `<!-- ${name}: written by ${script} -->`;
  const end = `<!-- /${name} -->`;
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`there is no place for "${name}": ${begin} … ${end}`);
  return `${page.slice(0, from)}${begin}\n\n${text.trim()}\n\n${page.slice(to)}`;
}

/** What each page must be, by its path from the root. */
export function pagesWith(parts: readonly PagePart[], script: string): Map<string, string> {
  const pages = new Map<string, string>();
  for (const part of parts) {
    const known = pages.get(part.page) ?? readFileSync(join(root, part.page), "utf8");
    pages.set(part.page, withPart(known, part, script));
  }
  return pages;
}

export function writePages(pages: ReadonlyMap<string, string>): void {
  for (const [path, text] of pages) writeFileSync(join(root, path), text);
}

/** A Markdown table, laid out as the formatter does. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const escaped = rows.map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = head.map((_, column) => Math.max(3, ...[head, ...escaped].map((row) => row[column]?.length ?? 0)));
  const rule = widths.map((width) => "-".repeat(width));
  return [head, rule, ...escaped]
    .map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`)
    .join("\n");
}
