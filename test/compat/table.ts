import type { Reporter, TestCase, TestModule } from "vitest/node";
import { clientNames } from "./clients.ts";
import { upstreamNames } from "./pairs.ts";

/** Feature → pair → whether every test of it passed. */
type Rows = Map<string, Map<string, boolean>>;

const pairs = clientNames.flatMap((client) => upstreamNames.map((upstream) => `${client} ${upstream}`));

/** Prints what works for each client before each upstream, from the results of the tests; no mark is written by hand. */
export default class Table implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows: Rows = new Map();
    let passed = 0;
    let failed = 0;
    for (const module of modules) {
      for (const each of module.children.allTests()) {
        const isPassed = each.result().state === "passed";
        if (isPassed) passed++;
        else failed++;
        note(rows, each, isPassed);
      }
      for (const error of module.errors()) console.error(error.message);
    }
    print(rows);
    const green = pairs.filter((pair) => [...rows.values()].every((row) => row.get(pair) ?? true));
    console.log(`\n${green.length} of ${pairs.length} pairs green, ${passed} of ${passed + failed} checks.`);
  }

  onTestCaseResult(each: TestCase): void {
    const result = each.result();
    if (result.state === "failed") console.error(`✖ ${each.fullName}: ${result.errors[0]?.message ?? "failed"}\n`);
  }
}

/** Titles are client, upstream, whole or streamed, feature. */
function note(rows: Rows, each: TestCase, isPassed: boolean): void {
  const [client, upstream, _way, feature] = each.fullName.split(" > ");
  const pair = `${client} ${upstream}`;
  if (feature === undefined || !pairs.includes(pair)) return;
  const row = rows.get(feature) ?? new Map<string, boolean>();
  rows.set(feature, row.set(pair, isPassed && (row.get(pair) ?? true)));
}

function print(rows: Rows): void {
  const first = Math.max(...[...rows.keys()].map((feature) => feature.length), "upstream".length);
  const widths = upstreamNames.map((name) => name.length + 1);
  const group = widths.reduce((sum, width) => sum + width, 1);
  console.log(["client".padEnd(first), ...clientNames.map((name) => name.padEnd(group))].join("  "));
  console.log(line("upstream", () => upstreamNames));
  for (const [feature, row] of rows) {
    console.log(line(feature, (client) => upstreamNames.map((upstream) => mark(row.get(`${client} ${upstream}`)))));
  }

  function line(head: string, cellsOf: (client: string) => readonly string[]): string {
    const groups = clientNames.map((client) =>
      cellsOf(client)
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join(""),
    );
    return [head.padEnd(first), ...groups.map((cells) => cells.padEnd(group))].join("  ").trimEnd();
  }
}

/** Blank where the pair has no such feature. */
function mark(isPassed: boolean | undefined): string {
  return isPassed === undefined ? "" : isPassed ? "✔" : "✖";
}
