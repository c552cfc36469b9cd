import { existsSync, globSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import type { Reporter, TestModule, Vitest } from "vitest/node";
import { root, writePages } from "../../scripts/_page-parts.ts";
import { findingIn } from "./cells.ts";
import { compatPages } from "./compat-pages.ts";
import { cellsOf, countsOf, type Cell, type Checked } from "./marks.ts";

/**
 * Makes the public table of the results of a run. With `--update` it writes the pages, else the run fails while they differ.
 *
 * A run that was filtered or has failures says nothing of the table.
 */
export default class Table implements Reporter {
  #writes = false;
  #isFiltered = false;

  onInit({ config }: Vitest): void {
    this.#writes = config.snapshotOptions.updateSnapshot === "all";
    this.#isFiltered = config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const cells = cellsOf(modules.toSorted((a, b) => a.moduleId.localeCompare(b.moduleId)).flatMap(checksIn));
    if (this.#isFiltered || !isWhole(modules) || modules.some((module) => module.state() !== "passed")) {
      if (this.#writes) console.log("The table is not written: not every check was run and passed.");
      return;
    }
    const pages = compatPages(cells);
    if (this.#writes) write(pages, cells);
    else compare(pages);
  }
}

function pathOf(module: TestModule): string {
  return relative(root, module.moduleId);
}

function checksIn(module: TestModule): Checked[] {
  return [...module.children.allTests()].flatMap((each) => {
    const finding = findingIn(each.meta());
    return finding === null ? [] : [{ ...finding, file: pathOf(module), isPassed: each.result().state === "passed" }];
  });
}

/** Whether every file of the suite took part. */
function isWhole(modules: readonly TestModule[]): boolean {
  const took = new Set(modules.map(pathOf));
  const files = globSync("test/compat/**/*.test.ts", { cwd: root, exclude: (path) => path.includes("node_modules") });
  return files.length > 0 && files.every((file) => took.has(file));
}

function write(pages: ReadonlyMap<string, string>, cells: readonly Cell[]): void {
  mkdirSync(join(root, "docs/compatibility"), { recursive: true });
  for (const path of stale(pages)) rmSync(join(root, path));
  writePages(pages);
  console.log(`${[...pages.keys()].join("\n")}\n\n${countsOf(cells)}`);
}

function compare(pages: ReadonlyMap<string, string>): void {
  const differing = [...pages].filter(([path, text]) => {
    const file = join(root, path);
    return !existsSync(file) || readFileSync(file, "utf8") !== text;
  });
  const wrong = [...differing.map(([path]) => path), ...stale(pages)];
  if (wrong.length === 0) return;
  console.error(`These pages are not what the checks give: ${wrong.join(", ")}. \`npm run compat\` writes them.`);
  for (const [path, text] of differing) console.error(changedLines(path, text));
  process.exitCode = 1;
}

/** Pages of endpoints that are no more. */
function stale(pages: ReadonlyMap<string, string>): string[] {
  return globSync("docs/compatibility/*.md", { cwd: root }).filter((path) => !pages.has(path));
}

function changedLines(path: string, text: string): string {
  const file = join(root, path);
  const was = new Set(existsSync(file) ? readFileSync(file, "utf8").split("\n") : []);
  const now = new Set(text.split("\n"));
  const gone = [...was].filter((line) => !now.has(line)).map((line) => `- ${line}`);
  const come = [...now].filter((line) => !was.has(line)).map((line) => `+ ${line}`);
  return [path, ...gone, ...come].slice(0, 40).join("\n");
}
