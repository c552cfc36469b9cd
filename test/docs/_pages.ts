import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readPage, type Page } from "./_markdown.ts";

export const root = join(import.meta.dirname, "../..");

const guides = ["README.md", "CONTRIBUTING.md", "AGENTS.md", "SECURITY.md"];

/** Every page that people read, the README first. */
export const pages: readonly Page[] = [...guides, ...globSync("docs/**/*.md", { cwd: root }).toSorted()].map((path) =>
  readPage(path, readFileSync(join(root, path), "utf8")),
);

/** Throws for a page that is not there. */
export function pageOf(path: string): Page {
  const page = pages.find((other) => other.path === path);
  if (page === undefined) throw new Error(`there is no ${path}`);
  return page;
}
