import type { Reporter, TestCase, TestModule } from "vitest/node";

type Cells = Map<string, { passed: string[]; failed: string[] }>;

/** Prints the matrix client × upstream from the results of the tests; no cell is written by hand. */
export default class Table implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const cells: Cells = new Map();
    const clients = new Set<string>();
    const upstreams = new Set<string>();
    for (const module of modules) {
      for (const each of module.children.allTests()) {
        const [client, upstream, feature] = pathOf(each);
        if (client === undefined || upstream === undefined || feature === undefined) continue;
        clients.add(client);
        upstreams.add(upstream);
        const cell = cells.get(`${client} ${upstream}`) ?? { passed: [], failed: [] };
        cell[each.result().state === "passed" ? "passed" : "failed"].push(feature);
        cells.set(`${client} ${upstream}`, cell);
      }
      for (const error of module.errors()) console.error(error.message);
    }
    print(cells, [...clients], [...upstreams]);
  }

  onTestCaseResult(each: TestCase): void {
    const result = each.result();
    if (result.state === "failed")
      console.error(`✖ ${pathOf(each).join(" → ")}: ${result.errors[0]?.message ?? "failed"}\n`);
  }
}

function pathOf(each: TestCase): string[] {
  return each.fullName.split(" > ");
}

function print(cells: Cells, clients: readonly string[], upstreams: readonly string[]): void {
  const width = 44;
  console.log(["client \\ upstream".padEnd(18), ...upstreams.map((name) => name.padEnd(width))].join(" "));
  for (const client of clients) {
    const row = upstreams.map((upstream) => {
      const { passed, failed } = cells.get(`${client} ${upstream}`) ?? { passed: [], failed: [] };
      return [...passed.map((name) => `✔ ${name}`), ...failed.map((name) => `✖ ${name}`)].join(" ").padEnd(width);
    });
    console.log([client.padEnd(18), ...row].join(" "));
  }
  const total = [...cells.values()];
  const passed = total.reduce((sum, cell) => sum + cell.passed.length, 0);
  const failed = total.reduce((sum, cell) => sum + cell.failed.length, 0);
  const green = total.filter((cell) => cell.failed.length === 0 && cell.passed.length > 0).length;
  console.log(`\n${green} of ${total.length} cells green, ${passed} of ${passed + failed} checks.`);
}
