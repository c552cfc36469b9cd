import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createMockUpstream, type MockUpstream } from "@sluice/testkit";
import type { RequestDone } from "@sluice/core";

const root = join(import.meta.dirname, "../..");

/** A gateway as users run it, `sluice start` in a process of its own, before a mock upstream. */
export interface Served {
  upstream: MockUpstream;
  port: number;
  url: string;
  pid: number;
  /** Every request that was settled so far. */
  done: readonly RequestDone[];
  /** What stands on stderr: nothing, while all is well. */
  stderr(): string;
  /** Resolves when that many requests are settled. */
  settled(count: number): Promise<readonly RequestDone[]>;
  /** Rewrites the config file. */
  write(more: string): void;
  /** Sends SIGTERM; resolves with the exit code. */
  terminate(): Promise<number | null>;
  close(): Promise<void>;
}

/** `more` are further fields of the config, `before` stands above it. */
export async function serve(more = "", before = "", command: "start" | "dev" = "start"): Promise<Served> {
  const upstream = await createMockUpstream({ chunkDelayMs: 2 });
  const home = join(root, "playground/.sluice");
  mkdirSync(home, { recursive: true });
  const folder = mkdtempSync(join(home, "robust-"));
  const write = (fields: string) =>
    writeFileSync(join(folder, "gateway.config.ts"), config(upstream.url, fields, before));
  write(more);

  const child = spawn(process.execPath, [join(root, "packages/cli/src/main.ts"), command, "--port", "0", "--json"], {
    cwd: folder,
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"] },
  });
  const done: RequestDone[] = [];
  let stderr = "";
  let rest = "";
  const heard = new EventTarget();
  const ready = Promise.withResolvers<{ port: number; url: string }>();
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines.map((each) => JSON.parse(each) as { type: string })) {
      if (line.type === "ready") ready.resolve(line as unknown as { port: number; url: string });
      if (line.type === "request") done.push(line as unknown as RequestDone);
      heard.dispatchEvent(new Event(line.type));
    }
  });
  const exited = once(child, "exit");
  void exited.then(() => ready.reject(new Error(`The gateway ended: ${stderr}`)));
  const { port, url } = await ready.promise;

  return {
    upstream,
    port,
    url,
    pid: child.pid as number,
    done,
    write,
    stderr: () => stderr,
    async settled(count) {
      while (done.length < count) await once(heard as never, "request");
      return done;
    },
    async terminate() {
      child.kill("SIGTERM");
      return ((await exited) as [number | null])[0];
    },
    async close() {
      child.kill("SIGKILL");
      await exited;
      await upstream.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function config(upstream: string, more: string, before: string): string {
  return `import { defineGateway, definePlugin } from "@sluice/core";
import { anthropic } from "@sluice/provider-anthropic";
import { gemini } from "@sluice/provider-gemini";
import { openai } from "@sluice/provider-openai";
${before}
export default defineGateway({
  providers: [
    openai({ baseURL: "${upstream}/v1", apiKey: "operators-openai-key" }),
    anthropic({ baseURL: "${upstream}/v1", apiKey: "operators-anthropic-key" }),
    gemini({ baseURL: "${upstream}/v1beta", apiKey: "operators-gemini-key" }),
  ],
  models: {
    openai: "openai/gpt-4.1-mini",
    anthropic: "anthropic/claude-sonnet-4-5",
    gemini: "gemini/gemini-2.5-flash",
    sturdy: { targets: ["openai/gpt-4.1-mini", "anthropic/claude-sonnet-4-5"] },
  },
  ${more}
});
`;
}

export interface Chat {
  model?: string;
  stream?: boolean;
  content?: string;
  signal?: AbortSignal;
  more?: object;
}

export function ask(url: string, { model = "openai", stream = false, content = "one two three", signal, more }: Chat) {
  return fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model, stream, messages: [{ role: "user", content }], ...more }),
    ...(signal ? { signal } : {}),
  });
}
