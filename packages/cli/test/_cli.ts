import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterEach } from "vitest";

const compileCache = new URL("../../../playground/.sluice/compile-cache", import.meta.url).pathname;
const main = new URL("../src/main.ts", import.meta.url).pathname;
const tools = new URL("../../../node_modules/.bin/", import.meta.url).pathname;
const running = new Set<ChildProcess>();

afterEach(async () => {
  for (const child of running) {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  }
  running.clear();
});

export interface CliOptions {
  cwd?: string;
  env?: Record<string, string>;
  input?: string;
  /** A runtime of the repository. @default the Node that runs the tests */
  runtime?: "bun";
}

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A command that goes on: what it said so far, and its end. */
export interface Running {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Resolves with the first match, in what was said or will be; rejects when the command ends without it. */
  says(pattern: RegExp, from?: () => string): Promise<RegExpExecArray>;
  /** Where it serves. */
  url(): Promise<string>;
  ended: Promise<Finished>;
}

/** Starts the CLI from source, as a process without a terminal and without the keys of whoever runs the tests. */
export function start(args: string[], options: CliOptions = {}): Running {
  const program = options.runtime === undefined ? process.execPath : join(tools, options.runtime);
  return startProgram(program, [main, ...args], options);
}

/** Starts any program in the same way. */
export function startProgram(program: string, args: string[], { cwd, env = {}, input }: CliOptions = {}): Running {
  const child = spawn(program, args, {
    cwd,
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], NODE_COMPILE_CACHE: compileCache, ...env },
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  running.add(child);
  if (input !== undefined) child.stdin?.end(input);

  const said = { stdout: "", stderr: "" };
  const listeners = new Set<() => void>();
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      said[name] += text;
      for (const listener of listeners) listener();
    });
  }
  const ended = once(child, "close").then(([code]): Finished => {
    running.delete(child);
    for (const listener of listeners) listener();
    return { code: code as number | null, ...said };
  });

  const all = () => said.stdout + said.stderr;
  function says(pattern: RegExp, from: () => string = all): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(from());
        const isOver = child.exitCode !== null || child.signalCode !== null;
        if (!match && !isOver) return;
        listeners.delete(look);
        if (match) resolve(match);
        else reject(new Error(`ended without ${pattern}:\n${all()}`));
      };
      listeners.add(look);
      look();
    });
  }

  return {
    child,
    ended,
    says,
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    url: async () => (await says(/http:\/\/(?:localhost|127\.0\.0\.1):\d+/))[0],
  };
}

/** Runs a command to its end. */
export function run(args: string[], options?: CliOptions): Promise<Finished> {
  return start(args, options).ended;
}

/** Asks for a chat answer. */
export function ask(url: string, model: string, content: string, stream = false): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model, stream, messages: [{ role: "user", content }] }),
  });
}

/** The JSON lines of an output. */
export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
