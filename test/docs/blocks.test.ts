import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Block } from "./_markdown.ts";
import { pages } from "./_pages.ts";
import { notShown } from "./_shown.ts";
import { failureOf, serveAsNpmStart, Workshop, type Finished, type Served } from "./_snippets.ts";

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
  const runs = new Map<Block, Promise<Finished>>();

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

  test.each([...programs, ...shells].map((block) => [block.place, block] as const))(
    "%s runs",
    async (_place, block) => {
      expect(failureOf(await ran(block))).toBeNull();
    },
  );

  test.each(shownOutputs().map((shown) => [shown.block.place, shown] as const))(
    "%s is what comes out",
    async (_place, { block, of }) => {
      const { stdout } = await ran(of);
      expect(notShown(block.language, block.code, stdout)).toEqual([]);
    },
  );

  test.each(runnable.filter(({ language }) => language === "json").map((block) => [block.place, block] as const))(
    "%s is JSON",
    (_place, { code }) => {
      expect(() => JSON.parse(code)).not.toThrow();
    },
  );

  /** Runs a block once, for its own test and for that of its output. */
  function ran(block: Block): Promise<Finished> {
    const run =
      runs.get(block) ??
      (block.language === "sh" ? workshop.shell(placed(block.code)) : workshop.node([workshop.fileOf(block)]));
    runs.set(block, run);
    return run;
  }
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
