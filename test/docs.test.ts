import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createGateway, isGatewayError, type GatewayConfig } from "@sluice/core";
import { mock } from "@sluice/provider-mock";
import { errorPages, findingExamples } from "../scripts/error-pages.ts";
import { optionPages, tables } from "../scripts/option-tables.ts";
import { readPage, treePaths, type Block, type Page } from "./_markdown.ts";
import { notShown } from "./_shown.ts";
import { failureOf, serveAsNpmStart, Workshop, type Served } from "./_snippets.ts";

const root = join(import.meta.dirname, "..");
const guides = ["README.md", "CONTRIBUTING.md", "AGENTS.md", "SECURITY.md"];
const pages = [...guides, ...globSync("docs/**/*.md", { cwd: root }).toSorted()].map((path) =>
  readPage(path, readFileSync(join(root, path), "utf8")),
);
const blocks = pages.flatMap((page) => page.blocks);
const runnable = blocks.filter(({ notRun }) => notRun === null);

/** A block that is new here needs a reason that nobody can take away: an account, a registry, a machine. */
const notRun = [
  "README.md: npm create gateway@latest: needs the npm registry, where nothing is published yet",
  "README.md: npm start: installs, then serves until it is stopped",
  "README.md: npm test: runs every test, this one among them",
  "CONTRIBUTING.md: npm start: each of these takes its time; the last ones run this test too",
  "docs/deploy.md: FROM node:26-slim: no container runtime here",
  "docs/deploy.md: npx sluice build --preset cloudflare: needs an account at Cloudflare",
  "docs/start.md: npm create gateway@latest my-gateway: needs the npm registry, where nothing is published yet",
  "docs/start.md: npm start: installs, then serves until it is stopped",
];

describe("blocks that are not run", () => {
  test("are these, each with its reason", () => {
    const found = blocks.flatMap(({ page, code, notRun: reason }) =>
      reason === null ? [] : [`${page}: ${(code.split("\n")[0] ?? "").replace(/\s+#.*/, "")}: ${reason}`],
    );
    expect(found).toEqual(notRun);
  });

  test("everything else is in a language that a test understands", () => {
    const known = ["ts", "diff", "sh", "json", "text"];
    const unknown = runnable.filter(({ language }) => !known.includes(language));
    expect(unknown.map(({ place, language }) => `${place}: ${language}`)).toEqual([]);
  });

  test("text is output, a tree or a drawing", () => {
    const loose = runnable.filter(
      ({ language, marks }) => language === "text" && !["output", "tree", "drawing"].some((mark) => marks.has(mark)),
    );
    expect(loose.map(({ place }) => place)).toEqual([]);
  });
});

describe("code", { timeout: 120_000 }, () => {
  let workshop: Workshop;
  let served: Served;
  // The port is the only thing on a page that is replaced.
  const placed = (code: string) => code.replaceAll("localhost:4000", served.host);
  const typescript = runnable.filter(({ language }) => language === "ts" || language === "diff");
  const configs = typescript.filter(({ code }) => /^export default defineGateway/m.test(code));
  const programs = typescript.filter(({ marks }) => marks.has("run"));
  const shells = runnable.filter(({ language }) => language === "sh");
  const outputs = new Map<Block, string>();

  beforeAll(async () => {
    workshop = new Workshop();
    served = await serveAsNpmStart();
    for (const block of typescript) workshop.write(block, placed(newSideOf(block)));
  }, 60_000);
  afterAll(async () => {
    await served.close();
    workshop.close();
  });

  test("there is some of each kind", () => {
    for (const kind of [typescript, configs, programs, shells]) expect(kind.length).toBeGreaterThan(3);
  });

  test("every ts block typechecks", async () => {
    expect(await workshop.typecheck()).toEqual([]);
  });

  test("every config opens", async () => {
    const open = `
      import { createGateway } from "@sluice/core";
      let opened = 0;
      for (const file of process.argv.slice(1)) {
        try {
          const gateway = createGateway((await import(file)).default, { env: {} });
          await gateway.ready;
          gateway.inspect();
          await gateway.close({ graceMs: 0 });
          opened++;
        } catch (error) {
          console.log(file, String(error));
        }
      }
      console.log("opened", opened);`;
    const files = configs.map((block) => workshop.fileOf(block));
    const finished = await workshop.node(["--input-type=module", "--eval", open, ...files]);
    expect(failureOf(finished)).toBeNull();
    expect(finished.stdout).toBe(`opened ${files.length}\n`);
  });

  test.each(programs.map((block) => [block.place, block] as const))("%s runs", async (_place, block) => {
    const finished = await workshop.node([workshop.fileOf(block)]);
    expect(failureOf(finished)).toBeNull();
    outputs.set(block, finished.stdout);
  });

  test.each(shells.map((block) => [block.place, block] as const))("%s runs", async (_place, block) => {
    const finished = await workshop.shell(placed(block.code));
    expect(failureOf(finished)).toBeNull();
    outputs.set(block, finished.stdout);
  });

  test.each(shownOutputs().map((shown) => [shown.block.place, shown] as const))(
    "%s is what comes out",
    (_place, { block, of }) => {
      expect(notShown(block.language, block.code, outputs.get(of) ?? "")).toEqual([]);
    },
  );

  test.each(runnable.filter(({ language }) => language === "json").map((block) => [block.place, block] as const))(
    "%s is JSON",
    (_place, { code }) => {
      expect(() => JSON.parse(code)).not.toThrow();
    },
  );
});

/** What a patch leaves behind; anything else as it is. */
function newSideOf({ language, code }: Block): string {
  if (language !== "diff") return code;
  const kept = code.split("\n").filter((line) => !line.startsWith("-"));
  return kept.map((line) => line.slice(1)).join("\n");
}

/** Blocks of output, each with the block before it that made it. */
function shownOutputs(): { block: Block; of: Block }[] {
  return pages.flatMap((page) =>
    page.blocks.flatMap((block, index) => {
      if (!block.marks.has("output")) return [];
      const of = page.blocks.slice(0, index).findLast(({ language, marks }) => language === "sh" || marks.has("run"));
      if (of === undefined) throw new Error(`${block.place} is the output of nothing`);
      return [{ block, of }];
    }),
  );
}

describe("what scripts write", () => {
  test.each([...optionPages(), ...errorPages()])("%s is as `pnpm run docs` writes it", (path, text) => {
    expect(pages.find((page) => page.path === path)?.text).toBe(text);
  });

  // The gateway itself names the fields that it knows when it refuses one.
  test.each([
    ["gateway", { made_up: 1 }],
    ["limits", { limits: { made_up: 1 } }],
    ["timeouts", { timeouts: { made_up: 1 } }],
    ["channel", { providers: [mock({ made_up: 1 })] }],
  ] as const)("the options of %s are those that the gateway takes", (name, wrong) => {
    const known = knownFields({ providers: [], ...wrong } as unknown as GatewayConfig);
    expect(tables[name].map((option) => option.name).toSorted()).toEqual(known.toSorted());
  });

  test("every option says what it means", () => {
    const silent = Object.values(tables)
      .flat()
      .filter(({ meaning }) => meaning === "");
    expect(silent).toEqual([]);
  });

  test("every code has a section with a fix", () => {
    const sections = (pages.find(({ path }) => path === "docs/errors.md")?.text ?? "").split(/^### /m).slice(1);
    const fixed = sections.filter((section) => /^SLUICE_[A-Z_]+\n\n> .+[\s\S]*\*\*Fix\.\*\* \S+/.test(section));
    expect(sections.length).toBeGreaterThan(80);
    expect(fixed).toHaveLength(sections.length);
  });

  test("every finding of `sluice check` has its section", () => {
    const sources = globSync("packages/cli/src/*.ts", { cwd: root }).map((file) =>
      readFileSync(join(root, file), "utf8"),
    );
    const named = sources.flatMap((source) => [...source.matchAll(/"(?:error|warning)",\s*"([A-Z_]+)"/g)]);
    const codes = new Set(named.map((match) => `SLUICE_CHECK_${match[1]}`));
    expect(codes.size).toBeGreaterThan(5);
    expect(new Set(findingExamples().map(({ code }) => code))).toEqual(codes);
  });

  test("every warning of the dialects and the core is explained", () => {
    const sources = globSync("packages/{dialects,core}/src/**/*.ts", { cwd: root });
    const code = /(?:\bcode: |warnOnce\(state, )"([a-z]+(?:_[a-z]+)+)"(?=, (?:message|name|type|wire|"))/g;
    const codes = sources.flatMap((file) =>
      [...readFileSync(join(root, file), "utf8").matchAll(code)].map((match) => match[1]),
    );
    expect(new Set(codes).size).toBeGreaterThan(15);
    const page = pages.find(({ path }) => path === "docs/dialects.md");
    const told = new Set(page?.spans.map(({ text }) => text));
    expect([...new Set(codes)].filter((name) => !told.has(name ?? ""))).toEqual([]);
  });

  function knownFields(config: GatewayConfig): string[] {
    try {
      createGateway(config);
    } catch (error) {
      if (isGatewayError(error)) return (/Known: (.*)\.$/.exec(error.hint)?.[1] ?? "").split(", ");
    }
    return [];
  }
});

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
    const map = pages[0]?.blocks.find(({ marks }) => marks.has("tree"));
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
  expect((pages[0]?.text ?? "").split("\n").length).toBeLessThanOrEqual(200);
});
