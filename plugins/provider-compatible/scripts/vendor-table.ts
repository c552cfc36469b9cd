import { readFileSync, writeFileSync } from "node:fs";
import { vendors } from "../src/vendors.ts";
import type { Vendor } from "../src/vendor.ts";

/** The page that holds the table. */
export const page = new URL("../../../docs/providers/compatible.md", import.meta.url);

const begin = "<!-- vendors: written by plugins/provider-compatible/scripts/vendor-table.ts -->";
const end = "<!-- /vendors -->";

/** The page with the table of today's data between its marks. */
export function withTable(text: string): string {
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${page.pathname} has no place for the table: ${begin} … ${end}`);
  return `${text.slice(0, from)}${begin}\n\n${vendorTable()}\n${text.slice(to)}`;
}

/** The vendors as a Markdown table, one row each, laid out as the formatter does. */
export function vendorTable(): string {
  const head = ["Factory", "Vendor", "Base URL", "Key", "Read"];
  const rows = Object.entries<Vendor>(vendors).map(([id, vendor]) => rowOf(id, vendor));
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const rule = widths.map((width) => "-".repeat(width));
  return [head, rule, ...rows].map((row) => lineOf(row, widths)).join("");
}

function lineOf(row: readonly string[], widths: readonly number[]): string {
  return `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |\n`;
}

function rowOf(id: string, vendor: Vendor): string[] {
  const name = `[${vendor.name}](${vendor.docs.url})`;
  const day = vendor.verified ? vendor.docs.read : `${vendor.docs.read}; not found: ${vendor.doubt}`;
  return [code(`${id}()`), name, basesOf(vendor), keyOf(vendor), day];
}

function basesOf({ baseURL, elsewhere = [] }: Vendor): string {
  const own = typeof baseURL === "string" ? [baseURL] : Object.values(baseURL);
  const first = own.map(code).join(", ");
  return elsewhere.length === 0 ? first : `${first}; also ${elsewhere.map(code).join(", ")}`;
}

function keyOf({ keyVariables, auth }: Vendor): string {
  const variables = keyVariables.length === 0 ? "none" : keyVariables.map(code).join(", ");
  return auth?.type === "header" ? `${variables} in ${code(auth.name)}` : variables;
}

function code(text: string): string {
  return `\`${text}\``;
}

if (import.meta.main) writeFileSync(page, withTable(readFileSync(page, "utf8")));
