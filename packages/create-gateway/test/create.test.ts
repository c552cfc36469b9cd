import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import manifest from "../package.json" with { type: "json" };
import { create } from "../src/create.ts";
import { around } from "./_around.ts";

const noInstall = "--no-install";

describe("a run without a person", () => {
  test("writes a starter project with defaults and ends with the next command", async () => {
    const place = around();
    expect(await create([noInstall], place)).toBe(0);
    expect(readdirSync(join(place.cwd, "my-gateway"))).toContain("gateway.config.ts");
    expect(place.printed().err).toBe("");
    expect(lastLine(place.printed().out)).toBe("cd my-gateway && npm install && npm run dev");
  });

  test.each([
    ["pnpm/12.21.0 npm/?", ["gw"], "cd gw && pnpm install && pnpm dev"],
    ["npm/11.0.0", ["gw", "-t", "plugin"], "cd gw && npm install && npm test"],
    ["npm/11.0.0", ["a b/c d"], `cd "a b/c d" && npm install && npm run dev`],
    ["bun/1.4.4", ["."], "bun install && bun run dev"],
    ["bun/1.4.4", ["gw", "--pm", "yarn"], "cd gw && yarn install && yarn dev"],
  ])("of %s with %j ends with `%s`", async (agent, args, next) => {
    const place = around({ env: { npm_config_user_agent: agent } });
    expect(await create([...args, noInstall], place)).toBe(0);
    expect(lastLine(place.printed().out)).toBe(next);
  });

  test("prints plain text and no secret", async () => {
    const place = around({ env: { OPENAI_API_KEY: "sk-found-in-the-shell" } });
    await create(["gw", "--providers", "openai", noInstall], place);
    const env = readFileSync(join(place.cwd, "gw/.env"), "utf8");
    const secret = /SLUICE_SECRET=(\S+)/.exec(env)?.[1] ?? "";
    expect(Buffer.from(secret, "base64url")).toHaveLength(32);
    // oxlint-disable-next-line eslint/no-control-regex
    expect(place.printed().out).not.toMatch(/\u001B/);
    expect(place.printed().out).not.toContain(secret);
    expect(place.printed().out).not.toContain("sk-found");
    expect(env).not.toContain("sk-found");
  });

  test("makes another secret each time, readable by its owner alone", async () => {
    const place = around();
    await create(["a", noInstall], place);
    await create(["b", noInstall], place);
    expect(readFileSync(join(place.cwd, "a/.env"), "utf8")).not.toBe(readFileSync(join(place.cwd, "b/.env"), "utf8"));
    expect(statSync(join(place.cwd, "a/.env")).mode & 0o777).toBe(0o600);
  });

  test("says when the Node here is too old for the project", async () => {
    const place = around({ node: "20.20.2" });
    expect(await create(["gw", noInstall], place)).toBe(0);
    expect(place.printed().out).toContain("Node 20.20.2; the project needs 22.19 or newer");
  });
});

describe("a folder that is not empty", () => {
  function occupied() {
    const place = around();
    mkdirSync(join(place.cwd, "gw"));
    writeFileSync(join(place.cwd, "gw/README.md"), "mine");
    return place;
  }

  test("is refused as wrong usage, and nothing in it changes", async () => {
    const place = occupied();
    expect(await create(["gw", noInstall], place)).toBe(2);
    expect(place.printed().out).toBe("");
    expect(place.printed().err).toContain("SLUICE_CREATE_NOT_EMPTY");
    expect(place.printed().err).toContain("README.md");
    expect(place.printed().err).toContain("--overwrite");
    expect(readdirSync(join(place.cwd, "gw"))).toEqual(["README.md"]);
    expect(readFileSync(join(place.cwd, "gw/README.md"), "utf8")).toBe("mine");
  });

  test("is refused before a person is asked anything", async () => {
    const place = { ...occupied(), person: true };
    expect(await create(["gw"], place)).toBe(2);
    expect(place.screen()).toBe("");
  });

  test("is written over with --overwrite, but for other files and .env", async () => {
    const place = occupied();
    writeFileSync(join(place.cwd, "gw/.env"), "OPENAI_API_KEY=sk-only-here\n");
    writeFileSync(join(place.cwd, "gw/notes.txt"), "mine");
    expect(await create(["gw", "--overwrite", noInstall], place)).toBe(0);
    expect(readFileSync(join(place.cwd, "gw/README.md"), "utf8")).toMatch(/^# gw/);
    expect(readFileSync(join(place.cwd, "gw/notes.txt"), "utf8")).toBe("mine");
    expect(readFileSync(join(place.cwd, "gw/.env"), "utf8")).toBe("OPENAI_API_KEY=sk-only-here\n");
    expect(place.printed().out).toContain(".env  kept as it was");
  });

  test("counts as empty when it holds a repository alone", async () => {
    const place = around();
    mkdirSync(join(place.cwd, "gw/.git"), { recursive: true });
    expect(await create(["gw", noInstall], place)).toBe(0);
    expect(readdirSync(join(place.cwd, "gw/.git"))).toEqual([]);
  });

  test("that has a file where a folder must be says so, in JSON too", async () => {
    const place = occupied();
    writeFileSync(join(place.cwd, "gw/routes"), "mine");
    expect(await create(["gw", "--overwrite", noInstall, "--json"], place)).toBe(1);
    expect(JSON.parse(place.printed().out)).toMatchObject({ ok: false, error: { code: "SLUICE_CREATE_CANNOT_WRITE" } });
    expect(readFileSync(join(place.cwd, "gw/routes"), "utf8")).toBe("mine");
  });

  test("is no folder at all when a file has its name", async () => {
    const place = around();
    writeFileSync(join(place.cwd, "gw"), "");
    expect(await create(["gw", noInstall], place)).toBe(2);
    expect(place.printed().err).toContain("SLUICE_CREATE_NOT_A_FOLDER");
  });
});

describe("--dry-run", () => {
  test("lists the files and writes nothing", async () => {
    const place = around();
    expect(await create(["gw", "--dry-run", "--providers", "openai"], place)).toBe(0);
    expect(readdirSync(place.cwd)).toEqual([]);
    expect(place.printed().out).toContain("gateway.config.ts");
    expect(lastLine(place.printed().out)).toBe("npm create gateway gw -- --providers openai");
  });

  test("refuses what the real run would refuse", async () => {
    const place = around();
    writeFileSync(join(place.cwd, "x"), "");
    expect(await create([".", "--dry-run"], place)).toBe(2);
  });
});

describe("--json", () => {
  test("prints one object with everything that was done", async () => {
    const place = around();
    expect(await create(["gw", "--json", "--providers", "ollama", noInstall, "--no-git"], place)).toBe(0);
    expect(JSON.parse(place.printed().out)).toEqual({
      ok: true,
      dry_run: false,
      directory: join(place.cwd, "gw"),
      name: "gw",
      template: "starter",
      providers: ["mock", "ollama"],
      package_manager: "npm",
      files: expect.arrayContaining([".env", "gateway.config.ts", "test/gateway.test.ts"]),
      kept: [],
      stored_keys: [],
      git: false,
      installed: false,
      notes: [],
      next: ["cd gw", "npm install", "npm run dev"],
    });
  });

  test("prints one object for a refusal, too", async () => {
    const place = around();
    expect(await create(["gw", "--template", "team", "--json"], place)).toBe(2);
    expect(place.printed().err).toBe("");
    expect(JSON.parse(place.printed().out)).toEqual({
      ok: false,
      error: {
        code: "SLUICE_CREATE_UNKNOWN_CHOICE",
        message: expect.stringContaining("team"),
        hint: expect.any(String),
      },
    });
  });
});

describe("wishes that contradict each other", () => {
  test.each([
    [["gw", "-t", "plugin", "--providers", "openai"], "NO_PROVIDERS"],
    [["gw", "-t", "plugin", "--start"], "NOTHING_TO_START"],
    [["gw", "--start", "--no-install"], "NEEDS_INSTALL"],
    [["sluice"], "BAD_NAME"],
    [["网关"], "BAD_NAME"],
  ])("%j is refused before anything is written", async (args, code) => {
    const place = around();
    expect(await create(args, place)).toBe(2);
    expect(place.printed().err).toContain(`SLUICE_CREATE_${code}`);
    expect(readdirSync(place.cwd)).toEqual([]);
  });
});

describe("git", () => {
  test("a new project is a repository", async () => {
    const place = around({ env: { PATH: process.env.PATH } });
    await create(["gw", noInstall, "--json"], place);
    expect(JSON.parse(place.printed().out)).toMatchObject({ git: true });
    expect(existsSync(join(place.cwd, "gw/.git/HEAD"))).toBe(true);
  });

  test("a machine without git gets the project and a note", async () => {
    const place = around();
    expect(await create(["gw", noInstall], { ...place, env: { PATH: place.cwd } })).toBe(0);
    expect(place.printed().out).toContain("git is not installed here");
  });

  test("a project inside a repository becomes none of its own", async () => {
    const place = around();
    mkdirSync(join(place.cwd, ".git"));
    await create(["apps/gw", noInstall, "--json"], place);
    expect(JSON.parse(place.printed().out)).toMatchObject({ git: false });
    expect(existsSync(join(place.cwd, "apps/gw/.git"))).toBe(false);
  });
});

describe("installing", () => {
  test("runs the package manager in the project, and then the next command needs no install", async () => {
    const place = withManager(`require("fs").writeFileSync("called", process.argv.slice(2).join(" "));`);
    expect(await create(["gw"], place)).toBe(0);
    expect(readFileSync(join(place.cwd, "gw/called"), "utf8")).toBe("install");
    expect(lastLine(place.printed().out)).toBe("cd gw && yarn dev");
  });

  test("that fails leaves the files, and says what to run again", async () => {
    const place = withManager(`process.exit(7);`);
    expect(await create(["gw"], place)).toBe(1);
    expect(place.printed().err).toContain("ended with code 7");
    expect(existsSync(join(place.cwd, "gw/gateway.config.ts"))).toBe(true);
  });

  test("and starting runs the dev script after the report", async () => {
    const place = withManager(`require("fs").appendFileSync("called", process.argv.slice(2).join(" ") + "\\n");`);
    expect(await create(["gw", "--start"], place)).toBe(0);
    expect(readFileSync(join(place.cwd, "gw/called"), "utf8")).toBe("install\nrun dev\n");
  });

  /** A package manager that is a script of this test; it is not on the path, so it is started by its file. */
  function withManager(program: string) {
    const folder = around().cwd;
    const file = join(folder, "yarn.cjs");
    writeFileSync(file, program);
    return around({ env: { PATH: folder, npm_config_user_agent: "yarn/4.9.1", npm_execpath: file } });
  }
});

describe("help and version", () => {
  test.each([
    ["--help", "USAGE"],
    ["-h", "--template"],
    ["--version", manifest.version],
    ["-v", manifest.version],
  ])("%s shows %s", async (flag, text) => {
    const place = around();
    expect(await create([flag], place)).toBe(0);
    expect(place.printed().out).toContain(text);
    expect(readdirSync(place.cwd)).toEqual([]);
  });
});

function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}
