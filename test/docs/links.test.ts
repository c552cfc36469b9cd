import { execFileSync } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";
import { treePaths, type Page } from "./_markdown.ts";
import { pageOf, pages, root } from "./_pages.ts";

describe("links", () => {
  test.each(pages.map((page) => [page.path, page] as const))("of %s lead somewhere", (_path, page) => {
    expect(page.links.filter(({ target }) => !leadsSomewhere(page, target))).toEqual([]);
  });

  function leadsSomewhere(page: Page, target: string): boolean {
    if (/^(https?|mailto):/.test(target)) return true;
    const [file = "", anchor] = target.split("#", 2);
    const path = file === "" ? page.path : normalize(join(dirname(page.path), file));
    if (!existsSync(join(root, path))) return false;
    if (anchor === undefined) return true;
    return pages.find((other) => other.path === path)?.anchors.has(anchor) ?? false;
  }

  test("every page of docs/ is reached from its front page", () => {
    const reached = new Set<string>();
    const visit = (path: string): void => {
      const page = pages.find((other) => other.path === path);
      if (page === undefined || reached.has(path)) return;
      reached.add(path);
      for (const { target } of page.links) visit(normalize(join(dirname(path), target.split("#")[0] ?? "")));
    };
    visit("docs/index.md");
    const missed = pages.filter(({ path }) => path.startsWith("docs/") && !reached.has(path));
    expect(missed.map(({ path }) => path)).toEqual([]);
  });
});

describe("paths", () => {
  const tracked = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" }).trim().split("\n");
  const rooms = [...new Set(tracked.filter((path) => path.includes("/")).map((path) => `${path.split("/")[0]}/`))];

  test.each(pages.map((page) => [page.path, page] as const))("named in %s exist", (_path, page) => {
    const drawn = page.blocks.filter(({ marks }) => marks.has("tree")).flatMap(({ code }) => treePaths(code));
    const named = page.spans.map(({ text }) => text).filter((text) => rooms.some((room) => text.startsWith(room)));
    expect([...drawn, ...named].filter((path) => !exists(path))).toEqual([]);
  });

  test("the map in the README has every room", () => {
    const map = pageOf("README.md").blocks.find(({ marks }) => marks.has("tree"));
    const drawn = new Set(treePaths(map?.code ?? ""));
    const manifests = globSync("{packages,plugins}/*/package.json", { cwd: root });
    const all = [...rooms.filter((room) => !room.startsWith(".")), ...manifests.map((path) => `${dirname(path)}/`)];
    expect(all.filter((room) => !drawn.has(room))).toEqual([]);
  });

  function exists(path: string): boolean {
    const clean = path.replace(/[:#].*$/, "").replace(/\/$/, "");
    return /[*{]/.test(clean) ? globSync(clean, { cwd: root }).length > 0 : existsSync(join(root, clean));
  }
});

test("the README fits on a page", () => {
  expect(pageOf("README.md").text.split("\n").length).toBeLessThanOrEqual(200);
});
