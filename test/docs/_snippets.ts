import { spawn } from "node:child_process";
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, delimiter, dirname, join, relative } from "node:path";
import type { Block } from "./_markdown.ts";

const root = join(import.meta.dirname, "../..");

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** What a run that failed said, or null. */
export function failureOf({ code, stdout, stderr }: Finished): string | null {
  return code === 0 ? null : `exit code ${code}\n${stdout}${stderr}`;
}

/** The environment of a reader without a key. An empty variable is no key, and hides one that a `.env` may hold. */
const environment = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/_API_KEY$|^FORCE_COLOR$|^VITEST/.test(name))),
  OPENAI_API_KEY: "",
  ANTHROPIC_API_KEY: "",
  GEMINI_API_KEY: "",
  GOOGLE_API_KEY: "",
  NO_COLOR: "1",
  PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter),
};

/** Where blocks are written: a project like a reader's, inside the repository so that third-party packages are found. */
export class Workshop {
  readonly folder = mkdtempSync(join(root, "test/.docs-"));

  constructor() {
    cpSync(join(root, "playground"), this.folder, {
      recursive: true,
      filter: (source) => !/node_modules|\.output|\.env/.test(relative(root, source)),
    });
    const modules = join(this.folder, "node_modules");
    mkdirSync(join(modules, "@sluice"), { recursive: true });
    for (const manifest of globSync("{packages,plugins}/*/package.json", { cwd: root })) {
      const { name } = JSON.parse(readFileSync(join(root, manifest), "utf8")) as { name: string };
      symlinkSync(join(root, dirname(manifest)), join(modules, name));
    }
    mkdirSync(join(modules, ".bin"));
    const main = join(root, "packages/cli/src/main.ts");
    writeFileSync(join(modules, ".bin/sluice"), `#!/bin/sh\nexec node "${main}" "$@"\n`, { mode: 0o755 });
    writeFileSync(join(this.folder, "tsconfig.json"), JSON.stringify(this.#tsconfig()));
  }

  #tsconfig(): object {
    // An example may leave a variable unused; everything else is as strict as the repository.
    const compilerOptions = { noUnusedLocals: false, noUnusedParameters: false };
    return { extends: "../../tsconfig.base.json", compilerOptions, include: ["pages"] };
  }

  fileOf(block: Block): string {
    const page = block.page.replaceAll(/\.md$|^\.?\//g, "").replaceAll("/", "-");
    return join(this.folder, "pages", page, block.file ?? `line-${block.line}.ts`);
  }

  /** Writes a block so that its lines have the numbers that they have on the page. */
  write(block: Block, code: string): void {
    const file = this.fileOf(block);
    mkdirSync(dirname(file), { recursive: true });
    const isModule = /^(import|export) /m.test(code);
    writeFileSync(file, `${"\n".repeat(block.line)}${code}\n${isModule ? "" : "export {};\n"}`);
  }

  /** Errors of all written blocks, by page and line. */
  async typecheck(): Promise<string[]> {
    const { stdout } = await run(join(root, "node_modules/.bin/tsc"), ["-p", this.folder, "--pretty", "false"], {});
    return stdout.split("\n").filter((line) => line.includes("error TS"));
  }

  /** Runs a block as a reader would in a project: the packages are installed, `sluice` is found by npx. */
  shell(code: string): Promise<Finished> {
    return run("bash", ["-euo", "pipefail", "-c", code], { cwd: this.folder });
  }

  node(args: readonly string[]): Promise<Finished> {
    return run(process.execPath, args, { cwd: this.folder });
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function run(command: string, args: readonly string[], { cwd = root }: { cwd?: string }): Promise<Finished> {
  const child = spawn(command, args, { cwd, env: environment, stdio: ["ignore", "pipe", "pipe"] });
  const finished: Finished = { code: null, stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (finished.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (finished.stderr += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ ...finished, code }));
  });
}

export interface Served {
  /** `localhost:51234` */
  host: string;
  close(): Promise<void>;
}

/** Starts what `npm start` starts, on a free port. */
export async function serveAsNpmStart(): Promise<Served> {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const script = / run (\S+)$/.exec(scripts["start"] ?? "")?.[1] ?? "";
  const [command, ...args] = (scripts[script] ?? "").split(" ");
  if (basename(command ?? "") !== "node")
    throw new Error(`npm start runs "${scripts[script]}", which is no Node script`);
  const child = spawn(process.execPath, [...args, "--port", "0", "--json"], {
    cwd: root,
    env: environment,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      const ready = output.split("\n").find((line) => line.startsWith('{"type":"ready"'));
      if (ready) resolve((JSON.parse(ready) as { url: string }).url);
    });
    child.once("exit", (code) => reject(new Error(`npm start's server ended with ${code}:\n${output}`)));
  });
  return {
    host: new URL(url).host,
    async close() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}
