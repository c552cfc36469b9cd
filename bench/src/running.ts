import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { onCore } from "./cores.ts";
import type { Role } from "./cores.ts";
import { usageOf } from "./accounting.ts";
import type { Usage } from "./accounting.ts";

/** A server in a process of its own. */
export interface Running {
  port: number;
  pid: number;
  usage(): Usage;
  /** What it wrote, for an error message. */
  output(): string;
  /** Asks the probe inside the process, when it was started with one. */
  probe(): Promise<Kept>;
  stop(): Promise<void>;
}

/** What a process keeps after a collection: on its heap, beside it, and open. */
export interface Kept {
  heapBytes: number;
  externalBytes: number;
  handles: number;
}

export interface StartOptions {
  role: Role;
  command: readonly string[];
  env: Readonly<Record<string, string>>;
  /** With a channel to the process, for `probe`. */
  channel?: boolean;
}

export async function start(options: StartOptions): Promise<Running> {
  const running = await launch(options);
  await listening(running);
  return running;
}

/** Starts without waiting for the port: a cold start is timed by the caller. */
export async function launch({ role, command, env, channel = false }: StartOptions): Promise<Running> {
  const port = await freePort();
  const [file = "", ...args] = onCore(
    role,
    command.map((part) => part.replace("{port}", String(port))),
  );
  const child = spawn(file, args, {
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], NODE_ENV: "production", PORT: String(port), ...env },
    stdio: ["ignore", "pipe", "pipe", ...(channel ? (["ipc"] as const) : [])],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4000)));
  }
  const exited = once(child, "exit");
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${file} could not be started.`);
  const running: Running = {
    port,
    pid,
    usage: () => usageOf(pid),
    output: () => output,
    async probe() {
      const answer = once(child, "message") as Promise<[Kept]>;
      child.send("measure");
      return (await answer)[0];
    },
    async stop() {
      live.delete(running);
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await exited;
    },
  };
  live.add(running);
  return running;
}

const live = new Set<Running>();

/** Ends what is still running, by its own process id, however the benchmark ends. */
export async function stopAll(): Promise<void> {
  await Promise.all([...live].map((running) => running.stop()));
}

async function listening(running: Running): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (await accepts(running.port)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await running.stop();
  throw new Error(`nothing listens on its port:\n${running.output()}`);
}

export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
