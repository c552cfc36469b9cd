import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Role } from "./cores.ts";
import { start } from "./running.ts";
import type { Running, StartOptions } from "./running.ts";
import type { Workload } from "./workloads.ts";

/** Something that is measured: how to start it, and how to ask it. */
export interface Subject {
  name: string;
  title: string;
  command: readonly string[];
  /** Which cores it has. @default subject */
  role?: Role;
  /** More environment than the upstream's address. */
  env?: Readonly<Record<string, string>>;
  /** The model to ask for, and headers that only this subject needs. */
  model: string;
  /** The same for embeddings. @default model */
  embedder?: string;
  headers: (upstream: string) => Record<string, string>;
  /** Workloads that mean something for it; all when absent. */
  workloads?: readonly string[];
}

const root = join(import.meta.dirname, "..");
const none = (): Record<string, string> => ({});

export const built = {
  floor: join(root, ".output/floor/index.mjs"),
  bare: join(root, ".output/bare-proxy/index.mjs"),
  node: join(root, "gateway/.output/node/index.mjs"),
  bun: join(root, "gateway/.output/bun/index.mjs"),
};

const node = process.execPath;
const bun = join(root, "../node_modules/bun/bin/bun.exe");
export const portkeyFolder = join(root, "peers/portkey");
const portkeyServer = join(portkeyFolder, "node_modules/@portkey-ai/gateway/build/start-server.js");

export const floor: Subject = {
  name: "floor",
  title: "floor (node:http + undici dispatch)",
  command: [node, built.floor],
  model: "gpt-4.1-mini",
  headers: none,
};

export const passThrough: Subject = {
  name: "A",
  title: "sluice A (pass-through)",
  command: [node, built.node],
  model: "chat",
  embedder: "vector",
  headers: none,
};

const translation = ["chat-1k", "burst"];

export const toAnthropic: Subject = {
  ...passThrough,
  name: "C-anthropic",
  title: "sluice C (to Anthropic)",
  model: "claude",
  workloads: translation,
};

export const toGemini: Subject = {
  ...passThrough,
  name: "C-gemini",
  title: "sluice C (to Gemini)",
  model: "flash",
  workloads: translation,
};

export const onBun: Subject = {
  ...passThrough,
  name: "A-bun",
  title: "sluice A on Bun",
  command: [bun, "run", built.bun],
};

export const bareProxy: Subject = {
  name: "bare",
  title: "h3 + global fetch, bare",
  command: [node, built.bare],
  model: "gpt-4.1-mini",
  headers: none,
};

export const portkey: Subject = {
  name: "portkey",
  title: "Portkey gateway 1.15.2",
  command: [node, portkeyServer, "--port={port}", "--headless"],
  model: "chat",
  headers: (upstream) => ({
    "x-portkey-config": JSON.stringify({
      strategy: { mode: "loadbalance" },
      targets: [1, 2, 3].map((number) => ({
        provider: "openai",
        api_key: `sk-bench-${number}`,
        custom_host: `${upstream}/v1`,
        weight: 1,
        override_params: { model: "gpt-4.1-mini" },
      })),
    }),
  }),
};

/** In the order in which a round asks them. */
export const subjects: readonly Subject[] = [floor, passThrough, toAnthropic, toGemini, onBun, bareProxy, portkey];

/** Configurations that budgets name and that do not exist yet. */
export const notBuilt = [
  {
    name: "B",
    title: "sluice B (A with issued keys, limits, ledger and log in SQLite)",
    why: "its plugins are not built yet",
  },
] as const;

/** What a subject is asked for. */
export function modelFor({ model, embedder = model }: Subject, { kind }: Workload): string {
  return kind === "embeddings" ? embedder : model;
}

export function isInstalled(subject: Subject): boolean {
  return subject.command.filter((part) => part.startsWith("/")).every((file) => existsSync(file));
}

export function startSubject(subject: Subject, upstream: Running, more: Partial<StartOptions> = {}): Promise<Running> {
  return start(startOptions(subject, upstream, more));
}

/** As `startSubject`, with what it keeps to be asked for. Null where its runtime is not Node. */
export function startProbed(subject: Subject, upstream: Running): Promise<Running> | null {
  const [file, ...rest] = subject.command;
  if (file !== node) return null;
  const command = [file, "--expose-gc", "--import", join(import.meta.dirname, "probe.mjs"), ...rest];
  return startSubject({ ...subject, command }, upstream, { channel: true });
}

export function startOptions(subject: Subject, upstream: Running, more: Partial<StartOptions> = {}): StartOptions {
  const env = { BENCH_UPSTREAM: addressOf(upstream), ...subject.env, ...more.env };
  return { role: subject.role ?? "subject", command: subject.command, ...more, env };
}

export function addressOf({ port }: Running): string {
  return `http://127.0.0.1:${port}`;
}

export function startUpstream(): Promise<Running> {
  const command = [node, join(root, "src/upstream/main.ts")];
  return start({ role: "generator", command, env: {} });
}
