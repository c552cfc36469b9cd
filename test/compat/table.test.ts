import { describe, expect, test } from "vitest";
import { compatPages } from "./compat-pages.ts";
import { cellsOf, countsOf, type Checked } from "./marks.ts";

const checked = (more: Partial<Checked> = {}): Checked => ({
  endpoint: "chat",
  group: "Chat",
  client: "openai-chat",
  provider: "gemini",
  feature: "tools",
  outcome: "kept",
  reasons: [],
  file: "test/compat/chat.test.ts",
  isPassed: true,
  ...more,
});
const markOf = (...checks: Partial<Checked>[]) => cellsOf(checks.map(checked)).map(({ mark }) => mark);

describe("a mark", () => {
  test("follows from what the check found, and from nothing else", () => {
    expect(markOf({})).toEqual(["✔"]);
    expect(markOf({ outcome: "lossy" })).toEqual(["partial"]);
    expect(markOf({ outcome: "refused" })).toEqual(["✗"]);
    expect(markOf({ isPassed: false })).toEqual(["fails"]);
    expect(markOf({ outcome: null })).toEqual(["fails"]);
  });

  test("is that of the worst way, in whatever order", () => {
    expect(markOf({}, { outcome: "lossy" }, {})).toEqual(["partial"]);
    expect(markOf({ outcome: "refused" }, { outcome: "lossy" })).toEqual(["✗"]);
    expect(markOf({ outcome: "refused" }, { isPassed: false }, {})).toEqual(["fails"]);
  });

  test("belongs to one endpoint, client, provider and feature", () => {
    const others = [{}, { endpoint: "x" }, { client: "x" }, { provider: "x" }, { feature: "x" }, { group: "x" }];
    expect(markOf(...others)).toHaveLength(others.length);
  });

  test("has every reason once", () => {
    const cells = cellsOf([checked({ reasons: ["b", "a"] }), checked({ reasons: ["a"] })]);
    expect(cells[0]?.reasons).toEqual(["a", "b"]);
  });
});

describe("the pages", () => {
  const cells = cellsOf([
    checked(),
    checked({ provider: "anthropic", outcome: "lossy", reasons: ["dropped_parameter seed"] }),
    checked({ endpoint: "token counts", outcome: "refused", reasons: ["n cannot be carried to m."] }),
  ]);
  const pages = compatPages(cells);

  test("are one for each endpoint, and one in front that counts", () => {
    expect([...pages.keys()]).toEqual([
      "docs/compatibility.md",
      "docs/compatibility/chat.md",
      "docs/compatibility/token-counts.md",
    ]);
    expect(countsOf(cells)).toBe("1 of 3 cells are green, 1 partial, 1 red.");
    expect(pages.get("docs/compatibility.md")).toContain(countsOf(cells));
  });

  test("have each mark with its test, and say what was lost or refused", () => {
    expect(pages.get("docs/compatibility/chat.md")).toContain("| [tools](../../test/compat/chat.test.ts) | ✔");
    expect(pages.get("docs/compatibility/chat.md")).toContain("- tools, anthropic: `dropped_parameter seed`");
    expect(pages.get("docs/compatibility/token-counts.md")).toContain("- tools, gemini: n cannot be carried to m.");
  });

  test("have a dash where nothing was asked", () => {
    const page = compatPages(cellsOf([checked(), checked({ feature: "seed", provider: "x" })]));
    expect(page.get("docs/compatibility/chat.md")).toMatch(/\[seed\].*\| –\s+\| ✔/);
  });

  test("put many providers below each other", () => {
    const many = Array.from({ length: 9 }, (_, at) => checked({ provider: `p${at}` }));
    expect(compatPages(cellsOf(many)).get("docs/compatibility/chat.md")).toMatch(/\| Provider +\| tools +\|/);
  });
});
