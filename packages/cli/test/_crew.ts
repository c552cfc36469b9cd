import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { ask, jsonLines, type Running } from "./_cli.ts";

export const words = "one two three four five six seven eight nine ten eleven twelve";

/** Clients that go on asking, each on its own connection that it keeps, a chat and a stream in turn. */
export interface Clients {
  /** Resolves with how many answers came, and with what went wrong. */
  stop(): Promise<{ answered: number; failures: string[] }>;
}

export function keepAsking(url: string, clients = 6): Clients {
  let asking = true;
  let answered = 0;
  const failures: string[] = [];
  const all = Array.from({ length: clients }, async (_, index) => {
    for (let turn = index; asking; turn++) {
      try {
        const isStream = turn % 2 === 0;
        const response = await ask(url, isStream ? "mock/echo-80" : "mock/echo", words, isStream);
        const text = await response.text();
        const isWhole = text.includes("twelve") && (!isStream || text.trimEnd().endsWith("data: [DONE]"));
        if (response.status === 200 && isWhole) answered++;
        else failures.push(`${response.status} ${text}`);
      } catch (error) {
        failures.push(String((error as Error).cause ?? error));
      }
    }
  });
  return {
    async stop() {
      asking = false;
      await Promise.all(all);
      return { answered, failures };
    },
  };
}

/** The process ids of the workers that were said to serve, in their order. */
export function workersOf(cli: Running): number[] {
  return [...(cli.stdout() + cli.stderr()).matchAll(/worker \d+ \(pid (\d+)\) serves/g)].map((match) =>
    Number(match[1]),
  );
}

/** Which workers have answered chats, from JSON lines. */
export function answeringWorkers(output: string): Set<unknown> {
  const whole = output.slice(0, output.lastIndexOf("\n") + 1);
  return new Set(jsonLines(whole).flatMap(({ type, worker }) => (type === "request" ? [worker] : [])));
}

/** Whether a process runs. On Linux one that has ended may be there until its parent asks how, and this asks further. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !existsSync("/proc/self/stat") || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
